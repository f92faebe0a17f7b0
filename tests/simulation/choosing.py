"""What an operation is done to: any one of what there is."""

from collections.abc import Sequence
from typing import TypeVar

from tests.simulation.world import World

T = TypeVar("T")


def one(world: World, of: Sequence[T]) -> T | None:
    return world.chance.choice(of) if of else None


def places(world: World, *, rank: int | None = None, frozen: bool = False) -> list[int]:
    lots = enumerate(world.book.lots)
    return [place for place, lot in lots if lot.frozen == frozen and rank in (None, lot.rank)]
