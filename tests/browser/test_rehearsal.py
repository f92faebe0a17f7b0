"""Rehearse terms with real usage, see them in both themes and on a phone, and take them to the settings."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from credits.models import PaymentMethod
from subscriptions.models import Organization
from tests.credits.desk import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAY = timedelta(days=1)


def live(organization: Organization) -> None:
    """Two months of working days and one bad night."""
    now, desk = timezone.now(), Desk(organization)
    desk.promote(250, now=now - 60 * DAY, ends=now + 20 * DAY)
    for day in range(59, 0, -1):
        at = now - day * DAY
        if at.weekday() < 5 or day == 12:
            desk.spend("3.40", "2.1", "38" if day == 12 else "1.05", now=at, key=f"day {day}")
    desk.promote(90, now=now - timedelta(hours=2), key="late", ends=now + 40 * DAY)


def sound(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_terms_are_rehearsed_and_taken_to_the_settings(
    page: Page,
    organization: Organization,
    give_card: Callable[[str], PaymentMethod],
    sign_in_as: Callable[[Organization], Any],
) -> None:
    give_card("success")
    live(organization)
    sign_in_as(organization)

    page.goto(page.url + "billing/subscriptions/communications-credits/")
    expect(page.locator("main")).to_contain_text("Forecast")
    sound(page)
    page.get_by_role("link", name="Rehearse auto-recharge").click()
    page.get_by_label("When the balance falls below").fill("60")
    page.get_by_role("button", name="Rehearse").click()
    expect(page.get_by_role("img", name="Balance under these terms")).to_be_visible()
    sound(page)
    page.get_by_role("link", name="Use these terms").first.click()

    expect(page.locator(".offcanvas-body").get_by_label("When the balance falls below")).to_have_value("60.00")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_a_phone_in_both_themes(
    page: Page, organization: Organization, sign_in_as: Callable[[Organization], Any], theme: str
) -> None:
    live(organization)
    sign_in_as(organization)
    page.context.add_cookies([{"name": "theme", "value": theme, "url": page.url}])
    page.set_viewport_size({"width": 320, "height": 700})

    page.goto(page.url + "billing/subscriptions/communications-credits/rehearsal/?days=90&recharge_amount=50"
              "&trigger_amount=60&monthly_cap=100")  # fmt: skip

    sound(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
