"""Sign-in > Subscriptions > Communications Credits > Add funds > result, as a person does it; and a declined card."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from credits.models import Account, Payment, PaymentMethod
from subscriptions.models import Organization
from tests.browser.conftest import sweep
from tests.browser.walking import assert_accessible, order, to_add_funds
from tests.config.provider import Sandbox

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_funds_are_added_with_a_card_that_works(
    page: Page,
    organization: Organization,
    give_card: Callable[[str], PaymentMethod],
    sign_in_as: Callable[[Organization], None],
) -> None:
    give_card("success")
    sign_in_as(organization)

    to_add_funds(page)
    order(page, "$100.00")
    expect(page.locator("main")).to_contain_text("Processing")
    sweep()
    expect(page.locator("main")).to_contain_text("$100.00 was added", timeout=15_000)
    assert_accessible(page)
    page.reload()
    page.get_by_role("link", name="Communications Credits").first.click()

    expect(page.locator("main")).to_contain_text("$100.00")
    assert Payment.objects.get().state == Payment.State.SUCCEEDED
    assert Account.objects.get(organization=organization).balance == 100


def test_a_declined_card_says_why_and_keeps_the_amount(
    page: Page,
    organization: Organization,
    give_card: Callable[[str], PaymentMethod],
    sign_in_as: Callable[[Organization], None],
) -> None:
    give_card("insufficient_funds")
    sign_in_as(organization)

    to_add_funds(page)
    order(page, "$250.00")
    sweep()

    expect(page.locator("main")).to_contain_text("The card has insufficient funds. No money was taken.", timeout=15_000)
    assert_accessible(page)
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_label("$250.00")).to_be_checked()
    assert Account.objects.get(organization=organization).balance == 0


def test_a_card_is_added_on_the_providers_page(
    page: Page, site: str, organization: Organization, sandbox: Sandbox, sign_in_as: Callable[[Organization], None]
) -> None:
    sign_in_as(organization)

    page.get_by_role("link", name="Payment methods").first.click()
    page.get_by_role("button", name="Add a card").first.click()
    page.get_by_label("always succeeds").first.check()
    page.get_by_role("button", name="Save card").click()

    expect(page.locator("main")).to_contain_text("4242")
    assert PaymentMethod.objects.get().last4 == "4242"
