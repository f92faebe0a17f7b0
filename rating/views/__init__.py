"""The pages about calls: what was used, and what a call costs."""

from rating.views.blocked_calls import blocked_calls, blocked_calls_csv
from rating.views.call import call
from rating.views.exports import usage_csv
from rating.views.limits import (
    block_destination,
    limits,
    remove_policy,
    remove_spend_limit,
    set_policy,
    set_spend_limit,
    unblock_destination,
)
from rating.views.minute_pools import minute_pools
from rating.views.rates import rates
from rating.views.usage import usage

__all__ = [
    "block_destination",
    "blocked_calls",
    "blocked_calls_csv",
    "call",
    "limits",
    "minute_pools",
    "rates",
    "remove_policy",
    "remove_spend_limit",
    "set_policy",
    "set_spend_limit",
    "unblock_destination",
    "usage",
    "usage_csv",
]
