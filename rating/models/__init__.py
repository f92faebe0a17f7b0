from rating.models.decks import Rate, RateDeck
from rating.models.usage import PoolUse, QuarantinedRow, UsageFile, UsageRecord

__all__ = ["PoolUse", "QuarantinedRow", "Rate", "RateDeck", "UsageFile", "UsageRecord"]
