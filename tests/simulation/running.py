"""One run: a seed, so many steps, and after each of them the checks. The same seed is the same run."""

import hashlib
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from unittest import mock

from credits import gateway, payments, recharges, sweeps
from tests.credits.desk import undone
from tests.simulation import operations
from tests.simulation.world import ALL_EVERY, World, Wrong

#: How many rounds of three minutes the provider, now calm, is given to answer what is in flight at the end.
LAST_ROUNDS: Final = 6


class Failed(AssertionError):
    """Says seed, step and operation, which is all that is needed to see it again."""

    def __init__(self, seed: int, where: str, error: str) -> None:
        super().__init__(seed, where, error)  # all of it, so that it can travel between processes
        self.seed = seed

    def __str__(self) -> str:
        return "seed {} {}: {}".format(*self.args)


@dataclass
class Report:
    """What happened in a run, and a digest by which two runs are compared."""

    seed: int
    done: Counter[str] = field(default_factory=Counter)
    crashes: Counter[str] = field(default_factory=Counter)
    asked: int = 0
    paid: int = 0
    digest: str = ""


def run(seed: int, steps: int) -> Report:
    """Live through it in a transaction that is rolled back at the end. Raises Failed."""
    report = Report(seed)
    with undone(), tempfile.TemporaryDirectory() as folder:
        world = World(seed, Path(folder))
        with (
            mock.patch.object(gateway, "connect", return_value=world.provider),
            mock.patch.object(sweeps, "_report", _raise),
        ):
            _live(world, report, steps)
        report.crashes = world.crashes
        report.asked, report.paid = len(world.provider.orders), len(world.paid)
    return report


def _raise(row: object, error: Exception) -> None:
    """Nothing that goes wrong with a row is passed over here."""
    raise error


def _live(world: World, report: Report, steps: int) -> None:
    trace = hashlib.sha256()
    for step in range(1, steps + 1):
        (operation,) = world.chance.choices(list(operations.ALL), list(operations.ALL.values()))
        try:
            operation(world)
            world.learn_of_payments()
            if step % ALL_EVERY == 0:
                operations.sweep(world)
            world.check(everything=step % ALL_EVERY == 0)
        except Exception as error:
            raise Failed(report.seed, f"step {step} ({operation.__name__})", repr(error)) from error
        report.done[operation.__name__] += 1
        trace.update(f"{operation.__name__} {world.now} {world.book.picture(world.now)}".encode())
    try:
        _come_to_rest(world)
    except Exception as error:
        raise Failed(report.seed, f"after step {steps} (coming to rest)", repr(error)) from error
    report.digest = trace.hexdigest()


def _come_to_rest(world: World) -> None:
    """The provider gets well, every worker runs; then no money may be on its way that the provider knows of."""
    world.provider.calm = True
    for answer in list(world.provider.charges.values()):
        if answer.state == "processing":
            world.provider.finish(answer.key)
    for number in range(2 * LAST_ROUNDS):
        # In the middle a day, so that whoever has not answered his bank is not waited for any more.
        world.wait(**{"hours": 25} if number == LAST_ROUNDS else {"minutes": 3})
        payments.give_up_due(now=world.now)
        recharges.charge_due(now=world.now)
        payments.look_up_due(now=world.now)
        world.learn_of_payments()
        operations.sweep(world)
    world.check(everything=True)
    world.check_history()
    if forgotten := world.in_flight() & set(world.provider.charges):
        raise Wrong(f"still in flight, though the provider has answered: {forgotten}")
