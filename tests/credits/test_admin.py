"""The back office of this floor: everything can be looked at and found, nothing can be changed."""

import re
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from credits import holds, refunds, sums, tax
from credits.models import (
    Account,
    AutoRecharge,
    BalanceLevel,
    Brake,
    Difference,
    Evaluation,
    ExpiryRun,
    Lot,
    Payment,
    ProviderEvent,
    Reconciliation,
)
from subscriptions.models import Organization
from tests import fakes
from tests.credits.booking import charged, fund, spend
from tests.factories import NOW, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

MODELS = list(apps.get_app_config("credits").get_models())
by_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(UserFactory.create(is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def account(contoso: Organization, monkeypatch: pytest.MonkeyPatch) -> Account:
    """One with rows of every kind: two payments, a debt, a hold, a round, an event."""
    fakes.install(monkeypatch)
    account = contoso.account
    AutoRecharge.objects.update(enabled=False)
    spend(account, 100)
    charged(account)
    fund(account, "30", key="first")
    AutoRecharge.objects.update(enabled=True)
    spend(account, 6500)
    charged(account)
    holds.reserve(account, "live call", 1_000_000, until=NOW + timedelta(hours=1), now=NOW)
    ProviderEvent.objects.create(event_ref="evt_1", kind="x", payload={"a": "<b>"}, received_at=NOW, due_at=NOW)
    given_back(account)
    watched(account)
    return account


def given_back(account: Account) -> None:
    """A refund that was asked for, with its credit note, by staff."""
    person = account.organization.memberships.get(role="owner").user
    payment = account.payments.filter(state="succeeded").latest("pk")
    refunds.request(payment, why="bought twice", actor=person, now=NOW)
    refunds.ask(payment, amount=Decimal(1), why="asked", actor=person, key=uuid4(), now=NOW)
    refunds.refund_due(now=NOW)


def watched(account: Account) -> None:
    """What keeps an eye on all accounts has rows, too."""
    tax.seed()
    sums.sum_due(now=NOW)
    BalanceLevel.objects.create(account=account, amount=100)
    Brake.objects.create(what="expiry", why="too many", pulled_at=NOW)
    ExpiryRun.objects.create(began_at=NOW, lots=1, amount=10)
    Reconciliation.objects.create(began_at=NOW, since=NOW)
    Difference.objects.create(
        kind="charge", ref="pi_1", why="differs", account=account, ours=50, theirs=49, currency="USD", found_at=NOW,
        seen_at=NOW,
    )  # fmt: skip
    if not account.evaluations.exists():
        Evaluation.objects.create(
            account=account, outcome="off", first_at=NOW, last_at=NOW, available=1, trigger_amount=20
        )


def address(model: type[models.Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@by_model
@pytest.mark.usefixtures("account")
def test_every_model_can_be_listed_searched_and_read(staff: Client, model: type[models.Model]) -> None:
    row = model._default_manager.order_by("-pk")[0]

    assert staff.get(address(model, "changelist")).status_code == 200
    assert staff.get(address(model, "changelist"), {"q": "contoso"}).status_code == 200
    assert staff.get(address(model, "change", row.pk)).status_code == 200


@by_model
@pytest.mark.usefixtures("account")
def test_nobody_changes_anything(staff: Client, model: type[models.Model]) -> None:
    row = model._default_manager.order_by("-pk")[0]

    assert staff.get(address(model, "add")).status_code == 403
    assert staff.post(address(model, "change", row.pk), {}).status_code == 403
    assert staff.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert model._default_manager.filter(pk=row.pk).exists()


@by_model
def test_long_lists_are_not_counted_twice(model: type[models.Model]) -> None:
    assert admin.site.get_model_admin(model).show_full_result_count is False


@by_model
@pytest.mark.usefixtures("account")
def test_a_row_can_be_named_without_a_query(
    model: type[models.Model], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    row = model._default_manager.order_by("-pk")[0]

    with django_assert_num_queries(0):
        assert str(row)


@by_model
def test_a_list_costs_the_same_however_long_it_is(
    account: Account, staff: Client, model: type[models.Model], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(10):
        fund(account, "5", key=f"gift {number}")

    with django_assert_max_num_queries(9):
        staff.get(address(model, "changelist"))


def test_an_owner_shows_only_its_newest_rows(account: Account, staff: Client) -> None:
    for number in range(25):
        fund(account, "5", key=f"gift {number}")

    page = staff.get(address(Account, "change", account.pk)).content.decode()

    assert Lot.objects.filter(account=account).count() > 20
    assert len(set(re.findall(r"/admin/credits/lot/\d+/", page))) == 20


def test_an_events_payload_is_escaped(account: Account, staff: Client) -> None:
    page = staff.get(address(ProviderEvent, "change", ProviderEvent.objects.get().pk)).content.decode()

    assert "&quot;a&quot;: &quot;&lt;b&gt;&quot;" in page


def test_a_payment_shows_its_timeline_and_an_account_why_it_did_not_recharge(account: Account, staff: Client) -> None:
    payment = Payment.objects.filter(account=account).latest("pk")

    timeline = staff.get(address(Payment, "change", payment.pk)).content.decode()
    reasons = staff.get(address(Account, "change", account.pk)).content.decode()

    assert all(word in timeline for word in ("Processing", "Being charged", "Succeeded", "Worker"))
    assert "Why did it (not) recharge?" in reasons
    assert account.evaluations.latest("pk").get_outcome_display() in reasons
