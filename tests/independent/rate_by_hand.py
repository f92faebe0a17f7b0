"""Rates one organization's usage file by hand and prints the outcome as one JSON object.

It reads the same files as the product and imports nothing of it: a second opinion on the decisions about calls.
Left out, because the files do not say enough: the age of a row (needs a clock), national numbers, several decks of
one kind. The date at the end of a deck's file name is the day it takes effect.
"""

import argparse
import csv
import json
import re
from collections import Counter
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import NamedTuple

Row = dict[str, str]
ZONE_A = (
    "AT AU BE BG BR CA CH CN CZ DE DK EE ES FI FR GB GR HK HR HU IE IN IT JP KR LU MX MY NL NO NZ PL PR PT RO RU SE SG"
    " SI SK TH TW US ZA"
)
ONE_COUNTRY = ("US", "PR", "CA")  # for "domestic"; also the locations with 3,000 minutes instead of 1,200
SMALL, BOTH_WAYS = {"MCOPSTN5": 120, "MCOPSTN6": 240, "MCOPSTN8": 120}, ("MCOPSTN2", "MCOPSTN9")
PLANS = ("MCOPSTN1", *BOTH_WAYS, *SMALL)
STATES = ("covered", "charged", "free", "FREECALL", "quarantined", "waiting")
KINDS = re.compile(r"(emergency|user|unassigned|fmc|conf|ucap)_in|(user|ucap)_out(_\w+)?|(emergency|fmc|conf)_out")
NUMBER = re.compile(r"\+\d{3,15}|\+\d+\*+|\d{2,6}|anonymous")


class Subscriber(NamedTuple):
    upn: str
    location: str
    licences: list[str]

    def pool(self, plan: str, way: str) -> str:
        """US and Puerto Rico share; plan 8 is its subscriber's own."""
        owner = self.upn if plan == "MCOPSTN8" else "US" if self.location == "PR" else self.location
        return f"{owner} {plan} {way}"


def read(path: str) -> list[Row]:
    with Path(path).open(newline="", encoding="utf-8-sig") as lines:
        return list(csv.DictReader(lines))


def start_of(row: Row) -> datetime:
    """Seven decimals of a second are cut to six; ValueError for what is no instant."""
    return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", row["Start Time"])).astimezone(UTC)


def is_sound(row: Row) -> bool:
    try:
        start_of(row)
    except ValueError:
        return False
    seconds, number = row["Duration Seconds"], row["Destination Number"]
    return bool(KINDS.fullmatch(row["Call Type"]) and re.fullmatch(r"\d+", seconds) and NUMBER.fullmatch(number))


def is_free(row: Row) -> bool:
    kind = row["Call Type"]
    ordinary = kind.endswith("_in") and not (kind in ("conf_in", "ucap_in") and row["Number Type"] == "toll-free")
    return kind.startswith("emergency_") or int(row["Duration Seconds"]) == 0 or ordinary


def longest(number: str, table: dict[str, Row]) -> Row | None:
    """The row of the longest prefix of an international number; none for short codes and anonymous."""
    digits = number.strip("+*") if number.startswith("+") else ""
    return next((table[digits[:n]] for n in range(len(digits), 0, -1) if digits[:n] in table), None)


class Books:
    """Two decks, the pools of every month, and what is counted while the calls go by in their order."""

    def __init__(self, options: argparse.Namespace) -> None:
        inbound = read(options.inbound)
        self.service_country = options.service_country
        self.since = {way: date.fromisoformat(getattr(options, way)[-14:-4]) for way in ("inbound", "outbound")}
        self.outbound = {rate["Prefix"]: rate for rate in read(options.outbound)}
        self.inbound = {rate["Country"]: rate for rate in inbound}
        self.codes = {rate["Prefix"]: rate for rate in inbound} | {"1": self.inbound["US"]}
        people = [
            Subscriber(r["UPN"].lower(), r["Usage location"], r["Licences"].split()) for r in read(options.licences)
        ]
        self.subscribers = {who.upn: who for who in people}
        self.sizes, self.used = Counter[str](), Counter[tuple[str, str]]()
        for who in people:
            self.sizes["conference"] += 60 * ("MCOMEETADD" in who.licences)
            for plan in set(who.licences) & set(PLANS):
                self.sizes[who.pool(plan, "domestic")] += SMALL.get(plan, 3000 if who.location in ONE_COUNTRY else 1200)
                self.sizes[who.pool(plan, "international")] += 600 * (plan in BOTH_WAYS)
        self.split = self.flagged = 0
        self.charges: dict[str, Decimal] = {}

    def rate(self, row: Row) -> Row | None:
        number = row["Destination Number"]
        if not row["Call Type"].endswith("_in"):
            return longest(number, self.outbound)
        return self.inbound.get(self.service_country) if self.service_country else longest(number, self.codes)

    def pool(self, kind: str, country: str, who: Subscriber) -> str | None:
        """A domestic-only plan has an international pool of no minutes."""
        if kind == "conf_out":
            return "conference" if "MCOMEETADD" in who.licences and country in ZONE_A.split() else None
        plan = next((licence for licence in who.licences if licence in PLANS), None)
        if plan is None or not kind.startswith(("user_out", "fmc_out")):
            return None
        domestic = country == who.location or (country in ONE_COUNTRY and who.location in ONE_COUNTRY)
        return who.pool(plan, "domestic" if domestic else "international")

    def charge(self, row: Row, rate: Row) -> str:
        """Takes the minutes from the pool and charges the rest."""
        kind, minutes = row["Call Type"], -(-int(row["Duration Seconds"]) // 60)
        who = self.subscribers.get(row["UPN"].lower(), Subscriber(row["UPN"], row["User Location"], []))
        taken = 0
        if pool := self.pool(kind, rate["Country"], who):
            month = f"{start_of(row):%Y-%m}"
            taken = min(minutes, self.sizes[pool] - self.used[month, pool])
            self.used[month, pool] += taken
        if taken == minutes:
            return "covered"
        price = ((minutes - taken) * Decimal(rate["Price / min"])).quantize(Decimal("0.0001"), ROUND_HALF_UP)
        self.charges[kind] = self.charges.get(kind, Decimal(0)) + price
        self.split += taken > 0
        self.flagged += bool(who.upn) and "MCOPSTNPP" not in who.licences
        return "charged"

    def state(self, row: Row) -> str:
        if is_free(row):
            return "free"
        if start_of(row).date() < self.since["inbound" if row["Call Type"].endswith("_in") else "outbound"]:
            return "waiting"
        rate = self.rate(row)
        return self.charge(row, rate) if rate else "FREECALL"


def outcome(options: argparse.Namespace) -> dict[str, object]:
    rows, books = read(options.usage), Books(options)
    sound = sorted(filter(is_sound, rows), key=lambda row: (start_of(row), row["UsageId"].lower()))
    states = Counter(books.state(row) for row in sound) + Counter(quarantined=len(rows) - len(sound))
    return {
        "rows": len(rows),
        "states": {state: states[state] for state in STATES},
        "split": books.split,
        "flagged_unlicensed": books.flagged,
        "total": f"{sum(books.charges.values(), Decimal(0)):.4f}",
        "by_call_type": {kind: f"{amount:.4f}" for kind, amount in sorted(books.charges.items())},
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Rates a usage file by hand.")
    for name in ("outbound", "inbound", "licences", "usage"):
        parser.add_argument(f"--{name}", required=True, metavar=f"{name.upper()}.csv")
    parser.add_argument("--service-country", metavar="XX", help="country of every service number")
    print(json.dumps(outcome(parser.parse_args())))
