"""Pages of pstnCallLogRow as Microsoft Graph gives them: read as rows of the PSTN usage export.

Pure: no Django, no clock, no settings. Source: the trade's description of getPstnCalls.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from rating.intake import columns
from rating.sheets import Refused, Row

#: The export's column for each property that is read; the others say what we work out ourselves.
_COLUMNS: Final = {
    "id": columns.ID,
    "callId": columns.CALL,
    "conferenceId": columns.CONFERENCE,
    "usageCountryCode": columns.LOCATION,
    "userId": columns.OBJECT_ID,
    "userPrincipalName": columns.UPN,
    "userDisplayName": columns.DISPLAY_NAME,
    "callerNumber": columns.CALLER,
    "callType": columns.TYPE,
    "inventoryType": columns.NUMBER_TYPE,
    "calleeNumber": columns.DESTINATION,
    "startDateTime": columns.START,
    "endDateTime": columns.END,
    "duration": columns.SECONDS,
    "currency": columns.CURRENCY,
    "licenseCapability": columns.CAPABILITY,
}
#: The export's word for an inventory type, written without spaces, hyphens and capitals.
_NUMBER_TYPES: Final = {"subscriber": "user", "user": "user", "service": "service", "tollfree": "toll-free"}
#: A page has a thousand rows of some 900 bytes; what is far larger is no page.
_LARGEST: Final = 64 * 2**20
NEXT: Final = "@odata.nextLink"


def is_page(path: Path) -> bool:
    """If the file begins as a JSON object does. Raises OSError."""
    with path.open("rb") as file:
        return file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


class Page:
    """One page of the log; `next_link` is where the following page is, empty on the last one."""

    def __init__(self, path: Path) -> None:
        """Raises Refused, OSError."""
        if path.stat().st_size > _LARGEST:
            raise Refused(f"This page is larger than {_LARGEST // 2**20} MiB; Graph gives a thousand rows a page.")
        page = _loaded(path.read_bytes())
        self._rows: list[Any] = page["value"]
        self.next_link = str(page.get(NEXT) or "")

    def __iter__(self) -> Iterator[Row]:
        for number, given in enumerate(self._rows, 1):
            yield _row(number, given)


def _loaded(data: bytes) -> dict[str, Any]:
    try:
        page = json.loads(data, parse_float=str, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Refused(f"This is not JSON: {str(error)[:200]}") from error
    if not isinstance(page, dict) or not isinstance(page.get("value"), list):
        raise Refused('This is no page of a call log: expected an object with a list called "value".')
    if not page["value"]:
        raise Refused("The page has no rows.")
    return page


def _no_number(text: str) -> str:
    raise ValueError(f"{text} is no number")


def _row(number: int, given: Any) -> Row:
    """The row of that number, counted from 1 as lines are."""
    if not isinstance(given, dict):
        return Row(number, {}, "expected an object")
    if bad := [name for name in _COLUMNS if isinstance(given.get(name), dict | list | bool)]:
        return Row(number, {}, f"{bad[0]} is no text and no number")
    fields = {column: _text(given.get(name)) for name, column in _COLUMNS.items()}
    if any("\0" in text for text in fields.values()):
        return Row(number, {}, "the row holds a NUL character")
    kind = fields[columns.NUMBER_TYPE].lower().replace("-", "").replace(" ", "")
    return Row(number, fields | {columns.NUMBER_TYPE: _NUMBER_TYPES.get(kind, fields[columns.NUMBER_TYPE])})


def _text(value: Any) -> str:
    return "" if value is None else str(value)
