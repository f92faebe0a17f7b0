"""Auto-recharge: the terms, and a round of attempts that lifts the balance over the trigger in one charge.

A round is requested by the debit that crosses the trigger (credits.triggers) or before credit expires (`requesting`),
sized within the caps (`sizing`), given its attempts by the worker (`sweeping`), and ended by what becomes of them
(credits.outcomes).
"""

from credits.recharges.requesting import NothingToRetry, change_terms, look_ahead_due, resume, retry
from credits.recharges.sizing import due_now, full_until, looked_at, room, size
from credits.recharges.sweeping import begin, begin_due, charge_due, try_again_due
from credits.recharges.terms import (
    CAPS,
    DAYS_AHEAD,
    CapsContradict,
    CapTooSmall,
    NoCard,
    Terms,
    TooFarAhead,
    terms_of,
)

__all__ = [
    "CAPS",
    "DAYS_AHEAD",
    "CapTooSmall",
    "CapsContradict",
    "NoCard",
    "NothingToRetry",
    "Terms",
    "TooFarAhead",
    "begin",
    "begin_due",
    "change_terms",
    "charge_due",
    "due_now",
    "full_until",
    "look_ahead_due",
    "looked_at",
    "resume",
    "retry",
    "room",
    "size",
    "terms_of",
    "try_again_due",
]
