"""The balance card renews itself while it is seen: a change is said once, and nothing is asked for out of sight."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from subscriptions.models import Organization
from tests.browser.walking import assert_accessible
from tests.credits.booking import fund, spend

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CREDITS = "billing/subscriptions/communications-credits/"
_HIDE = "hidden => Object.defineProperty(document, 'hidden', {value: hidden, configurable: true})"


def answers(page: Page) -> list[int]:
    """What the card is answered from now on."""
    found: list[int] = []
    page.on("response", lambda answer: found.append(answer.status) if "balance-news" in answer.url else None)
    return found


def pass_by(page: Page, seconds: int) -> None:
    page.clock.run_for(seconds * 1000)
    page.wait_for_load_state("networkidle")


def test_a_change_is_shown_and_said_once(
    page: Page, organization: Organization, sign_in_as: Callable[[Organization], None]
) -> None:
    fund(organization.account, "50")
    page.clock.install()
    sign_in_as(organization)
    page.goto(page.url + CREDITS)
    card, said = page.locator("#balance-card"), page.locator("#balance-news")
    news = answers(page)

    with page.expect_response("**/balance-news/**"):
        page.clock.run_for(15_000)
    expect(said).to_be_empty()
    spend(organization.account, 180)
    with page.expect_response("**/balance-news/**"):
        page.clock.run_for(15_000)

    expect(said).to_have_text("The balance is now $48.20.")
    expect(card.locator(".figure-value").first).to_contain_text("$48.20")
    assert news == [204, 200]
    assert_accessible(page)


def test_nothing_is_asked_for_out_of_sight(
    page: Page, organization: Organization, sign_in_as: Callable[[Organization], None]
) -> None:
    fund(organization.account, "50")
    page.clock.install()
    sign_in_as(organization)
    page.goto(page.url + CREDITS)
    news = answers(page)

    page.evaluate(_HIDE, True)
    pass_by(page, 60)
    unseen = len(news)
    page.evaluate(_HIDE, False)
    with page.expect_response("**/balance-news/**"):
        page.clock.run_for(15_000)

    assert unseen == 0
