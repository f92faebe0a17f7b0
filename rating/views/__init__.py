"""The pages about calls: what was used, and what a call costs."""

from rating.views.blocked_calls import blocked_calls, blocked_calls_csv
from rating.views.call import call
from rating.views.dial_out import dial_out, dial_out_csv
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
from rating.views.lot import lot, lot_csv
from rating.views.minute_pools import minute_pools, minute_pools_csv
from rating.views.rates import rates, rates_csv
from rating.views.uploads import (
    all_uploads,
    drop_upload,
    import_upload,
    upload,
    upload_errors,
    upload_licences,
    upload_usage,
)
from rating.views.usage import usage

__all__ = [
    "all_uploads",
    "block_destination",
    "blocked_calls",
    "blocked_calls_csv",
    "call",
    "dial_out",
    "dial_out_csv",
    "drop_upload",
    "import_upload",
    "limits",
    "lot",
    "lot_csv",
    "minute_pools",
    "minute_pools_csv",
    "rates",
    "rates_csv",
    "remove_policy",
    "remove_spend_limit",
    "set_policy",
    "set_spend_limit",
    "unblock_destination",
    "upload",
    "upload_errors",
    "upload_licences",
    "upload_usage",
    "usage",
    "usage_csv",
]
