"""The steps that several walks have in common."""

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect


def assert_accessible(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def to_add_funds(page: Page) -> None:
    page.get_by_role("link", name="Subscriptions", exact=True).first.click()
    page.get_by_role("link", name="Communications Credits").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Communications Credits")
    assert_accessible(page)
    page.get_by_role("link", name="Add funds").first.click()


def order(page: Page, amount: str) -> None:
    page.get_by_text(amount, exact=True).first.click()
    page.get_by_role("button", name="Next").click()
    expect(page.locator("body")).to_contain_text("expire")
    page.get_by_role("button", name="Place order").click()


def add_card(page: Page, named: str, *, asks: bool = False) -> None:
    """Add a card on the provider's page, and confirm there when its bank asks; ends at the payment methods."""
    page.get_by_role("link", name="Payment methods").first.click()
    add_another_card(page, named)
    if asks:
        page.get_by_role("button", name="Confirm").click()
    expect(page.locator("main")).to_contain_text("was added")


def add_another_card(page: Page, named: str) -> None:
    """From the page of the payment methods."""
    page.get_by_role("button", name=re.compile("Add a (backup )?card")).first.click()
    page.get_by_label(named, exact=False).first.check()
    page.get_by_role("button", name="Save card").click()
