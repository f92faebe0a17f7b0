from credits.models.accounts import Account, AutoRecharge
from credits.models.holds import Hold, HoldPart
from credits.models.journals import Debt, Entry, Journal
from credits.models.lots import Lot
from credits.models.methods import PaymentMethod
from credits.models.oversight import Brake, Difference, ExpiryRun, Reconciliation
from credits.models.payments import Payment, PaymentStep
from credits.models.provider import ProviderEvent
from credits.models.receipts import Receipt, TaxRate
from credits.models.recharges import Recharge
from credits.models.refunds import Refund, RefundRequest
from credits.models.sums import JournalSum, SummedTo
from credits.models.watching import BalanceLevel, Evaluation

__all__ = [
    "Account",
    "AutoRecharge",
    "BalanceLevel",
    "Brake",
    "Debt",
    "Difference",
    "Entry",
    "Evaluation",
    "ExpiryRun",
    "Hold",
    "HoldPart",
    "Journal",
    "JournalSum",
    "Lot",
    "Payment",
    "PaymentMethod",
    "PaymentStep",
    "ProviderEvent",
    "Receipt",
    "Recharge",
    "Reconciliation",
    "Refund",
    "RefundRequest",
    "SummedTo",
    "TaxRate",
]
