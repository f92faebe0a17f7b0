"""The benches by name, in the order in which they run."""

from typing import Final

from tests.benchmarks import (
    authorize_http,
    balance_read,
    bulk_import,
    bulk_live,
    debit_hot,
    debit_hot_sync,
    debit_many,
    debit_single,
    deck_import,
    expiry_due,
    pages,
    prefix,
    price_batch,
    recharge_sweep,
    usage_page,
)
from tests.benchmarks.figures import Bench

BENCHES: Final[dict[str, Bench]] = {
    "debit_single": debit_single.run,
    "debit_hot": debit_hot.run,
    "debit_hot_sync": debit_hot_sync.run,
    "debit_many": debit_many.run,
    "balance_read": balance_read.run,
    "expiry": expiry_due.run,
    "recharge_sweep": recharge_sweep.run,
    "bulk_import": bulk_import.run,
    "bulk_live": bulk_live.run,
    "prefix": prefix.run,
    "price_batch": price_batch.run,
    "deck_import": deck_import.run,
    "authorize_http": authorize_http.run,
    "usage_page": usage_page.run,
    "pages": pages.run,
}
