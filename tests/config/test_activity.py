"""Settings > Activity: who did what, by whom and when; what changed; and the file of it."""

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from config import activities, details
from config.sentences import SENTENCES
from subscriptions import activity
from subscriptions.models import Activity, Membership, Organization, User
from subscriptions.views import keyset
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

SignIn = Callable[..., Client]
BEFORE = {"enabled": "False", "trigger_amount": "20.0000", "recharge_amount": "50", "monthly_cap": "None"}
AFTER = {"enabled": "True", "trigger_amount": "20", "recharge_amount": "100", "monthly_cap": "500"}


def address(organization: Organization, name: str = "activity") -> str:
    return reverse(name, args=[organization.slug])


def owner(organization: Organization) -> User:
    return User.objects.get(email=f"owner@{organization.slug}.example")


def said(client: Client, organization: Organization, **asked: str) -> list[str]:
    answer = client.get(address(organization), asked)
    return [line.sentence.text for line in answer.context["lines"]]


def rows(client: Client, organization: Organization, **asked: str) -> list[list[str]]:
    answer = client.get(address(organization, "activity_csv"), asked)
    body = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.reader(io.StringIO(body)))


@pytest.fixture
def busy(contoso: Organization) -> Organization:
    """Three things happened: two by the owner, one by the program; the second when it was another day in New York."""
    activity.record(contoso, "card.added", now=NOW - timedelta(days=2), actor=owner(contoso), card="Visa •••• 4242")
    activity.record(contoso, "auto_recharge.changed", now=NOW - timedelta(hours=7), actor=owner(contoso),
                    before=BEFORE, after=AFTER)  # fmt: skip
    activity.record(contoso, "payment.succeeded", now=NOW, amount="50", currency="USD", payment="not for people")
    return contoso


@pytest.mark.parametrize("role", Membership.Role)
def test_every_member_sees_who_did_what(busy: Organization, sign_in: SignIn, role: str) -> None:
    assert said(sign_in(busy, role=role), busy) == [
        "$50.00 was paid.", "Auto-recharge was turned on.", "Visa •••• 4242 was added.",
    ]  # fmt: skip


def test_another_organization_sees_nothing_of_it(busy: Organization, northwind: Organization, sign_in: SignIn) -> None:
    client = sign_in(northwind, role=Membership.Role.OWNER)

    assert client.get(address(busy)).status_code == 404
    assert client.get(address(busy, "activity_csv")).status_code == 404
    assert said(client, northwind) == []
    assert "Nothing has happened yet" in client.get(address(northwind)).content.decode()


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"who": "owner@contoso.example"}, 2),
        ({"who": "program"}, 1),
        ({"who": "reader@contoso.example"}, 0),
        ({"kind": "money"}, 1),
        ({"kind": "recharge"}, 1),
        ({"from": "2026-11-01"}, 2),
        ({"from": "2026-11-02"}, 1),
        ({"to": "2026-10-31"}, 1),
        ({"from": "2026-11-01", "to": "2026-11-01", "who": "owner@contoso.example", "kind": "recharge"}, 1),
    ],
)
def test_filters_choose(busy: Organization, sign_in: SignIn, asked: dict[str, str], count: int) -> None:
    client = sign_in(busy)

    assert len(said(client, busy, **asked)) == count
    assert len(rows(client, busy, **asked)) == count + 1


@pytest.mark.parametrize(
    "asked",
    [{"who": "nobody@x.example"}, {"kind": "x"}, {"from": "2026-02-30"}, {"from": "9999-12-31"}, {"to": "\x00"},
     {"from": "2026-11-02", "to": "2026-11-01"}],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_is_said_at_its_field(
    busy: Organization, sign_in: SignIn, asked: dict[str, str]
) -> None:
    client = sign_in(busy)

    answer = client.get(address(busy), asked)

    assert answer.status_code == 200
    assert "Please check what you entered." in answer.content.decode()
    assert client.get(address(busy, "activity_csv"), asked).status_code == 302


@pytest.mark.parametrize("place", ["x", "1", "-1-1", "9" * 16 + "-1", "1-" + "9" * 30, "\x00"])
def test_a_place_that_makes_no_sense_is_the_first_page(busy: Organization, sign_in: SignIn, place: str) -> None:
    client = sign_in(busy)

    for name in ("older", "newer"):
        assert client.get(address(busy), {name: place}).status_code == 200


def test_pages_show_everything_once_and_lead_back(contoso: Organization, sign_in: SignIn) -> None:
    many = keyset.SIZE + 7
    for number in range(many):
        # Seven at one instant, also where the page ends: their ids part them.
        activity.record(contoso, "card.added", now=NOW - timedelta(minutes=number // 7), card=f"Card {number}")
    client = sign_in(contoso)

    first = client.get(address(contoso))
    second = client.get(address(contoso) + first.context["older_url"])
    back = client.get(address(contoso) + second.context["newer_url"])

    shown = [line.pk for answer in (first, second) for line in answer.context["lines"]]
    assert len(shown) == len(set(shown)) == many
    assert second.context["older_url"] == ""
    assert [line.pk for line in back.context["lines"]] == [line.pk for line in first.context["lines"]]


def test_what_changed_is_said_before_and_after(busy: Organization) -> None:
    changed = Activity.objects.get(action="auto_recharge.changed")

    found = {detail.label: (detail.before, detail.after) for detail in details.of(changed, currency="USD")}

    assert found == {
        "Auto-recharge": ("off", "on"),
        "Recharge with": ("$50.00", "$100.00"),
        "At most in a month": ("no limit", "$500.00"),
    }


def test_what_the_sentence_says_already_is_not_folded_under_it(busy: Organization, sign_in: SignIn) -> None:
    lines = sign_in(busy).get(address(busy)).context["lines"]

    assert [len(line.details) for line in lines] == [1, 3, 0]


def test_odd_facts_are_shown_as_they_are(contoso: Organization, sign_in: SignIn) -> None:
    activity.record(contoso, "funds.ordered", now=NOW, amount=None, role="nobody", on="yesterday", why="<b>bold</b>")
    activity.record(contoso, "billing.changed", now=NOW, before={"bill_to": "a\nb"}, after=None)
    activity.record(contoso, "something.new", now=NOW, before="x", after={"x": 1}, cause=7, calls=True)

    html = sign_in(contoso).get(address(contoso)).content.decode()

    assert "&lt;b&gt;bold&lt;/b&gt;" in html
    assert "something.new" in html


def test_why_staff_took_money_back_stays_with_staff(contoso: Organization, sign_in: SignIn) -> None:
    told: dict[str, Any] = {"amount": "50", "currency": "USD", "payment": "1"}
    for action in ("refund.asked", "refund.succeeded", "payment.closed"):
        activity.record(contoso, action, now=NOW, why="Looks like fraud", **told)
    activity.record(contoso, "refund.requested", now=NOW, why="Bought twice", **told)

    lines = str(rows(sign_in(contoso), contoso))

    assert "Looks like fraud" not in lines
    assert "Bought twice" in lines


def test_the_file_says_the_same_in_the_language_of_the_page(busy: Organization, sign_in: SignIn) -> None:
    lines = rows(sign_in(busy), busy)

    assert lines[0] == ["When", "Who", "What", "Kind", "Details", "Action"]
    assert lines[2] == [
        "2026-11-01T21:00:00-05:00", "owner@contoso.example", "Auto-recharge was turned on.", "Auto-recharge",
        "Auto-recharge: off → on; Recharge with: $50.00 → $100.00; At most in a month: no limit → $500.00",
        "auto_recharge.changed",
    ]  # fmt: skip


def test_no_field_of_the_file_is_a_formula(contoso: Organization, sign_in: SignIn) -> None:
    activity.record(contoso, "card.added", now=NOW, card="=1+1", why='=HYPERLINK("x")')

    line = rows(sign_in(contoso), contoso)[1]

    assert not any(field.startswith(("=", "+", "@")) for field in line)


@pytest.mark.parametrize("many", [1, keyset.SIZE + 5])
def test_the_number_of_queries_does_not_grow(
    contoso: Organization, sign_in: SignIn, many: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(many):
        activity.record(contoso, "auto_recharge.changed", now=NOW, actor=owner(contoso), before=BEFORE, after=AFTER)
    client = sign_in(contoso)

    with django_assert_num_queries(8):
        client.get(address(contoso))


def test_every_action_has_its_kind() -> None:
    assert [action for action in SENTENCES if not activities.kind_of(action)] == []


def test_nothing_is_changed_by_looking(busy: Organization, sign_in: SignIn, now: datetime) -> None:
    client = sign_in(busy)

    for method in (client.post, client.put, client.delete):
        assert method(address(busy)).status_code == 405
    assert Activity.objects.count() == 3


def test_a_full_page_stays_light(contoso: Organization, sign_in: SignIn) -> None:
    payment = "0b9d1a52-3f0c-4c6e-9a3e-0d4a0a4f5c11"
    for number in range(keyset.SIZE):
        if number % 5:
            activity.record(contoso, "payment.succeeded", now=NOW, amount="50", currency="USD", payment=payment)
        else:
            activity.record(contoso, "auto_recharge.changed", now=NOW, actor=owner(contoso), before=BEFORE, after=AFTER)

    assert len(sign_in(contoso).get(address(contoso)).content) < 60_000


def test_plans_and_days_are_said_in_words(contoso: Organization, sign_in: SignIn) -> None:
    activity.record(contoso, "licence.assigned", now=NOW, plan="MCOPSTN2", subscriber="Adele", on="2026-11-02")
    activity.record(contoso, "subscription.cancelled", now=NOW, plan="MCOEV", name="Phone System", on="2026-12-23")
    activity.record(contoso, "licences.imported", now=NOW, new=1, changed=2)
    activity.record(contoso, "licence.removed", now=NOW, plan="OF_OLD", subscriber="Ben", on="2026-11-02")

    lines = said(sign_in(contoso), contoso)

    assert lines == [
        "OF_OLD was taken from Ben.",
        "Licenses were imported (new people: 1, changed: 2).",
        "Phone System was cancelled. Its last day is 23 December 2026.",
        "Domestic and International Calling Plan was assigned to Adele.",
    ]
