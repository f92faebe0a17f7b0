"""The back office: notices and copies are read, and failed copies sent again."""

from datetime import datetime

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from notifications import outbox
from notifications.models import Delivery
from subscriptions.models import Organization, User
from tests import factories
from tests.notifications import samples

LIST = "admin:notifications_delivery_changelist"


@pytest.fixture
def staff(db: None) -> User:
    person: User = factories.UserFactory.create(is_staff=True)
    person.user_permissions.set(Permission.objects.filter(content_type__app_label="notifications"))
    return person


@pytest.fixture
def copies(contoso: Organization, now: datetime) -> list[Delivery]:
    notice = samples.post(contoso, now=now)
    outbox.address(notice, now=now)
    notice.deliveries.filter(address__startswith="owner@").update(
        state=Delivery.State.FAILED, error="550 no", attempts=10
    )
    return list(notice.deliveries.order_by("address"))


def test_staff_read_notices_and_copies_and_change_none(client: Client, staff: User, copies: list[Delivery]) -> None:
    client.force_login(staff)
    copy = copies[0]

    for model, pk in (("notice", copy.notice_id), ("delivery", copy.pk)):
        assert client.get(reverse(f"admin:notifications_{model}_changelist")).status_code == 200
        page = client.get(reverse(f"admin:notifications_{model}_change", args=[pk]))
        assert page.status_code == 200
        assert "_save" not in page.content.decode()
        assert client.get(reverse(f"admin:notifications_{model}_add")).status_code == 403
        assert (
            client.post(reverse(f"admin:notifications_{model}_delete", args=[pk]), {"post": "yes"}).status_code == 403
        )


def test_send_again_moves_the_failed_ones_only_and_says_so(
    client: Client, staff: User, copies: list[Delivery], now: datetime
) -> None:
    client.force_login(staff)
    chosen = {"action": "send_again", "_selected_action": [copy.pk for copy in copies]}

    page = client.post(reverse(LIST), chosen, follow=True)

    assert "1 message will be sent again." in page.content.decode()
    assert set(Delivery.objects.values_list("state", "attempts", "error")) == {("waiting", 0, "")}
    assert LogEntry.objects.get().get_change_message() == "send again"


def test_who_may_only_look_may_not_send(client: Client, staff: User, copies: list[Delivery]) -> None:
    staff.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(staff)

    client.post(reverse(LIST), {"action": "send_again", "_selected_action": [copies[1].pk]})

    assert Delivery.objects.filter(state=Delivery.State.FAILED).exists()


def test_a_list_costs_the_same_queries_however_long(
    client: Client, staff: User, copies: list[Delivery], northwind: Organization, now: datetime,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    client.force_login(staff)
    for occasion in range(10):
        outbox.address(samples.post(northwind, key=f"n{occasion}", now=now), now=now)

    with django_assert_max_num_queries(8):
        client.get(reverse(LIST))
