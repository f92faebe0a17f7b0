"""Lots as people look for them: a row says what was bought, used, expired, taken back and left, and a word for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from credits.figures import EXPIRING_WITHIN
from credits.models import Account, Lot
from subscriptions import csv_export, periods
from subscriptions.money import shown

#: So many lots are listed beside other things; the list of lots has all.
OPEN_SHOWN: Final = 6
CLOSED_SHOWN: Final = 3
#: The columns of the file.
COLUMNS: Final = (
    gettext_lazy("Lot"), gettext_lazy("Bought"), gettext_lazy("Expires"), gettext_lazy("Kind"), gettext_lazy("State"),
    gettext_lazy("Currency"), gettext_lazy("Amount"), gettext_lazy("Used"), gettext_lazy("Expired"),
    gettext_lazy("Taken back"), gettext_lazy("Left"), gettext_lazy("Held"), gettext_lazy("Payment"),
)  # fmt: skip
_CHUNK: Final = 2_000


@dataclass(frozen=True, slots=True)
class LotRow:
    """One lot with the last day on which it is good. `gone` greys the row."""

    lot: Lot
    used: Decimal
    good_until: date
    state: str
    tone: str
    gone: bool

    @property
    def frozen(self) -> bool:
        """If a dispute keeps what is left from being used."""
        return self.lot.open and self.lot.frozen_at is not None


def open_rows(account: Account, *, now: datetime) -> tuple[list[LotRow], bool]:
    """The lots with something left, in spending order, and whether there are more than are shown."""
    found = list(account.lots.filter(open=True).in_spending_order().select_related("payment")[: OPEN_SHOWN + 1])
    return [row(account, lot, now=now) for lot in found[:OPEN_SHOWN]], len(found) > OPEN_SHOWN


def closed_rows(account: Account, *, now: datetime) -> list[LotRow]:
    """The lots with nothing left, newest first."""
    found = account.lots.filter(open=False).order_by("-pk").select_related("payment")
    return [row(account, lot, now=now) for lot in found[:CLOSED_SHOWN]]


def lots(account: Account, *, is_open: bool | None) -> QuerySet[Lot]:
    """The lots with something left, those without, or (None) all; in no order."""
    found: QuerySet[Lot] = account.lots.select_related("payment")
    return found if is_open is None else found.filter(open=is_open)


def newest_first(found: QuerySet[Lot], *, limit: int) -> list[Lot]:
    """The first so many, the newest first."""
    return list(found.order_by("-pk")[:limit])


def older(found: QuerySet[Lot], place: int, *, limit: int) -> list[Lot]:
    """Those behind the lot of that id, the newest first."""
    return newest_first(found.filter(pk__lt=place), limit=limit)


def newer(found: QuerySet[Lot], place: int, *, limit: int) -> list[Lot]:
    """Those before it, the oldest first: the nearest to it."""
    return list(found.filter(pk__gt=place).order_by("pk")[:limit])


def row(account: Account, lot: Lot, *, now: datetime) -> LotRow:
    """The lot as a page of the account's organization shows it."""
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


def as_csv(account: Account, found: QuerySet[Lot], *, now: datetime) -> Iterator[str]:
    """The lots line by line, the newest first, in the language of the moment at which each line is asked for.

    Times are those of the organization's zone, with its offset; amounts have every place that is kept.
    """
    rows = found.order_by("-pk").iterator(chunk_size=_CHUNK)
    return csv_export.lines(COLUMNS, (_fields(row(account, lot, now=now), account) for lot in rows))


def _fields(shown_row: LotRow, account: Account) -> list[object]:
    lot, zone = shown_row.lot, account.organization.zone
    return [
        lot.pk,
        csv_export.instant(lot.purchased_at, zone),
        csv_export.instant(lot.expires_at, zone),
        lot.get_kind_display(),
        shown_row.state,
        account.currency,
        lot.amount,
        lot.amount - lot.remaining - lot.expired - lot.voided,
        lot.expired,
        lot.voided,
        lot.remaining,
        lot.held,
        str(lot.payment.key) if lot.payment else "",
    ]


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
