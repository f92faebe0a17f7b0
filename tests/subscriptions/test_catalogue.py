"""The sample catalogue as the migration leaves it."""

from datetime import date

import pytest
from django.db.models import Model
from django.utils import translation

from subscriptions import catalogue, entitlements
from subscriptions.models import Plan, PlanMinutes, PlanPrice

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 2)


def _minutes(code: str, place: str) -> tuple[int, int, int]:
    in_force = {row.usage_location: row for row in PlanMinutes.objects.in_force(on=TODAY).filter(plan__code=code)}
    row = in_force.get(place, in_force.get(""))
    return (row.domestic, row.international, row.conference) if row else (0, 0, 0)


@pytest.mark.parametrize(
    ("code", "place", "minutes"),
    [
        ("MCOPSTN1", "US", (3000, 0, 0)),
        ("MCOPSTN1", "PR", (3000, 0, 0)),
        ("MCOPSTN1", "CA", (3000, 0, 0)),
        ("MCOPSTN1", "GB", (1200, 0, 0)),
        ("MCOPSTN2", "US", (3000, 600, 0)),
        ("MCOPSTN2", "DE", (1200, 600, 0)),
        ("MCOPSTN9", "CA", (3000, 600, 0)),
        ("MCOPSTN9", "FR", (1200, 600, 0)),
        ("MCOPSTN5", "GB", (120, 0, 0)),
        ("MCOPSTN6", "US", (240, 0, 0)),
        ("MCOPSTN8", "US", (120, 0, 0)),
        ("MCOPSTN_PAYG_1", "US", (0, 0, 0)),
        ("MCOPSTN_PAYG_2", "DE", (0, 0, 0)),
        ("MCOTEAMS_ESSENTIALS", "US", (3000, 0, 0)),
        ("MCOMEETADV", "TW", (0, 0, 60)),
        ("MCOMEETADD", "US", (0, 0, 60)),
        ("MCOMEETACPEA", "US", (0, 0, 0)),
        ("MCOMEETADD_DIALOUT_US", "US", (0, 0, 0)),
        ("MCOEV", "US", (0, 0, 0)),
        ("MCOPSTNPP", "US", (0, 0, 0)),
    ],
)
def test_a_plan_brings_the_minutes_of_the_trade(code: str, place: str, minutes: tuple[int, int, int]) -> None:
    assert Plan.objects.filter(code=code).exists()
    assert _minutes(code, place) == minutes


def test_only_the_plan_for_one_person_and_the_dial_out_add_on_are_not_pooled() -> None:
    codes = {product.code for product in catalogue.PRODUCTS if not product.pooled}

    assert codes == {"MCOPSTN8", "MCOMEETADD_DIALOUT_US"}


def test_every_plan_has_a_sample_price_and_words_in_both_languages() -> None:
    for plan in Plan.objects.prefetch_related("prices"):
        with translation.override("zh-hant"):
            chinese = (plan.title, plan.description)
        with translation.override("en"):
            english = (plan.title, plan.description)

        assert all((*english, *chinese)), plan.code
        assert not set(english) & set(chinese), plan.code
        assert [price.currency for price in plan.prices.all()] == ["USD"]
        assert plan.category in Plan.Category.values


def test_the_rules_and_the_catalogue_know_the_same_codes() -> None:
    ruled = frozenset[str]().union(*entitlements.BRINGS.values())

    assert ruled == {product.code for product in catalogue.PRODUCTS}


def test_seeding_again_changes_nothing_and_keeps_what_an_operator_changed() -> None:
    models: tuple[type[Model], ...] = (Plan, PlanPrice, PlanMinutes)
    Plan.objects.filter(code="MCOPSTN1").update(name="Our own name")
    before = [model._default_manager.count() for model in models]

    catalogue.seed()

    assert [model._default_manager.count() for model in models] == before
    assert Plan.objects.get(code="MCOPSTN1").name == "Our own name"


def test_an_older_model_gets_only_the_columns_it_has() -> None:
    catalogue._add_missing(Plan, [{"code": "NEW", "name": "New", "category": "credits", "not_a_column": 1}])

    assert Plan.objects.get(code="NEW").name == "New"
