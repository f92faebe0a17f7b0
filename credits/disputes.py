"""A disputed purchase: its credit waits while the bank decides, and is freed or lost once (decision: money, "dispute").

Called by whoever hears of it from the provider, in whatever order and however often.
"""

from datetime import datetime

from credits import accounts, ledger
from credits.models import Account, AutoRecharge, Lot, Payment
from subscriptions import activity
from subscriptions.models import Activity


class NothingDisputed(Exception):
    """The payment has brought no credit (yet) that could be disputed."""


def open_(payment: Payment, *, ref: str, now: datetime) -> None:
    """Freeze what is left of the payment's lot. A dispute that is over already, or known, changes nothing.

    `ref` is the provider's name for the dispute. Raises NothingDisputed.
    """
    with accounts.changing(payment.account_id, now=now) as account:
        lot = _lot(account, payment)
        if not _recorded(account, ref):
            ledger.freeze(account, lot, now=now)
            _record(account, payment, "opened", ref=ref, now=now)


def win(payment: Payment, *, ref: str, now: datetime) -> None:
    """Free the lot again; what is owed is paid from it at once. Raises NothingDisputed."""
    with accounts.changing(payment.account_id, now=now) as account:
        lot = _lot(account, payment)
        if not _recorded(account, ref, "won", "lost"):
            ledger.thaw(account, lot)
            _record(account, payment, "won", ref=ref, now=now)


def lose(payment: Payment, *, ref: str, now: datetime) -> None:
    """Void what is left, owe what was spent, and pause the automatic recharge. Raises NothingDisputed."""
    with accounts.changing(payment.account_id, now=now) as account:
        lot = _lot(account, payment)
        if not _recorded(account, ref, "won", "lost"):
            AutoRecharge.objects.filter(account=account, paused_at=None).update(paused_at=now)
            if lot.disputed_at is None:
                ledger.freeze(account, lot, now=now)
            ledger.lose(account, lot, key=f"dispute:{ref}", why=f"Dispute {ref} lost", now=now)
            _record(account, payment, "lost", ref=ref, now=now)


def _lot(account: Account, payment: Payment) -> Lot:
    lot = account.lots.filter(payment=payment).first()
    if lot is None:
        raise NothingDisputed(str(payment.key))
    return lot


def _recorded(account: Account, ref: str, *what: str) -> bool:
    """If any of these (unset: anything at all) was recorded of that dispute."""
    actions = [f"dispute.{each}" for each in what or ("opened", "won", "lost")]
    known = Activity.objects.filter(organization=account.organization, action__in=actions, facts__dispute=ref)
    return known.exists()


def _record(account: Account, payment: Payment, what: str, *, ref: str, now: datetime) -> None:
    activity.record(
        account.organization,
        f"dispute.{what}",
        now=now,
        dispute=ref,
        payment=str(payment.key),
        amount=str(payment.amount),
        currency=payment.currency,
    )
