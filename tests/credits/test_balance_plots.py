"""Days of an account as drawings, and in a sentence for those who do not see them."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from credits import balance_plots
from credits.balance_history import Day
from subscriptions.models import Organization

pytestmark = pytest.mark.django_db
FIRST = date(2026, 8, 1)


def days(count: int, **moved: Decimal) -> list[Day]:
    """Days that are alike."""
    return [Day(FIRST + timedelta(days=turn), Decimal(100 - turn % 9), **moved) for turn in range(count)]


def test_the_summary_says_first_last_and_lowest(contoso: Organization) -> None:
    said = balance_plots.summary(contoso.account, days(10, used=Decimal(1)))

    assert said == (
        "From 1 August 2026 to 10 August 2026 the balance went from $101.00 to $100.00. "
        "It was lowest on 9 August 2026: $92.00."
    )


def test_what_came_in_and_what_expired_is_marked_by_its_day(contoso: Organization) -> None:
    drawn = balance_plots.by_day(
        contoso.account, [*days(2), Day(date(2026, 8, 3), Decimal(9), added=Decimal(50), expired=Decimal(2))]
    )

    assert "<title>$50.00 added, 3 August 2026</title>" in drawn
    assert "<title>$2.00 expired, 3 August 2026</title>" in drawn


def test_a_year_of_daily_recharges_has_no_more_marks_than_can_be_told_apart(contoso: Organization) -> None:
    drawn = balance_plots.by_day(contoso.account, days(365, added=Decimal(10), used=Decimal(10)))

    assert drawn.split("</svg>")[0].count('class="plot-mark') <= 91
    assert "<title>$50.00 added, 1 August 2026 – 5 August 2026</title>" in drawn
    assert len(drawn) < 30_000


@pytest.mark.parametrize("count", [1, 2, 30])
def test_a_small_line_is_described_in_full(contoso: Organization, count: int) -> None:
    drawn = balance_plots.spark(contoso.account, days(count))

    assert balance_plots.summary(contoso.account, days(count)) in drawn
    assert 'id="balance-spark-title"' in drawn
