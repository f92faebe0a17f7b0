"""What people come for, each gone with a pointer, by keyboard alone, and without scripts."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Browser

from credits.models import Account, AutoRecharge, PaymentMethod
from rating import charging, intake
from subscriptions.models import Licence, Order, Organization
from tests import factories
from tests.browser.conftest import signed_in, sweep
from tests.browser.ways import Keyboard, Way
from tests.credits.desk import Desk
from tests.pages import estates
from tests.rating import cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Give = Callable[[str], PaymentMethod]


@pytest.fixture(params=["pointer", "keyboard", "no script"])
def way(request: pytest.FixtureRequest, site: str, organization: Organization, browser: Browser) -> Iterator[Way]:
    """Signed in as the owner, at the home of the organization."""
    context = browser.new_context(java_script_enabled=request.param != "no script")
    signed_in(context, site, organization)
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto(f"{site}/o/{organization.slug}/")
    yield Keyboard(page) if request.param == "keyboard" else Way(page, scripts=request.param != "no script")
    context.close()


def to_credits(way: Way) -> None:
    way.go("link", "Subscriptions", exact=True)
    way.go("link", "Communications Credits")
    way.reads_heading("Communications Credits")


def test_see_the_balance_and_what_expires(way: Way, organization: Organization) -> None:
    now = timezone.now()
    desk = Desk(organization)
    desk.promote(30, now=now, key="soon", ends=now + timedelta(days=10))
    desk.promote(70, now=now, key="late", ends=now + timedelta(days=90))
    desk.spend("12.50", now=now)

    to_credits(way)
    way.reads("$87.50")
    way.reads("$17.50")

    way.go("link", "Balance", exact=True)
    way.reads_heading("Balance")
    way.reads("$87.50")


def test_add_funds(way: Way, organization: Organization, give_card: Give) -> None:
    give_card("success")

    to_credits(way)
    way.go("link", "Add funds")
    way.write("Another amount", "75")
    way.go("button", "Next")
    way.reads("$75.00")
    way.go("button", "Place order")
    way.reads("Processing")
    sweep()
    if not way.scripts:
        way.page.reload()

    way.reads("$75.00 was added")
    assert Account.objects.get(organization=organization).balance == 75


def test_turn_auto_recharge_on_and_off_again(way: Way, organization: Organization, give_card: Give) -> None:
    give_card("success")
    Desk(organization).promote(100, now=timezone.now())

    to_credits(way)
    way.go("link", "Edit auto-recharge settings")
    way.tick("switch", "Auto-recharge")
    way.write("Recharge with", "60")
    way.write("When the balance falls below", "30")
    way.go("button", "Save")
    way.reads("in steps of $60.00")
    terms = AutoRecharge.objects.get(account=organization.account)
    assert (terms.enabled, terms.recharge_amount, terms.trigger_amount) == (True, Decimal(60), Decimal(30))

    way.go("link", "Edit auto-recharge settings")
    way.untick("switch", "Auto-recharge")
    way.go("button", "Save")
    way.go("button", "Turn off")
    way.reads("Auto-recharge is off.")
    assert not AutoRecharge.objects.get(account=organization.account).enabled


def test_change_the_payment_method(way: Way, organization: Organization, give_card: Give) -> None:
    give_card("success")
    second = give_card("success")
    PaymentMethod.objects.filter(pk=second.pk).update(brand="mastercard", last4="4444")

    way.go("link", "Payment methods")
    way.tick("radio", "Mastercard •••• 4444")
    way.go("button", "Make default")
    way.reads("Mastercard •••• 4444 is charged first from now on.")

    assert organization.account.payment_methods.chargeable().first() == second


def test_order_a_subscription_and_assign_its_licence(way: Way, organization: Organization) -> None:
    person = factories.SubscriberFactory.create(organization=organization, display_name="Adele Vance")

    way.go("link", "Add subscriptions")
    way.reads("Sample prices.")
    way.go("link", "Domestic Calling Plan", exact=True)
    way.go("link", "Buy")
    way.write("Number of licenses", "3")
    way.go("button", "Next")
    way.reads("Charged here now")
    way.go("button", "Place order")
    way.reads("were ordered")
    assert Order.objects.get().quantity == 3

    way.go("link", "Users", exact=True)
    way.go("link", "Adele Vance")
    way.go("link", "Change licenses")
    way.tick("checkbox", "Domestic Calling Plan")
    way.go("button", "Save")
    way.reads("Domestic Calling Plan")
    assert Licence.objects.filter(subscriber=person, plan__code="MCOPSTN1", removed_on=None).exists()


def test_read_usage_and_rates(way: Way, organization: Organization, tmp_path: Path) -> None:
    estates.publish_rates()
    now = timezone.now()
    cast.person(organization, "MCOPSTNPP", upn="adele@fabrikam.example")
    at = {"Start_Time": (now - timedelta(hours=3)).isoformat(), "End_Time": (now - timedelta(hours=2)).isoformat()}
    line = cast.row(1, UPN="adele@fabrikam.example", Destination_Number="+33142345678", Duration_Seconds="3600", **at)
    intake.take_file(cast.usage_file(tmp_path, [line]), organization, now=now)
    charging.charge_due(now=now)

    way.go("link", "Usage", exact=True)
    way.reads("+33142345678")
    way.go("link", "Rates", exact=True)
    way.write("Number or country", "+33142345678")
    way.go("button", "Search")

    way.reads("A call to +33142345678 costs")
