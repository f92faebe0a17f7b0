"""An automatic charge is declined; its mail leads to the payment methods, where another card mends it."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from credits import accounts, ledger
from credits.models import Account, AutoRecharge, Lot, PaymentMethod, Recharge
from subscriptions.models import Organization
from tests.browser.conftest import sweep
from tests.browser.walking import add_another_card, assert_accessible

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def _demo_mail(settings: Any, tmp_path: Path) -> None:
    """Mail goes into files, which the demo's own page shows."""
    settings.DEMO = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")


def run_low(account: Account) -> None:
    """Auto-recharge on, and $15.00 left of $25.00."""
    now = timezone.now()
    AutoRecharge.objects.filter(account=account).update(enabled=True)
    with accounts.changing(account.pk, now=now) as locked:
        ledger.grant(locked, kind=Lot.Kind.PROMOTION, amount=Decimal(25), key="gift", why="Gift", now=now)
    with accounts.changing(account.pk, now=now) as locked:
        ledger.debit(locked, [ledger.Charge("call", 10_000_000, "call")], now=now)


@pytest.mark.usefixtures("_demo_mail")
def test_a_declined_recharge_is_mended_from_its_mail(
    page: Page,
    site: str,
    organization: Organization,
    give_card: Callable[[str], PaymentMethod],
    sign_in_as: Callable[[Organization], None],
) -> None:
    give_card("insufficient_funds")
    run_low(organization.account)
    sweep()
    sign_in_as(organization)

    page.goto(f"{site}/demo/mail/")
    page.get_by_role("link", name="auto-recharge failed").first.click()
    expect(page.locator("main")).to_contain_text("The card has insufficient funds.")
    with page.expect_popup() as opened:
        page.frame_locator("iframe").get_by_role("link", name="Change the payment method").click()
    mended = opened.value
    add_another_card(mended, "Mastercard •••• 4444")
    expect(mended.locator("main")).to_contain_text("was added")
    assert_accessible(mended)
    sweep()

    mended.goto(f"{site}/o/{organization.slug}/billing/subscriptions/communications-credits/auto-recharge/why/")
    expect(mended.locator("main")).to_contain_text("The card was charged")
    assert_accessible(mended)
    mended.get_by_role("link", name="Payment of $50.00, Mastercard •••• 4444").first.click()
    expect(mended.locator("main")).to_contain_text("$50.00 was added")
    assert Account.objects.get(organization=organization).balance == 65
    assert [each.state for each in Recharge.objects.order_by("pk")] == ["failed", "succeeded"]
