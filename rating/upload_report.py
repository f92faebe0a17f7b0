"""An upload as its page tells it: how far it is, what the check found, and the lines that can't be taken."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from django.utils.translation import gettext as _

from rating import words
from rating.intake import columns
from rating.models import QuarantinedRow, RateDeck, Upload
from rating.uploads.wording import STOPPED, said
from subscriptions import csv_export

#: So many lines are shown on the page; the file of errors has more.
SHOWN: Final = 50
_NUMBER: Final = re.compile(r"\+[0-9]{3,15}")
_OF_A_NUMBER: Final = frozenset({columns.CALLER, columns.DESTINATION})
_CHUNK: Final = 1000


class News(Enum):
    """What a page that asks again has missed."""

    NONE = auto()
    PROGRESS = auto()
    STATE = auto()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the step is. `all` is 0 while nobody knows; `is_waiting`: no worker has begun."""

    done: int
    all: int
    is_waiting: bool
    is_charging: bool

    @property
    def percent(self) -> int:
        return self.done * 100 // self.all if self.all else 0


@dataclass(frozen=True, slots=True)
class Error:
    """A line that can't be taken, in the language of the page."""

    line: int
    column: str
    given: str
    reason: str


def progress(upload: Upload) -> Progress | None:
    """How far a worker is with it; None when none has it."""
    if upload.state not in Upload.WORKED_ON:
        return None
    begun = upload.options.get("starts", {}).get(upload.state, 0)
    return Progress(upload.done_lines, upload.all_lines, not begun, upload.outcome.get("stage") == "charging")


def mark(upload: Upload) -> str:
    """What the page has seen of it: when another mark is due, it has changed."""
    begun = upload.options.get("starts", {}).get(upload.state, 0)
    return f"{upload.state}-{begun}-{upload.outcome.get('stage', '')}-{upload.done_lines}-{upload.all_lines}"


def news(upload: Upload, seen: str) -> News:
    """What has happened to it since the page had that mark."""
    if seen == mark(upload):
        return News.NONE
    return News.PROGRESS if seen.split("-", maxsplit=1)[0] == upload.state else News.STATE


def of(upload: Upload, *, numbers: bool) -> dict[str, Any]:
    """What the page shows of one that nobody works on: its counts and its first errors.

    Without `numbers` telephone numbers are masked.
    """
    found, outcome = upload.found, upload.outcome
    is_over = upload.state == Upload.State.DONE
    counts = outcome if is_over and not outcome.get("nothing_new") else found
    told = {"counts": counts, "is_nothing_new": bool(outcome.get("nothing_new")), "days": found.get("days", [])}
    errors = [_error(*error, numbers=numbers) for error in found.get("errors", [])[:SHOWN]]
    more = max(0, counts.get("bad", found.get("bad", 0)) - len(errors))
    return told | {"errors": errors, "more_errors": more, "is_stopped": upload.refusal == STOPPED}


def errors_csv(upload: Upload, *, numbers: bool) -> Iterator[str]:
    """All lines of it that the quarantine has; or those that the check remembers."""
    header = (_("Line"), _("Column"), _("Given"), _("Reason"))
    return csv_export.lines(header, (_fields(_error(*error, numbers=numbers)) for error in _all_errors(upload)))


def replaced(upload: Upload) -> RateDeck | None:
    """The deck that publishing this one would withdraw."""
    return RateDeck.objects.filter(pk=upload.found.get("replaces")).first()


def _all_errors(upload: Upload) -> Iterable[tuple[int, str, str, str]]:
    if upload.kind == Upload.Kind.USAGE and upload.outcome.get("file"):
        rows = QuarantinedRow.objects.filter(file__organization=upload.organization, file__checksum=upload.checksum)
        return rows.order_by("line").values_list("line", "column", "given", "reason").iterator(chunk_size=_CHUNK)
    return [(line, column, given, reason) for line, column, given, reason in upload.found.get("errors", [])]


def _error(line: int, column: str, given: str, reason: str, *, numbers: bool) -> Error:
    if not numbers:
        given = words.masked(given) if given.startswith("+") else ("" if column in _OF_A_NUMBER else given)
        reason = without_numbers(reason)
    return Error(line, _("Whole row") if column in ("row", "") else column, given, said(reason))


def without_numbers(text: str) -> str:
    """The text with the telephone numbers in it masked."""
    return _NUMBER.sub(lambda found: words.masked(found[0]), text)


def _fields(error: Error) -> tuple[object, ...]:
    return error.line, error.column, error.given, error.reason
