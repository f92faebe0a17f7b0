"""May this call begin, may it go on, and what did it cost: asked by programs before, during and after a call.

`authorize` opens a session under the caller's own key, `update` renews and extends what it may use, `settle` charges
the finished call once, `release` says that it never was, and `lapse_due` sweeps up what nobody ended. Each is one
transaction under the account's lock, and each request is answered once: its number again has the stored answer.
The states, request by request, are docs/live-calls.md.
"""

from rating.authorizing.asking import (
    LONGEST_CALL,
    LONGEST_KEY,
    Answer,
    Conflict,
    OutOfOrder,
    Released,
    Request,
    SessionOver,
    Settled,
    UnknownSession,
    Unsound,
)
from rating.authorizing.ending import lapse_due, release, settle
from rating.authorizing.renewing import update
from rating.authorizing.starting import authorize

__all__ = [
    "LONGEST_CALL",
    "LONGEST_KEY",
    "Answer",
    "Conflict",
    "OutOfOrder",
    "Released",
    "Request",
    "SessionOver",
    "Settled",
    "UnknownSession",
    "Unsound",
    "authorize",
    "lapse_due",
    "release",
    "settle",
    "update",
]
