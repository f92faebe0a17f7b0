"""The PSTN usage export: its columns, and the call that a row of it tells of.

Pure: no Django, no clock, no settings.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from dateutil.relativedelta import relativedelta

from rating import calls, numbers
from rating.sheets import Row

ID, CALL, CONFERENCE = "UsageId", "Call ID", "Conference ID"
LOCATION, OBJECT_ID, UPN, DISPLAY_NAME = "User Location", "Microsoft Entra ObjectId", "UPN", "User Display Name"
CALLER, TYPE, NUMBER_TYPE, DESTINATION = "Caller ID", "Call Type", "Number Type", "Destination Number"
START, END, SECONDS = "Start Time", "End Time", "Duration Seconds"
CURRENCY, CAPABILITY = "Currency", "Capability"
#: Those that are read. The export has more, and older exports have fewer of the others.
COLUMNS: Final = (
    ID, CALL, CONFERENCE, LOCATION, OBJECT_ID, UPN, DISPLAY_NAME, CALLER, TYPE, NUMBER_TYPE, DESTINATION,
    START, END, SECONDS, CURRENCY, CAPABILITY,
)  # fmt: skip
#: What exports of earlier years call a column.
OLDER: Final = {"AAD ObjectId": OBJECT_ID, "Azure AD ObjectId": OBJECT_ID}
#: The longest text that each column may hold.
_LENGTHS: Final = {
    ID: 64, CALL: 64, CONFERENCE: 64, LOCATION: 2, OBJECT_ID: 38, UPN: 128, DISPLAY_NAME: 128, CALLER: 32, TYPE: 32,
    NUMBER_TYPE: 16, DESTINATION: 32, START: 40, END: 40, SECONDS: 16, CURRENCY: 3, CAPABILITY: 32,
}  # fmt: skip

OLDEST: Final = relativedelta(months=13)
AHEAD: Final = timedelta(minutes=5)
TOO_OLD: Final = "older than 13 months"
TOO_EARLY: Final = "more than 5 minutes ahead of the clock"
LONGEST_SECONDS: Final = 7 * 24 * 3600
_INSTANT: Final = re.compile(
    r"(20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:)([0-9]{2})(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NOBODY: Final = UUID(int=0)


class BadField(ValueError):
    """A field can't be taken: which column, what was given, what was expected."""

    def __init__(self, column: str, given: str, reason: str) -> None:
        super().__init__(f"{column}: {reason}")
        self.column, self.given, self.reason = column, given, reason


@dataclass(frozen=True, slots=True)
class Call:
    """A finished call as its row tells it, in our own terms: canonical ids and numbers, instants in UTC."""

    usage_id: str
    call_id: str
    conference_id: str
    user_location: str
    object_id: UUID | None
    upn: str
    display_name: str
    caller: str
    call_type: str
    number_type: str
    destination: str
    started_at: datetime
    ended_at: datetime
    seconds: int
    currency: str
    capability: str

    @property
    def body_hash(self) -> str:
        """What makes two rows of one usage id the same row: everything but the names people go by."""
        who = str(self.object_id or self.upn.lower())
        facts = [
            self.call_id, self.conference_id, self.user_location, who, self.caller, self.call_type, self.number_type,
            self.destination, self.started_at.isoformat(), self.ended_at.isoformat(), self.seconds, self.currency,
            self.capability,
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def parse(row: Row, *, currency: str, country: str) -> Call:
    """The call. `currency` and `country` are the organization's. Raises BadField at the first field that won't do."""
    if row.problem:
        raise BadField("row", "", row.problem)
    fields = {column: _text(row.fields, column) for column in COLUMNS}
    started_at, ended_at = _times(fields)
    location = _location(fields[LOCATION])
    return Call(
        usage_id=_usage_id(fields[ID]),
        call_id=fields[CALL],
        conference_id=fields[CONFERENCE],
        user_location=location,
        object_id=_object_id(fields[OBJECT_ID]),
        upn=fields[UPN],
        display_name=fields[DISPLAY_NAME],
        caller=_number(CALLER, fields[CALLER], location or country) if fields[CALLER] else "",
        call_type=_call_type(fields[TYPE]),
        number_type=fields[NUMBER_TYPE].lower(),
        destination=_number(DESTINATION, fields[DESTINATION], location or country),
        started_at=started_at,
        ended_at=ended_at,
        seconds=_seconds(fields[SECONDS]),
        currency=_currency(fields[CURRENCY], currency),
        capability=fields[CAPABILITY],
    )


def _text(fields: Mapping[str, str], column: str) -> str:
    text, longest = fields[column].strip(), _LENGTHS[column]
    if len(text) > longest:
        raise BadField(column, text, f"longer than {longest} characters")
    return text


def _usage_id(text: str) -> str:
    if not text:
        raise BadField(ID, text, "missing")
    return canonical_id(text)


def canonical_id(text: str) -> str:
    """The usage id as it is kept: one that is a UUID in lower case, any other as it is."""
    return text.lower() if _UUID.fullmatch(text) else text


def _object_id(text: str) -> UUID | None:
    if not text:
        return None
    if not _UUID.fullmatch(text):
        raise BadField(OBJECT_ID, text, "expected an id like 01234567-89ab-cdef-0123-456789abcdef, or nothing")
    return UUID(text) if UUID(text) != _NOBODY else None


def _location(text: str) -> str:
    if text and not (len(text) == 2 and text.isascii() and text.isupper()):
        raise BadField(LOCATION, text, "expected the two capital letters of a country or region, or nothing")
    return text


def _call_type(text: str) -> str:
    if not calls.is_known(text):
        raise BadField(TYPE, text, "not a call type of Calling Plans" if text else "missing")
    return text


def _number(column: str, text: str, country: str) -> str:
    try:
        return numbers.parse(text, country)
    except numbers.NotANumber as error:
        raise BadField(column, text, str(error) if text else "missing") from None


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise BadField(SECONDS, text, "expected a whole number of seconds, zero or more" if text else "missing")
    if int(text) > LONGEST_SECONDS:
        raise BadField(SECONDS, text, f"longer than {LONGEST_SECONDS} seconds (7 days)")
    return int(text)


def _currency(text: str, expected: str) -> str:
    if text != expected:
        raise BadField(CURRENCY, text, f"expected {expected}, the organization's currency")
    return text


def check_age(call: Call, *, now: datetime) -> None:
    """Raise BadField for a call that began too long ago, or has not begun yet.

    Asked of new calls only: a call that is there already stays "already there" however old it grows.
    """
    given = call.started_at.isoformat()
    if call.started_at < now - OLDEST:
        raise BadField(START, given, TOO_OLD)
    if call.started_at > now + AHEAD:
        raise BadField(START, given, TOO_EARLY)


def _times(fields: Mapping[str, str]) -> tuple[datetime, datetime]:
    started_at, ended_at = _instant(START, fields[START]), _instant(END, fields[END])
    if ended_at < started_at:
        raise BadField(END, fields[END], "before the start of the call")
    return started_at, ended_at


def _instant(column: str, text: str) -> datetime:
    """The instant in UTC; decimals beyond the sixth are cut, a leap second counts as the 59th."""
    match = _INSTANT.fullmatch(text)
    if not match:
        raise BadField(
            column, text, "expected a date, a time and a zone like 2026-09-01T08:30:00Z" if text else "missing"
        )
    minute, second, fraction, zone = match.groups()
    try:
        instant = datetime.fromisoformat(
            f"{minute}{'59' if second == '60' else second}{(fraction or '.0')[:7]:0<7}{zone}"
        )
        return instant.astimezone(UTC)
    except ValueError:
        raise BadField(column, text, "there is no such date or time") from None
