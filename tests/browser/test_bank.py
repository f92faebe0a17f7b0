"""A card whose bank asks first: the person confirms, or refuses, on the bank's own page and reads what came of it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from credits.models import Account, Payment
from subscriptions.models import Organization
from tests.browser.conftest import sweep
from tests.browser.walking import add_card, assert_accessible, order, to_add_funds

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SignIn = Callable[[Organization], None]


def to_the_bank(page: Page) -> None:
    """Add a card whose bank always asks, order $100.00 with it, and go to the bank's page."""
    add_card(page, "needs 3-D Secure each time", asks=True)
    to_add_funds(page)
    order(page, "$100.00")
    sweep()
    expect(page.locator("main")).to_contain_text("Your bank asks you to confirm", timeout=15_000)
    assert_accessible(page)
    page.get_by_role("button", name="Confirm with your bank").click()


def test_a_purchase_confirmed_with_the_bank_is_credited(
    page: Page, organization: Organization, sign_in_as: SignIn
) -> None:
    sign_in_as(organization)

    to_the_bank(page)
    before = Account.objects.get(organization=organization).balance
    page.get_by_role("button", name="Confirm").click()

    expect(page.locator("main")).to_contain_text("$100.00 was added")
    expect(page.locator("main")).to_contain_text("Confirmed with the bank")
    assert_accessible(page)
    assert before == 0
    assert Account.objects.get(organization=organization).balance == 100


def test_a_purchase_refused_at_the_bank_says_so_and_takes_nothing(
    page: Page, organization: Organization, sign_in_as: SignIn
) -> None:
    sign_in_as(organization)

    to_the_bank(page)
    page.get_by_role("button", name="Refuse").click()

    expect(page.locator("main")).to_contain_text("The bank could not confirm that it is you.")
    expect(page.locator("main")).to_contain_text("No money was taken.")
    assert_accessible(page)
    assert Payment.objects.get().state == Payment.State.FAILED
    assert Account.objects.get(organization=organization).balance == 0
