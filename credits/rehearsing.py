"""Rehearse terms on what an account has really spent, and suggest terms from it.

Reads the account's hours and lots in three queries; the rest is pure: credits.rehearsal, credits.suggestion.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from credits import forecast, limits, rehearsal, spending_history, suggestion
from credits.forecast import Rate
from credits.models import Account, AutoRecharge, Lot, Payment
from credits.rehearsal import Movement, Result, Terms
from credits.suggestion import Suggestion
from subscriptions import money, periods

#: How far back can be rehearsed; a suggestion always looks at all of it.
FARTHEST: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Wish:
    """What to rehearse besides the terms: how many days, from which balance (None: that day's), with which delay."""

    days: int = 30
    opening: Decimal | None = None
    late: timedelta = timedelta(0)
    #: Funds added by hand, and granted credit, come in once more.
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Past:
    """What the account did: its hours of up to ninety days in order, and the lots it had then or since."""

    since: datetime
    until: datetime
    hours: list[spending_history.Hour]
    lots: list[Lot]

    @property
    def usage(self) -> list[Movement]:
        """Usage alone, by the hour; the first hour counts from where the time begins."""
        return [Movement(max(hour.at, self.since), hour.usage) for hour in self.hours if hour.usage]


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a rehearsal, in millionths."""

    on: date
    used: int
    charged: int
    lowest: int
    left: int


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """Terms and what they would have done; `lapses` is what had lapsed and what would, at the rate of these days."""

    terms: Terms
    start: datetime
    end: datetime
    opened: int
    used: int
    lapses: int
    result: Result
    days: list[Day]


def past(account: Account, *, now: datetime) -> Past:
    """Everything a rehearsal needs to know of the account."""
    since = _midnight(account, now - FARTHEST)
    lots = account.lots.filter(expires_at__gt=since).in_spending_order().select_related("payment")
    return Past(since, now, spending_history.hours(account, since=since, now=now), list(lots))


def suggest(account: Account, known: Past) -> Suggestion | None:
    """Terms made from all that is known, within the limits that the account has set; None without usage."""
    allowed, caps = limits.of(account.currency), terms_of(account.auto_recharge).caps()
    return suggestion.suggest(known.usage, since=known.since, until=known.until, limits=allowed, caps=caps)


def terms_of(row: AutoRecharge) -> Terms:
    """The stored terms, as a rehearsal takes them."""
    caps = {name: None if (cap := getattr(row, name)) is None else money.to_micros(cap) for name in rehearsal.CAPS}
    ahead = None if row.before_expiry_days is None else timedelta(days=row.before_expiry_days)
    return Terms(money.to_micros(row.trigger_amount), money.to_micros(row.recharge_amount), ahead=ahead, **caps)


def run(account: Account, known: Past, terms: Terms, wish: Wish) -> Rehearsed:
    """Live through the last days once more under these terms."""
    zone = account.organization.zone
    start = max(_midnight(account, known.until - timedelta(days=wish.days)), _begun(account, known))
    usage = [moved for moved in known.usage if moved.at >= start]
    moved = sorted([*usage, *(_by_hand(known.lots, start) if wish.by_hand else [])], key=lambda one: one.at)
    balance = _balance_at(account, known, start) if wish.opening is None else money.to_micros(wish.opening)
    earlier = [
        forecast.Lot(money.to_micros(lot.amount), lot.expires_at) for lot in known.lots if lot.purchased_at < start
    ]
    lots, owed = rehearsal.opening([] if wish.opening is not None else earlier, balance, at=start, zone=zone)
    allowed = limits.of(account.currency)
    result = rehearsal.replay(
        lots, owed, moved, terms, start=start, end=known.until, zone=zone, limits=allowed, delay=wish.late
    )
    used = -sum(one.micros for one in usage)
    rate = Rate(max(0, used), known.until - start)
    return Rehearsed(
        terms=terms,
        start=start,
        end=known.until,
        opened=balance,
        used=used,
        lapses=result.lapsed + sum(forecast.lapsing(result.left, rate, now=known.until)),
        result=result,
        days=_days(result, usage, account),
    )


def _midnight(account: Account, instant: datetime) -> datetime:
    return periods.period_start("day", instant, account.organization.zone)


def _begun(account: Account, known: Past) -> datetime:
    """The day on which there was an account, or a booking: before it there is nothing to live through."""
    booked = [hour.at for hour in known.hours[:1]]
    return _midnight(account, min([account.created_at, *booked]))


def _balance_at(account: Account, known: Past, start: datetime) -> int:
    """What was settled then: today's balance without what has moved it since."""
    return money.to_micros(Decimal(account.balance)) - sum(hour.movement for hour in known.hours if hour.at >= start)


def _by_hand(lots: Sequence[Lot], start: datetime) -> list[Movement]:
    return [
        Movement(lot.purchased_at, money.to_micros(lot.amount), lot.expires_at, bought=lot.payment is not None)
        for lot in lots
        if lot.purchased_at >= start
        and lot.kind != Lot.Kind.CORRECTION
        and (lot.payment is None or lot.payment.kind == Payment.Kind.MANUAL)
    ]


def _days(result: Result, usage: Sequence[Movement], account: Account) -> list[Day]:
    """The days on which something happened, and what each ended with."""
    zone = account.organization.zone
    used: dict[date, int] = {}
    for moved in usage:
        on = moved.at.astimezone(zone).date()
        used[on] = used.get(on, 0) - moved.micros
    charged: dict[date, int] = {}
    for charge in result.charges:
        on = charge.at.astimezone(zone).date()
        charged[on] = charged.get(on, 0) + charge.micros
    values: dict[date, list[int]] = {}
    for at, value in result.points:
        values.setdefault(at.astimezone(zone).date(), []).append(value)
    return [Day(on, used.get(on, 0), charged.get(on, 0), min(of), of[-1]) for on, of in sorted(values.items())]
