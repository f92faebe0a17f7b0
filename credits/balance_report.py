"""Days of an account as rows: as a page shows them, so that each adds up to the cent, and exactly, for a file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext_lazy as _

from credits.balance_history import Day
from credits.models import Account
from subscriptions import csv_export
from subscriptions.money import shown

#: The columns of the file.
COLUMNS: Final = (
    _("Day"), _("Currency"), _("Opening balance"), _("Added"), _("Used"), _("Expired"), _("Other"),
    _("Closing balance"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A day, or several, as it is shown: opening + added - used - expired + other = closing, in whole cents."""

    day: date
    opening: Decimal
    added: Decimal
    used: Decimal
    expired: Decimal
    other: Decimal
    closing: Decimal

    @property
    def still(self) -> bool:
        """If nothing moved the balance."""
        return not (self.added or self.used or self.expired or self.other)


def shown_rows(days: Sequence[Day], currency: str) -> list[Row]:
    """The days as a page shows them; what a reader gets by calculating with the figures shown is what was used."""
    return [_row(day, currency) for day in days]


def _row(day: Day, currency: str) -> Row:
    opening, added, expired, other, closing = (
        shown(part, currency) for part in (day.opening, day.added, day.expired, day.other, day.closing)
    )
    return Row(day.day, opening, added, opening + added - expired + other - closing, expired, other, closing)


def as_csv(account: Account, days: Sequence[Day]) -> Iterator[str]:
    """The days line by line, the oldest first, exactly; in the language of the moment at which a line is asked for."""
    return csv_export.lines(COLUMNS, (_fields(day, account.currency) for day in days))


def _fields(day: Day, currency: str) -> list[object]:
    amounts = (day.opening, day.added, day.used, day.expired, day.other, day.closing)
    return [day.day.isoformat(), currency, *amounts]
