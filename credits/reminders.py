"""What is told before it happens: credit that is about to expire, cards that are about to end.

A level is so many days ahead, in the organization's calendar. Whoever comes late, a lot bought with less time or one
that no sweep has seen, is told of the nearest level only. The notice's key is what makes it once.
"""

import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django.db import connection

from credits import outlook
from credits.models import Account, AutoRecharge, PaymentMethod
from notifications import outbox
from notifications.models import Notice
from subscriptions import money
from subscriptions.models import Organization

#: Days before the last day of a lot (decision: people, "expiry warnings"), and of a card.
LOT_LEVELS: Final = (90, 30, 7, 1)
CARD_LEVELS: Final = (60, 30, 7)
#: So many notices of each sort are posted in one round; the next round posts the others.
_ROUND: Final = 2_000

#: Lots that expire on one day are one notice. The range over `expires_at` is wider than the widest level by the
#: distance between calendars, so that the index of open lots by expiry serves it. What a page would show as nothing
#: left is nothing left: `units` has the smallest unit of each currency that has not two places.
_LOTS: Final = """
    WITH expiring AS (
        SELECT account.organization_id, account.currency,
               ((lot.expires_at - interval '1 microsecond') AT TIME ZONE organization.time_zone)::date AS last_day,
               (%(now)s::timestamptz AT TIME ZONE organization.time_zone)::date AS today,
               sum(lot.remaining) AS amount, count(*) AS lots
          FROM credits_lot AS lot
          JOIN credits_account AS account ON account.id = lot.account_id
          JOIN subscriptions_organization AS organization ON organization.id = account.organization_id
         WHERE lot.open AND lot.frozen_at IS NULL
           AND lot.expires_at > %(now)s::timestamptz
           AND lot.expires_at < %(now)s::timestamptz + make_interval(days => %(ahead)s + 3)
         GROUP BY 1, 2, 3, 4
    ), levelled AS (
        SELECT *, last_day - today AS days,
               (SELECT min(level) FROM unnest(%(levels)s::int[]) AS level WHERE level >= last_day - today) AS level
          FROM expiring
    )
    SELECT organization_id, currency, last_day, days, level, amount, lots
      FROM levelled
     WHERE level IS NOT NULL
       AND amount >= coalesce((%(units)s::jsonb ->> currency)::numeric, 0.01)
       AND NOT EXISTS (
           SELECT FROM notifications_notice AS told
            WHERE told.organization_id = levelled.organization_id AND told.kind = 'lot_expires'
              AND told.key = format('expires:%%s:%%s', levelled.last_day, levelled.level))
     ORDER BY last_day, organization_id
     LIMIT %(limit)s"""

#: Cards that may be charged, by the last day of their month. Months are counted, not made into dates, until the few
#: that are near are left: what a provider calls a thirteenth month must not stop the sweep.
_CARDS: Final = """
    WITH near AS (
        SELECT card.id, account.organization_id,
               (date '2000-01-01' + make_interval(months => (exp_year - 2000) * 12 + exp_month))::date - 1
               - (%(now)s::timestamptz AT TIME ZONE organization.time_zone)::date AS days
          FROM credits_paymentmethod AS card
          JOIN credits_account AS account ON account.id = card.account_id
          JOIN subscriptions_organization AS organization ON organization.id = account.organization_id
         WHERE card.removed_at IS NULL AND card.refused_at IS NULL
           AND exp_year * 12 + exp_month BETWEEN %(month)s - 1 AND %(month)s + %(ahead)s / 28 + 1
    ), levelled AS (
        SELECT *, (SELECT min(level) FROM unnest(%(levels)s::int[]) AS level WHERE level >= days) AS level FROM near
    )
    SELECT id, organization_id, days, level
      FROM levelled
     WHERE days >= 0 AND level IS NOT NULL
       AND NOT EXISTS (
           SELECT FROM notifications_notice AS told
            WHERE told.organization_id = levelled.organization_id AND told.kind = 'card_expires'
              AND told.key = format('card:%%s:%%s', levelled.id, levelled.level))
     ORDER BY days, id
     LIMIT %(limit)s"""


class ExpiringCredit(NamedTuple):
    """What is left of an organization's lots whose last day is that one, and the level it has come to."""

    organization_id: int
    currency: str
    last_day: date
    days: int
    level: int
    amount: Decimal
    lots: int


class EndingCard(NamedTuple):
    """A card, how many days it can still be charged, and the level it has come to."""

    card_id: int
    organization_id: int
    days: int
    level: int


def remind_due(*, now: datetime, limit: int = _ROUND) -> int:
    """Post what is due of both sorts, so many of each at most; answers how many notices. Twice is the same as once."""
    return _remind_of_lots(now, limit) + _remind_of_cards(now, limit)


def _remind_of_lots(now: datetime, limit: int) -> int:
    found = [ExpiringCredit(*row) for row in _rows(_LOTS, LOT_LEVELS, now=now, limit=limit, units=_units())]
    told = Organization.objects.in_bulk({one.organization_id for one in found})
    for credit in found:
        outbox.post(
            Notice.Kind.LOT_EXPIRES,
            to=told[credit.organization_id],
            key=f"expires:{credit.last_day}:{credit.level}",
            facts={
                "amount": credit.amount,
                "currency": credit.currency,
                "expires_on": credit.last_day,
                "days": credit.days,
                "lots": credit.lots,
            },
            now=now,
        )
    return len(found)


def _remind_of_cards(now: datetime, limit: int) -> int:
    month = now.year * 12 + now.month
    found = [EndingCard(*row) for row in _rows(_CARDS, CARD_LEVELS, now=now, limit=limit, month=month)]
    chosen = PaymentMethod.objects.select_related("account__organization", "account__auto_recharge")
    cards = chosen.in_bulk([one.card_id for one in found])
    for ending in found:
        card = cards[ending.card_id]
        outbox.post(
            Notice.Kind.CARD_EXPIRES,
            to=card.account.organization,
            key=f"card:{card.pk}:{ending.level}",
            facts={
                "card": str(card),
                "month": card.exp_month,
                "year": card.exp_year,
                "days": ending.days,
                "next_charge_on": _next_charge_on(card.account, now=now),
            },
            now=now,
        )
    return len(found)


def _next_charge_on(account: Account, *, now: datetime) -> date | None:
    """When auto-recharge is expected to charge next, if it is on and something is being spent."""
    terms: AutoRecharge | None = getattr(account, "auto_recharge", None)
    expected = outlook.of(account, terms, now=now).charge_at
    return None if expected is None else expected.astimezone(account.organization.zone).date()


def _rows(query: str, levels: tuple[int, ...], **given: Any) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"levels": list(levels), "ahead": max(levels), **given})
        yield from cursor.fetchall()


def _units() -> str:
    """As JSON, for each currency of an account its smallest unit where that is not a hundredth."""
    used = Account.objects.order_by().values_list("currency", flat=True).distinct()
    units = {currency: Decimal(1).scaleb(-money.places(currency)) for currency in used}
    return json.dumps({currency: f"{unit:f}" for currency, unit in units.items() if unit != Decimal("0.01")})
