"""The benches by name, in the order in which they run."""

from typing import Final

from tests.benchmarks import (
    balance_read,
    bulk_import,
    bulk_live,
    debit_hot,
    debit_hot_sync,
    debit_many,
    debit_single,
    expiry_due,
)
from tests.benchmarks.figures import Bench

BENCHES: Final[dict[str, Bench]] = {
    "debit_single": debit_single.run,
    "debit_hot": debit_hot.run,
    "debit_hot_sync": debit_hot_sync.run,
    "debit_many": debit_many.run,
    "balance_read": balance_read.run,
    "expiry": expiry_due.run,
    "bulk_import": bulk_import.run,
    "bulk_live": bulk_live.run,
}
