"""What follows from a changed balance: a recharge to request, a notice that it fell below zero.

Runs inside the transaction that changed it, under the account's lock (decision: recharge, "trigger").
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from credits import figures, statements
from credits.ledger import arrays
from credits.models import Account, AutoRecharge, Recharge
from credits.models.lots import USABLE
from notifications import outbox
from notifications.models import Notice
from subscriptions.money import shown

#: A recharge that is on its way usually lifts the balance before anybody needs to hear that it fell below zero.
GRACE: Final = timedelta(minutes=2)

#: What usable lots have free, and the trigger, if the terms are on: most changes have no consequence.
_GLANCE: Final = f"""
    SELECT coalesce(sum(remaining - held), 0),
           (SELECT trigger_amount FROM credits_autorecharge WHERE account_id = %s AND enabled)
      FROM credits_lot WHERE account_id = %s AND {USABLE}"""  # noqa: S608  # our own words
_NOTABLE: Final = f"""
    SELECT account.id FROM credits_account AS account
      LEFT JOIN credits_autorecharge AS terms ON terms.account_id = account.id AND terms.enabled
     WHERE account.id = ANY(%s::bigint[])
       AND (account.overdraft > 0 OR account.below_zero_at IS NOT NULL OR (terms.enabled
            AND terms.trigger_amount > (SELECT coalesce(sum(remaining - held), 0) FROM credits_lot
                                         WHERE account_id = account.id AND {USABLE})))
     ORDER BY account.id"""  # noqa: S608  # our own words


def evaluate(account: Account, *, now: datetime) -> None:
    """Request a recharge if the terms ask for one; note the crossing of zero, once for each crossing."""
    if _is_quiet(account, now=now):
        return
    read = figures.of(account, now=now)
    terms = AutoRecharge.objects.filter(account=account).first()
    low = terms is not None and read.available < terms.trigger_amount
    recharging = terms is not None and low and _may_charge(account, terms, now=now)
    if terms is not None and recharging:
        _request(account, terms, read, now=now)
    _watch_zero(account, read, recharging=recharging, now=now)


def with_consequences(account_ids: Sequence[int], *, now: datetime) -> list[Account]:
    """Those of the accounts, whose locks the caller holds, that have something to settle, request or tell."""
    found = statements.rows(_NOTABLE, [arrays.integers(account_ids), now, now])
    return list(Account.objects.filter(pk__in=[pk for (pk,) in found]).order_by("pk")) if found else []


def _is_quiet(account: Account, *, now: datetime) -> bool:
    """If nothing is owed, nothing was, and no trigger is crossed; asked in one short statement."""
    if account.overdraft or account.below_zero_at is not None:
        return False
    free, trigger = statements.rows(_GLANCE, [account.pk, account.pk, now, now])[0]
    return trigger is None or free >= Decimal(trigger)


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
