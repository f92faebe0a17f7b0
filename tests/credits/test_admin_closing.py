"""A payment that waits for a person: the provider is asked once more, and what does not fit is ended by hand."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from credits import pauses, payments, recharges, reconciliation
from credits.models import Account, AutoRecharge, Difference, Payment
from notifications.models import Notice
from subscriptions.models import Activity, Organization, User
from tests import fakes
from tests.credits.booking import fund, spend
from tests.credits.charges import balance, buy, sweep
from tests.factories import MethodFactory, UserFactory
from tests.fakes import FakeGateway

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
OTHER = {"minor": 4000}


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    return fakes.install(monkeypatch)


@pytest.fixture
def person() -> User:
    return UserFactory.create(is_staff=True, is_superuser=True)


@pytest.fixture
def staff(client: Client, person: User, now: datetime, frozen: time_machine.Traveller) -> Client:
    """On the day after."""
    frozen.move_to(now + DAY, tick=False)
    client.force_login(person)
    return client


@pytest.fixture
def payment(provider: FakeGateway, fabrikam: Organization, person: User, now: datetime) -> Payment:
    MethodFactory.create(account=fabrikam.account)
    return buy(fabrikam.account, "50", actor=person, now=now)


def page(payment: Payment) -> str:
    return reverse("admin:credits_payment_close", args=[payment.pk])


def unanswered(payment: Payment, provider: FakeGateway, *, now: datetime) -> None:
    provider.script(fakes.LOST)
    sweep(now)
    sweep(now + DAY)


def doubtful(payment: Payment, provider: FakeGateway, *, now: datetime, **differs: Any) -> None:
    """The provider's answer differs from our record."""
    provider.charges[str(payment.key)] = replace(provider.charge(payments.order_of(payment)), **differs)
    sweep(now)


def end(staff: Client, payment: Payment, **more: str) -> str:
    return staff.post(page(payment), {"note": "Asked them", **more}, follow=True).content.decode()


def test_what_nobody_answered_is_closed_with_a_note_once(
    staff: Client, person: User, payment: Payment, provider: FakeGateway, now: datetime
) -> None:
    unanswered(payment, provider, now=now)

    change = staff.get(reverse("admin:credits_payment_change", args=[payment.pk])).content.decode()
    refused = staff.post(page(payment), {"note": ""}).content.decode()
    first, again = end(staff, payment), end(staff, payment)

    payment.refresh_from_db()
    assert page(payment) in change
    assert "This field is required." in refused
    assert "The payment is closed" in first
    assert page(payment) not in first
    assert "This payment has its answer" in again
    assert (payment.state, payment.error_code) == ("failed", "unanswered")
    line = Activity.objects.get(action="payment.given_up")
    assert (line.actor, line.facts["why"]) == (person, "Asked them")
    assert "now failed: Asked them" in LogEntry.objects.get().change_message


def test_what_did_arrive_after_all_is_counted(
    staff: Client, payment: Payment, provider: FakeGateway, now: datetime
) -> None:
    unanswered(payment, provider, now=now)
    provider.charge(payments.order_of(payment))

    assert "the payment has succeeded" in end(staff, payment)

    assert balance(payment.account) == 50


def test_without_the_provider_nothing_is_ended(
    staff: Client, payment: Payment, provider: FakeGateway, now: datetime
) -> None:
    unanswered(payment, provider, now=now)
    provider.reachable = False

    assert "can&#x27;t be reached" in end(staff, payment, confirmed="yes")

    payment.refresh_from_db()
    assert payment.state == "unknown"


def test_another_amount_is_shown_then_ended_and_stays_a_difference(
    staff: Client, payment: Payment, provider: FakeGateway, now: datetime
) -> None:
    doubtful(payment, provider, now=now, **OTHER)

    shown = end(staff, payment)
    payment.refresh_from_db()
    waiting = payment.state
    end(staff, payment, confirmed="yes")

    payment.refresh_from_db()
    found = Difference.objects.get(settled_at=None)
    assert "The provider's: $40.00" in shown
    assert 'name="confirmed"' in shown
    assert (waiting, payment.state, payment.error_code, balance(payment.account)) == (
        "unknown",
        "failed",
        "mismatch",
        0,
    )
    assert (found.payment, found.ours, found.theirs, found.why) == (payment, 50, 40, "amount or currency differ")
    assert Activity.objects.get(action="payment.closed").facts["why"] == "Asked them"


def test_the_reconciliation_sees_the_same_matter(
    staff: Client, payment: Payment, provider: FakeGateway, now: datetime
) -> None:
    doubtful(payment, provider, now=now, customer="cus_of_another")
    end(staff, payment, confirmed="yes")

    reconciliation.run(since=now - DAY, now=now + 2 * DAY)

    payment.refresh_from_db()
    assert payment.state == "failed"
    assert Difference.objects.get().settled_at is None


@pytest.mark.parametrize("state", ["failed", "canceled"])
def test_where_they_took_nothing_no_difference_is_left(
    staff: Client, payment: Payment, provider: FakeGateway, now: datetime, state: str
) -> None:
    doubtful(payment, provider, now=now, **OTHER, state=state)

    assert "The provider took no money" in end(staff, payment)
    end(staff, payment, confirmed="yes")

    payment.refresh_from_db()
    assert (payment.state, Difference.objects.count()) == ("failed", 0)


@pytest.mark.parametrize("state", ["processing", "requires_action"])
def test_what_may_still_take_money_is_not_ended(
    staff: Client, payment: Payment, provider: FakeGateway, now: datetime, state: str
) -> None:
    doubtful(payment, provider, now=now, **OTHER, state=state)

    answers = [end(staff, payment), end(staff, payment, confirmed="yes")]

    payment.refresh_from_db()
    assert all("It may still take money" in answer and 'name="confirmed"' not in answer for answer in answers)
    assert payment.state == "unknown"


def test_what_the_program_still_looks_for_is_left_to_it(staff: Client, payment: Payment) -> None:
    assert "still looks for it by itself" in end(staff, payment, confirmed="yes")

    payment.refresh_from_db()
    assert payment.state == "pending"


@pytest.mark.parametrize("rights", [[], ["view_payment", "add_refund", "change_difference"]])
def test_who_may_only_look_ends_nothing(
    client: Client, payment: Payment, provider: FakeGateway, now: datetime, rights: list[str]
) -> None:
    unanswered(payment, provider, now=now)
    looker = UserFactory.create(is_staff=True)
    looker.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(looker)

    assert client.get(page(payment)).status_code == 403
    assert client.post(page(payment), {"note": "x", "confirmed": "yes"}).status_code == 403


@pytest.mark.parametrize(("state", "why"), [("succeeded", "mismatch"), ("failed", "")], ids=str)
def test_a_card_that_has_paid_something_is_the_last_of_its_round(
    contoso: Organization, person: User, provider: FakeGateway, now: datetime, state: str, why: str
) -> None:
    MethodFactory.create(account=contoso.account, brand="mastercard", last4="4444", position=1)
    fund(contoso.account, "25")
    spend(contoso.account, 1000)
    recharges.begin_due(now=now)
    payment = Payment.objects.get()
    doubtful(payment, provider, now=now, state=state, **OTHER)

    payments.close_despite(payment, actor=person, note="Asked them", now=now + DAY)
    sweep(now + DAY)

    terms = AutoRecharge.objects.get(account=contoso.account)
    halted = state == "succeeded"
    assert {order.method for order in provider.orders} == (
        {payment.method.provider_ref}
        if halted
        else set(contoso.account.payment_methods.values_list("provider_ref", flat=True))
    )
    assert (terms.paused_at is not None, pauses.cause(Account.objects.get(pk=contoso.account.pk))) == (halted, why)
    assert Notice.objects.filter(kind=Notice.Kind.RECHARGE_PAUSED).count() == halted
