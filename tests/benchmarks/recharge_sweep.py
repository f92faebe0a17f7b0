"""Accounts below their trigger: the money workers charge every card, beside the time the provider alone would take."""

import multiprocessing
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Final

from django.db import connection, connections
from django.utils import timezone

from credits import accounts, gateway, ledger, recharges
from credits.ledger import Charge
from credits.models import Account, AutoRecharge, Payment
from subscriptions import money
from tests import factories
from tests.benchmarks import books, rounds
from tests.benchmarks.figures import Goal, Plan, Report, Sample, summarize
from tests.faults.stage import Stage

#: In all rounds together, the one that warms up left out.
ACCOUNTS: Final = 1_000
WORKERS: Final = 4
#: What a charge takes at the provider, in seconds; a real one takes longer.
DELAY: Final = 0.25
_SAMPLES: Final = 12
_UNTIL: Final = timedelta(days=365)
_numbers = count()


def run(plan: Plan) -> Report:
    """Seconds against seconds: each round has as many accounts as make 1,000 in all rounds."""
    each = plan.of(ACCOUNTS // plan.rounds)
    with tempfile.TemporaryDirectory() as folder, _provider(Path(folder)) as stage:
        pairs = rounds.alternate(plan, lambda _: _sweep(stage, each), lambda _: _provider_alone(stage, each))
        charged, paid = len(stage.charges()), Payment.objects.filter(state="succeeded").count()
    bare = (plan.rounds + 1) * _SAMPLES
    if charged - bare != paid or paid != (plan.rounds + 1) * each:
        raise RuntimeError(f"{charged - bare} charges at the provider, {paid} payments succeeded")
    # P06 would ask the provider, which is gone; and its charges of the reference are no payments.
    return Report(
        [summarize("recharge_sweep", "s", pairs, goal=Goal(1.2, at_least=False))],
        notes=[
            f"{each} accounts a round, {WORKERS} worker processes that sweep until nothing is due; the sandbox takes"
            f" {DELAY} s for a charge. The reference is what that many charges take of it alone, measured, divided by"
            " the workers."
        ],
    )


@contextmanager
def _provider(folder: Path) -> Iterator[Stage]:
    with closing(Stage(folder)) as stage, stage.case():
        stage.switch(webhooks="lost")
        yield stage


def _slow(stage: Stage) -> None:
    stage.switch(mode={"name": "slow", "seconds": DELAY, "path": "/v1/payment_intents"})


def _provider_alone(stage: Stage, accounts_of_round: int) -> Sample:
    """The time of a charge that nobody records, many times, divided by the workers."""
    customer, card = _customer(stage)
    provider, seconds = gateway.connect(), []
    _slow(stage)
    for _ in range(_SAMPLES):
        order = gateway.Order(uuid.uuid4(), customer, card, Decimal(50), "USD", "bench")
        before = time.perf_counter()
        provider.charge(order)
        seconds.append(time.perf_counter() - before)
    stage.switch(mode="ok")
    return Sample(statistics.median(seconds) * accounts_of_round / WORKERS, _SAMPLES)


def _customer(stage: Stage) -> tuple[str, str]:
    number = next(_numbers)
    customer = gateway.connect().create_customer(key=f"bench-{number}", name="Bench", email="bench@example.com")
    asked = {"customer": customer, "card": "success"}
    return customer, stage.web.post("/sandbox/cards", json=asked).json()["id"]


def _sweep(stage: Stage, many: int) -> Sample:
    """The workers begin together; the time until the last payment has succeeded."""
    ids = _fill(stage, many)
    _slow(stage)
    connections.close_all()
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_work, daemon=True) for _ in range(WORKERS)]
    before = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(600)
    elapsed = time.perf_counter() - before
    stage.switch(mode="ok")
    done = Payment.objects.filter(account__in=ids, state="succeeded").count()
    if done != many:
        raise RuntimeError(f"{done} of {many} accounts were charged")
    return Sample(elapsed, many)


def _work() -> None:
    gateway.connect.cache_clear()  # a line of its own to the provider
    while recharges.charge_due(now=timezone.now()):
        pass
    connection.close()


def _fill(stage: Stage, many: int) -> list[int]:
    """Accounts with $30 of which a call takes 15; each asks for its recharge in that same transaction."""
    now = timezone.now()
    ids = books.open_accounts(many, lots=1, amount=30, at=now, expires_at=now + _UNTIL)
    AutoRecharge.objects.filter(account__in=ids).update(enabled=True)
    for pk in ids:
        customer, card = _customer(stage)
        Account.objects.filter(pk=pk).update(customer_ref=customer)
        factories.MethodFactory.create(account=Account.objects.get(pk=pk), provider_ref=card)
        with accounts.changing(pk, now=now) as account:
            ledger.debit(account, [Charge(f"bench:{pk}", money.to_micros(Decimal(15)), "")], now=now)
    return ids
