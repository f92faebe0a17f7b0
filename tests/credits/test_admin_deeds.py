"""What staff do in the back office: refund, settle a difference, release a brake; by right, with a reason, once."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from credits import disputes, refunds
from credits.models import Account, Brake, Difference, Payment, Refund
from subscriptions.models import Organization, User
from tests import factories, fakes
from tests.credits.booking import charged
from tests.credits.together import at_once, calm
from tests.factories import NOW, MethodFactory, UserFactory
from tests.fakes import FakeGateway

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
WORKERS = 20


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    return fakes.install(monkeypatch)


@pytest.fixture
def person() -> User:
    return UserFactory.create(is_staff=True, is_superuser=True)


@pytest.fixture
def staff(client: Client, person: User) -> Client:
    client.force_login(person)
    return client


@pytest.fixture
def payment(provider: FakeGateway, fabrikam: Organization) -> Payment:
    MethodFactory.create(account=fabrikam.account)
    return charged(fabrikam.account)


def page(payment: Payment) -> str:
    return reverse("admin:credits_payment_refund", args=[payment.pk])


def wanted(amount: str = "20", **more: str) -> dict[str, str]:
    return {"amount": amount, "why": "Bought twice", "ticket": "T-7", "key": str(uuid4()), **more}


def test_a_refund_is_said_seen_and_confirmed(staff: Client, person: User, payment: Payment) -> None:
    said = wanted()
    form = staff.get(page(payment)).content.decode()
    seen = staff.post(page(payment), said).content.decode()
    nothing_yet = not Refund.objects.exists()

    staff.post(page(payment), {**said, "confirmed": "yes"})
    refunds.refund_due(now=NOW)

    assert "Up to $50.00 can go back to Visa •••• 4242" in form
    assert nothing_yet
    assert "Refund $20.00 to Fabrikam?" in seen
    assert "Reason: Bought twice (T-7)" in seen
    refund = Refund.objects.get()
    assert (refund.state, refund.amount, refund.why, refund.asked_by) == ("succeeded", 20, "Bought twice (T-7)", person)
    assert f"Refund {refund.key} of 20" in LogEntry.objects.get().change_message


def test_the_link_is_there_for_a_payment_that_has_succeeded(staff: Client, payment: Payment) -> None:
    change = reverse("admin:credits_payment_change", args=[payment.pk])

    assert page(payment) in staff.get(change).content.decode()
    Payment.objects.filter(pk=payment.pk).update(state="failed")
    assert page(payment) not in staff.get(change).content.decode()
    assert staff.get(page(payment)).status_code == 404
    Payment.objects.filter(pk=payment.pk).update(state="succeeded")


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"amount": "50.01"}, "Only $50.00 of this payment is left"),
        ({"amount": "0"}, "greater than or equal to 0.01"),
        ({"amount": "1.005"}, "no more than 2 decimal places"),
        ({"amount": "NaN"}, "Enter a number."),
        ({"why": ""}, "This field is required."),
        ({"key": "x"}, ""),
    ],
)
@pytest.mark.parametrize("confirmed", [{}, {"confirmed": "yes"}])
def test_what_cannot_be_refunded_is_refused(
    staff: Client, payment: Payment, more: dict[str, str], why: str, confirmed: dict[str, str]
) -> None:
    answer = staff.post(page(payment), wanted(**more) | confirmed)

    assert answer.status_code == 200
    assert why in answer.content.decode()
    assert not Refund.objects.exists()


def test_what_happened_meanwhile_is_said(staff: Client, payment: Payment) -> None:
    staff.post(page(payment), wanted("5", confirmed="yes"))
    again = staff.post(page(payment), wanted("5", confirmed="yes")).content.decode()
    disputes.open_(payment, ref="dp_1", now=NOW)

    late = staff.post(page(payment), wanted("5", confirmed="yes")).content.decode()

    assert "Another refund of this payment is on its way" in again
    assert "Nothing of this payment can be refunded" in late
    assert Refund.objects.count() == 1


@pytest.mark.parametrize("rights", [[], ["view_payment", "change_payment", "view_refund"]])
def test_who_may_only_look_gives_nothing_back(client: Client, payment: Payment, rights: list[str]) -> None:
    looker = UserFactory.create(is_staff=True)
    looker.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(looker)

    assert client.get(page(payment)).status_code == 403
    assert client.post(page(payment), wanted(confirmed="yes")).status_code == 403
    assert not Refund.objects.exists()


def test_nobody_else_gets_there(sign_in: Callable[..., Client], payment: Payment) -> None:
    owner = sign_in(payment.account.organization, "owner")

    assert owner.post(page(payment), wanted(confirmed="yes")).status_code == 302
    assert not Refund.objects.exists()


# The brake and the difference


def test_a_brake_is_released_with_what_was_found_once(staff: Client, person: User) -> None:
    brake = Brake.objects.create(what="expiry", why="far too many", pulled_at=NOW)
    where = reverse("admin:credits_brake_release", args=[brake.pk])

    assert "far too many" in staff.get(where).content.decode()
    assert "This field is required." in staff.post(where, {"note": ""}).content.decode()
    for note in ("A promotion ended", "Again"):
        staff.post(where, {"note": note})

    brake.refresh_from_db()
    assert (brake.released_at, brake.released_by, brake.note) == (NOW, person, "A promotion ended")
    assert [entry.change_message for entry in LogEntry.objects.all()] == ["Released: A promotion ended"]


def test_a_difference_is_settled_with_a_note_once(staff: Client, person: User, fabrikam: Organization) -> None:
    found = Difference.objects.create(
        kind="charge", ref="pi_1", why="they took money twice", account=fabrikam.account, theirs=Decimal(50),
        currency="USD", found_at=NOW, seen_at=NOW,
    )  # fmt: skip
    where = reverse("admin:credits_difference_settle", args=[found.pk])

    shown = staff.get(where).content.decode()
    for note in ("Refunded there", "Again"):
        staff.post(where, {"note": note})

    found.refresh_from_db()
    assert "they took money twice" in shown
    assert "The provider&#x27;s: $50.00" in shown or "The provider's: $50.00" in shown
    assert (found.settled_at, found.settled_by, found.note) == (NOW, person, "Refunded there")
    assert [entry.change_message for entry in LogEntry.objects.all()] == ["Settled: Refunded there"]


@pytest.mark.parametrize("name", ["credits_brake_release", "credits_difference_settle"])
def test_who_may_only_look_decides_nothing(client: Client, fabrikam: Organization, name: str) -> None:
    brake = Brake.objects.create(what="expiry", why="far too many", pulled_at=NOW)
    found = Difference.objects.create(kind="charge", ref="pi_1", why="differs", found_at=NOW, seen_at=NOW)
    looker = UserFactory.create(is_staff=True)
    looker.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(looker)

    pk = brake.pk if "brake" in name else found.pk

    assert client.post(reverse(f"admin:{name}", args=[pk]), {"note": "x"}).status_code == 403


# S44


@pytest.mark.django_db(transaction=True)
def test_twenty_posts_of_one_form_at_once_are_one_refund(provider: FakeGateway, person: User) -> None:
    fabrikam = factories.fabrikam()
    MethodFactory.create(account=fabrikam.account)
    payment = charged(fabrikam.account)
    said = wanted(confirmed="yes")
    clients = [Client() for _ in range(WORKERS)]
    for client in clients:
        client.force_login(person)

    answers = calm(at_once([partial(client.post, page(payment), said) for client in clients]))
    calm(at_once([lambda: refunds.refund_due(now=NOW) for _ in range(WORKERS)]))

    assert {answer.status_code for answer in answers} == {302}
    assert (Refund.objects.count(), provider.given_back, Account.objects.get().balance) == (1, 2000, 30)
