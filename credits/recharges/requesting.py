"""Change the terms, let a paused auto-recharge go on, and ask for a round before credit expires."""

from dataclasses import asdict
from datetime import datetime
from typing import Final

from credits import accounts, evaluations, statements, sweeps
from credits.models import Account, AutoRecharge, Evaluation, Recharge
from credits.recharges import sizing
from credits.recharges.terms import Terms, check, plain, terms_of
from notifications import outbox
from notifications.models import Notice
from subscriptions import activity
from subscriptions.models import User

#: Whose credit, without what expires within the days of their terms, is below the trigger, and may be recharged.
_AHEAD: Final = """
    SELECT account.id FROM credits_autorecharge AS terms
      JOIN credits_account AS account ON account.id = terms.account_id
     WHERE terms.enabled AND terms.before_expiry_days IS NOT NULL AND terms.paused_at IS NULL
       AND account.frozen_at IS NULL AND coalesce(terms.next_try_at, '-infinity') <= %s::timestamptz
       AND NOT EXISTS (SELECT 1 FROM credits_recharge WHERE account_id = account.id AND state = 'open')
       AND EXISTS (SELECT 1 FROM credits_paymentmethod
                    WHERE account_id = account.id AND removed_at IS NULL AND refused_at IS NULL)
       AND terms.trigger_amount + account.overdraft > (
           SELECT coalesce(sum(remaining - held), 0) FROM credits_lot
            WHERE account_id = account.id AND open AND frozen_at IS NULL
              AND expires_at > %s::timestamptz + make_interval(days => terms.before_expiry_days))
     ORDER BY account.id LIMIT %s::int"""


class NothingToRetry(Exception):
    """No failed round waits for its next try."""


def change_terms(account: Account, terms: Terms, *, actor: User, now: datetime) -> None:
    """Store the terms; if they ask for a charge now, the round is requested in the same transaction.

    Raises NoCard, CapTooSmall, CapsContradict, TooFarAhead, limits.OutsideLimits.
    """
    with accounts.changing(account.pk, now=now) as locked:
        check(locked, terms)
        before = terms_of(AutoRecharge.objects.get(account=locked))
        AutoRecharge.objects.filter(account=locked).update(**asdict(terms), failed_rounds=0, next_try_at=None)
        if not terms.enabled:
            AutoRecharge.objects.filter(account=locked).update(paused_at=None)
        _tell_change(locked, before, terms, actor=actor, now=now)
        _request_ahead(locked, now=now)


def _tell_change(account: Account, before: Terms, after: Terms, *, actor: User, now: datetime) -> None:
    said = {"before": plain(before), "after": plain(after)}
    row = activity.record(account.organization, "auto_recharge.changed", now=now, actor=actor, **said)
    if before == after:
        return
    outbox.post(
        Notice.Kind.TERMS_CHANGED,
        to=account.organization,
        key=f"terms:{row.pk}",
        facts={"by": actor.name or actor.email, "currency": account.currency, **said},
        now=now,
    )


def resume(account: Account, *, actor: User, now: datetime) -> None:
    """Let a paused auto-recharge try again, at once if the balance is still below the trigger."""
    with accounts.changing(account.pk, now=now) as locked:
        AutoRecharge.objects.filter(account=locked).update(failed_rounds=0, next_try_at=None, paused_at=None)
        activity.record(locked.organization, "auto_recharge.resumed", now=now, actor=actor)


def retry(account: Account, *, actor: User, now: datetime) -> None:
    """Forget the waiting after a failed round: the next begins now, if the balance is still below the trigger.

    The failed rounds count as before. Raises NothingToRetry: none has failed, it is paused, a limit is what it waits
    for, or somebody was first.
    """
    with accounts.changing(account.pk, now=now) as locked:
        waiting = AutoRecharge.objects.filter(
            account=locked, enabled=True, paused_at=None, failed_rounds__gt=0, next_try_at__gt=now
        )
        # What a limit has refused waits in the same column, and the rounds that failed before it still count.
        refused = locked.recharges.order_by("-pk").values_list("why", flat=True).first() == "cap_reached"
        if refused or not waiting.update(next_try_at=None):
            raise NothingToRetry
        activity.record(locked.organization, "auto_recharge.retried", now=now, actor=actor)


def look_ahead_due(*, now: datetime, limit: int = 200) -> int:
    """Request a round wherever credit is about to expire and the rest is below the trigger; answers how many."""
    found = [pk for (pk,) in statements.rows(_AHEAD, [now, now, limit])]
    return sweeps.each(found, lambda account_id: _look_ahead(account_id, now=now))


def _look_ahead(account_id: int, *, now: datetime) -> None:
    with accounts.changing(account_id, now=now) as account:
        _request_ahead(account, now=now)


def _request_ahead(account: Account, *, now: datetime) -> None:
    """The trigger as if what is about to expire were gone; the ordinary trigger is looked at when the lock is left."""
    row = AutoRecharge.objects.get(account=account)
    terms = terms_of(row)
    if terms.before_expiry_days is None or not _may_charge(account, row, now=now):
        return
    available = sizing.looked_at(account, terms, now=now)
    if available >= terms.trigger_amount or account.recharges.filter(state=Recharge.State.OPEN).exists():
        return
    recharge = Recharge.objects.create(
        account=account,
        reason=Recharge.Reason.BEFORE_EXPIRY,
        requested_at=now,
        available=available,
        trigger_amount=terms.trigger_amount,
        recharge_amount=terms.recharge_amount,
        due_at=now,
    )
    evaluations.record(
        account, Evaluation.Outcome.REQUESTED, available=available, trigger=terms.trigger_amount, now=now,
        recharge=recharge,
    )  # fmt: skip


def _may_charge(account: Account, row: AutoRecharge, *, now: datetime) -> bool:
    may = row.may_charge(at=now) and account.frozen_at is None
    return may and account.payment_methods.chargeable().exists()
