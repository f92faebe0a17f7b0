from rating.models.decks import Rate, RateDeck
from rating.models.limits import BlockedCall, BlockedDestination, DialOutPolicy, SpendLimit
from rating.models.reratings import RerateLine, Rerating
from rating.models.rollups import RollUp, UsageDay
from rating.models.sessions import CallRequest, CallSession
from rating.models.uploads import Upload, UploadPart
from rating.models.usage import PoolUse, QuarantinedRow, UsageFile, UsageRecord

__all__ = [
    "BlockedCall",
    "BlockedDestination",
    "CallRequest",
    "CallSession",
    "DialOutPolicy",
    "PoolUse",
    "QuarantinedRow",
    "Rate",
    "RateDeck",
    "RerateLine",
    "Rerating",
    "RollUp",
    "SpendLimit",
    "Upload",
    "UploadPart",
    "UsageDay",
    "UsageFile",
    "UsageRecord",
]
