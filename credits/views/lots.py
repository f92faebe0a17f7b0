"""Lots as a page shows them: what was bought, used, expired and left, and a word for it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from credits.figures import EXPIRING_WITHIN
from credits.models import Account, Lot
from subscriptions import periods
from subscriptions.money import shown

#: So many lots are listed; an account rarely has more than a dozen open.
OPEN_SHOWN: Final = 50
CLOSED_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class LotRow:
    """One lot with the last day on which it is good. `gone` greys the row."""

    lot: Lot
    used: Decimal
    good_until: date
    state: str
    tone: str
    gone: bool


def open_rows(account: Account, *, now: datetime) -> list[LotRow]:
    """The lots with something left, in spending order."""
    lots = account.lots.filter(open=True).in_spending_order().select_related("payment")
    return [_row(account, lot, now=now) for lot in lots[:OPEN_SHOWN]]


def closed_rows(account: Account, *, now: datetime) -> list[LotRow]:
    """The lots with nothing left, newest first."""
    lots = account.lots.filter(open=False).order_by("-pk").select_related("payment")
    return [_row(account, lot, now=now) for lot in lots[:CLOSED_SHOWN]]


def next_expiry(rows: list[LotRow], at: datetime | None) -> Decimal:
    """How much lapses at that instant, of the lots shown."""
    return sum((row.lot.remaining for row in rows if row.lot.expires_at == at), Decimal(0))


def _row(account: Account, lot: Lot, *, now: datetime) -> LotRow:
    zone = account.organization.zone
    good_until = periods.last_day(lot.expires_at, zone)
    state, tone = _state(lot, days=(good_until - now.astimezone(zone).date()).days, now=now)
    return LotRow(
        lot=lot,
        used=_used(lot, account.currency),
        good_until=good_until,
        state=state,
        tone=tone,
        gone=not lot.open or lot.expires_at <= now,
    )


def _used(lot: Lot, currency: str) -> Decimal:
    """What a reader gets by subtracting the figures beside it, so that the row adds up as it is shown."""
    return shown(lot.amount, currency) - sum(
        (shown(part, currency) for part in (lot.remaining, lot.expired, lot.voided)), Decimal(0)
    )


def _state(lot: Lot, *, days: int, now: datetime) -> tuple[str, str]:
    if lot.expired or (lot.open and lot.expires_at <= now):
        return _("Expired"), "neutral"
    if not lot.open:
        return (_("Taken back") if lot.voided else _("Used up")), "neutral"
    if lot.frozen_at is not None:
        return _("Frozen"), "danger"
    if lot.expires_at - now <= EXPIRING_WITHIN:
        if days <= 0:
            return _("Expires today"), "warning"
        return ngettext("Expires in %(days)d day", "Expires in %(days)d days", days) % {"days": days}, "warning"
    return _("Active"), "success"
