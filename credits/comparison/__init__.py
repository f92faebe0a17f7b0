"""Our record beside the provider's: charges, refunds and disputes; only looked at, never changed.

The reconciliation mends what can be mended and shows the rest to a person; the check P06 says whether anything is left.
"""

from credits.comparison.charges import charges
from credits.comparison.disputes import disputes
from credits.comparison.finding import Finding, Told, ask, is_same_refund, total_of
from credits.comparison.refunds import refunds
from credits.comparison.settled import unsettled

__all__ = [
    "Finding",
    "Told",
    "ask",
    "charges",
    "disputes",
    "is_same_refund",
    "refunds",
    "total_of",
    "unsettled",
]
