"""The auto-recharge panel: its sentence is rebuilt while one types; the pages beside it fit a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from credits.models import AutoRecharge, PaymentMethod
from subscriptions.models import Organization
from tests.browser.walking import assert_accessible

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CREDITS = "billing/subscriptions/communications-credits/"


def test_the_sentence_is_rebuilt_while_one_types(
    page: Page,
    organization: Organization,
    give_card: Callable[[str], PaymentMethod],
    sign_in_as: Callable[[Organization], None],
) -> None:
    give_card("success")
    sign_in_as(organization)

    page.goto(page.url + CREDITS)
    page.get_by_role("link", name="Edit auto-recharge settings").first.click()
    panel = page.locator(".offcanvas-body")
    sentence = panel.locator("[data-sentence]")
    expect(sentence).to_contain_text("Auto-recharge is off.")
    panel.get_by_role("switch").check()
    panel.get_by_label("At most in a week").fill("150")
    panel.get_by_label("At most in a month").fill("200.5")
    panel.get_by_label("Recharge so many days").fill("7")

    said = "in one charge. At most $150.00 a week, $200.50 a month. Also 7 days before credit expires."
    expect(sentence).to_contain_text(said, use_inner_text=True)
    panel.get_by_label("At most in a week").fill("")
    expect(sentence).to_contain_text("in one charge. At most $200.50 a month. Also 7 days", use_inner_text=True)
    assert_accessible(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_fit_a_phone_in_both_themes(
    page: Page,
    organization: Organization,
    give_card: Callable[[str], PaymentMethod],
    sign_in_as: Callable[[Organization], None],
    theme: str,
) -> None:
    give_card("success")
    AutoRecharge.objects.update(enabled=True, paused_at="2026-11-01T09:00Z")
    organization.account.levels.create(amount=100)
    sign_in_as(organization)
    page.context.add_cookies([{"name": "theme", "value": theme, "url": page.url}])
    page.set_viewport_size({"width": 320, "height": 700})
    base = page.url + CREDITS

    for address in ("auto-recharge/", "auto-recharge/why/", "levels/", "add-funds/"):
        page.goto(base + address)
        assert page.evaluate("document.documentElement.scrollWidth") == 320
        assert_accessible(page)
