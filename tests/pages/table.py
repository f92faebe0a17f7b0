"""Every page of an organization, and what it has to show in each state. A new address has to come in here."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from django.urls import reverse

from subscriptions.models import Organization

STATES: Final = ("full", "empty", "error", "reader")
#: What a person reads who may not open a page, on it.
REFUSED: Final = "You do not have access to this"


@dataclass(frozen=True, slots=True)
class See:
    """Words that have to be on the page when it is asked for like this. `of`: another organization than the state's."""

    words: str
    of: str = ""
    ask: str = ""
    send: dict[str, Any] | None = None
    status: int = 200


@dataclass(frozen=True, slots=True)
class No:
    """Why there is no such state."""

    why: str


State = See | No
FORM: Final = No("a form is the same before there is anything")
EVERYBODY: Final = No("nothing on it is only for some")
FORBIDDEN: Final = See(REFUSED, status=403)
CHECK: Final = "Please check what you entered."
ITS_ROW: Final = No("it is the page of one row: without the row there is no such page")
#: The red bar of an organization that has run dry; it is on every page of it.
STOPPED: Final = See("Calls that need credits are stopped. The balance is −$42.50.")
#: Who may, for somebody who may not.
ASK: Final = "Ask one of them:"


def nothing(organization: Organization) -> dict[str, Any]:
    """No row is named by the address."""
    return {}


@dataclass(frozen=True, slots=True)
class Page:
    """An address by its name, the heading, what the navigation marks (empty: nothing), and the four states."""

    name: str
    heading: str
    under: str
    full: State
    empty: State
    error: State
    reader: State
    args: Callable[[Organization], dict[str, Any]] = field(default=nothing)
    #: Its query when it is looked at for itself (the walk of the browser, the gallery).
    ask: str = ""

    def address(self, organization: Organization) -> str:
        return reverse(self.name, kwargs={"slug": organization.slug, **self.args(organization)})

    def state(self, name: str) -> State:
        found: State = getattr(self, name)
        return found
