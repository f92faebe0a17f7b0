"""The back office of this floor: everything can be looked at and found, nothing can be changed."""

from collections.abc import Callable

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from rating.models import (
    BlockedCall,
    BlockedDestination,
    CallRequest,
    CallSession,
    DialOutPolicy,
    PoolUse,
    QuarantinedRow,
    Rate,
    RerateLine,
    Rerating,
    RollUp,
    SpendLimit,
    UsageDay,
    UsageFile,
    UsageRecord,
)
from subscriptions.models import Membership, Organization, Subscriber
from tests.factories import NOW, SubscriberFactory, UserFactory
from tests.rating import uploading
from tests.rating.calls_on_pages import call, deck, rate

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

MODELS = list(apps.get_app_config("rating").get_models())
by_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


@pytest.fixture
def books_are_right() -> None:
    """The rows here are made by hand, for the eye only."""


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(UserFactory.create(is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def rows(contoso: Organization) -> None:
    """One row of each model, each with all its relations."""
    published = deck(rate("886", "TW", "Taiwan", "0.0150"))
    file = UsageFile.objects.create(
        organization=contoso, name="september.csv", checksum="0" * 64, imported_at=NOW, rows=2, new=1, quarantined=1
    )
    QuarantinedRow.objects.create(file=file, line=2, column="Start Time", given="noon", reason="expected a date")
    PoolUse.objects.create(organization=contoso, month=NOW.date().replace(day=1), pool="US MCOPSTN1 domestic", used=5)
    subscriber = SubscriberFactory.create(organization=contoso)
    rate_row = Rate.objects.get(deck=published)
    record = call(contoso, charge="0.45", file=file, subscriber=subscriber, rate=rate_row)
    rerated(record)
    refused(contoso, subscriber)
    CallSession.objects.create(
        organization=contoso, key="live", subscriber=subscriber, call_type="user_out", rate=rate_row,
        started_at=NOW, expires_at=NOW,
    )  # fmt: skip
    uploading.hand_in(contoso, b"one part")
    RollUp.objects.create(organization=contoso, time_zone=contoso.time_zone, built_at=NOW)
    UsageDay.objects.create(
        organization=contoso, on=NOW.date(), call_type="user_out", country="TW", state="charged", calls=1, seconds=60,
        minutes=1, covered_minutes=0, charge="0.45",
    )  # fmt: skip
    CallRequest.objects.create(organization=contoso, session_key="live", number=0, kind="authorize", answer={}, at=NOW)


def rerated(record: UsageRecord) -> None:
    """A line that says that the call costs what it did."""
    month, same = NOW.date().replace(day=1), {"state": record.state, "charge": record.charge, "rate": record.rate}
    rerating = Rerating.objects.create(
        organization=record.organization, first_month=month, last_month=month, why="wrong deck", at=NOW
    )
    sides = {f"{name}_{side}": value for name, value in same.items() for side in ("before", "after")}
    RerateLine.objects.create(rerating=rerating, record=record, **sides)


def refused(organization: Organization, subscriber: Subscriber) -> None:
    """Limits of every kind, and a call that one of them refused."""
    SpendLimit.objects.create(organization=organization, subscriber=subscriber, amount=5, changed_at=NOW)
    DialOutPolicy.objects.create(organization=organization, changed_at=NOW)
    BlockedDestination.objects.create(organization=organization, prefix="+882", created_at=NOW)
    BlockedCall.objects.create(
        organization=organization, subscriber=subscriber, session_key="refused", call_type="user_out",
        reason=BlockedCall.Reason.SPEND_LIMIT, at=NOW,
    )  # fmt: skip


def address(model: type[models.Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@by_model
@pytest.mark.usefixtures("rows")
def test_every_model_can_be_listed_searched_and_read(staff: Client, model: type[models.Model]) -> None:
    row = model._default_manager.get()

    assert staff.get(address(model, "changelist")).status_code == 200
    assert staff.get(address(model, "changelist"), {"q": "nothing like it"}).status_code == 200
    assert staff.get(address(model, "change", row.pk)).status_code == 200


@by_model
@pytest.mark.usefixtures("rows")
def test_nobody_changes_anything(staff: Client, model: type[models.Model]) -> None:
    row = model._default_manager.get()

    assert staff.post(address(model, "add"), {}).status_code == 403
    assert staff.post(address(model, "change", row.pk), {}).status_code == 403
    assert staff.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    action = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    staff.post(address(model, "changelist"), action)
    assert model._default_manager.filter(pk=row.pk).exists()


@by_model
def test_a_list_is_not_counted_twice_and_says_what_it_searches(model: type[models.Model]) -> None:
    page = admin.site.get_model_admin(model)

    assert not page.show_full_result_count
    assert page.search_fields
    assert page.search_help_text


@pytest.mark.usefixtures("rows")
def test_a_call_is_found_by_its_id_and_the_beginning_of_its_number(staff: Client, contoso: Organization) -> None:
    record = UsageRecord.objects.get()
    call(contoso, destination="+4930111111")

    for text in (record.usage_id, "+8862"):
        found = staff.get(address(UsageRecord, "changelist"), {"q": text}).context["cl"].result_list
        assert [each.pk for each in found] == [record.pk]


@pytest.mark.parametrize("calls", [10, 40])
def test_the_number_of_queries_does_not_grow(
    staff: Client, contoso: Organization, calls: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(calls):
        call(contoso, subscriber=SubscriberFactory.create(organization=contoso))

    with django_assert_num_queries(5):
        staff.get(address(UsageRecord, "changelist"))


def test_staff_sign_in_where_everybody_does(client: Client) -> None:
    index = client.get(reverse("admin:index"))
    login = client.get(index["Location"])

    assert login.status_code == 302
    assert login["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("role", Membership.Role.values)
def test_members_are_not_let_in(contoso: Organization, sign_in: Callable[..., Client], role: str) -> None:
    answer = sign_in(contoso, role=role).get(reverse("admin:index"), follow=True)

    assert answer.status_code == 403
