"""The clients of the debit benches: what one step of each does."""

import random
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import count
from typing import Final

from django.utils import timezone

from credits import accounts, ledger
from credits.ledger import Charge
from tests.benchmarks.fleet import Prepare, Step

#: A cent, in millionths. Lots are so large that no bench empties one.
CENT: Final = 10_000
LOTS: Final = 3
AMOUNT: Final = 100_000_000
#: No two clients of a run have the same keys.
_clients = count()

Take = Callable[..., int]


def single(take: Take, chosen: Sequence[int], *, run: str = "single") -> Prepare:
    """One debit a step, of an account chosen at random."""

    def prepare(number: int) -> Step:
        chooser = random.Random(number)  # noqa: S311  # no secret
        client, keys = f"{run}:{next(_clients)}:{number}", count()

        def step() -> int:
            charge = Charge(f"{client}:{next(keys)}", CENT, "benchmark")
            take(chooser.choice(chosen), charge, now=timezone.now())
            return 1

        return step

    return prepare


def batch(chosen: Sequence[int], size: int, *, run: str) -> Prepare:
    """So many debits of one account in one transaction a step, the account chosen at random: what a sweep does."""

    def prepare(number: int) -> Step:
        chooser = random.Random(number)  # noqa: S311  # no secret
        client, keys = f"{run}:{next(_clients)}:{number}", count()

        def step() -> int:
            charges = [Charge(f"{client}:{next(keys)}", CENT, "benchmark") for _ in range(size)]
            charge_together(chooser.choice(chosen), charges, now=timezone.now())
            return size

        return step

    return prepare


def charge_together(account_id: int, charges: list[Charge], *, now: datetime) -> None:
    """One transaction for all of them."""
    with accounts.changing(account_id, now=now) as account:
        ledger.debit(account, charges, now=now)
