"""Search: what each word finds, for whom, and that nothing of anybody else's is ever found."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from credits import finding
from credits.models import Payment
from subscriptions.models import Membership, Organization, ServiceNumber
from tests.factories import NOW, MethodFactory, SubscriberFactory
from tests.rating.calls_on_pages import call

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "books_are_right")]

SignIn = Callable[..., Client]


@pytest.fixture
def books_are_right() -> None:
    """The calls and payments of these tests are made by hand, for the eye only."""


def address(organization: Organization) -> str:
    return reverse("search", args=[organization.slug])


def found(client: Client, organization: Organization, text: str) -> dict[str, list[str]]:
    """The titles of what is found, by sort."""
    answer = client.get(address(organization), {"q": text})
    assert answer.status_code == 200
    return {sort.name: [hit.title for hit in sort.hits] for sort in answer.context["sorts"]}


def paid(organization: Organization, amount: str, ref: str, **more: Any) -> Payment:
    method = organization.account.payment_methods.first() or MethodFactory.create(account=organization.account)
    terms = {"kind": "manual", "state": "succeeded", "currency": "USD", "created_at": NOW, "due_at": NOW}
    return Payment.objects.create(
        account=organization.account,
        method=method,
        amount=Decimal(amount),
        provider_ref=ref,
        closed_at=NOW,
        **{**terms, **more},
    )


@pytest.fixture
def stocked(contoso: Organization) -> Organization:
    """Contoso with one of each that can be found."""
    SubscriberFactory.create(organization=contoso, display_name="Ada Lovelace", upn="ada@contoso.example")
    SubscriberFactory.create(organization=contoso, display_name="100%_sure", upn="odd@contoso.example")
    ServiceNumber.objects.create(
        organization=contoso, number="+12125550100", country="US", kind="toll", label="Reception"
    )
    call(contoso, destination="+886223456789")
    paid(contoso, "75", "pi_contoso")
    return contoso


@pytest.mark.parametrize(
    ("text", "sort", "title"),
    [
        ("lovel", "users", "Ada Lovelace"),
        ("ADA@CONTOSO", "users", "Ada Lovelace"),
        ("recept", "numbers", "+12125550100"),
        ("212 555-01", "numbers", "+12125550100"),
        ("+886 2 2345", "called", "+886223456789"),
        ("75", "payments", "$75.00 · Visa •••• 4242"),
        ("$75.00", "payments", "$75.00 · Visa •••• 4242"),
        ("pi_contoso", "payments", "$75.00 · Visa •••• 4242"),
        ("auto-rech", "pages", "Auto-recharge settings"),
        ("invoice", "pages", "Bills & payments"),
    ],
)
def test_a_word_finds_what_it_names(stocked: Organization, sign_in: SignIn, text: str, sort: str, title: str) -> None:
    assert title in found(sign_in(stocked), stocked, text)[sort]


def test_a_payment_is_found_by_its_key(stocked: Organization, sign_in: SignIn) -> None:
    payment = Payment.objects.get()
    client = sign_in(stocked)

    assert "payments" in found(client, stocked, str(payment.key))
    assert "payments" not in found(client, stocked, str(payment.key)[:20])
    assert "payments" not in found(client, stocked, "pi_cont")


def test_pages_are_found_in_both_languages(contoso: Organization, sign_in: SignIn) -> None:
    with translation.override("zh-hant"):
        usage = translation.gettext("Usage")

    assert usage != "Usage"
    assert "Usage" in found(sign_in(contoso), contoso, usage)["pages"]


def test_a_page_that_the_role_may_not_open_is_not_found(contoso: Organization, sign_in: SignIn) -> None:
    for role, expected in ((Membership.Role.OWNER, True), (Membership.Role.READER, False)):
        pages = found(sign_in(contoso, role=role), contoso, "api key").get("pages", [])

        assert ("API keys" in pages) is expected


def test_readers_cannot_look_for_numbers(stocked: Organization, sign_in: SignIn) -> None:
    client = sign_in(stocked, role=Membership.Role.READER)

    for text in ("+8862", "+1212", "recept", "55"):
        assert not {"called", "numbers"} & set(found(client, stocked, text))
    assert "called numbers" not in client.get(address(stocked)).content.decode()


@pytest.mark.parametrize("text", ["lovel", "recept", "+8862", "75", "pi_contoso", "contoso.example"])
def test_nothing_of_another_organization_is_found(
    stocked: Organization, northwind: Organization, sign_in: SignIn, text: str
) -> None:
    client = sign_in(northwind, role=Membership.Role.OWNER)

    assert found(client, northwind, text) == {}
    assert client.get(address(stocked), {"q": text}).status_code == 404


@pytest.mark.parametrize(("text", "names"), [("%", []), ("_", []), ("0%_s", ["100%_sure"]), ("a%a", []), ("__", [])])
def test_signs_of_a_pattern_are_letters_like_others(
    stocked: Organization, sign_in: SignIn, text: str, names: list[str]
) -> None:
    assert found(sign_in(stocked), stocked, text).get("users", []) == names


#: What people, their keyboards, and those who mean harm type.
ODD = ["", " ", "x", "'", '"', "'; DROP TABLE x --", "\x00", "a\x00b", "<script>", "x" * 1000, "９９", "٣٣", "𝟗𝟗"]
ODD += ["-5", "1e9", "99999999999999999999", "NaN", "\\", "()", "+", "++44", "{%", "%s %(x)s"]


@pytest.mark.parametrize("text", ODD)
def test_nothing_that_is_typed_breaks_it(stocked: Organization, sign_in: SignIn, text: str) -> None:
    answer = sign_in(stocked).get(address(stocked), {"q": text})

    assert answer.status_code == 200
    assert "<script>" not in answer.content.decode().partition("<main")[2].replace('<script src="', "")


def test_one_letter_is_too_short_and_one_chinese_character_is_a_name(stocked: Organization, sign_in: SignIn) -> None:
    SubscriberFactory.create(organization=stocked, display_name="王小明")
    client = sign_in(stocked)

    assert found(client, stocked, "a") == {}
    assert "Type two characters or more." in client.get(address(stocked), {"q": "a"}).content.decode()
    assert found(client, stocked, "王") == {"users": ["王小明"]}


def test_without_a_question_it_says_what_can_be_found(contoso: Organization, sign_in: SignIn) -> None:
    html = sign_in(contoso).get(address(contoso)).content.decode()

    assert "What can be found" in html
    assert "Receipts, by number" in html


def test_the_number_of_results_is_said(stocked: Organization, sign_in: SignIn) -> None:
    client = sign_in(stocked)

    assert "1 result for “lovelace”" in client.get(address(stocked), {"q": "lovelace"}).content.decode()
    assert "No results for “nobody-x”" in client.get(address(stocked), {"q": "nobody-x"}).content.decode()


@pytest.mark.parametrize("rows", [1, 30])
@pytest.mark.parametrize(("text", "queries"), [("ada", 11), ("50", 13)])
def test_the_number_of_queries_does_not_grow(
    contoso: Organization, sign_in: SignIn, rows: int, text: str, queries: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    for number in range(rows):
        SubscriberFactory.create(organization=contoso, display_name=f"Ada {number}")
        call(contoso, destination=f"+1650{number:07}")
        paid(contoso, "50", f"pi_{number}")
    client = sign_in(contoso)

    with django_assert_num_queries(queries):
        client.get(address(contoso), {"q": text})


@pytest.mark.parametrize(
    ("text", "amount"),
    [("50", 50), ("$1,250.00", 1250), ("50 USD", 50), ("€7.5", "7.5"), ("1,25", None), ("fifty", None), ("-5", None)],
)
def test_amounts_are_read_as_people_write_them(text: str, amount: Any) -> None:
    assert finding.amount_in(text) == (None if amount is None else Decimal(amount))
