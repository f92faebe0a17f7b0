"""What the usage of an organization came to: counted, pool by pool, organizer by organizer."""

from rating.reports.dialout import DialOut, dial_out_by_organizer
from rating.reports.pools import PoolRow, minute_pools
from rating.reports.usage import usage_summary

__all__ = ["DialOut", "PoolRow", "dial_out_by_organizer", "minute_pools", "usage_summary"]
