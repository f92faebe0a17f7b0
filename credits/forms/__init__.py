"""What people fill in about money. Amounts are read strictly: no float, no rounding, no clever guesses."""

from credits.forms.fields import CardField, MoneyField, Range, WholeField, purchase_range
from credits.forms.funds import AddFundsForm, OrderForm, first_funds
from credits.forms.level import LevelForm
from credits.forms.refund import AskRefundForm
from credits.forms.terms import AutoRechargeForm, first_terms

__all__ = [
    "AddFundsForm",
    "AskRefundForm",
    "AutoRechargeForm",
    "CardField",
    "LevelForm",
    "MoneyField",
    "OrderForm",
    "Range",
    "WholeField",
    "first_funds",
    "first_terms",
    "purchase_range",
]
