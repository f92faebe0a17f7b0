"""The tax on credit: which rate holds where and when, and how it is rounded. The table is docs/rounding.md's."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings

from credits import tax
from credits.models import TaxRate
from subscriptions.models import Organization
from tests.factories import OrganizationFactory

ROUNDING = (Path(settings.BASE_DIR) / "docs/rounding.md").read_text()
ROWS = re.findall(r"^\| ([\d.]+) \| ([A-Z]{3}) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", ROUNDING, re.MULTILINE)


@pytest.fixture
def _rates(db: None) -> None:
    tax.seed()


def organization(country: str, zone: str = "UTC") -> Organization:
    return OrganizationFactory.create(slug=f"in-{country.lower()}", country=country, time_zone=zone, currency="EUR")


def test_the_page_about_rounding_has_its_table_of_taxes() -> None:
    assert len(ROWS) == 7


@pytest.mark.parametrize(("amount", "currency", "percent", "added", "included"), ROWS)
def test_tax_is_rounded_half_up_to_the_smallest_unit(
    amount: str, currency: str, percent: str, added: str, included: str
) -> None:
    on_top = tax.on(Decimal(amount), Decimal(percent), currency)
    part = tax.within(Decimal(amount), Decimal(percent), currency)

    assert (str(on_top), str(part)) == (added, included)


@pytest.mark.usefixtures("_rates")
@pytest.mark.parametrize("country", ["US", "PR"])
def test_prices_include_the_tax_in_the_united_states_and_puerto_rico(country: str, now: datetime) -> None:
    found = tax.of(organization(country), Decimal(50), now=now)

    assert found == tax.Tax("Tax", Decimal(0), included=True, added=Decimal(0))


@pytest.mark.usefixtures("_rates")
def test_elsewhere_the_tax_is_added(now: datetime) -> None:
    found = tax.of(organization("DE"), Decimal(50), now=now)

    assert found == tax.Tax("VAT", Decimal(19), included=False, added=Decimal("9.50"))


@pytest.mark.usefixtures("_rates")
def test_nothing_is_added_where_no_rate_is_known(now: datetime) -> None:
    found = tax.of(organization("AQ"), Decimal(50), now=now)

    assert found == tax.Tax("", Decimal(0), included=False, added=Decimal(0))


@pytest.mark.usefixtures("_rates")
@pytest.mark.parametrize(
    ("at", "percent"),
    [
        (datetime(2020, 6, 30, 21, 59, tzinfo=UTC), 19),
        (datetime(2020, 6, 30, 22, 0, tzinfo=UTC), 16),
        (datetime(2020, 12, 31, 22, 59, tzinfo=UTC), 16),
        (datetime(2020, 12, 31, 23, 0, tzinfo=UTC), 19),
    ],
)
def test_a_rate_holds_from_its_day_on_in_the_organizations_zone(at: datetime, percent: int) -> None:
    found = tax.of(organization("DE", "Europe/Berlin"), Decimal(50), now=at)

    assert found.percent == percent


@pytest.mark.django_db
def test_before_the_first_day_of_a_rate_nothing_is_added() -> None:
    TaxRate.objects.update_or_create(
        country="XA", since=datetime(2026, 1, 1, tzinfo=UTC).date(), defaults={"name": "VAT", "percent": 10}
    )

    found = tax.of(organization("XA"), Decimal(50), now=datetime(2025, 12, 31, 23, 59, tzinfo=UTC))

    assert found.added == 0


@pytest.mark.usefixtures("_rates")
def test_seeding_again_changes_nothing_that_staff_changed() -> None:
    TaxRate.objects.filter(country="TW").update(percent=Decimal(6))
    before = TaxRate.objects.count()

    tax.seed()

    assert TaxRate.objects.count() == before
    assert TaxRate.objects.get(country="TW").percent == 6
