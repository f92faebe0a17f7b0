"""The forecast of an account: how long its credit lasts, when the trigger comes, what lapses, whether the card holds.

Read in three short queries, and one for the cards where they are not handed in; computed by credits.forecast.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from credits import forecast, limits, spending_history
from credits.forecast import Rate
from credits.models import Account, AutoRecharge, Lot, PaymentMethod
from subscriptions import money, periods

#: The rate of the last thirty days; of a younger account, of the days it has had.
_SPAN: Final = timedelta(days=30)
_YEAR: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Lapse:
    """So much of one lot lapses unused, after that day."""

    lot: Lot
    amount: Decimal
    good_until: date


@dataclass(frozen=True, slots=True)
class CardEnd:
    """The card that is charged first ends before the next charge is expected. `backup` is one that lasts until then."""

    card: PaymentMethod
    charge_on: date
    backup: PaymentMethod | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is to be expected at the rate of `days` days. All amounts in the account's currency."""

    days: int
    per_day: Decimal
    #: Whole days until nothing is left, and the instant; None when nothing is being spent.
    lasts: int | None
    ends_at: datetime | None
    #: If what there was is spent: nothing is available now. An account that never had any is not used up.
    used_up: bool
    #: When the balance comes down to the trigger, if the terms are on: the next charge. Now, when it is below.
    trigger_at: datetime | None
    #: When the next charge can be made, and what holds it back until then: "" nothing, "waiting" for the next try after
    #: a refusal, "limit" a limit on charges, "paused" a pause (then there is no instant).
    charge_at: datetime | None
    held_by: str
    lapses: list[Lapse]
    card_end: CardEnd | None
    #: A recharge that would last longer than its twelve months at this rate: the amount that would be used up.
    used_in_a_year: Decimal | None

    @property
    def lapsing(self) -> Decimal:
        """What lapses in all."""
        return sum((lapse.amount for lapse in self.lapses), Decimal(0))


def of(
    account: Account,
    terms: AutoRecharge | None,
    *,
    now: datetime,
    cards: Iterable[PaymentMethod] | None = None,
    full_until: datetime | None = None,
) -> Outlook:
    """The outlook from `now` on, if spending goes on as it has; `cards` are the active ones in their order.

    `full_until`: until then a limit leaves no room for a charge (recharges.full_until).
    """
    days = max(1, min(_SPAN, now - account.created_at) // timedelta(days=1))
    rate = _rate(account, timedelta(days=days), now=now)
    lots = list(account.lots.usable(at=now).in_spending_order())
    left = [forecast.Lot(money.to_micros(lot.remaining - lot.held), lot.expires_at) for lot in lots]
    owed = money.to_micros(Decimal(account.overdraft))
    lasts = forecast.runway(left, rate, overdraft=owed, now=now)
    trigger_at = None
    if terms is not None and terms.enabled and (rate.micros or left):
        level, ahead = money.to_micros(terms.trigger_amount), timedelta(days=terms.before_expiry_days or 0)
        counted = [forecast.Lot(lot.micros, lot.expires_at - ahead) for lot in left]
        trigger_at = forecast.reaches(level, counted, rate, overdraft=owed, now=now)
    charge_at, held_by = _charge(terms, trigger_at, full_until)
    return Outlook(
        days=days,
        per_day=money.from_micros(rate.over(timedelta(days=1))),
        used_up=bool(owed or rate.micros) and sum(lot.micros for lot in left) <= owed,
        lasts=None if lasts is None else lasts // timedelta(days=1),
        ends_at=None if lasts is None else now + lasts,
        trigger_at=trigger_at,
        charge_at=charge_at,
        held_by=held_by,
        lapses=_lapses(account, lots, forecast.lapsing(left, rate, now=now)),
        card_end=_card_end(account, cards, charge_at),
        used_in_a_year=_used_in_a_year(account, terms, rate),
    )


def _charge(
    terms: AutoRecharge | None, trigger_at: datetime | None, full_until: datetime | None
) -> tuple[datetime | None, str]:
    """When the card is charged next, and what keeps it from being charged when the trigger is hit."""
    if terms is None or trigger_at is None:
        return None, ""
    if terms.paused_at is not None:
        return None, "paused"
    if full_until is not None and full_until > max(trigger_at, terms.next_try_at or trigger_at):
        return full_until, "limit"
    if terms.next_try_at is not None and terms.next_try_at > trigger_at:
        # What a limit refused waits for the limit's next period by the same column.
        return terms.next_try_at, "waiting" if terms.failed_rounds else "limit"
    return trigger_at, ""


def _rate(account: Account, span: timedelta, *, now: datetime) -> Rate:
    spent = spending_history.spent(account, since=now - span, now=now)
    return Rate(max(0, money.to_micros(spent)), span)


def _lapses(account: Account, lots: list[Lot], lapsing: list[int]) -> list[Lapse]:
    """Those of which a page would show an amount."""
    zone = account.organization.zone
    found = [
        Lapse(lot, money.shown(money.from_micros(micros), account.currency), periods.last_day(lot.expires_at, zone))
        for lot, micros in zip(lots, lapsing, strict=True)
    ]
    return [lapse for lapse in found if lapse.amount]


def _card_end(account: Account, cards: Iterable[PaymentMethod] | None, charge_at: datetime | None) -> CardEnd | None:
    """Crossed with the next charge: only the card that is charged first matters, and who steps in for it."""
    if charge_at is None:
        return None
    charge_on = charge_at.astimezone(account.organization.zone).date()
    active = account.payment_methods.active() if cards is None else cards
    usable = [card for card in active if card.refused_at is None]
    good = [card for card in usable if forecast.first_day_without(card.exp_year, card.exp_month) > charge_on]
    if not usable or usable[0] in good:
        return None
    return CardEnd(usable[0], charge_on, good[0] if good else None)


def _used_in_a_year(account: Account, terms: AutoRecharge | None, rate: Rate) -> Decimal | None:
    """A year's usage, where a recharge and what lies before it under the trigger is more than that."""
    if terms is None or not terms.enabled or not rate.micros:
        return None
    year = money.from_micros(rate.over(_YEAR))
    too_much = terms.trigger_amount + terms.recharge_amount > year
    can_be_less = terms.recharge_amount > limits.of(account.currency).minimum or terms.trigger_amount > 0
    return year if too_much and can_be_less else None
