"""Where the plans of the sample catalogue are sold."""

import pytest

from subscriptions import catalogue, markets
from subscriptions.models import Plan

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("code", "sold", "refused"),
    [
        ("MCOPSTNPP", "US GB HK", "BH CN IN KZ MK NI PK RU KR TW UA"),
        ("MCOPSTN1", "US PR CA GB MX HK", "TW JP AU GR"),
        ("MCOPSTN_PAYG_1", "US PR CA GB", "DE FR TW"),
        ("MCOPSTN_PAYG_2", "DE FR HK ZA", "US GB MX TW"),
        ("MCOMEETADV", "TW RU KR US", ""),
        ("MCOMEETACPEA", "US DE", "TW"),
        ("MCOEV", "TW US", ""),
    ],
)
def test_a_plan_is_sold_where_the_trade_says(code: str, sold: str, refused: str) -> None:
    plan = Plan.objects.get(code=code)

    assert [place for place in sold.split() if not plan.is_sold_in(place)] == []
    assert [place for place in refused.split() if plan.is_sold_in(place)] == []


def test_eleven_countries_have_no_credits() -> None:
    assert len(markets.NO_CREDITS) == 11
    assert markets.NO_CREDITS <= markets.NO_CALLING_PLANS
    assert len(markets.CALLING) == 35


def test_what_an_operator_wrote_stays() -> None:
    Plan.objects.filter(code="MCOPSTN1").update(not_sold_in="FR")
    Plan.objects.filter(code="MCOPSTN2").update(not_sold_in="")

    catalogue.say_where()

    assert Plan.objects.get(code="MCOPSTN1").not_sold_in == "FR"
    assert not Plan.objects.get(code="MCOPSTN2").is_sold_in("TW")
