"""Five orders and five cards an hour for an organization from one address; then 429, and when it goes on."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client

from credits import pace
from credits.models import Payment
from subscriptions.models import Organization
from tests import fakes
from tests.credits.booking import url
from tests.factories import NOW

SignIn = Callable[..., Client]


@pytest.fixture
def order(contoso: Organization, sign_in: SignIn, frozen: time_machine.Traveller) -> Callable[..., Any]:
    """`order()` places one of $75.00 under a key of its own, with nothing else on its way."""
    client, card = sign_in(contoso), contoso.account.payment_methods.get()

    def place(key: str = "", address: str = "127.0.0.1") -> Any:
        Payment.objects.update(state="failed", closed_at=NOW)
        sent = {"key": key or str(uuid4()), "amount": "75", "method": card.pk}
        return client.post(url(contoso, "place_order"), sent, REMOTE_ADDR=address)

    return place


@pytest.mark.django_db
def test_the_sixth_order_of_an_hour_waits_and_is_told_until_when(
    order: Callable[..., Any], frozen: time_machine.Traveller
) -> None:
    first = [order().status_code for _ in range(5)]
    frozen.shift(timedelta(minutes=10))

    sixth = order()
    frozen.move_to(NOW + timedelta(minutes=60, seconds=1))
    later = order()

    assert first == [302] * 5
    assert (sixth.status_code, sixth["Retry-After"]) == (429, "3001")
    assert "after 05:00" in sixth.content.decode()
    assert later.status_code == 302
    assert Payment.objects.count() == 6


@pytest.mark.django_db
def test_the_same_order_again_counts_once(order: Callable[..., Any]) -> None:
    key = str(uuid4())

    answers = {order(key).status_code for _ in range(20)}
    full = [order().status_code for _ in range(5)]
    again = order(key)

    assert answers == {302}
    assert full == [302] * 4 + [429]
    assert again.status_code == 302
    assert Payment.objects.count() == 5


@pytest.mark.django_db
def test_the_hour_is_counted_back_from_each_order(order: Callable[..., Any], frozen: time_machine.Traveller) -> None:
    for _ in range(4):
        order()
    frozen.move_to(NOW + timedelta(minutes=30))
    order()

    frozen.move_to(NOW + timedelta(minutes=61))
    answers = [order().status_code for _ in range(5)]

    assert answers == [302] * 4 + [429]


@pytest.mark.django_db
def test_another_organization_and_another_address_count_for_themselves(order: Callable[..., Any]) -> None:
    for _ in range(6):
        order()

    elsewhere = order(address="198.51.100.7")
    same_line = [order(address=f"2001:db8::{n}").status_code for n in range(1, 7)]

    assert elsewhere.status_code == 302
    assert same_line == [302] * 5 + [429]


@pytest.mark.django_db
@pytest.mark.usefixtures("frozen")
def test_cards_are_counted_too(contoso: Organization, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    fakes.install(monkeypatch)
    client = sign_in(contoso)

    answers = [client.post(url(contoso, "add_method")).status_code for _ in range(6)]

    assert answers == [302] * 5 + [429]


@pytest.mark.django_db(transaction=True)
def test_those_who_come_together_are_counted_each() -> None:
    whose, refused = f"test:{uuid4()}", []

    def come(number: int) -> None:
        try:
            pace.take(whose, str(number), most=5, now=NOW)
        except pace.TooOften:
            refused.append(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=come, args=(number,)) for number in range(12)]
    with time_machine.travel(NOW, tick=False):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        cache.delete(f"pace:{whose}")

    assert len(refused) == 7
