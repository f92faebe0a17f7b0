"""The details on receipts: who may change them, what is kept, and what is written down."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from subscriptions import billing
from subscriptions.models import Activity, Organization

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
SignIn = Callable[..., Client]
GIVEN = {"bill_to": "Accounts\r\n\r\n  1 Main   Street\r\n", "tax_number": " 12-34 ", "purchase_order": "PO\u00077"}


def url(organization: Organization) -> str:
    return reverse("subscriptions:billing_details", args=[organization.slug])


def test_the_details_are_kept_as_they_can_be_printed(contoso: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso)

    answer = client.post(url(contoso), GIVEN, follow=True)

    contoso.refresh_from_db()
    assert billing.details_of(contoso) == billing.Details("Accounts\n1 Main Street", "12-34", "PO 7")
    assert "The billing details were saved." in answer.content.decode()


def test_the_change_is_written_down_once(contoso: Organization, now: datetime) -> None:
    actor = contoso.memberships.get(role="owner").user
    details = billing.Details("1 Main Street", "12-34", "")

    first = billing.change_details(contoso, details, actor=actor, now=now)
    second = billing.change_details(contoso, details, actor=actor, now=now)

    line = Activity.objects.get(action="billing.changed")
    assert (first, second) == (True, False)
    assert line.facts["before"]["bill_to"] == ""
    assert line.facts["after"] == {"bill_to": "1 Main Street", "tax_number": "12-34", "purchase_order": ""}


@pytest.mark.parametrize(
    "wrong", [{"bill_to": "line\n" * 9}, {"bill_to": "x" * 501}, {"tax_number": "1" * 41}, {"purchase_order": "1" * 51}]
)
def test_what_does_not_fit_is_said_at_its_field(contoso: Organization, sign_in: SignIn, wrong: dict[str, str]) -> None:
    answer = sign_in(contoso).post(url(contoso), {**GIVEN, **wrong})

    contoso.refresh_from_db()
    assert list(answer.context["form"].errors) == list(wrong)
    assert contoso.bill_to == ""


@pytest.mark.parametrize("role", ["reader", "licence_admin"])
def test_only_billing_people_may(contoso: Organization, sign_in: SignIn, role: str) -> None:
    client = sign_in(contoso, role)

    assert client.get(url(contoso)).status_code == 403
    assert client.post(url(contoso), GIVEN).status_code == 403


def test_strangers_find_nothing(contoso: Organization, northwind: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso)

    assert client.get(url(northwind)).status_code == 404
    assert client.post(url(northwind), GIVEN).status_code == 404
