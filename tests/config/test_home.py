"""The start page, the home of an organization, theme and language, and the page for what broke."""

import logging
import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from config.context import shell
from config.views import incident
from credits import accounts, ledger
from credits.models import Lot
from subscriptions import activity
from subscriptions.models import Membership, Organization, User
from tests.factories import NOW, MembershipFactory, UserFactory
from tests.rating.calls_on_pages import call

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

SignIn = Callable[..., Client]


def page_of(organization: Organization) -> str:
    return reverse("organization_home", args=[organization.slug])


def fund(organization: Organization, amount: str) -> None:
    with accounts.changing(organization.account.pk, now=NOW) as account:
        ledger.grant(account, kind=Lot.Kind.PROMOTION, amount=Decimal(amount), key="test", why="Test", now=NOW)


@pytest.fixture
def books_are_right() -> None:
    """The calls of these tests are made by hand, for the eye only: no journal charged them."""


def test_the_start_page_leads_to_the_first_organization(
    contoso: Organization, northwind: Organization, sign_in: SignIn
) -> None:
    client = sign_in(northwind)
    MembershipFactory.create(organization=contoso, user=User.objects.get(email="billing-admin@northwind.example"))

    assert client.get("/")["Location"] == page_of(contoso)


def test_the_start_page_leads_staff_to_the_admin(client: Client) -> None:
    client.force_login(UserFactory.create(is_staff=True))

    assert client.get("/")["Location"] == reverse("admin:index")


def test_who_belongs_nowhere_is_told_so(client: Client, contoso: Organization) -> None:
    client.force_login(UserFactory.create(email="lost@example.com"))

    html = client.get("/").content.decode()

    assert "You are not a member of any organization" in html
    assert "lost@example.com" in html


def test_strangers_sign_in_first(client: Client, contoso: Organization) -> None:
    for page in ("/", page_of(contoso)):
        assert client.get(page)["Location"].startswith(reverse("account_login"))


def test_another_organization_does_not_exist(contoso: Organization, northwind: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso)

    assert client.get(page_of(northwind)).status_code == 404
    assert client.get("/o/nobody/").status_code == 404


def test_a_new_organization_has_three_steps_to_do(fabrikam: Organization, sign_in: SignIn) -> None:
    answer = sign_in(fabrikam).get(page_of(fabrikam))

    assert [step.done for step in answer.context["steps"]] == [False, False, False]
    assert "Three steps to the first call" in answer.content.decode()


def test_a_step_that_is_done_has_its_mark(contoso: Organization, sign_in: SignIn) -> None:
    answer = sign_in(contoso).get(page_of(contoso))

    assert [step.done for step in answer.context["steps"]] == [True, False, True]


def test_the_steps_go_when_all_are_done(contoso: Organization, sign_in: SignIn) -> None:
    fund(contoso, "50")

    assert sign_in(contoso).get(page_of(contoso)).context["steps"] == []


def test_who_has_had_calls_needs_no_steps(tailspin: Organization, sign_in: SignIn) -> None:
    call(tailspin, started_at=NOW - timedelta(days=40))

    assert sign_in(tailspin).get(page_of(tailspin)).context["steps"] == []


def test_a_reader_is_told_who_can(fabrikam: Organization, sign_in: SignIn) -> None:
    html = sign_in(fabrikam, role=Membership.Role.READER).get(page_of(fabrikam)).content.decode()
    steps = html[html.index('id="steps"') :]

    assert "Only an owner or a billing administrator can set this up" in steps
    for page in ("credits:add_funds", "credits:payment_methods", "credits:auto_recharge"):
        assert reverse(page, args=["fabrikam"]) not in steps


def test_the_figures_of_a_running_organization(contoso: Organization, sign_in: SignIn) -> None:
    fund(contoso, "50")
    call(contoso, charge="1.2500", started_at=NOW)
    call(contoso, charge="7.0000", started_at=NOW - timedelta(days=30))

    answer = sign_in(contoso).get(page_of(contoso))

    assert answer.context["month"]["calls"] == 1
    assert answer.context["month"]["charge"] == Decimal("1.25")
    html = answer.content.decode()
    assert "$50.00" in html
    assert "2 November 2027" in html
    assert "Visa •••• 4242" in html


def test_the_blocked_banner_comes_first(tailspin: Organization, sign_in: SignIn) -> None:
    call(tailspin)

    html = sign_in(tailspin).get(page_of(tailspin)).content.decode()

    assert html.index("Calls that need credits are stopped.") < html.index('id="balance"')


def test_the_last_activities_are_sentences(contoso: Organization, sign_in: SignIn) -> None:
    owner = User.objects.get(email="owner@contoso.example")
    off, on = {"enabled": "False"}, {"enabled": "True"}
    activity.record(contoso, "payment.failed", now=NOW, amount="50", currency="USD", cause="insufficient_funds")
    activity.record(contoso, "auto_recharge.changed", now=NOW, actor=owner, before=off, after=on)
    activity.record(contoso, "member.joined", now=NOW, actor=owner, role="reader")
    activity.record(contoso, "something.new", now=NOW)
    activity.record(contoso, "card.added", now=NOW)

    said = [line.text for line in sign_in(contoso).get(page_of(contoso)).context["activities"]]

    assert said == [
        "– was added.",
        "something.new",
        "owner@contoso.example joined as Reader.",
        "Auto-recharge was turned on.",
        "A payment of $50.00 failed. The card has insufficient funds.",
    ]


@pytest.mark.parametrize("rows", [1, 100])
def test_the_number_of_queries_does_not_grow(
    contoso: Organization, sign_in: SignIn, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    fund(contoso, "50")
    owner = User.objects.get(email="owner@contoso.example")
    for number in range(rows):
        call(contoso, started_at=NOW - timedelta(minutes=number))
        activity.record(contoso, "card.added", now=NOW, actor=owner, card="Visa")
    client = sign_in(contoso)

    with django_assert_num_queries(20):
        client.get(page_of(contoso))


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "\thttps://evil.example",
    "",
]


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
@pytest.mark.parametrize(("address", "asked"), [("set_theme", {"theme": "dark"}), ("set_language", {"language": "en"})])
def test_no_way_leads_out_of_the_site(client: Client, address: str, asked: dict[str, str], elsewhere: str) -> None:
    answer = client.post(reverse(address), {**asked, "next": elsewhere})

    assert answer["Location"] == "/"


def test_the_theme_is_a_cookie(client: Client) -> None:
    answer = client.post(reverse("set_theme"), {"theme": "dark", "next": "/accounts/login/?next=/"})

    assert answer["Location"] == "/accounts/login/?next=/"
    assert answer.cookies["theme"].value == "dark"
    assert 'data-bs-theme="dark"' in client.get(reverse("account_login")).content.decode()


@pytest.mark.parametrize("theme", ["", "pink", "dark;path=/", "DARK"])
def test_an_unknown_theme_changes_nothing(client: Client, theme: str) -> None:
    assert "theme" not in client.post(reverse("set_theme"), {"theme": theme}).cookies


def test_the_language_follows_the_person(contoso: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso)

    answer = client.post(reverse("set_language"), {"language": "zh-hant", "next": page_of(contoso)})

    assert answer["Location"] == page_of(contoso)
    assert User.objects.get(email="billing-admin@contoso.example").language == "zh-hant"
    assert answer.cookies[settings.LANGUAGE_COOKIE_NAME].value == "zh-hant"
    assert 'lang="zh-hant"' in client.get(page_of(contoso)).content.decode()


def test_before_sign_in_the_language_is_a_cookie(client: Client) -> None:
    client.post(reverse("set_language"), {"language": "zh-hant"})

    assert 'lang="zh-hant"' in client.get(reverse("account_login")).content.decode()


@pytest.mark.parametrize("language", ["", "xx", "EN", "../en"])
def test_an_unknown_language_changes_nothing(contoso: Organization, sign_in: SignIn, language: str) -> None:
    answer = sign_in(contoso).post(reverse("set_language"), {"language": language})

    assert settings.LANGUAGE_COOKIE_NAME not in answer.cookies
    assert User.objects.get(email="billing-admin@contoso.example").language == ""


@pytest.mark.parametrize("address", ["set_theme", "set_language"])
def test_choices_are_only_changed_by_a_form(client: Client, address: str) -> None:
    assert client.get(reverse(address)).status_code == 405
    assert Client(enforce_csrf_checks=True).post(reverse(address)).status_code == 403


def test_what_broke_has_a_number_that_is_in_the_log(rf: RequestFactory, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answer = incident.server_error(rf.get("/o/contoso/"))

    number = re.search(r"incident ([0-9a-f]{8})", caplog.text)
    assert answer.status_code == 500
    assert number is not None
    assert number[1] in answer.content.decode()


def test_the_site_answers_what_broke_by_that_page(
    contoso: Organization, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError

    client = sign_in(contoso)
    client.raise_request_exception = False
    monkeypatch.setattr("config.front.facts", broken)

    answer = client.get(page_of(contoso))

    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.content.decode()


def test_the_shell_asks_nothing_of_a_bare_request(rf: RequestFactory) -> None:
    assert shell(rf.get("/")) == {}


def test_an_address_that_is_none_is_said_so(contoso: Organization, sign_in: SignIn, client: Client) -> None:
    for visitor in (client, sign_in(contoso)):
        assert visitor.get("/nothing/here/").status_code == 404


def test_an_organization_without_an_account_has_a_home(sign_in: SignIn) -> None:
    member = MembershipFactory.create(role=Membership.Role.BILLING_ADMIN)

    assert sign_in(member.organization).get(page_of(member.organization)).status_code == 200


def test_a_lot_that_ends_next_is_said_with_its_last_day(contoso: Organization, sign_in: SignIn) -> None:
    fund(contoso, "50")

    assert sign_in(contoso).get(page_of(contoso)).context["expiring_on"] == date(2027, 11, 2)
