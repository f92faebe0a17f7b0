"""A deck's file: read as a whole, and written so that the same deck can be read from it."""

import csv
from collections.abc import Iterator
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any, Final

import phonenumbers
from django.db.models import Q

from rating import sheets
from rating.decks import rows, terms
from rating.decks.rows import DeckRow, Problem, Reader
from rating.decks.terms import Wrong
from rating.models import Rate, RateDeck
from rating.sheets import Refused, Sheet

_BATCH: Final = 5000
#: For each further column what a row that says nothing of it has.
_UNSAID: Final = {
    terms.FEE: ("connection_fee", Decimal(0)),
    terms.SLOTS: ("slots", ""),
    terms.WINDOW: ("window", ""),
    terms.MINIMUM: ("min_cost", None),
    terms.MAXIMUM: ("max_cost", None),
    terms.ROUNDING: ("rounding", Rate.Rounding.MIDDLE),
    terms.DECIMALS: ("decimals", 4),
}


class Ruined(Refused):
    """Lines of the file can't be published, so none is; `problems` names each."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} lines can't be published; the first: {problems[0]}")
        self.problems = problems


class Unsound(Exception):
    """Some line can't be published. `refuse` finds out which."""


def read(path: Path, *, by_country: bool) -> Iterator[DeckRow]:
    """What each row says, as they are asked for. Raises Refused, OSError, or Unsound at once.

    What is wrong between rows is not seen here: whoever stores them sees it.
    """
    with sheets.opened(path, required=terms.COLUMNS) as sheet:
        _refuse_unknown(sheet)
        reader = Reader(sheet.columns, by_country=by_country)
        for row in sheet:
            try:
                yield reader.read(row)
            except Wrong as wrong:
                raise Unsound from wrong


def refuse(path: Path, *, by_country: bool) -> None:
    """Raises Ruined with every line of the file that can't be published. Needs memory for all keys of the file."""
    with sheets.opened(path, required=terms.COLUMNS) as sheet:
        if problems := rows.problems(sheet, sheet.columns, by_country=by_country):
            raise Ruined(problems)


def write(deck: RateDeck) -> Iterator[str]:
    """The deck as the lines of a file that imports as this deck, its rows in their order.

    Further columns are there where a row says something in them. In an inbound deck the prefix is the country's calling
    code, there for the eye.
    """
    rates = deck.rates.all()
    further = [column for column, (name, unsaid) in _UNSAID.items() if rates.filter(~Q(**{name: unsaid})).exists()]
    names = ["destination", "kind", "country", "prefix", "per_minute", *(_UNSAID[column][0] for column in further)]
    yield _line([*terms.COLUMNS, *further])
    for row in rates.order_by("pk").values_list(*names).iterator(chunk_size=_BATCH):
        destination, kind, country, prefix, *rest = row
        shown = prefix or (_calling_code(country) if is_by_country(deck.service) else terms.CATCH_ALL)
        yield _line([destination, kind, country, shown, *map(_shown, rest)])


def is_by_country(service: str) -> bool:
    """If decks of the service are keyed by the country of the number called, not by prefix."""
    return service == RateDeck.Service.INBOUND_TOLL_FREE


def _refuse_unknown(sheet: Sheet) -> None:
    if unknown := rows.unknown(sheet.columns):
        known = ", ".join((*terms.COLUMNS, *terms.OPTIONAL))
        raise Refused(f"Column '{unknown[0]}' is none of a deck's; it may have {known}.")


def _calling_code(country: str) -> str:
    return str(phonenumbers.country_code_for_region(country) or "")


def _shown(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(value)


def _line(fields: list[str]) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerow(fields)
    return text.getvalue()
