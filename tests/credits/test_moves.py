"""Nothing but credits.moves brings a payment to another state, or begins its timeline."""

import ast
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction

from credits import moves
from credits.models import Account, Payment, PaymentStep
from credits.moves import Source, State
from subscriptions.models import User
from tests.credits.charges import buy, sweep
from tests.fakes import FakeGateway

ROOT = Path(settings.BASE_DIR)
RULES = [path for floor in ("credits", "rating", "config") for path in (ROOT / floor).rglob("*.py")]


@pytest.fixture
def books_are_right() -> None:
    """They are not: some payments here are put where no move has brought them."""


def writes_of_payments(source: str) -> Iterator[str]:
    """Calls of `update`, `create` and the like that begin at `Payment.objects` or `.payments` and name a state."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            begun = ast.unparse(node.func)
            names = {word.arg for word in node.keywords}
            of_payments = "Payment.objects" in begun or ".payments." in begun
            if of_payments and node.func.attr in {"update", "bulk_update", "update_or_create"} and "state" in names:
                yield begun
        if isinstance(node, ast.Assign) and any(ast.unparse(each) == "payment.state" for each in node.targets):
            yield ast.unparse(node)


def test_only_one_module_moves_payments() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {write}"
        for path in RULES
        if "migrations" not in path.parts
        for write in writes_of_payments(path.read_text(encoding="utf-8"))
    }

    assert found == set()


@pytest.mark.parametrize(
    "source",
    [
        "Payment.objects.filter(pk=1).update(state='failed')",
        "account.payments.filter(pk=1).update(state=State.FAILED, due_at=now)",
        "payment.state = 'failed'",
    ],
)
def test_the_search_finds_what_it_looks_for(source: str) -> None:
    assert list(writes_of_payments(source))


@pytest.mark.django_db
def test_a_timeline_is_only_ever_added_to(account: Account, provider: FakeGateway, owner: User, now: datetime) -> None:
    buy(account, "100", actor=owner, now=now)
    sweep(now)

    for change in (lambda: PaymentStep.objects.update(detail="never"), PaymentStep.objects.all().delete):
        with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
            change()

    assert Payment.objects.get().steps.count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize("to", list(State))
@pytest.mark.parametrize("here", list(State))
def test_a_payment_moves_along_the_arrows_only(
    account: Account, owner: User, now: datetime, here: State, to: State
) -> None:
    payment = buy(account, "100", actor=owner, now=now)
    Payment.objects.update(state=here, provider_ref="pi_1", closed_at=now)

    moved = moves.move(payment, to, source=Source.WORKER, now=now)

    assert moved == (here in Payment.ARROWS[to])
    assert Payment.objects.get().state == (to if moved else here)
    assert PaymentStep.objects.count() == 1 + moved
