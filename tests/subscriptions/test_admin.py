"""The back office of people, plans and licences."""

from datetime import datetime

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from subscriptions import keys, lifecycle
from subscriptions.models import Activity, Invitation, Licence, Membership, Organization, Plan, Subscriber, User
from tests.factories import PASSWORD, SubscriberFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

MODELS = list(apps.get_app_config("subscriptions").get_models())
NAMES = [model._meta.model_name for model in MODELS]


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(UserFactory.create(email="staff@example.com", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def rows(contoso: Organization, now: datetime) -> None:
    """At least one row of everything, of two organizations."""
    ann = SubscriberFactory.create(organization=contoso, upn="ann@contoso.example")
    ann.licences.create(plan=Plan.objects.get(code="MCOPSTN1"))
    contoso.service_numbers.create(number="+18555550100", country="US", kind="toll_free")
    contoso.subscriptions.create(plan=Plan.objects.get(code="MCOPSTN1"), quantity=1, started_at=now)
    contoso.orders.create(plan=Plan.objects.get(code="MCOPSTN1"), quantity=1, currency="USD", placed_at=now)
    keys.make(contoso, "bridge", [keys.Scope.CALLS], actor=None, now=now)
    lifecycle.invite(contoso, "new@contoso.example", Membership.Role.READER, actor=None, now=now)


def _url(name: str, page: str, *args: object) -> str:
    return reverse(f"admin:subscriptions_{name}_{page}", args=args)


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_every_model_is_listed_searched_and_opened(model: type, staff: Client) -> None:
    name = model._meta.model_name  # type: ignore[attr-defined]
    row = model._default_manager.first()  # type: ignore[attr-defined]

    assert staff.get(_url(name, "changelist")).status_code == 200
    assert staff.get(_url(name, "changelist"), {"q": "contoso"}).status_code == 200
    assert staff.get(_url(name, "change", row.pk)).status_code == 200
    assert staff.get(_url(name, "add")).status_code in {200, 403}


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_a_row_is_named_without_asking_the_database(model: type, django_assert_num_queries: type) -> None:
    row = model._default_manager.first()  # type: ignore[attr-defined]

    with django_assert_num_queries(0):
        assert str(row)


@pytest.mark.usefixtures("rows")
def test_an_order_is_only_read_and_found_by_its_key(staff: Client, contoso: Organization) -> None:
    order = contoso.orders.get()

    assert staff.get(_url("order", "add")).status_code == 403
    assert staff.post(_url("order", "change", order.pk), {"quantity": 9}).status_code == 403
    assert staff.post(_url("order", "delete", order.pk), {"post": "yes"}).status_code == 403
    assert str(order.pk) in staff.get(_url("order", "changelist"), {"q": str(order.key)}).content.decode()


def test_activity_is_only_read(staff: Client, contoso: Organization, now: datetime) -> None:
    row = Activity.objects.create(organization=contoso, at=now, action="test")

    assert staff.get(_url("activity", "add")).status_code == 403
    assert staff.post(_url("activity", "change", row.pk), {"action": "other"}).status_code == 403
    assert staff.post(_url("activity", "delete", row.pk), {"post": "yes"}).status_code == 403


WOODGROVE = {
    "name": "Woodgrove",
    "slug": "woodgrove",
    "country": "US",
    "currency": "USD",
    "time_zone": "UTC",
    "language": "en",
    "owner_email": "Olga@woodgrove.example",
}


def test_a_new_organization_invites_its_owner(staff: Client) -> None:
    answer = staff.post(_url("organization", "add"), WOODGROVE, follow=True)

    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.role) == ("olga@woodgrove.example", Membership.Role.OWNER)
    assert invitation.invited_by is not None
    assert invitation.token in answer.content.decode()
    assert Organization.objects.get().activities.count() == 2


@pytest.mark.parametrize(
    "wrong", [{"owner_email": "staff@example.com"}, {"owner_email": ""}, {"slug": "contoso"}, {"time_zone": "Mars"}]
)
def test_a_wrong_organization_is_refused_on_the_form(
    wrong: dict[str, str], staff: Client, contoso: Organization
) -> None:
    answer = staff.post(_url("organization", "add"), WOODGROVE | wrong)

    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert list(Organization.objects.all()) == [contoso]


def test_currency_and_address_of_an_organization_stay(staff: Client, contoso: Organization) -> None:
    staff.post(_url("organization", "change", contoso.pk), WOODGROVE | {"name": "New name", "currency": "EUR"})

    contoso.refresh_from_db()
    assert (contoso.name, contoso.slug, contoso.currency) == ("New name", "contoso", "USD")


def test_an_invitation_goes_the_way_of_all(staff: Client, contoso: Organization) -> None:
    fields = {"organization": contoso.pk, "email": "New@contoso.example", "role": "reader"}

    for _ in range(2):
        assert staff.post(_url("invitation", "add"), fields).status_code == 302
    refused = staff.post(_url("invitation", "add"), fields | {"email": "owner@contoso.example"})

    assert Invitation.objects.get().email == "new@contoso.example"
    assert str(lifecycle.AlreadyMember.said) in refused.content.decode()


def test_a_person_is_made_by_e_mail_and_their_password_changed(staff: Client) -> None:
    fields = {"email": "Ann@Example.com", "name": "Ann", "usable_password": "true"}
    staff.post(_url("user", "add"), fields | {"password1": PASSWORD, "password2": PASSWORD})

    ann = User.objects.get(email="ann@example.com")
    assert ann.check_password(PASSWORD)
    other = "violet anchor paper moss"
    staff.post(
        reverse("admin:auth_user_password_change", args=[ann.pk]),
        {"password1": other, "password2": other, "usable_password": "true"},
    )
    ann.refresh_from_db()
    assert ann.check_password(other)


def test_two_people_cannot_have_one_address(staff: Client) -> None:
    fields = {"email": "STAFF@example.com", "name": "Double", "usable_password": "false"}

    assert staff.post(_url("user", "add"), fields).status_code == 200
    assert User.objects.count() == 1


@pytest.fixture
def ann(contoso: Organization) -> Subscriber:
    return SubscriberFactory.create(organization=contoso, upn="ann@contoso.example")


def _give(staff: Client, ann: Subscriber, code: str) -> int:
    fields = {"subscriber": ann.pk, "plan": Plan.objects.get(code=code).pk, "assigned_on": "2026-11-01"}
    return staff.post(_url("licence", "add"), fields).status_code


def test_licences_are_assigned_by_the_rules(staff: Client, ann: Subscriber) -> None:
    assert _give(staff, ann, "MCOPSTNPP") == 200
    assert _give(staff, ann, "MCOPSTN1") == 302
    assert _give(staff, ann, "MCOPSTNPP") == 302

    assert Licence.objects.count() == 2
    assert Activity.objects.filter(action="licence.assigned").count() == 2


def test_licences_are_removed_by_the_rules(staff: Client, ann: Subscriber, now: datetime) -> None:
    for code in ("MCOPSTN1", "MCOPSTNPP"):
        _give(staff, ann, code)
    plan, credit = Licence.objects.order_by("pk")

    first = {"action": "remove_today", "_selected_action": [plan.pk]}
    assert "still needed" in staff.post(_url("licence", "changelist"), first, follow=True).content.decode()
    staff.post(_url("licence", "changelist"), {"action": "remove_today", "_selected_action": [credit.pk]})

    credit.refresh_from_db()
    assert credit.removed_on == now.date()
    assert Licence.objects.get(removed_on=None) == plan


def test_the_admin_knows_every_model() -> None:
    assert all(admin.site.is_registered(model) for model in MODELS)


def test_members_do_not_get_into_the_back_office(client: Client, contoso: Organization) -> None:
    client.force_login(contoso.memberships.get(role="owner").user)

    assert client.get(reverse("admin:index")).status_code == 302
