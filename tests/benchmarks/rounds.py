"""Measure two things back to back, in alternating order, so that a noisy machine is noisy to both."""

from collections.abc import Callable

from tests.benchmarks.figures import Plan, Sample

Side = Callable[[int], Sample]


def alternate(plan: Plan, ours: Side, reference: Side) -> list[tuple[Sample, Sample]]:
    """`plan.rounds` pairs (ours, reference); each side is called with the number of the round. One pair warms up."""
    warm_up = Plan(1, plan.seconds)
    pairs = []
    for number in range(-warm_up.rounds, plan.rounds):
        if number % 2:
            second, first = reference(number), ours(number)
        else:
            first, second = ours(number), reference(number)
        if number >= 0:
            pairs.append((first, second))
    return pairs
