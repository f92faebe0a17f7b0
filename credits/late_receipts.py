"""Receipts for payments that have none: those from before there were receipts, each under its account's next number."""

from datetime import datetime

from django.db.models import Exists, OuterRef

from credits import accounts, receipts, sweeps
from credits.models import Payment, Receipt


def issue_due(*, now: datetime, limit: int = 200) -> int:
    """Issue what is missing, the oldest payment first; answers how many. What stands on them is as of today."""
    own = Receipt.objects.filter(payment=OuterRef("pk"), kind=Receipt.Kind.RECEIPT)
    missing = Payment.objects.filter(~Exists(own), state=Payment.State.SUCCEEDED).order_by("account_id", "pk")
    due = list(missing.values_list("pk", "account_id")[:limit])
    return sweeps.slowly(due, lambda one: _issue(*one, now=now), every=0)


def _issue(payment_id: int, account_id: int, *, now: datetime) -> None:
    with accounts.changing(account_id, now=now) as account:
        payment = account.payments.select_related("method").get(pk=payment_id)
        receipts.issue(account, payment, now=now)
