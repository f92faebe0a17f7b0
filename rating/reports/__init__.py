"""What the usage of an organization came to: counted, pool by pool, organizer by organizer."""

from rating.reports.dialout import DialOut, InAll, dial_out_by_organizer, dial_out_in_all
from rating.reports.pools import PoolRow, minute_pools
from rating.reports.usage import usage_summary

__all__ = [
    "DialOut",
    "InAll",
    "PoolRow",
    "dial_out_by_organizer",
    "dial_out_in_all",
    "minute_pools",
    "usage_summary",
]
