"""What a bench hands back: figures to print, and tables that show growth. Pure."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final, Protocol


@dataclass(frozen=True, slots=True)
class Sample:
    """One round of one side. `value` is a rate (a second) or a time (milliseconds); latencies are in milliseconds."""

    value: float
    n: int
    latencies: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Goal:
    """What the ratio has to be: at least the bound, or at most."""

    bound: float
    at_least: bool = True

    def reached(self, ratio: float) -> bool:
        """If the ratio is on the right side of the bound."""
        return ratio >= self.bound if self.at_least else ratio <= self.bound

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.bound:g}"


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the result: ours against the reference. p50 and p99 are of our side, in milliseconds."""

    name: str
    unit: str
    ours: float
    reference: float
    ratio: float
    min: float
    max: float
    p50: float | None
    p99: float | None
    n: int
    goal: Goal | None

    @property
    def reached(self) -> bool | None:
        """None where there is no goal and the figure is only reported."""
        return None if self.goal is None else self.goal.reached(self.ratio)

    def as_json(self, machine: str) -> str:
        """One JSON object on one line."""
        known = {
            name: getattr(self, name) for name in ("name", "ours", "reference", "ratio", "min", "max", "p50", "p99")
        }
        rounded = {name: round(value, 4) if isinstance(value, float) else value for name, value in known.items()}
        goal = None if self.goal is None else str(self.goal)
        rest = {"n": self.n, "machine": machine, "unit": self.unit, "goal": goal, "reached": self.reached}
        return json.dumps({**rounded, **rest})


@dataclass(frozen=True, slots=True)
class Curve:
    """A table: how a figure grows."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Report:
    """All that one bench found. `notes` are sentences for the page."""

    measures: list[Measure]
    curves: list[Curve] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to do: rounds of each side, seconds of a round that is timed, and a factor on what is counted."""

    rounds: int = 5
    seconds: float = 4.0
    size: float = 1.0
    large: bool = False

    def of(self, count: int) -> int:
        """So many of something at this plan's size."""
        return max(1, round(count * self.size))


class Bench(Protocol):
    """A bench: fills the empty database, measures, and leaves books that are right."""

    def __call__(self, plan: Plan) -> Report: ...


#: A percentile of fewer values says nothing.
_ENOUGH: Final = 20


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value that so large a share of them does not exceed; None when there are too few."""
    if len(values) < _ENOUGH:
        return None
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def summarize(name: str, unit: str, rounds: Sequence[tuple[Sample, Sample]], *, goal: Goal | None) -> Measure:
    """Of rounds (ours, reference): the medians, and the median, least and greatest of the ratios of the rounds."""
    ratios = [ours.value / reference.value for ours, reference in rounds]
    latencies = [latency for ours, _ in rounds for latency in ours.latencies]
    return Measure(
        name=name,
        unit=unit,
        ours=median(ours.value for ours, _ in rounds),
        reference=median(reference.value for _, reference in rounds),
        ratio=median(ratios),
        min=min(ratios),
        max=max(ratios),
        p50=percentile(latencies, 0.5),
        p99=percentile(latencies, 0.99),
        n=sum(ours.n for ours, _ in rounds),
        goal=goal,
    )
