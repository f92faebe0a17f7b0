"""The cast of a fault, and what must be so when it is over: every check empty, the provider's list is ours."""

import uuid
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Final

from django.utils import timezone

from config import ledger_check
from credits import accounts, gateway, ledger
from credits.ledger import Charge
from credits.models import Account, AutoRecharge, Lot, Payment, PaymentMethod, Recharge
from subscriptions import money
from subscriptions.models import Organization
from tests import factories
from tests.faults.stage import Stage

#: Every account begins with it; $15 less is below the trigger of $20, and $50 more is what one recharge brings.
START: Final = Decimal(30)
SPENT: Final = Decimal(15)
CHARGED: Final = START - SPENT + 50


def account_of(stage: Stage, organization: Organization, *cards: str) -> Account:
    """The organization with $30 and these cards at the provider; it recharges itself."""
    account = Account.objects.get(organization=organization)
    customer = gateway.connect().create_customer(key=organization.slug, name=organization.name, email="a@b.example")
    Account.objects.filter(pk=account.pk).update(customer_ref=customer)
    PaymentMethod.objects.filter(account=account).delete()
    for position, card in enumerate(cards):
        made = stage.web.post("/sandbox/cards", json={"customer": customer, "card": card}).json()
        factories.MethodFactory.create(account=account, provider_ref=made["id"], position=position)
    AutoRecharge.objects.filter(account=account).update(enabled=True)
    now = timezone.now()
    with accounts.changing(account.pk, now=now) as locked:
        ledger.grant(locked, kind=Lot.Kind.PROMOTION, amount=START, key=f"start:{uuid.uuid4()}", why="", now=now)
    return Account.objects.get(pk=account.pk)


def contoso(stage: Stage, *cards: str) -> Account:
    """Contoso with $30; by default its card works."""
    return account_of(stage, factories.contoso(), *(cards or ("success",)))


def northwind(stage: Stage) -> Account:
    """Another one whose card works."""
    return account_of(stage, factories.northwind(), "success")


def spend(account: Account, amount: Decimal = SPENT, *, key: str = "") -> None:
    """One call's charge; by default the one that crosses the trigger."""
    now = timezone.now()
    with accounts.changing(account.pk, now=now) as locked:
        ledger.debit(
            locked, [Charge(key=key or f"call:{uuid.uuid4()}", micros=money.to_micros(amount), why="")], now=now
        )


def balance(account: Account) -> Decimal:
    """What the account has now."""
    found: Decimal = Account.objects.values_list("balance", flat=True).get(pk=account.pk)
    return found


def states(account: Account) -> list[str]:
    """The states of its payments, oldest first."""
    return list(account.payments.order_by("pk").values_list("state", flat=True))


def are(account: Account, wanted: list[str]) -> bool:
    """If those are the states of its payments."""
    return states(account) == wanted


def is_quiet() -> bool:
    """If nothing is on its way any more."""
    return not Payment.objects.in_flight().exists() and not Recharge.objects.filter(state="open").exists()


def demand_exact(stage: Stage, *, amiss: int = 0) -> None:
    """The checks hold, and each charge at the provider is one succeeded payment of ours with its one lot.

    `amiss`: so many charges at the provider are meant to be told apart, by P06, from everything of ours.
    """
    now = timezone.now()
    broken = {name: rows for name, rows in ledger_check.integrity(None, now=now).items() if rows}
    assert broken == {}, f"checks that do not hold: {broken}"
    differing = ledger_check.provider(None, now=now + timedelta(minutes=5))["P06"]
    assert len(differing) == amiss, f"P06: {differing}"
    paid = Payment.objects.filter(state="succeeded")
    theirs = Counter(charge["payment_intent"] for charge in stage.charges())
    ours = Counter(paid.values_list("provider_ref", flat=True))
    assert max(theirs.values(), default=1) == 1, f"charged twice: {theirs}"
    assert (theirs - ours).total() == amiss, f"the provider has {theirs}, we have {ours}"
    assert ours - theirs == Counter(), f"we have {ours}, the provider has {theirs}"
    assert Lot.objects.filter(kind="purchase").count() == paid.count()
