"""Why a file or a row is refused, in the language of the page.

Readers of files say it in English, as the command line prints it and the quarantine keeps it. Here each of those
sentences stands once more with its facts as gaps, and so it is recognized and said in another language. What none of
them fits, a row of an older release for one, is shown as it was stored.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from django.utils.translation import gettext, gettext_noop

_GAP: Final = re.compile(r"%\\\((\w+)\\\)s")
#: Gaps in which there may be further sentences, parted by semicolons.
_NESTED: Final = frozenset({"what"})

#: What is said of a file over which so many workers have died (working.STARTS).
STOPPED: Final = gettext_noop("The work on this file was stopped 3 times.")
#: The most particular first: the first one that fits is taken.
SENTENCES: Final = (
    # Any table: rating.sheets.
    gettext_noop("This is a zip archive or an Excel workbook: unzip it first, or save it as CSV."),
    gettext_noop("This is a gzip archive: unzip it first."),
    gettext_noop("This is a PDF document; save the table as CSV."),
    gettext_noop("This is a picture; save the table as CSV."),
    gettext_noop("This is an old Excel workbook; save it as CSV."),
    gettext_noop("This file is in UTF-16; save it as CSV in UTF-8."),
    gettext_noop("The file has no rows."),
    gettext_noop("This is a license file. Upload it under Uploads > Upload licenses."),
    gettext_noop("This is a usage file. Upload it under Uploads > Upload usage."),
    gettext_noop("Line %(line)s: the row that begins here can't be read, is a quote never closed? (%(error)s)"),
    gettext_noop("Line %(line)s: the row that begins here can't be read, is a quote never closed?"),
    gettext_noop("Line %(line)s holds a NUL character; this is not a CSV file in UTF-8."),
    gettext_noop("Line %(line)s can't be read as UTF-8."),
    gettext_noop("Columns are separated by %(what)s, expected ','."),
    gettext_noop("a tab"),
    gettext_noop("Column '%(column)s' is there %(times)s times."),
    gettext_noop("Column '%(column)s' is missing. Found: %(columns)s."),
    gettext_noop("the row has %(given)s fields, expected %(expected)s"),
    # Pages of Graph's call log: rating.intake.graph.
    gettext_noop("This page is larger than %(size)s MiB; Graph gives a thousand rows a page."),
    gettext_noop("This is not JSON: %(error)s"),
    gettext_noop('This is no page of a call log: expected an object with a list called "value".'),
    gettext_noop("The page has no rows."),
    gettext_noop("expected an object"),
    gettext_noop("%(name)s is no text and no number"),
    gettext_noop("the row holds a NUL character"),
    # Rows of usage: rating.intake.columns and known, rating.numbers.
    gettext_noop("longer than %(seconds)s seconds (7 days)"),
    gettext_noop("longer than %(count)s characters"),
    gettext_noop("missing"),
    gettext_noop("expected an id like %(example)s, or nothing"),
    gettext_noop("expected the two capital letters of a country or region, or nothing"),
    gettext_noop("expected the two capital letters of a country or region"),
    gettext_noop("not a call type of Calling Plans"),
    gettext_noop("expected a whole number of seconds, zero or more"),
    gettext_noop("expected %(currency)s, the organization's currency"),
    gettext_noop("older than 13 months"),
    gettext_noop("more than 5 minutes ahead of the clock"),
    gettext_noop("before the start of the call"),
    gettext_noop("expected a date, a time and a zone like 2026-09-01T08:30:00Z"),
    gettext_noop("there is no such date or time"),
    gettext_noop("expected + and 3 to 15 digits, a national number, a short code or 'anonymous'"),
    gettext_noop("not a number of any country; expected + and 3 to 15 digits"),
    gettext_noop("not a number of %(country)s; expected + and 3 to 15 digits"),
    gettext_noop("not as long as a number of its country is; expected + and 3 to 15 digits"),
    gettext_noop("not as long as a number of %(country)s is; expected + and 3 to 15 digits"),
    gettext_noop("already imported on line %(line)s of this file with other values"),
    gettext_noop("already imported on %(day)s (%(seconds)s s to %(number)s) with other values"),
    # License files: subscriptions.licence_files.
    gettext_noop("no column %(missing)s; expected %(columns)s"),
    gettext_noop("not UTF-8 after line %(line)s"),
    gettext_noop("%(upn)s stands in an earlier line"),
    gettext_noop("not CSV: %(error)s"),
    gettext_noop("more columns than the header has"),
    gettext_noop("not a user principal name"),
    gettext_noop("nothing is not a country or region of two letters"),
    gettext_noop("%(given)s is not a country or region of two letters"),
    gettext_noop("%(codes)s is not in the catalogue"),
    gettext_noop("holds a zero byte"),
    # Rate decks: rating.decks.
    gettext_noop("%(count)s lines can't be published; the first: %(problem)s"),
    gettext_noop("%(count)s lines can't be published"),
    gettext_noop("Column '%(column)s' is none of a deck's; it may have %(columns)s."),
    gettext_noop("'%(currency)s' is not a currency; expected three capital letters like USD."),
    gettext_noop("'%(zone)s' is not a time zone; expected a name like Europe/London."),
    gettext_noop("'%(deck)s' is already published for that day; give another day, or replace it."),
    gettext_noop("'%(deck)s' is of another service, currency or day."),
    gettext_noop("'%(deck)s' is not published, or was withdrawn."),
    gettext_noop("Only a draft can be discarded."),
    gettext_noop("'%(deck)s' has priced calls; publish a deck that replaces it instead."),
    gettext_noop("expected a name of 1 to 100 characters on one line"),
    gettext_noop("expected one of %(words)s"),
    gettext_noop("a spreadsheet has rewritten this prefix; expected its digits"),
    gettext_noop("expected 1 to 15 digits and nothing else, or %(sign)s for all other numbers"),
    gettext_noop("the price is missing"),
    gettext_noop("a price is not negative"),
    gettext_noop("expected a number below 10000 with a dot and at most 6 decimals, no thousands separator or currency"),
    gettext_noop("expected a whole number from -4 to 6"),
    gettext_noop("a slot costs %(most)s a minute or more"),
    gettext_noop("a unit or an increment is longer than a day, %(seconds)s seconds"),
    gettext_noop("no slot costs that a minute; they cost %(costs)s"),
    gettext_noop("already on line %(line)s"),
    gettext_noop("another country for %(key)s than on line %(line)s"),
    gettext_noop("the rows of %(key)s don't price each time of the week once: %(what)s"),
    # Tariffs: rating.pricing.
    gettext_noop("%(window)s is in no window"),
    gettext_noop("%(window)s is in more than one window"),
    gettext_noop("a window needs days, from 1 (Monday) to 7 (Sunday)"),
    gettext_noop("the times of a window are those of the tariff's zone"),
    gettext_noop("%(given)s decimals: expected %(least)s to %(most)s"),
    gettext_noop("a window ends after it begins: %(begin)s to %(end)s"),
    gettext_noop("the first slot has to start at 0"),
    gettext_noop("two slots start at %(start)s"),
    gettext_noop("the slot at %(after)s stands behind the one at %(before)s"),
    gettext_noop("the least cost %(least)s is above the greatest, %(greatest)s"),
    gettext_noop("slot '%(slot)s': expected start:rate/unit/increment, as in 0:0.4/60/30"),
    gettext_noop("window '%(window)s': nothing stands beside a semicolon"),
    gettext_noop("window '%(window)s': expected days and hours, as in Mon-Fri 08:00-18:00"),
    gettext_noop("hours '%(hours)s': expected 00:00 to 24:00"),
    gettext_noop("hours '%(hours)s': they end where they begin"),
    gettext_noop("days '%(days)s': expected %(names)s, as in Mon-Fri or Sat,Sun"),
    gettext_noop("%(name)s: expected at most %(before)s digits before and %(after)s after the dot"),
    gettext_noop("%(name)s %(value)s: expected a number that is not negative"),
    # A worker: rating.uploads.working.
    STOPPED,
)


class Recognized(NamedTuple):
    """One of SENTENCES, and what stands in its gaps."""

    sentence: str
    facts: Mapping[str, str]


def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile(_GAP.sub(r"(?P<\1>.+?)", re.escape(sentence)), re.DOTALL)


_PATTERNS: Final = tuple((sentence, _pattern(sentence)) for sentence in SENTENCES)


@lru_cache(maxsize=4096)
def recognized(text: str) -> Recognized | None:
    """Which of the sentences it is; None when it is none."""
    for sentence, pattern in _PATTERNS:
        if (found := pattern.fullmatch(text)) is not None:
            return Recognized(sentence, found.groupdict())
    return None


def said(text: str) -> str:
    """The reason in the language of the page, or as it is."""
    known = recognized(text)
    if known is None:
        return text
    facts = {name: _nested(fact) if name in _NESTED else fact for name, fact in known.facts.items()}
    return gettext(known.sentence) % facts


def _nested(text: str) -> str:
    return "; ".join(said(part) for part in text.split("; "))
