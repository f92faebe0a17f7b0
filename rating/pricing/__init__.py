"""What so many seconds cost under a tariff, and how many a balance pays: exact, explained, rounded once at the end."""

from rating.pricing.granting import permitted
from rating.pricing.tariff import BadTariff, Method, Rounding, Slot, Tariff, as_decimal, per_minute, rounded
from rating.pricing.texts import parse_slots, parse_window, write_slots, write_window
from rating.pricing.walking import Price, Step, cost, price
from rating.pricing.windows import BadCall, Timetable, Window, gaps_and_overlaps

__all__ = [
    "BadCall",
    "BadTariff",
    "Method",
    "Price",
    "Rounding",
    "Slot",
    "Step",
    "Tariff",
    "Timetable",
    "Window",
    "as_decimal",
    "cost",
    "gaps_and_overlaps",
    "parse_slots",
    "parse_window",
    "per_minute",
    "permitted",
    "price",
    "rounded",
    "write_slots",
    "write_window",
]
