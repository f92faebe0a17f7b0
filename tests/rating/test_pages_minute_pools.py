"""Reports > Minute pools as people see it."""

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from subscriptions.models import Membership, Organization, Plan
from tests.rating import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

SignIn = Callable[..., Client]
NOVEMBER = date(2026, 11, 1)


def page_of(organization: Organization) -> str:
    return reverse("rating:minute_pools", args=[organization.slug])


def use(organization: Organization, used: int, *, held: int = 0, month: date = NOVEMBER) -> None:
    organization.pool_uses.create(month=month, pool="US MCOPSTN1 domestic", used=used, held=held)


@pytest.mark.parametrize("role", Membership.Role.values)
def test_every_role_sees_the_pools(contoso: Organization, sign_in: SignIn, role: str) -> None:
    cast.person(contoso, "MCOPSTN1", at="US")
    use(contoso, 2500)

    html = sign_in(contoso, role=role).get(page_of(contoso)).content.decode()

    for words in (
        "Domestic Calling Plan",
        "MCOPSTN1",
        "3,000",
        "2,500",
        "500",
        "83%",
        "Nearly used up",
        "November 2026",
    ):
        assert words in html, words
    assert "United States and Puerto Rico" in html
    assert "kept for live calls" not in html


def test_a_pool_that_is_used_up_is_said_above_the_table(contoso: Organization, sign_in: SignIn) -> None:
    cast.person(contoso, "MCOPSTN1", at="US")
    use(contoso, 3000, held=0)

    html = sign_in(contoso).get(page_of(contoso)).content.decode()

    assert "1 pool is used up." in html
    assert "Used up" in html


def test_a_month_of_which_nothing_is_used_has_no_drawing(contoso: Organization, sign_in: SignIn) -> None:
    cast.person(contoso, "MCOPSTN1", at="US")
    client = sign_in(contoso)
    assert client.get(page_of(contoso)).context["plot"] is None

    use(contoso, 0, held=3)

    assert "plot-rows" in client.get(page_of(contoso)).content.decode()


def test_minutes_kept_for_live_calls_are_said(contoso: Organization, sign_in: SignIn) -> None:
    cast.person(contoso, "MCOPSTN1", at="US")
    use(contoso, 10, held=30)

    html = sign_in(contoso).get(page_of(contoso)).content.decode()

    assert "30 kept for live calls" in html
    assert "2,960" in html


def test_another_month_is_asked_for_by_its_name(contoso: Organization, sign_in: SignIn) -> None:
    cast.person(contoso, "MCOPSTN1", at="US")
    use(contoso, 1234, month=date(2026, 10, 1))
    client = sign_in(contoso)

    assert "1,234" in client.get(page_of(contoso), {"month": "2026-10"}).content.decode()
    assert "1,234" not in client.get(page_of(contoso)).content.decode()
    for nonsense in ("2026-13", "x", "", "1999-01", "2026-12"):
        assert "Minutes in November 2026" in client.get(page_of(contoso), {"month": nonsense}).content.decode()


def test_without_minutes_the_page_says_where_they_come_from(contoso: Organization, sign_in: SignIn) -> None:
    html = sign_in(contoso).get(page_of(contoso)).content.decode()

    assert "No minutes in this month" in html
    assert reverse("subscriptions:plans", args=[contoso.slug]) in html
    assert "Export to CSV" not in html


def test_the_file_has_the_columns_of_the_page_and_no_formula(contoso: Organization, sign_in: SignIn) -> None:
    cast.person(contoso, "MCOPSTN1 MCOMEETADD_DIALOUT_US", at="US")
    Plan.objects.filter(code="MCOPSTN1").update(name="=HYPERLINK(1)")
    use(contoso, 2500, held=1)

    address = reverse("rating:minute_pools_csv", args=[contoso.slug])
    answer = sign_in(contoso).get(address, {"month": "2026-11"})

    assert answer["Content-Disposition"] == 'attachment; filename="minute-pools-contoso-2026-11.csv"'
    assert b"".join(answer).decode("utf-8-sig").splitlines() == [
        "Country or region,Capability description,Calls,Total minutes,Minutes used,Kept for live calls,"
        "Minutes available,Percent used,Capability",
        'Whole organization,"Audio Conferencing, dial-out to the United States and Canada",Conference dial-out,,0,0,,,'
        "MCOMEETADD_DIALOUT_US",
        "United States and Puerto Rico,'=HYPERLINK(1),Domestic,3000,2500,1,499,83,MCOPSTN1",
    ]


def test_the_page_asks_the_same_however_many_pools(
    contoso: Organization, sign_in: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for place in ("GB", "FR", "DE", "US", "CA"):
        cast.person(contoso, "MCOPSTN2 MCOPSTN8 MCOMEETADV", upn=f"{place}@contoso.example", at=place)
    client = sign_in(contoso)

    with django_assert_max_num_queries(10):
        answer = client.get(page_of(contoso))

    assert answer.content.count(b"<meter") == 16


def test_another_organization_does_not_exist(contoso: Organization, northwind: Organization, sign_in: SignIn) -> None:
    assert sign_in(contoso).get(page_of(northwind)).status_code == 404
