"""Users as people see them: who is listed, what each holds, and how licences come and go."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from subscriptions import licences
from subscriptions.models import Licence, Membership, Organization, Plan, Subscriber, User
from subscriptions.views import keyset
from tests.factories import SubscriberFactory

Role = Membership.Role
SignIn = Callable[..., Client]
CREDITS = "MCOPSTNPP"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


def _person(organization: Organization, name: str, codes: str = "", **traits: str) -> Subscriber:
    upn = f"{name.lower().replace(' ', '.')}@{organization.slug}.example"
    person = SubscriberFactory.create(organization=organization, display_name=name, upn=upn, **traits)
    plans = Plan.objects.filter(code__in=codes.split())
    Licence.objects.bulk_create([Licence(subscriber=person, plan=plan) for plan in plans])
    return person


def _list(organization: Organization, name: str = "users") -> str:
    return reverse(f"subscriptions:{name}", args=[organization.slug])


def _page(person: Subscriber, name: str = "user") -> str:
    return reverse(f"subscriptions:{name}", args=[person.organization.slug, person.pk])


@pytest.mark.parametrize("role", Role.values)
def test_every_role_sees_the_people_and_two_may_assign(contoso: Organization, sign_in: SignIn, role: str) -> None:
    ann = _person(contoso, "Ann Berg", f"MCOMEETADV {CREDITS}", department="Sales")
    client, may = sign_in(contoso, role), role in (Role.OWNER, Role.LICENCE_ADMIN)

    html = client.get(_list(contoso)).content.decode()
    own = client.get(_page(ann)).content.decode()

    assert all(word in html for word in ("Ann Berg", "ann.berg@contoso.example", "Sales", "Audio Conferencing"))
    assert ('name="who"' in html) == may
    assert ("Only a License administrator or Owner" in own) == (not may)
    assert client.get(_page(ann, "user_licences")).status_code == (200 if may else 403)
    assert client.get(_list(contoso, "bulk_licences")).status_code == (302 if may else 403)


def test_people_of_another_organization_are_not_there(
    contoso: Organization, northwind: Organization, sign_in: SignIn
) -> None:
    nina = _person(northwind, "Nina", "MCOMEETADV")
    client = sign_in(contoso, Role.OWNER)
    smuggled = reverse("subscriptions:user", args=["contoso", nina.pk])

    assert client.get(_list(northwind)).status_code == 404
    assert client.get(_list(northwind, "users_csv")).status_code == 404
    assert client.get(_list(northwind, "bulk_licences")).status_code == 404
    assert client.get(smuggled).status_code == 404
    client.post(_asked(contoso, plan="MCOPSTN1", who=nina.pk))
    assert Licence.objects.get().plan.code == "MCOMEETADV"


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("q=BERG", {"Ann Berg"}),
        ("q=ben%40contoso", {"Ben"}),
        ("holds=MCOMEETADV", {"Ann Berg", "Ben"}),
        ("holds=MCOMEETADV&lacks=MCOPSTNPP", {"Ben"}),
        ("lacks=MCOMEETADV", {"Cy"}),
        ("location=DE", {"Cy"}),
        ("q=nobody", set()),
    ],
)
def test_the_list_is_what_the_filters_say(contoso: Organization, sign_in: SignIn, asked: str, names: set[str]) -> None:
    _person(contoso, "Ann Berg", f"MCOMEETADV {CREDITS}")
    _person(contoso, "Ben", "MCOMEETADD")
    _person(contoso, "Cy", "MCOPSTN1", usage_location="DE")

    answer = sign_in(contoso).get(f"{_list(contoso)}?{asked}")

    assert {str(person) for person in answer.context["people"]} == names
    assert ("Nobody fits these filters." in answer.content.decode()) == (not names)


@pytest.mark.parametrize("asked", ["holds=XYZ", "location=..", f"q={'x' * 200}", "lacks=%00"])
def test_a_filter_that_makes_no_sense_is_said_at_its_field(contoso: Organization, sign_in: SignIn, asked: str) -> None:
    client = sign_in(contoso)

    assert "Please check what you entered." in client.get(f"{_list(contoso)}?{asked}").content.decode()
    assert client.get(f"{_list(contoso, 'users_csv')}?{asked}").status_code == 302


@pytest.mark.parametrize("asked", ["after=abc", "before=-1", "after=99999999999999999999", "after=987654321"])
def test_a_place_that_is_none_is_the_first_page(contoso: Organization, sign_in: SignIn, asked: str) -> None:
    _person(contoso, "Ann")

    assert [str(one) for one in sign_in(contoso).get(f"{_list(contoso)}?{asked}").context["people"]] == ["Ann"]


def test_pages_of_people_follow_each_other(
    contoso: Organization, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyset, "SIZE", 2)
    for name in ("Ann", "Ben", "Ben", "Cy", "Dan"):
        SubscriberFactory.create(organization=contoso, display_name=name)
    client, seen, place = sign_in(contoso), [], _list(contoso)

    while place:
        answer = client.get(place)
        seen.append([str(one) for one in answer.context["people"]])
        place = answer.context["after_url"] and _list(contoso) + answer.context["after_url"]
    back = client.get(_list(contoso) + answer.context["before_url"])

    assert seen == [["Ann", "Ben"], ["Ben", "Cy"], ["Dan"]]
    assert [str(one) for one in back.context["people"]] == ["Ben", "Cy"]


def test_many_people_take_as_many_queries_as_few_and_a_small_page(
    contoso: Organization, sign_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = sign_in(contoso, Role.OWNER)
    _person(contoso, "Ann", f"MCOMEETADV {CREDITS}")
    with CaptureQueriesContext(connection) as few:
        client.get(_list(contoso))
    for number in range(60):
        _person(contoso, f"Henrietta Mueller {number}", f"MCOMEETADV MCOPSTN2 {CREDITS}", department="Research")

    with django_assert_num_queries(len(few)):
        answer = client.get(_list(contoso))

    assert len(answer.content) < 60_000


def test_nobody_with_a_credits_licence_is_said_until_somebody_has_it(contoso: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso, Role.OWNER)
    nobody = client.get(_list(contoso)).content.decode()
    ann = _person(contoso, "Ann", "MCOMEETADV")

    stranded = client.get(_list(contoso)).content.decode()
    Licence.objects.create(subscriber=ann, plan=Plan.objects.get(code=CREDITS))

    assert "No people yet" in nobody
    assert "Nobody has a credits license" not in nobody
    assert "Nobody has a credits license: calls will fail" in stranded
    assert "Nobody has a credits license" not in client.get(_list(contoso)).content.decode()


def test_the_file_has_the_people_of_the_filter_and_no_formula(contoso: Organization, sign_in: SignIn) -> None:
    _person(contoso, "Ann", f"MCOMEETADV {CREDITS}", department="=1+1")
    _person(contoso, "Ben")

    answer = sign_in(contoso).get(f"{_list(contoso, 'users_csv')}?holds={CREDITS}")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]

    assert lines[0] == "User principal name,Name,Usage location,Department,Licenses,License codes"
    assert lines[1].startswith("ann@contoso.example,Ann,US,'=1+1,")
    assert CREDITS in lines[1]
    assert len(lines) == 2


def test_somebodys_page_tells_since_when_and_what_was(contoso: Organization, sign_in: SignIn) -> None:
    ann = _person(contoso, "Ann", "MCOMEETADV")
    plan = Plan.objects.get(code="MCOPSTN1")
    Licence.objects.create(subscriber=ann, plan=plan, assigned_on=date(2026, 9, 3), removed_on=date(2026, 10, 5))

    html = sign_in(contoso, Role.LICENCE_ADMIN).get(_page(ann)).content.decode()

    assert "Before our records" in html
    assert "1 license of the past" in html
    assert "No Communications Credits license." in html
    assert f"{reverse('rating:usage', args=['contoso'])}?q=ann%40contoso.example" in html


def test_licences_are_ticked_and_the_difference_is_done(contoso: Organization, sign_in: SignIn, now: datetime) -> None:
    ann = _person(contoso, "Ann", "MCOPSTN1")
    Licence.objects.create(subscriber=ann, plan=Plan.objects.get(code="MCOEV"))  # by somebody else, meanwhile
    sent = {"seen": ["MCOPSTN1"], "plans": ["MCOMEETADV", CREDITS]}

    html = sign_in(contoso, Role.LICENCE_ADMIN).post(_page(ann, "user_licences"), sent, follow=True).content.decode()

    assert licences.holdings(contoso, at=now) == {frozenset({"MCOEV", "MCOMEETADV", CREDITS}): 1}
    assert "assigned to Ann." in html
    assert "Domestic Calling Plan: taken away from Ann." in html


@pytest.mark.parametrize(
    ("codes", "sent", "said"),
    [
        ("", {"plans": [CREDITS]}, "Communications Credits needs Audio Conferencing or Calling Plan as well."),
        (
            "MCOMEETADV MCOPSTNPP",
            {"seen": ["MCOMEETADV", CREDITS], "plans": [CREDITS]},
            "or take Communications Credits away too.",
        ),
        ("", {"plans": ["XYZ"]}, "XYZ is not one of the available choices"),
    ],
)
def test_what_cannot_be_is_said_with_what_comes_first(
    contoso: Organization, sign_in: SignIn, now: datetime, codes: str, sent: dict[str, list[str]], said: str
) -> None:
    ann = _person(contoso, "Ann", codes)
    before = licences.holdings(contoso, at=now)

    html = sign_in(contoso, Role.OWNER).post(_page(ann, "user_licences"), sent).content.decode()

    assert said in html
    assert licences.holdings(contoso, at=now) == before


def _asked(organization: Organization, **asked: object) -> str:
    query = {"scope": "selected", "do": "assign", "plan": CREDITS, **asked}
    parts = [f"{key}={one}" for key, value in query.items() for one in (value if isinstance(value, list) else [value])]
    return f"{_list(organization, 'bulk_licences')}?{'&'.join(parts)}"


def test_many_are_reviewed_then_changed_once(contoso: Organization, sign_in: SignIn, now: datetime) -> None:
    people = [
        _person(contoso, "Ann", "MCOMEETADV"),
        _person(contoso, "Ben", f"MCOPSTN1 {CREDITS}"),
        _person(contoso, "Cy"),
    ]
    _person(contoso, "Dan", "MCOMEETADV")
    client, page = sign_in(contoso, Role.LICENCE_ADMIN), _asked(contoso, who=[one.pk for one in people])

    review = client.get(page).content.decode()
    done = client.post(page, follow=True).content.decode()
    again = client.post(page, follow=True).content.decode()

    assert "Assign to 1 person" in review
    assert "Communications Credits needs Audio Conferencing or Calling Plan as well." in review
    assert "was assigned to 1 person. 1 person had it already. 1 person stays as before." in done
    assert "was assigned to 0 people. 2 people had it already." in again
    assert licences.holders(contoso, at=now)[CREDITS] == 2


def test_everybody_of_the_filter_is_changed_and_nobody_else(
    contoso: Organization, sign_in: SignIn, now: datetime
) -> None:
    for name in ("Ann", "Ben"):
        _person(contoso, name, f"MCOMEETADV {CREDITS}")
    _person(contoso, "Cy", f"MCOPSTN1 {CREDITS}")
    client = sign_in(contoso, Role.OWNER)

    review = client.get(_asked(contoso, scope="all", do="remove", holds="MCOMEETADV")).content.decode()
    done = client.post(_asked(contoso, scope="all", do="remove", holds="MCOMEETADV"))

    assert "Take away from 2 people" in review
    assert done.headers["Location"] == f"{_list(contoso)}?holds=MCOMEETADV"
    assert licences.holders(contoso, at=now)[CREDITS] == 1


@pytest.mark.parametrize(
    "asked", [{}, {"who": "abc"}, {"who": 1, "plan": "XYZ"}, {"who": 1, "do": "burn"}, {"scope": "all", "holds": "XYZ"}]
)
def test_a_choice_that_makes_no_sense_goes_back_to_the_list(
    contoso: Organization, sign_in: SignIn, asked: dict[str, object]
) -> None:
    answer = sign_in(contoso, Role.OWNER).post(_asked(contoso, **asked))

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(_list(contoso))
    assert not Licence.objects.exists()


def test_the_pages_speak_chinese(contoso: Organization, sign_in: SignIn) -> None:
    ann = _person(contoso, "Ann", "MCOMEETADV")
    User.objects.update(language="zh-hant")
    client = sign_in(contoso, Role.OWNER)

    for page in (_list(contoso), _page(ann), _page(ann, "user_licences"), _asked(contoso, who=ann.pk)):
        assert 'lang="zh-hant"' in client.get(page).content.decode().lower()


def test_what_is_not_sold_there_is_refused_in_a_sentence(contoso: Organization, sign_in: SignIn) -> None:
    ann = _person(contoso, "Ann", "MCOEV")
    Plan.objects.filter(code="MCOPSTN1").update(not_sold_in=contoso.country)
    client, many = sign_in(contoso, Role.LICENCE_ADMIN), _asked(contoso, who=[ann.pk], plan="MCOPSTN1")

    one = client.post(_page(ann, "user_licences"), {"plans": ["MCOEV", "MCOPSTN1"], "seen": ["MCOEV"]})
    review, done = client.get(many, follow=True), client.post(many, follow=True)

    for answer in (one, review, done):
        assert "is not sold in the country or region of your organization" in answer.content.decode()
    assert not Licence.objects.filter(plan__code="MCOPSTN1").exists()


def test_two_of_one_name_are_told_apart_before_they_change(contoso: Organization, sign_in: SignIn) -> None:
    people = [_person(contoso, "Lee Gu", "MCOMEETADV"), _person(contoso, "Lee  Gu", "MCOMEETADV")]

    html = sign_in(contoso, Role.LICENCE_ADMIN).get(_asked(contoso, who=[one.pk for one in people])).content.decode()

    assert all(person.upn in html for person in people)


def test_who_has_no_credits_license_is_told_what_becomes_of_calls(contoso: Organization, sign_in: SignIn) -> None:
    html = sign_in(contoso).get(_page(_person(contoso, "Ann"))).content.decode()

    assert "new ones are refused" in html
    assert "charged all the same" in html
