"""What is asked about a call before, during and after it, what is answered, and how both are kept.

Pure: no Django, no clock, no settings.
"""

import hashlib
import json
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from rating import calls

#: A session's key is also the usage id of its record.
LONGEST_KEY: Final = 64
_HIGHEST_NUMBER: Final = 2**31 - 1
#: Longer calls are mistakes.
LONGEST_CALL: Final = 7 * 24 * 3600


class Unsound(ValueError):
    """The request cannot be understood; the message says what was expected."""


class Conflict(Exception):
    """The request number, or the session, is known with something else."""


class OutOfOrder(Exception):
    """A later request of the session has been answered already."""


class UnknownSession(Exception):
    """No call was authorized under that key."""


class SessionOver(Exception):
    """The session was settled or released, or its grant has lapsed."""


@dataclass(frozen=True, slots=True)
class Request:
    """Who wants to call whom. The session is the caller's own name for the call, the number counts its requests.

    The subscriber (of a conference: its organizer) is named by object id, else by UPN; both empty for what belongs to
    the organization alone. `requested_seconds` of nothing asks for as much as a grant may be. `started_at` is aware.
    """

    session: str
    number: int
    call_type: str
    destination: str
    started_at: datetime
    number_type: str = ""
    caller: str = ""
    object_id: UUID | None = None
    upn: str = ""
    requested_seconds: int = 0

    @property
    def is_emergency(self) -> bool:
        """If its type says that nothing may stand in the way of the call; its digits may say so too (`emergencies`)."""
        return self.call_type.startswith("emergency_")

    def check(self) -> None:
        """Raises Unsound."""
        check_place(self.session, self.number)
        if not calls.is_known(self.call_type):
            raise Unsound(f"'{self.call_type}' is no call type of the trade")
        if not 0 <= self.requested_seconds <= LONGEST_CALL:
            raise Unsound(f"requested seconds: expected 0 to {LONGEST_CALL}")
        if self.started_at.tzinfo is None:
            raise Unsound("the start needs a time zone")
        if max(len(self.caller), len(self.destination)) > 32 or len(self.number_type) > 16 or len(self.upn) > 128:
            raise Unsound("a number has at most 32 characters, a number type 16, a UPN 128")


@dataclass(frozen=True, slots=True)
class Answer:
    """Yes or no. `reason` says why not, or, of a final grant, why there is no more: words of BlockedCall.Reason.

    `granted_seconds` counts from the call's answer, what was used before included; None: as long as it lasts. Of them
    minutes cover `covered_seconds`, and `held` pays for `charged_seconds`; amounts in `currency`, the rate per minute.
    The grant ends at `expires_at` (None: never) unless it is renewed by then. `final`: nothing more will be granted
    as things stand.
    """

    allowed: bool
    reason: str = ""
    per_minute: Decimal = Decimal(0)
    connection_fee: Decimal = Decimal(0)
    currency: str = ""
    country: str = ""
    granted_seconds: int | None = 0
    covered_seconds: int = 0
    charged_seconds: int = 0
    held: Decimal = Decimal(0)
    expires_at: datetime | None = None
    final: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a finished call: the state of its record (`waiting` when no deck is published for its day).

    Billed minutes, those that minutes covered, and the charge in `currency`.
    """

    state: str
    seconds: int
    minutes: int
    covered_minutes: int
    charge: Decimal
    currency: str
    record: int


@dataclass(frozen=True, slots=True)
class Released:
    """The call did not take place; what was kept for it is free."""

    state: str


#: Emergency calls get this before anything is asked, read or written.
EMERGENCY: Final = Answer(allowed=True, granted_seconds=None)


def check_place(session: str, number: int) -> None:
    """Raises Unsound for a key or a request number that cannot be kept."""
    if not 1 <= len(session) <= LONGEST_KEY or not session.isprintable():
        raise Unsound(f"session: expected 1 to {LONGEST_KEY} printable characters")
    if not 0 <= number <= _HIGHEST_NUMBER:
        raise Unsound(f"request number: expected 0 to {_HIGHEST_NUMBER}")


def check_seconds(**given: int) -> None:
    """Raises Unsound for a duration below zero, or longer than any call."""
    for name, seconds in given.items():
        if not 0 <= seconds <= LONGEST_CALL:
            raise Unsound(f"{name.replace('_', ' ')}: expected 0 to {LONGEST_CALL}")


def fingerprint(kind: str, body: Any) -> str:
    """The same for the same request, whoever sends it again."""
    facts = {field.name: getattr(body, field.name) for field in fields(body)} if isinstance(body, Request) else body
    text = json.dumps([kind, facts], sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def kept(answer: Answer | Settled | Released) -> str:
    """The answer as it is stored: JSON, amounts and instants as text."""
    return json.dumps({field.name: getattr(answer, field.name) for field in fields(answer)}, default=_plain)


def read(found: dict[str, Any]) -> Answer:
    """The stored answer to an authorization or an update."""
    return Answer(**_revived(Answer, found))


def read_settled(found: dict[str, Any]) -> Settled:
    """The stored answer to a settlement."""
    return Settled(**_revived(Settled, found))


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _revived(kind: type[Any], found: dict[str, Any]) -> dict[str, Any]:
    values = {field.name: found[field.name] for field in fields(kind) if field.name in found}
    for name in ("per_minute", "connection_fee", "held", "charge"):
        if name in values:
            values[name] = Decimal(values[name])
    if values.get("expires_at"):
        values["expires_at"] = datetime.fromisoformat(values["expires_at"])
    return values
