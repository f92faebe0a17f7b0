"""What the fields of a deck's row mean: whom it is for, and what it costs.

Pure: no Django, no clock, no settings.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from rating import pricing
from rating.pricing import BadTariff, Method, Rounding, Slot, Tariff

NAME, KIND, COUNTRY, PREFIX, PRICE = "Destination Name", "Destination Type", "Country", "Prefix", "Price / min"
FEE, SLOTS, WINDOW = "Connection Fee", "Slots", "Window"
MINIMUM, MAXIMUM, ROUNDING, DECIMALS = "Minimum", "Maximum", "Rounding", "Decimals"
COLUMNS: Final = (NAME, KIND, COUNTRY, PREFIX, PRICE)
#: Columns that a file may leave out; an empty field of theirs is what every row says that has none.
OPTIONAL: Final = (FEE, SLOTS, WINDOW, MINIMUM, MAXIMUM, ROUNDING, DECIMALS)
PLACE_COLUMNS: Final = (NAME, KIND, COUNTRY)
TERMS_COLUMNS: Final = (PRICE, *OPTIONAL)
#: Written as the prefix of the row that prices every number which no other row does.
CATCH_ALL: Final = "*"
KINDS: Final = frozenset({"mobile", "landline", "mixed", "non-geographic", "toll-free"})
METHODS: Final = (Method.UP, Method.MIDDLE, Method.DOWN)
#: Below 10,000 a minute, and nothing is billed by more than the day: the longest call so stays within what an amount
#: can hold.
_MOST: Final = 10_000
_DAY: Final = 86_400
_NAME: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_AMOUNT: Final = re.compile(r"[0-9]{1,4}(\.[0-9]{1,6})?")
_PREFIX: Final = re.compile(r"[0-9]{1,15}")
_REWRITTEN: Final = re.compile(r"[0-9.,]+[eE]\+?[0-9]+")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_DECIMALS: Final = re.compile(r"-[1-4]|[0-6]")
_LONGEST: Final = {NAME: 100, SLOTS: 300, WINDOW: 60}


class Wrong(ValueError):
    """The row can't be published: which column, what is given there, and why."""

    def __init__(self, column: str, given: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.given, self.reason = column, given, reason


@dataclass(frozen=True)
class Place:
    """Where the numbers of a row lead to."""

    destination: str
    kind: str
    country: str

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Its fields as the database writes them."""
        return _texts(self, PLACE)

    @cached_property
    def copied(self) -> str:
        """Its fields in PostgreSQL's `text` format."""
        return "\t".join(self.texts).replace("\\", r"\\")


@dataclass(frozen=True)
class Terms:
    """What calls to them cost, and when. Amounts are of the deck's currency; `slots` and `window` as written."""

    per_minute: Decimal
    connection_fee: Decimal
    slots: str
    window: str
    min_cost: Decimal | None
    max_cost: Decimal | None
    rounding: str
    decimals: int

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Its fields as the database writes them: amounts with six places, nothing as an empty text."""
        return _texts(self, TERMS)

    @cached_property
    def copied(self) -> str:
        """Its fields in PostgreSQL's `text` format."""
        bounds = ("min_cost", "max_cost")
        return "\t".join(
            text or (r"\N" if name in bounds else "") for name, text in zip(TERMS, self.texts, strict=True)
        )

    @cached_property
    def tariff(self) -> Tariff:
        """The price it makes. Raises BadTariff."""
        slots = pricing.parse_slots(self.slots) if self.slots else (Slot(Decimal(0), self.per_minute),)
        rounding = Rounding(Method(self.rounding), self.decimals)
        return Tariff(slots, self.connection_fee, rounding, self.min_cost, self.max_cost)


PLACE: Final = tuple(each.name for each in fields(Place))
TERMS: Final = tuple(each.name for each in fields(Terms))


def place_of(said: Mapping[str, str]) -> Place:
    """Whom the row is for, by the fields it has in the columns PLACE_COLUMNS. Raises Wrong."""
    name, kind, country = (said[column].strip() for column in PLACE_COLUMNS)
    _refuse_long(NAME, name)
    if not _NAME.fullmatch(name):
        raise Wrong(NAME, name, "expected a name of 1 to 100 characters on one line")
    if kind.lower() not in KINDS:
        raise Wrong(KIND, kind[:80], f"expected one of {', '.join(sorted(KINDS))}")
    if not _COUNTRY.fullmatch(country):
        raise Wrong(COUNTRY, country[:80], "expected the two capital letters of a country or region")
    return Place(name, kind.lower(), country)


def terms_of(said: Mapping[str, str]) -> Terms:
    """What the row says of its price, by the fields it has in the columns TERMS_COLUMNS. Raises Wrong."""
    given = {column: said.get(column, "").strip() for column in TERMS_COLUMNS}
    for column in (SLOTS, WINDOW):
        _refuse_long(column, given[column])
    terms = Terms(
        per_minute=_amount(PRICE, given[PRICE]),
        connection_fee=_optional(FEE, given[FEE]) or Decimal(0),
        slots=given[SLOTS],
        window=_window(given[WINDOW]),
        min_cost=_optional(MINIMUM, given[MINIMUM]),
        max_cost=_optional(MAXIMUM, given[MAXIMUM]),
        rounding=_method(given[ROUNDING]),
        decimals=_decimals(given[DECIMALS]),
    )
    _refuse_no_tariff(terms)
    return terms


def prefix_of(given: str) -> str:
    """The digits given, empty for the catch-all. Raises Wrong."""
    if _PREFIX.fullmatch(given):
        return given
    if given == CATCH_ALL:
        return ""
    if _REWRITTEN.fullmatch(given):
        raise Wrong(PREFIX, given, "a spreadsheet has rewritten this prefix; expected its digits")
    raise Wrong(PREFIX, given[:80], f"expected 1 to 15 digits and nothing else, or {CATCH_ALL} for all other numbers")


def _optional(column: str, given: str) -> Decimal | None:
    return _amount(column, given) if given else None


def _amount(column: str, given: str) -> Decimal:
    if not given:
        raise Wrong(column, given, "the price is missing")
    if given.startswith("-"):
        raise Wrong(column, given[:80], "a price is not negative")
    if not _AMOUNT.fullmatch(given):
        reason = "expected a number below 10000 with a dot and at most 6 decimals, no thousands separator or currency"
        raise Wrong(column, given[:80], reason)
    return Decimal(given)


def _window(given: str) -> str:
    try:
        pricing.parse_window(given)
    except BadTariff as bad:
        raise Wrong(WINDOW, given, str(bad)) from bad
    return given


def _method(given: str) -> str:
    if given and given not in METHODS:
        raise Wrong(ROUNDING, given[:80], f"expected one of {', '.join(METHODS)}")
    return given or Method.MIDDLE.value


def _decimals(given: str) -> int:
    if given and not _DECIMALS.fullmatch(given):
        raise Wrong(DECIMALS, given[:80], "expected a whole number from -4 to 6")
    return int(given or 4)


def _refuse_no_tariff(terms: Terms) -> None:
    column = SLOTS if terms.slots else MAXIMUM
    try:
        slots = terms.tariff.slots
    except BadTariff as bad:
        raise Wrong(column, terms.slots or str(terms.max_cost), str(bad)) from bad
    a_minute = [slot.rate * 60 / (slot.unit or 1) for slot in slots]
    if any(price >= _MOST for price in a_minute):
        raise Wrong(SLOTS, terms.slots, f"a slot costs {_MOST} a minute or more")
    if any(max(slot.increment, slot.unit) > _DAY for slot in slots):
        raise Wrong(SLOTS, terms.slots, f"a unit or an increment is longer than a day, {_DAY} seconds")
    if terms.slots and terms.per_minute not in a_minute:
        # Pages and comparisons show it as the price: a unit mistaken in one of the two would be seen by nobody.
        costs = ", ".join(f"{price.normalize():f}" for price in a_minute)
        raise Wrong(PRICE, f"{terms.per_minute:f}", f"no slot costs that a minute; they cost {costs}")


def _refuse_long(column: str, given: str) -> None:
    if len(given) > _LONGEST[column]:
        raise Wrong(column, given[:80], f"longer than {_LONGEST[column]} characters")


def _texts(of: Place | Terms, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_text(getattr(of, name)) for name in names)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6f}" if isinstance(value, Decimal) else str(value)
