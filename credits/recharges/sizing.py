"""How much a round charges, and what the caps leave for it. Caps are net of tax, and nothing in flight is forgotten."""

from datetime import datetime
from decimal import Decimal

from django.db.models import Q, Sum

from credits import limits, rounds
from credits.models import Account, Payment, Recharge
from credits.recharges.terms import CAPS, Terms
from subscriptions import periods


def looked_at(account: Account, terms: Terms, *, now: datetime) -> Decimal:
    """What is available, as the trigger sees it: with `before_expiry_days`, what expires within them is gone."""
    return rounds.looked_at(account, days_ahead=terms.before_expiry_days, now=now)


def due_now(account: Account, terms: Terms, *, now: datetime) -> Decimal | None:
    """What would be charged at once if these terms were saved; None when nothing would."""
    available = looked_at(account, terms, now=now)
    if not terms.enabled or available >= terms.trigger_amount:
        return None
    return size(account, terms, available=available, now=now)


def size(account: Account, terms: Terms, *, available: Decimal, now: datetime) -> Decimal | None:
    """The one charge of a round: the smallest multiple of the recharge amount that lifts available to the trigger.

    Where the purchase maximum or a cap leaves less, the largest multiple that fits; None when none does.
    """
    left, most = room(account, terms, now=now), limits.of(account.currency).maximum
    gap = terms.trigger_amount - available
    return limits.one_charge(terms.recharge_amount, gap=gap, room=most if left is None else min(most, left))


def room(account: Account, terms: Terms, *, now: datetime, but: Recharge | None = None) -> Decimal | None:
    """What the tightest cap leaves, never below zero; None without a cap.

    Purchases by hand count, and so do charges in flight and what an open round has reserved (but that of `but`).
    """
    left = _left(account, terms, now=now, but=but)
    return max(Decimal(0), min(left.values())) if left else None


def full_until(
    account: Account, terms: Terms, amount: Decimal, *, now: datetime, but: Recharge | None = None
) -> datetime | None:
    """When the last of the caps that leave less than the amount begins anew; None when all leave as much."""
    found = full(account, terms, amount, now=now, but=but)
    return found[1] if found else None


def full(
    account: Account, terms: Terms, amount: Decimal, *, now: datetime, but: Recharge | None = None
) -> tuple[str, datetime] | None:
    """Which of the caps that leave less than the amount begins anew last, and when; None when all leave as much."""
    short = [cap for cap, left in _left(account, terms, now=now, but=but).items() if left < amount]
    ends = [(periods.period_end(CAPS[cap], now, account.organization.zone), cap) for cap in short]
    until, cap = max(ends, default=(None, ""))
    return (cap, until) if until else None


def _left(account: Account, terms: Terms, *, now: datetime, but: Recharge | None) -> dict[str, Decimal]:
    """For each cap that is set, what is left of it."""
    caps = {cap: most for cap in CAPS if (most := getattr(terms, cap)) is not None}
    if not caps:
        return {}
    starts = {cap: periods.period_start(CAPS[cap], now, account.organization.zone) for cap in caps}
    sums = {cap: Sum("amount", filter=_counts(since=start), default=Decimal(0)) for cap, start in starts.items()}
    spent = account.payments.filter(_counts(since=min(starts.values()))).aggregate(**sums)
    reserved = _reserved(account, but)
    return {cap: most - spent[cap] - reserved for cap, most in caps.items()}


def _counts(*, since: datetime) -> Q:
    """Payments that took money since then, whenever they were begun, or still may."""
    return Q(state=Payment.State.SUCCEEDED, closed_at__gte=since) | Q(state__in=Payment.IN_FLIGHT)


def _reserved(account: Account, but: Recharge | None) -> Decimal:
    """What an open round has been given and no payment of it carries now: it is between two cards."""
    waiting = account.recharges.filter(state=Recharge.State.OPEN, amount__isnull=False)
    may_take = (*Payment.IN_FLIGHT, Payment.State.SUCCEEDED)
    carried = Payment.objects.filter(state__in=may_take, account=account, recharge__isnull=False).values("recharge")
    others = waiting.exclude(pk__in=carried).exclude(pk__in=[but.pk] if but else [])
    total: Decimal = others.aggregate(total=Sum("amount", default=Decimal(0)))["total"]
    return total
