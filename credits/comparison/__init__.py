"""Our record beside the provider's: charges, refunds and disputes; never changed; what differs is noted.

The reconciliation mends what can be mended and shows the rest to a person; the check P06 says whether anything is left.
"""

from credits.comparison.charges import charges, of_charge
from credits.comparison.disputes import disputes
from credits.comparison.finding import Finding, Told, ask, is_same_refund, total_of
from credits.comparison.noting import note
from credits.comparison.refunds import refunds
from credits.comparison.settled import unsettled

__all__ = [
    "Finding",
    "Told",
    "ask",
    "charges",
    "disputes",
    "is_same_refund",
    "note",
    "of_charge",
    "refunds",
    "total_of",
    "unsettled",
]
