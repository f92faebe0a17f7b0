"""Auto-recharge: the terms, and a round of attempts that lifts the balance over the trigger in one charge.

A round is requested by the debit that crosses the trigger (credits.triggers), begun here by giving it a payment, and
ended by what becomes of that payment (credits.outcomes).
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db.models import Q, Sum

from credits import accounts, figures, limits, outcomes, payments
from credits.models import Account, AutoRecharge, Payment, Recharge
from subscriptions import activity, money, periods
from subscriptions.models import User

#: While another charge of the account is on its way, look again after this.
_WAIT: Final = timedelta(seconds=30)


class NoCard(Exception):
    """Auto-recharge cannot be on without a card that may be charged."""


class CapTooSmall(Exception):
    """The monthly cap leaves no room for even one recharge."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What an admin chooses: when available falls below `trigger_amount`, charge in steps of `recharge_amount`."""

    enabled: bool
    trigger_amount: Decimal
    recharge_amount: Decimal
    monthly_cap: Decimal | None = None


def change_terms(account: Account, terms: Terms, *, actor: User, now: datetime) -> None:
    """Store the terms; if they ask for a charge now, the round is requested in the same transaction.

    Raises NoCard, CapTooSmall, limits.OutsideLimits.
    """
    with accounts.changing(account.pk, now=now) as locked:
        _check(locked, terms)
        before = AutoRecharge.objects.get(account=locked)
        AutoRecharge.objects.filter(account=locked).update(**asdict(terms), failed_rounds=0, next_try_at=None)
        if not terms.enabled:
            AutoRecharge.objects.filter(account=locked).update(paused_at=None)
        activity.record(
            locked.organization,
            "auto_recharge.changed",
            now=now,
            actor=actor,
            before=_plain(terms_of(before)),
            after=_plain(terms),
        )


def _check(account: Account, terms: Terms) -> None:
    limits.check(terms.recharge_amount, account.currency)
    allowed = limits.of(account.currency)
    if not 0 <= terms.trigger_amount <= allowed.maximum:
        raise limits.OutsideLimits(allowed)
    if terms.monthly_cap is not None and terms.monthly_cap < terms.recharge_amount:
        raise CapTooSmall
    if terms.enabled and not account.payment_methods.chargeable().exists():
        raise NoCard


def terms_of(row: AutoRecharge) -> Terms:
    """The stored terms as a value."""
    return Terms(row.enabled, row.trigger_amount, row.recharge_amount, row.monthly_cap)


def _plain(terms: Terms) -> dict[str, str]:
    return {name: str(value) for name, value in asdict(terms).items()}


def resume(account: Account, *, actor: User, now: datetime) -> None:
    """Let a paused auto-recharge try again, at once if the balance is still below the trigger."""
    with accounts.changing(account.pk, now=now) as locked:
        AutoRecharge.objects.filter(account=locked).update(failed_rounds=0, next_try_at=None, paused_at=None)
        activity.record(locked.organization, "auto_recharge.resumed", now=now, actor=actor)


def due_now(account: Account, terms: Terms, *, now: datetime) -> Decimal | None:
    """What would be charged at once if these terms were saved; None when nothing would."""
    available = figures.of(account, now=now).available
    if not terms.enabled or available >= terms.trigger_amount:
        return None
    return size(account, terms, available=available, now=now)


def size(account: Account, terms: Terms, *, available: Decimal, now: datetime) -> Decimal | None:
    """The one charge of a round: the smallest multiple of the recharge amount that lifts available to the trigger.

    Where the purchase maximum or the monthly cap leaves less, the largest multiple that fits; None when none does.
    """
    step = terms.recharge_amount
    wanted = step * money.multiples_to_reach(step, terms.trigger_amount - available)
    room = limits.of(account.currency).maximum
    if terms.monthly_cap is not None:
        room = min(room, terms.monthly_cap - spent_this_month(account, now=now))
    fitting = min(wanted, step * money.multiples_within(step, room))
    return fitting or None


def spent_this_month(account: Account, *, now: datetime) -> Decimal:
    """Purchases of the calendar month in the organization's zone, those in flight and those by hand included."""
    start = periods.period_start("month", now, account.organization.zone)
    counted = Q(state=Payment.State.SUCCEEDED) | Q(state__in=Payment.IN_FLIGHT)
    total = account.payments.filter(counted, created_at__gte=start).aggregate(total=Sum("amount"))["total"]
    return total or Decimal(0)


def begin(recharge: Recharge, *, now: datetime) -> None:
    """Give an open round its next attempt: a payment in the size that is right now, to the next untried card."""
    with accounts.changing(recharge.account_id, now=now) as account:
        recharge.refresh_from_db()
        if recharge.state != Recharge.State.OPEN or recharge.due_at > now:
            return
        terms = AutoRecharge.objects.get(account=account)
        available = figures.of(account, now=now).available
        # First: while its own charge may still bring money, however late, the round is not over.
        if account.payments.in_flight().exists():
            Recharge.objects.filter(pk=recharge.pk).update(due_at=now + _WAIT)
        elif not terms.may_charge(at=now) or account.frozen_at is not None:
            _cancel(recharge, why="not_allowed", now=now)
        elif available >= terms.trigger_amount:
            _cancel(recharge, why="above_trigger", now=now)
        else:
            _attempt(account, recharge, terms, available=available, now=now)


def _attempt(account: Account, recharge: Recharge, terms: AutoRecharge, *, available: Decimal, now: datetime) -> None:
    method = account.payment_methods.chargeable().exclude(payments__recharge=recharge).first()
    if method is None:
        outcomes.fail_round(account, recharge, code="no_card", card="", now=now)
        return
    amount = recharge.amount or size(account, terms_of(terms), available=available, now=now)
    if amount is None:
        _refuse_for_cap(account, recharge, terms, now=now)
        return
    # The lease keeps the round from being begun again while its payment is on the way.
    Recharge.objects.filter(pk=recharge.pk).update(amount=amount, due_at=now + payments.KEY_LIFE)
    Payment.objects.create(
        account=account,
        recharge=recharge,
        kind=Payment.Kind.AUTOMATIC,
        method=method,
        currency=account.currency,
        amount=amount,
        created_at=now,
        due_at=now,
    )


def _refuse_for_cap(account: Account, recharge: Recharge, terms: AutoRecharge, *, now: datetime) -> None:
    """The cap leaves no room: no charge, one notice, and the next look when the next month begins."""
    terms.next_try_at = periods.period_end("month", now, account.organization.zone)
    terms.save(update_fields=["next_try_at"])
    _cancel(recharge, why="cap_reached", now=now)
    outcomes.tell_failure(account, recharge, code="cap_reached", card="", terms=terms, now=now)


def _cancel(recharge: Recharge, *, why: str, now: datetime) -> None:
    Recharge.objects.filter(pk=recharge.pk, state=Recharge.State.OPEN).update(
        state=Recharge.State.CANCELLED, closed_at=now, why=why
    )


def begin_due(*, now: datetime, limit: int = 50) -> int:
    """Begin every open round that is due; answers how many."""
    due = list(Recharge.objects.due(at=now).order_by("due_at")[:limit])
    for recharge in due:
        begin(recharge, now=now)
    return len(due)


def try_again_due(*, now: datetime, limit: int = 50) -> int:
    """Where the next try has come, forget the waiting and let the trigger be evaluated; answers how many."""
    waiting = AutoRecharge.objects.filter(next_try_at__lte=now).order_by("next_try_at")
    due = list(waiting.values_list("account_id", flat=True)[:limit])
    for account_id in due:
        with accounts.changing(account_id, now=now) as account:
            AutoRecharge.objects.filter(account=account, next_try_at__lte=now).update(next_try_at=None)
    return len(due)


def charge_due(*, now: datetime) -> int:
    """The whole sweep: next tries, rounds to begin, payments to send; answers how many rows moved."""
    return try_again_due(now=now) + begin_due(now=now) + payments.charge_due(now=now)
