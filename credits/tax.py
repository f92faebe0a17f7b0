"""The tax on credit: dated rates per country, part of the price in some and added to it elsewhere.

The rates are what the countries charge on telecommunications services sold to businesses, with the day from which each
holds. Countries that tax such services by region or by a rate of their own are left out. Without a row nothing is
added; staff may add rows and change them (decision: money, "tax").
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from django.apps import apps as living_apps
from django.apps.registry import Apps

from credits.models import TaxRate
from subscriptions import money
from subscriptions.models import Organization

VAT: Final = "VAT"
GST: Final = "GST"

#: Country, name, and percent from a day on. The table only grows: whoever changes it adds a migration that seeds again.
RATES: Final[tuple[tuple[str, str, dict[str, str]], ...]] = (
    ("AE", VAT, {"2018-01-01": "5"}),
    ("AT", VAT, {"1984-01-01": "20"}),
    ("AU", GST, {"2000-07-01": "10"}),
    ("BE", VAT, {"1996-01-01": "21"}),
    ("BG", VAT, {"1999-01-01": "20"}),
    ("BH", VAT, {"2019-01-01": "5", "2022-01-01": "10"}),
    ("CH", VAT, {"2018-01-01": "7.7", "2024-01-01": "8.1"}),
    ("CL", VAT, {"2003-10-01": "19"}),
    ("CY", VAT, {"2014-01-13": "19"}),
    ("CZ", VAT, {"2013-01-01": "21"}),
    ("DE", VAT, {"2007-01-01": "19", "2020-07-01": "16", "2021-01-01": "19"}),
    ("DK", VAT, {"1992-01-01": "25"}),
    ("EE", VAT, {"2009-07-01": "20", "2024-01-01": "22", "2025-07-01": "24"}),
    ("ES", VAT, {"2012-09-01": "21"}),
    ("FI", VAT, {"2013-01-01": "24", "2024-09-01": "25.5"}),
    ("FR", VAT, {"2014-01-01": "20"}),
    ("GB", VAT, {"2010-01-01": "17.5", "2011-01-04": "20"}),
    ("GR", VAT, {"2016-06-01": "24"}),
    ("HR", VAT, {"2012-03-01": "25"}),
    ("HU", VAT, {"2012-01-01": "27"}),
    ("IE", VAT, {"2012-01-01": "23", "2020-09-01": "21", "2021-03-01": "23"}),
    ("IL", VAT, {"2015-10-01": "17", "2025-01-01": "18"}),
    ("IN", GST, {"2017-07-01": "18"}),
    ("IT", VAT, {"2013-10-01": "22"}),
    ("JP", "Consumption tax", {"2014-04-01": "8", "2019-10-01": "10"}),
    ("KR", VAT, {"1977-07-01": "10"}),
    ("LT", VAT, {"2009-09-01": "21"}),
    ("LU", VAT, {"2015-01-01": "17", "2023-01-01": "16", "2024-01-01": "17"}),
    ("LV", VAT, {"2012-07-01": "21"}),
    ("MT", VAT, {"2004-01-01": "18"}),
    ("NL", VAT, {"2012-10-01": "21"}),
    ("NO", VAT, {"2005-01-01": "25"}),
    ("NZ", GST, {"2010-10-01": "15"}),
    ("OM", VAT, {"2021-04-16": "5"}),
    ("PL", VAT, {"2011-01-01": "23"}),
    ("PT", VAT, {"2011-01-01": "23"}),
    ("RO", VAT, {"2017-01-01": "19", "2025-08-01": "21"}),
    ("SA", VAT, {"2018-01-01": "5", "2020-07-01": "15"}),
    ("SE", VAT, {"1990-07-01": "25"}),
    ("SG", GST, {"2007-07-01": "7", "2023-01-01": "8", "2024-01-01": "9"}),
    ("SI", VAT, {"2013-07-01": "22"}),
    ("SK", VAT, {"2011-01-01": "20", "2025-01-01": "23"}),
    ("TH", VAT, {"1999-04-01": "7"}),
    ("TW", VAT, {"1986-04-01": "5"}),
    ("ZA", VAT, {"1993-04-07": "14", "2018-04-01": "15"}),
)
#: Where the price is what one pays, whatever taxes and fees are in it; no rate is published for them.
INCLUDED: Final = ("PR", "US")
_EVER: Final = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Tax:
    """The tax on one purchase: its name and rate, if the price includes it, and what is charged on top of the price."""

    name: str
    percent: Decimal
    included: bool
    added: Decimal


def of(organization: Organization, amount: Decimal, *, now: datetime) -> Tax:
    """The tax on so much credit bought now: by the rate of the organization's country on its own day.

    `added` is rounded half up to the currency's smallest unit; nothing is added where the price includes the tax.
    """
    today = now.astimezone(organization.zone).date()
    rate = TaxRate.objects.filter(country=organization.country, since__lte=today).order_by("-since").first()
    if rate is None:
        return Tax("", Decimal(0), included=False, added=Decimal(0))
    added = Decimal(0) if rate.included else on(amount, rate.percent, organization.currency)
    return Tax(rate.name, rate.percent, included=rate.included, added=added)


def on(amount: Decimal, percent: Decimal, currency: str) -> Decimal:
    """So many percent of the amount, half up to the currency's smallest unit."""
    return _rounded(amount * percent / 100, currency)


def within(amount: Decimal, percent: Decimal, currency: str) -> Decimal:
    """The tax that is part of the amount, half up to the currency's smallest unit."""
    return _rounded(amount * percent / (100 + percent), currency)


def _rounded(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-money.places(currency)), rounding=ROUND_HALF_UP)


def seed(apps: Apps = living_apps) -> None:
    """Write the rates that are missing; rows that are there stay as they are. Twice is the same as once."""
    model = apps.get_model("credits", "TaxRate")
    added = [
        model(country=country, name=name, since=date.fromisoformat(since), percent=Decimal(percent))
        for country, name, days in RATES
        for since, percent in days.items()
    ]
    included = [
        model(country=country, name="Tax", since=_EVER, percent=Decimal(0), included=True) for country in INCLUDED
    ]
    model.objects.bulk_create([*added, *included], ignore_conflicts=True)
