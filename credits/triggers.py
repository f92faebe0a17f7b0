"""What follows from a changed balance: a recharge to request, levels that it passed, a notice that it is below zero.

Runs inside the transaction that changed it, under the account's lock (decision: recharge, "trigger"). From most changes
nothing follows, which the statement that stores the account finds out in passing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from credits import evaluations, figures, levels, statements
from credits.ledger import arrays
from credits.models import Account, AutoRecharge, Evaluation, Recharge
from credits.models.lots import USABLE
from notifications import outbox
from notifications.models import Notice
from subscriptions.money import shown

Outcome = Evaluation.Outcome

#: A recharge that is on its way usually lifts the balance before anybody needs to hear that it fell below zero.
GRACE: Final = timedelta(minutes=2)

#: What changes inside `accounts.changing`.
_STORED: Final = ("balance", "overdraft", "held", "below_zero_at", "frozen_at", "customer_ref")
#: If anything follows; while nothing is owed, what usable lots have free is what is available.
_FOLLOWS: Final = f"""(
    account.overdraft > 0 OR account.below_zero_at IS NOT NULL
    OR EXISTS (SELECT FROM credits_autorecharge AS terms WHERE terms.account_id = account.id AND {evaluations.NEWS})
    OR EXISTS (SELECT FROM credits_balancelevel AS level
                WHERE level.account_id = account.id AND {levels.PASSED}))"""  # noqa: S608  # our own words
_STORE: Final = f"""
    UPDATE credits_account AS account SET {", ".join(f"{name} = %s" for name in _STORED)}
      FROM (SELECT coalesce(sum(remaining - held), 0) AS amount FROM credits_lot
             WHERE account_id = %s AND {USABLE}) AS free
     WHERE account.id = %s RETURNING {_FOLLOWS}"""  # noqa: S608  # our own words
_NOTABLE: Final = f"""
    SELECT account.id FROM credits_account AS account CROSS JOIN LATERAL (
        SELECT coalesce(sum(remaining - held), 0) AS amount FROM credits_lot
         WHERE account_id = account.id AND {USABLE}) AS free
     WHERE account.id = ANY(%s::bigint[]) AND {_FOLLOWS}
     ORDER BY account.id"""  # noqa: S608  # our own words


def evaluate(account: Account, *, now: datetime) -> None:
    """Store the account, and draw the consequences: each request, level and crossing once."""
    if not _store(account, now=now):
        return
    read, before = figures.of(account, now=now), account.below_zero_at
    recharging = _recharge(account, read.available, now=now)
    levels.evaluate(account, read.available, now=now)
    _watch_zero(account, read, recharging=recharging, now=now)
    if account.below_zero_at != before:
        _store(account, now=now)


def with_consequences(account_ids: Sequence[int], *, now: datetime) -> list[Account]:
    """Those of the accounts, whose locks the caller holds, that have something to settle, request or tell."""
    found = statements.rows_of_many(_NOTABLE, [now, now, arrays.integers(account_ids)])
    return list(Account.objects.filter(pk__in=[pk for (pk,) in found]).order_by("pk")) if found else []


def _store(account: Account, *, now: datetime) -> bool:
    """If something follows."""
    values = [getattr(account, name) for name in _STORED]
    ((follows,),) = statements.rows(_STORE, [*values, account.pk, now, now, account.pk])
    return bool(follows)


def _recharge(account: Account, available: Decimal, *, now: datetime) -> bool:
    """Request a round if the terms ask for one, and remember why there is one or none; if one is on its way."""
    terms = AutoRecharge.objects.filter(account=account).first()
    if terms is None:
        return False
    if available >= terms.trigger_amount:
        outcome, recharge = Outcome.ABOVE_TRIGGER, None
    elif obstacle := _obstacle(account, terms, now=now):
        outcome, recharge = obstacle, None
    else:
        outcome, recharge = _request(account, terms, available, now=now)
    if not _is_remembered(account, outcome):
        trigger, until = terms.trigger_amount, terms.next_try_at
        detail = until.isoformat() if outcome == Outcome.WAITING and until else ""
        evaluations.record(
            account, outcome, available=available, trigger=trigger, now=now, recharge=recharge, detail=detail
        )
    return recharge is not None


def _is_remembered(account: Account, outcome: Evaluation.Outcome) -> bool:
    """If it says nothing new: it is off as before, or above the trigger and was not below since."""
    if outcome not in (Outcome.OFF, Outcome.ABOVE_TRIGGER):
        return False
    latest = evaluations.latest(account)
    if latest is None:
        return outcome == Outcome.ABOVE_TRIGGER
    return latest.outcome == outcome or (outcome == Outcome.ABOVE_TRIGGER and _looks_ahead(latest.recharge))


def _looks_ahead(recharge: Recharge | None) -> bool:
    """An open round that was asked for before credit expires; the balance need not be below the trigger for it."""
    return (
        recharge is not None
        and recharge.state == Recharge.State.OPEN
        and recharge.reason == Recharge.Reason.BEFORE_EXPIRY
    )


def _obstacle(account: Account, terms: AutoRecharge, *, now: datetime) -> Evaluation.Outcome | None:
    """Why no round is asked for although the balance is below the trigger; a pulled brake makes it wait, no more."""
    obstacles = {
        Outcome.OFF: not terms.enabled,
        Outcome.FROZEN: account.frozen_at is not None,
        Outcome.PAUSED: terms.paused_at is not None,
        Outcome.WAITING: not terms.may_charge(at=now),
    }
    for outcome, stands in obstacles.items():
        if stands:
            return outcome
    return None if account.payment_methods.chargeable().exists() else Outcome.NO_CARD


def _request(
    account: Account, terms: AutoRecharge, available: Decimal, *, now: datetime
) -> tuple[Evaluation.Outcome, Recharge]:
    """The open round, or a new one; that there is only one is a constraint's."""
    known = account.recharges.filter(state=Recharge.State.OPEN).first()
    if known is not None:
        return Outcome.ALREADY_OPEN, known
    recharge = account.recharges.create(
        requested_at=now,
        available=available,
        trigger_amount=terms.trigger_amount,
        recharge_amount=terms.recharge_amount,
        due_at=now,
    )
    return Outcome.REQUESTED, recharge


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
