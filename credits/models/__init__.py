from credits.models.accounts import Account, AutoRecharge
from credits.models.holds import Hold, HoldPart
from credits.models.journals import Debt, Entry, Journal
from credits.models.lots import Lot
from credits.models.payments import Payment, PaymentMethod, Recharge
from credits.models.provider import ProviderEvent

__all__ = [
    "Account",
    "AutoRecharge",
    "Debt",
    "Entry",
    "Hold",
    "HoldPart",
    "Journal",
    "Lot",
    "Payment",
    "PaymentMethod",
    "ProviderEvent",
    "Recharge",
]
