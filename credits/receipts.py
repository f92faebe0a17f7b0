"""Receipts and credit notes: numbered without gaps per account, in words that nothing changes afterwards.

Called inside `accounts.changing`, in the transaction that books the money: what is taken back there takes its number
with it, so that none is left out (docs/decisions/0027).
"""

from datetime import datetime
from typing import Any, Final

from django.conf import settings

from credits import tax
from credits.models import Account, Lot, Payment, Receipt, Refund
from subscriptions import periods
from subscriptions.models import Organization

Kind: Final = Receipt.Kind


def issue(account: Account, payment: Payment, *, now: datetime) -> Receipt:
    """The receipt of a payment that succeeded, by hand or automatic. Twice is the same as once."""
    known = Receipt.objects.filter(payment=payment, kind=Kind.RECEIPT).first()
    if known is not None:
        return known
    lot = Lot.objects.filter(payment=payment).only("expires_at").first()
    zone = account.organization.zone
    return Receipt.objects.create(
        account=account,
        number=_next_number(account),
        kind=Kind.RECEIPT,
        payment=payment,
        issued_at=now,
        currency=payment.currency,
        amount=payment.amount,
        tax=payment.tax,
        tax_percent=payment.tax_percent,
        tax_included=payment.tax_included,
        facts={
            **_facts(account.organization, payment, now=now),
            "expires_on": periods.last_day(lot.expires_at, zone).isoformat() if lot else None,
        },
    )


def issue_credit_note(account: Account, refund: Refund, *, now: datetime) -> Receipt:
    """The credit note of a refund that succeeded; it names the receipt it belongs to. Twice is the same as once."""
    known = Receipt.objects.filter(refund=refund).first()
    if known is not None:
        return known
    payment = refund.payment
    original = issue(account, payment, now=now)
    return Receipt.objects.create(
        account=account,
        number=_next_number(account),
        kind=Kind.CREDIT_NOTE,
        payment=payment,
        refund=refund,
        issued_at=now,
        currency=payment.currency,
        amount=refund.amount,
        tax=refund.tax,
        tax_percent=payment.tax_percent,
        tax_included=payment.tax_included,
        facts={**_facts(account.organization, payment, now=now), "receipt": original.number},
    )


def _next_number(account: Account) -> int:
    """One more than the last, kept with the account whose row is locked: a sequence would leave gaps behind."""
    account.receipts += 1
    Account.objects.filter(pk=account.pk).update(receipts=account.receipts)
    return account.receipts


def _facts(organization: Organization, payment: Payment, *, now: datetime) -> dict[str, Any]:
    """What a receipt says and a later change must not touch. Plain strings; days are those of the organization."""
    return {
        "organization": organization.name,
        "country": organization.country,
        "bill_to": organization.bill_to,
        "tax_number": organization.tax_number,
        "purchase_order": payment.purchase_order or organization.purchase_order,
        "order": str(payment.key),
        "kind": payment.kind,
        "card": str(payment.method),
        "issued_on": now.astimezone(organization.zone).date().isoformat(),
        "tax_name": tax.of(organization, payment.amount, now=payment.created_at).name,
        "issuer": dict(settings.RECEIPT_ISSUER),
        "sample": settings.DEMO,
    }
