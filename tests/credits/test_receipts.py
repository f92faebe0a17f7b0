"""Receipts and credit notes: numbered without gaps, once each, in words that no later change touches."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from credits import accounts, late_receipts, receipts, tax
from credits.models import Account, Payment, Receipt, Refund
from subscriptions.models import Organization
from tests.credits.desk import Desk, undone
from tests.credits.together import at_once, calm

pytestmark = pytest.mark.django_db
DETAILS: dict[str, Any] = {"bill_to": "Accounts\n1 Main Street", "tax_number": "12-3456789", "purchase_order": "PO-7"}


def paid(organization: Organization, amount: str = "50", *, now: datetime) -> Payment:
    """A payment that succeeded and its lot, without a receipt yet."""
    payment = Desk(organization).buy(amount, now=now).payment
    assert payment is not None
    return payment


def issued(payment: Payment, *, now: datetime) -> Receipt:
    with accounts.changing(payment.account_id, now=now) as account:
        return receipts.issue(account, payment, now=now)


def _issue_all(payments: list[Payment], now: datetime) -> None:
    for payment in payments:
        issued(payment, now=now)


def refunded(payment: Payment, amount: str, *, now: datetime) -> Refund:
    """A refund about to be booked: receipts are issued within the same transaction."""
    return Refund.objects.create(
        account=payment.account,
        payment=payment,
        origin=Refund.Origin.PROVIDER,
        amount=Decimal(amount),
        why="asked for",
        created_at=now,
        due_at=now,
    )


def test_a_receipt_keeps_what_was_true_when_it_was_issued(contoso: Organization, now: datetime) -> None:
    tax.seed()
    Organization.objects.filter(pk=contoso.pk).update(**DETAILS)

    receipt = issued(paid(contoso, now=now), now=now)
    Organization.objects.filter(pk=contoso.pk).update(name="Other", bill_to="", tax_number="", purchase_order="")
    receipt.refresh_from_db()

    assert receipt.facts.items() >= {
        "organization": "Contoso", "country": "US", **DETAILS, "card": "Visa •••• 4242", "kind": "manual",
        "issued_on": "2026-11-02", "expires_on": "2027-11-02", "order": str(receipt.payment.key), "tax_name": "Tax",
    }.items()  # fmt: skip
    assert receipt.facts["issuer"]["name"] == "Communications Credits"


def test_an_orders_own_purchase_order_number_comes_first(contoso: Organization, now: datetime) -> None:
    Organization.objects.filter(pk=contoso.pk).update(**DETAILS)
    payment = paid(contoso, now=now)
    Payment.objects.filter(pk=payment.pk).update(purchase_order="PO-99")
    payment.refresh_from_db()

    receipt = issued(payment, now=now)

    assert receipt.facts["purchase_order"] == "PO-99"


def test_its_sums_are_those_of_the_payment(contoso: Organization, now: datetime) -> None:
    payment = paid(contoso, now=now)
    Payment.objects.filter(pk=payment.pk).update(tax=Decimal("9.5"), tax_percent=Decimal(19))
    payment.refresh_from_db()

    receipt = issued(payment, now=now)

    assert (receipt.amount, receipt.tax, receipt.tax_percent, receipt.total) == (
        50,
        Decimal("9.5"),
        19,
        Decimal("59.5"),
    )


def test_twice_is_the_same_as_once(contoso: Organization, now: datetime) -> None:
    payment = paid(contoso, now=now)

    first, second = issued(payment, now=now), issued(payment, now=now + timedelta(days=1))

    assert first == second
    assert Account.objects.get(organization=contoso).receipts == 1


def test_each_organization_counts_for_itself(contoso: Organization, northwind: Organization, now: datetime) -> None:
    for organization in (contoso, northwind, contoso):
        issued(paid(organization, now=now), now=now)

    numbers = Receipt.objects.order_by("pk").values_list("account__organization__slug", "number")

    assert list(numbers) == [("contoso", 1), ("northwind", 1), ("contoso", 2)]


@pytest.fixture
def unbooked(contoso: Organization, now: datetime) -> Iterator[Refund]:
    """A refund that is being booked; taken back at the end, since here its money never moves."""
    with undone():
        yield refunded(paid(contoso, now=now), "20", now=now)


def test_a_credit_note_names_its_receipt(unbooked: Refund, now: datetime) -> None:
    issued(unbooked.payment, now=now)

    with accounts.changing(unbooked.account_id, now=now) as account:
        note = receipts.issue_credit_note(account, unbooked, now=now)
        again = receipts.issue_credit_note(account, unbooked, now=now)

    assert note == again
    assert (note.number, note.kind, note.amount, note.facts["receipt"]) == (2, "credit_note", 20, 1)


def test_a_credit_note_of_a_payment_without_a_receipt_brings_it(unbooked: Refund, now: datetime) -> None:
    with accounts.changing(unbooked.account_id, now=now) as account:
        note = receipts.issue_credit_note(account, unbooked, now=now)

    assert (note.number, note.facts["receipt"]) == (2, 1)


def test_what_is_taken_back_takes_its_number_with_it(contoso: Organization, now: datetime) -> None:
    first, second = paid(contoso, now=now), paid(contoso, now=now)

    with suppress(ZeroDivisionError), accounts.changing(first.account_id, now=now) as account:
        receipts.issue(account, first, now=now)
        raise ZeroDivisionError
    receipt = issued(second, now=now)

    assert receipt.number == 1


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_leave_no_gap_and_no_double(contoso: Organization, now: datetime) -> None:
    payments = [paid(contoso, now=now) for _ in range(24)]

    works = [partial(_issue_all, payments[place::8] + payments[:2], now) for place in range(8)]
    calm(at_once(works))

    numbers = Receipt.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, 25))
    assert Receipt.objects.values("payment").distinct().count() == 24
    assert Account.objects.get(organization=contoso).receipts == 24


def test_a_number_and_a_receipt_are_there_once(contoso: Organization, now: datetime) -> None:
    payment, other = paid(contoso, now=now), paid(contoso, now=now)
    receipt = issued(payment, now=now)
    receipt.pk, receipt.payment = None, other

    with pytest.raises(IntegrityError, match="one_receipt_per_number"), transaction.atomic():
        receipt.save(force_insert=True)
    receipt.number, receipt.payment = 2, payment
    with pytest.raises(IntegrityError, match="one_receipt_per_payment"), transaction.atomic():
        receipt.save(force_insert=True)


def test_a_receipt_cannot_be_changed(contoso: Organization, now: datetime) -> None:
    issued(paid(contoso, now=now), now=now)

    with pytest.raises(IntegrityError, match="only ever added"), transaction.atomic():
        Receipt.objects.update(amount=1)


def test_payments_from_before_receipts_get_theirs_in_order_once(
    contoso: Organization, northwind: Organization, now: datetime
) -> None:
    first, other, second = paid(contoso, now=now), paid(northwind, now=now), paid(contoso, now=now)

    done = [late_receipts.issue_due(now=now + timedelta(days=1)) for _ in range(2)]

    assert done == [3, 0]
    numbers = dict(Receipt.objects.values_list("payment", "number"))
    assert numbers == {first.pk: 1, second.pk: 2, other.pk: 1}
