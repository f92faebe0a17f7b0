"""Billing > Subscriptions, and Communications Credits: figures, lots, activity, who may do what."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from credits import expiry
from credits.models import Account, AutoRecharge
from subscriptions.models import Organization, Plan, Subscription
from tests import fakes
from tests.credits.booking import charged, fund, spend, url
from tests.factories import NOW, MembershipFactory, OrganizationFactory
from tests.fakes import FakeGateway

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def provider(monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    return fakes.install(monkeypatch)


def test_what_expires_next_is_said_with_its_day(contoso: Organization, sign_in: SignIn) -> None:
    fund(contoso.account, "8.40", expires_at=NOW + timedelta(days=9))
    fund(contoso.account, "50", key="later")

    page = sign_in(contoso).get(url(contoso, "overview")).content.decode()

    assert "Next to expire: $8.40 on 11 November 2026" in page
    assert "Expires in 9 days" in page
    assert page.index("$58.40") < page.index("Settled")


def test_lots_stand_in_spending_order_and_closed_ones_are_folded(contoso: Organization, sign_in: SignIn) -> None:
    fund(contoso.account, "10", key="late")
    fund(contoso.account, "20", key="soon", expires_at=NOW + timedelta(days=40))
    fund(contoso.account, "5", key="gone", expires_at=NOW + timedelta(hours=1))
    expiry.expire_due(now=NOW + timedelta(hours=2))

    answer = sign_in(contoso).get(url(contoso, "overview"))

    assert [int(row.lot.amount) for row in answer.context["lots"]] == [20, 10]
    assert [(row.state, row.gone) for row in answer.context["closed_lots"]] == [("Expired", True)]
    assert "Used up or expired" in answer.content.decode()


def test_charges_of_one_booking_are_one_line(contoso: Organization, sign_in: SignIn) -> None:
    fund(contoso.account, "200")
    spend(contoso.account, 45, times=100, now=NOW)
    spend(contoso.account, 10, now=NOW + timedelta(minutes=1))

    answer = sign_in(contoso).get(url(contoso, "overview"))

    titles = [line.title for line in answer.context["happenings"]]
    assert titles == ["1 call charged", "100 calls charged", "Gift"]
    assert "−$45.00" in answer.content.decode()


def test_a_settled_overdraft_says_how_much_was_paid(tailspin: Organization, sign_in: SignIn) -> None:
    spend(tailspin.account, 600)
    fund(tailspin.account, "50")

    lines = sign_in(tailspin).get(url(tailspin, "overview")).context["happenings"]

    settled = next(line for line in lines if line.title == "What was owed is paid")
    assert settled.amount == 6


def test_payments_are_listed_with_their_state(contoso: Organization, sign_in: SignIn, provider: FakeGateway) -> None:
    provider.script("card_declined")
    payment = charged(contoso.account)

    page = sign_in(contoso).get(url(contoso, "overview")).content.decode()

    assert url(contoso, "payment", payment.key) in page
    assert "Failed" in page


def test_the_sentence_says_the_terms(contoso: Organization, sign_in: SignIn) -> None:
    AutoRecharge.objects.update(monthly_cap=200)

    page = " ".join(sign_in(contoso).get(url(contoso, "overview")).content.decode().split())

    assert 'falls below <strong data-part="trigger_amount">$20.00</strong>, charge Visa •••• 4242 in steps of' in page
    assert "At most </span>" in page
    assert '<strong data-part="monthly_cap">$200.00</strong> a month' in page


def test_a_pause_says_since_when_and_what_resuming_costs(contoso: Organization, sign_in: SignIn) -> None:
    AutoRecharge.objects.filter(account=contoso.account).update(paused_at=NOW - timedelta(days=1))

    page = sign_in(contoso).get(url(contoso, "overview")).content.decode()

    assert "Paused since 1 November 2026" in page
    assert "Resuming charges $50.00 at once." in page
    assert url(contoso, "resume_recharge") in page


def test_the_next_try_is_said_in_the_organizations_zone(contoso: Organization, sign_in: SignIn) -> None:
    AutoRecharge.objects.filter(account=contoso.account).update(next_try_at=NOW + timedelta(days=1))

    page = sign_in(contoso).get(url(contoso, "overview")).content.decode()

    assert "The next try is on 3 November 2026 at 04:00." in page  # 09:00 UTC in New York


@pytest.mark.parametrize("role", ["reader", "licence_admin"])
def test_who_may_only_read_is_told_whom_to_ask(contoso: Organization, sign_in: SignIn, role: str) -> None:
    owner = contoso.memberships.get(role="owner").user

    page = sign_in(contoso, role).get(url(contoso, "overview")).content.decode()

    assert "Only a Billing administrator or Owner can add funds" in page
    assert owner.get_full_name() in page
    assert f'class="command" href="{url(contoso, "add_funds")}"' not in page


def test_an_organization_without_an_account_gets_one_when_it_looks(sign_in: SignIn) -> None:
    fresh = OrganizationFactory.create(slug="fresh")
    MembershipFactory.create(organization=fresh)
    client = sign_in(fresh)

    listed = client.get(url(fresh, "subscriptions")).content.decode()
    shown = client.get(url(fresh, "overview")).content.decode()

    assert "No subscriptions yet" in listed
    assert "No funds yet" in shown
    assert Account.objects.get(organization=fresh).auto_recharge.enabled is False


def test_the_list_has_credits_and_plans(contoso: Organization, sign_in: SignIn) -> None:
    fund(contoso.account, "50")
    plan = Plan.objects.exclude(category=Plan.Category.CREDITS)[0]
    Subscription.objects.create(organization=contoso, plan=plan, quantity=25, started_at=NOW)

    page = sign_in(contoso).get(url(contoso, "subscriptions")).content.decode()

    assert url(contoso, "overview") in page
    assert "Next funds expire on" in page
    assert "25 licenses" in page
    assert "Visa •••• 4242" in page


def test_the_pages_cost_the_same_however_much_there_is(
    contoso: Organization, sign_in: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        fund(contoso.account, "5", key=f"gift {number}")
        spend(contoso.account, 1, times=20, now=NOW + timedelta(minutes=number))
        charged(contoso.account)
    client = sign_in(contoso)

    with django_assert_max_num_queries(22):
        client.get(url(contoso, "overview"))
    with django_assert_max_num_queries(11):
        client.get(url(contoso, "subscriptions"))


def test_what_is_used_up_does_not_last(tailspin: Organization, sign_in: SignIn) -> None:
    spend(tailspin.account, 60_000)

    html = sign_in(tailspin).get(url(tailspin, "overview")).content.decode()

    assert html.count("Used up") >= 2
    assert "less than a day" not in html


def test_the_last_activity_is_in_order_of_time(contoso: Organization, sign_in: SignIn) -> None:
    fund(contoso.account, "200")
    spend(contoso.account, 10, now=NOW + timedelta(minutes=2))
    spend(contoso.account, 20, now=NOW + timedelta(minutes=1))

    lines = sign_in(contoso).get(url(contoso, "overview")).context["happenings"]

    assert [line.at for line in lines] == sorted((line.at for line in lines), reverse=True)
