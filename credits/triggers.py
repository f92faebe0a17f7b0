"""What follows from a changed balance: a recharge to request, a notice that it fell below zero.

Runs inside the transaction that changed it, under the account's lock (decision: recharge, "trigger").
"""

from datetime import datetime, timedelta
from typing import Final

from credits import figures
from credits.models import Account, AutoRecharge, Recharge
from notifications import outbox
from notifications.models import Notice
from subscriptions.money import shown

#: A recharge that is on its way usually lifts the balance before anybody needs to hear that it fell below zero.
GRACE: Final = timedelta(minutes=2)


def evaluate(account: Account, *, now: datetime) -> None:
    """Request a recharge if the terms ask for one; note the crossing of zero, once for each crossing."""
    read = figures.of(account, now=now)
    terms = AutoRecharge.objects.filter(account=account).first()
    low = terms is not None and read.available < terms.trigger_amount
    recharging = terms is not None and low and _may_charge(account, terms, now=now)
    if terms is not None and recharging:
        _request(account, terms, read, now=now)
    _watch_zero(account, read, recharging=recharging, now=now)


def _may_charge(account: Account, terms: AutoRecharge, *, now: datetime) -> bool:
    may = terms.may_charge(at=now) and account.frozen_at is None
    return may and account.payment_methods.chargeable().exists()


def _request(account: Account, terms: AutoRecharge, read: figures.Figures, *, now: datetime) -> None:
    """Open a round unless one is open, which the constraint decides, not a look beforehand."""
    wanted = Recharge(
        account=account,
        requested_at=now,
        available=read.available,
        trigger_amount=terms.trigger_amount,
        recharge_amount=terms.recharge_amount,
        due_at=now,
    )
    Recharge.objects.bulk_create([wanted], ignore_conflicts=True)


def _watch_zero(account: Account, read: figures.Figures, *, recharging: bool, now: datetime) -> None:
    if read.usable >= 0:
        if account.below_zero_at is not None:
            occasion = _crossing(account, account.below_zero_at)
            outbox.withdraw(Notice.Kind.BELOW_ZERO, to=account.organization, key=occasion, now=now)
        account.below_zero_at = None
        return
    if account.below_zero_at is not None:
        return
    account.below_zero_at = now
    outbox.post(
        Notice.Kind.BELOW_ZERO,
        to=account.organization,
        key=_crossing(account, now),
        facts={
            "balance": str(shown(read.usable, account.currency)),
            "currency": account.currency,
            "auto_recharge": recharging,
        },
        now=now,
        due_at=now + GRACE if recharging else now,
    )


def _crossing(account: Account, instant: datetime) -> str:
    """The occasion of one fall below zero."""
    return f"below-zero:{account.pk}:{instant.isoformat()}"
