"""Who holds which plan: one person at a time, many of them, or a whole file of them."""

from subscriptions.licences.held import (
    LacksPrerequisite,
    NotHeld,
    NotSoldHere,
    StillNeeded,
    check_sold,
    holders,
    holdings,
)
from subscriptions.licences.imports import Imported, import_people
from subscriptions.licences.many import (
    MOST,
    Outlook,
    Refusal,
    TooMany,
    assign_many,
    outlook_of_assigning,
    outlook_of_removing,
    remove_many,
)
from subscriptions.licences.single import Changed, assign, change, remove

__all__ = [
    "MOST",
    "Changed",
    "Imported",
    "LacksPrerequisite",
    "NotHeld",
    "NotSoldHere",
    "Outlook",
    "Refusal",
    "StillNeeded",
    "TooMany",
    "assign",
    "assign_many",
    "change",
    "check_sold",
    "holders",
    "holdings",
    "import_people",
    "outlook_of_assigning",
    "outlook_of_removing",
    "remove",
    "remove_many",
]
