"""One fault of the matrix, and what became of it."""

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from tests.faults import books
from tests.faults.stage import Stage


@dataclass(frozen=True, slots=True)
class Case:
    """`play` sets the stage, does the fault, says when it is over and waits until all is as `expected`; it asserts.

    `amiss`: so many charges at the provider are to stand apart from ours (check P06), because they are not ours.
    """

    fault: str
    expected: str
    play: Callable[[Stage], None]
    amiss: int = 0
    own_server: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """`recovery`: seconds from the end of the fault to exact. `wrong` says what was not as expected."""

    name: str
    case: Case
    recovery: float
    wrong: str = ""

    def __str__(self) -> str:
        return f"{self.name} {f'NOT EXACT: {self.wrong}' if self.wrong else f'exact {self.recovery:.1f} s'}"


def run(name: str, case: Case, stage: Stage) -> Verdict:
    """Play it and demand that the books are exact. What goes wrong is told in the verdict."""
    with stage.case():
        recovery = 0.0
        try:
            case.play(stage)
            recovery = time.monotonic() - stage.ended_at
            books.demand_exact(stage, amiss=case.amiss)
        except AssertionError as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            return Verdict(name, case, recovery, str(error) or f"{where.name}, line {where.lineno}: {where.line}")
        return Verdict(name, case, recovery)
