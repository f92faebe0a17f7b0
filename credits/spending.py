"""Which lot pays for which charge; the same answers which debt money in pays first.

Pure: whole millionths in, whole millionths out; no Django, no clock. Spending order is docs/spending-order.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """So many millionths of one charge, taken from one lot, or from the overdraft when `lot` is None."""

    lot: int | None
    micros: int


@dataclass(frozen=True, slots=True)
class Free:
    """What one lot can still give, in millionths: its remainder less what its holds keep."""

    lot: int
    micros: int


def allocate(lots: Sequence[Free], charges: Iterable[int]) -> list[list[Part]]:
    """Split each charge over the lots, first lot first; what no lot covers becomes overdraft.

    `lots` come in spending order, `charges` (each above zero) in the order of calls. The parts of a charge sum to it,
    and no lot gives more than it has free.
    """
    left = [lot.micros for lot in lots]
    turn = 0
    split: list[list[Part]] = []
    for charge in charges:
        parts: list[Part] = []
        due = charge
        while due and turn < len(lots):
            taken = min(due, left[turn])
            if taken:
                parts.append(Part(lots[turn].lot, taken))
                left[turn] -= taken
                due -= taken
            if not left[turn]:
                turn += 1
        if due:
            parts.append(Part(None, due))
        split.append(parts)
    return split
