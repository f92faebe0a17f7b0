"""A disputed purchase: its credit waits while the bank decides, and is freed or lost once (decision: money, "dispute").

Where there are several about one payment, its credit waits for the last of them. Called by whoever hears of it from the
provider, in whatever order and however often. A decision stays, unless the provider itself says that the dispute goes
on.
"""

from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db.models import QuerySet

from credits import accounts, gateway, ledger
from credits.models import Account, AutoRecharge, Lot, Payment
from notifications import outbox
from notifications.facts import DisputeStage as Stage
from notifications.models import Notice
from subscriptions import activity, money
from subscriptions.models import Activity

_DECIDED: Final = frozenset({"dispute.won", "dispute.lost"})


class NothingDisputed(Exception):
    """The payment has brought no credit (yet) that could be disputed."""


class Overturned(Exception):
    """A dispute that was lost is open or won after all: a person gives the credit back."""


def apply(payment: Payment, dispute: gateway.Dispute, *, is_current: bool, now: datetime) -> bool:
    """Do what the provider says of the dispute. False: it contradicts what was decided, and nothing was done.

    `is_current`: it was looked up, and is no event that may be old; only then a decided dispute goes on.
    Raises NothingDisputed, Overturned.
    """
    if _contradicts(payment, dispute):
        if not is_current:
            return False
        reopen(payment, ref=dispute.ref, now=now)
    if dispute.status == "lost":
        lose(payment, ref=dispute.ref, minor=dispute.minor, now=now)
    else:
        act = {"open": open_, "won": win}[dispute.status]
        act(payment, ref=dispute.ref, now=now)
    return True


def _contradicts(payment: Payment, dispute: gateway.Dispute) -> bool:
    decided = _last(payment.account, dispute.ref)
    return decided in {"won", "lost"} and decided != dispute.status


def open_(payment: Payment, *, ref: str, now: datetime) -> None:
    """Freeze what is left of the payment's lot. A dispute that is over already, or known, changes nothing.

    `ref` is the provider's name for the dispute. Raises NothingDisputed.
    """
    with accounts.changing(payment.account_id, now=now) as account:
        lot = _lot(account, payment)
        if not _last(account, ref):
            ledger.freeze(account, lot, now=now)
            _record(account, payment, "opened", ref=ref, now=now)
            _tell(account, payment, Stage.OPENED, ref=ref, waits=lot.remaining, now=now)


def reopen(payment: Payment, *, ref: str, now: datetime) -> None:
    """A dispute that was won goes on: freeze the lot again. Raises NothingDisputed, Overturned."""
    with accounts.changing(payment.account_id, now=now) as account:
        lot, last = _lot(account, payment), _last(account, ref)
        if last == "lost":
            raise Overturned(ref)
        if last == "won":
            ledger.freeze(account, lot, now=now)
            _record(account, payment, "reopened", ref=ref, now=now)


def win(payment: Payment, *, ref: str, now: datetime) -> None:
    """Free the lot again; what is owed is paid from it at once. Raises NothingDisputed."""
    with accounts.changing(payment.account_id, now=now) as account:
        lot = _lot(account, payment)
        if not _is_decided(account, ref):
            if not _others_open(account, payment, ref):
                ledger.thaw(account, lot)
            _record(account, payment, "won", ref=ref, now=now)
            _withdraw(account, ref, now=now)
            _tell(account, payment, Stage.WON, ref=ref, waits=lot.remaining, now=now)


def lose(payment: Payment, *, ref: str, now: datetime, minor: int | None = None) -> None:
    """Void what is left, owe what was spent, free the rest, and pause the automatic recharge. Raises NothingDisputed.

    `minor` is what was disputed of the payment's total, in the currency's smallest unit; None is all of it.
    """
    with accounts.changing(payment.account_id, now=now) as account:
        lot = _lot(account, payment)
        if not _is_decided(account, ref):
            if lot.disputed_at is None:
                ledger.freeze(account, lot, now=now)
            amount = payment.amount if minor is None else _without_tax(payment, minor)
            ledger.lose(account, lot, amount=amount, key=f"dispute:{ref}", why=f"Dispute {ref} lost", now=now)
            if _others_open(account, payment, ref):
                ledger.freeze(account, lot, now=now)
            _record(account, payment, "lost", ref=ref, amount=amount, now=now)
            _withdraw(account, ref, now=now)
            if not _pause(account, payment, ref=ref, amount=amount, now=now):
                _tell(account, payment, Stage.LOST, ref=ref, amount=amount, waits=Decimal(0), now=now)


def _without_tax(payment: Payment, minor: int) -> Decimal:
    """The credit that so much of the total paid for: in proportion, half up, at most the payment's amount."""
    total = money.to_minor(payment.total, payment.currency)
    whole = money.to_minor(payment.amount, payment.currency)
    part = (2 * min(minor, total) * whole + total) // (2 * total)
    return money.from_minor(part, payment.currency)


def _pause(account: Account, payment: Payment, *, ref: str, amount: Decimal, now: datetime) -> bool:
    """If this stopped the automatic recharge; then the admins are told of both in one notice."""
    running = AutoRecharge.objects.filter(account=account, paused_at=None)
    if not running.update(paused_at=now) or not AutoRecharge.objects.get(account=account).enabled:
        return False
    facts = {
        "amount": amount,
        "currency": payment.currency,
        "card": str(payment.method),
        "cause": "dispute_lost",
        "payment": payment.key,
    }
    outbox.post(Notice.Kind.RECHARGE_PAUSED, to=account.organization, key=f"paused:dispute:{ref}", facts=facts, now=now)
    return True


def _tell(
    account: Account,
    payment: Payment,
    stage: Stage,
    *,
    ref: str,
    waits: Decimal,
    now: datetime,
    amount: Decimal | None = None,
) -> None:
    """Once for each stage of a dispute. `waits` is what is left of the payment's credit."""
    facts = {
        "amount": payment.amount if amount is None else amount,
        "currency": payment.currency,
        "card": str(payment.method),
        "payment": payment.key,
        "stage": stage,
        "waits": waits,
    }
    outbox.post(Notice.Kind.DISPUTED, to=account.organization, key=f"{stage}:{ref}"[:100], facts=facts, now=now)


def _withdraw(account: Account, ref: str, *, now: datetime) -> None:
    """It was decided before anybody was told that it is open."""
    key = f"{Stage.OPENED}:{ref}"[:100]
    outbox.withdraw(Notice.Kind.DISPUTED, to=account.organization, key=key, now=now)


def _lot(account: Account, payment: Payment) -> Lot:
    lot = account.lots.filter(payment=payment).first()
    if lot is None:
        raise NothingDisputed(str(payment.key))
    return lot


def _others_open(account: Account, payment: Payment, ref: str) -> bool:
    """If another dispute of the same payment waits for its end."""
    others = _known(account, payment).exclude(facts__dispute=ref).order_by("pk")
    last = dict(others.values_list("facts__dispute", "action"))
    return not _DECIDED.issuperset(last.values())


def of(payment: Payment) -> QuerySet[Activity]:
    """What was recorded of the payment's disputes, the oldest first; each names its dispute in `facts`."""
    return _known(payment.account, payment).order_by("pk")


def _known(account: Account, payment: Payment) -> QuerySet[Activity]:
    return Activity.objects.filter(
        organization=account.organization, action__startswith="dispute.", facts__payment=str(payment.key)
    )


def waiting(account: Account) -> list[Lot]:
    """The lots that wait for a dispute's end, with their payments, the oldest first."""
    frozen = account.lots.filter(frozen_at__isnull=False).select_related("payment__method")
    return list(frozen.order_by("frozen_at", "pk"))


def _is_decided(account: Account, ref: str) -> bool:
    return _last(account, ref) in {"won", "lost"}


def _last(account: Account, ref: str) -> str:
    """What was recorded of that dispute last: opened, won, lost or reopened; empty when nothing was."""
    known = Activity.objects.filter(
        organization=account.organization, action__startswith="dispute.", facts__dispute=ref
    )
    newest = known.order_by("-pk").values_list("action", flat=True).first()
    return (newest or "").removeprefix("dispute.")


def _record(
    account: Account, payment: Payment, what: str, *, ref: str, now: datetime, amount: Decimal | None = None
) -> None:
    activity.record(
        account.organization,
        f"dispute.{what}",
        now=now,
        dispute=ref,
        payment=str(payment.key),
        amount=str(payment.amount if amount is None else amount),
        currency=payment.currency,
    )
