"""What is concurrent, with real connections: nothing is sent inside a transaction, nor by two workers at once."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from pytest_django import Settings

from notifications import choices, outbox
from notifications.models import Delivery, ExtraAddress, Notice
from notifications.recipients import Kind
from subscriptions.models import User
from tests import factories
from tests.notifications import samples

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS = 4


def at_the_same_time(many: int, work: Callable[[], object]) -> None:
    """Have so many threads do it, each over a connection of its own."""
    together = threading.Barrier(many)

    def one() -> None:
        together.wait()
        try:
            work()
        finally:
            connection.close()

    workers = [threading.Thread(target=one) for _ in range(many)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


class Outside(EmailBackend):
    """Takes mail from those only who hold no transaction open."""

    def send_messages(self, messages: Any) -> int:
        assert not connection.in_atomic_block
        return super().send_messages(messages)


def test_mail_is_sent_outside_of_any_transaction(now: datetime, settings: Settings) -> None:
    samples.post(factories.contoso(), now=now)
    settings.EMAIL_BACKEND = f"{__name__}.Outside"

    outbox.deliver_due(now=now, limit=10)

    assert len(mail.outbox) == 2


def test_workers_at_the_same_time_send_one_copy_each(now: datetime) -> None:
    contoso = factories.contoso()
    for occasion in range(5):
        samples.post(contoso, key=f"crossing-{occasion}", now=now)

    at_the_same_time(WORKERS, lambda: outbox.deliver_due(now=now, limit=50))
    outbox.deliver_due(now=now, limit=50)

    assert len({sent.message()["Message-ID"] for sent in mail.outbox}) == len(mail.outbox) == 10
    assert set(Delivery.objects.values_list("state", "attempts")) == {("sent", 1)}


def test_eight_that_post_the_same_occasion_at_the_same_time_post_it_once(now: datetime) -> None:
    contoso = factories.contoso()

    at_the_same_time(8, lambda: samples.post(contoso, key="crossing-1", now=now))

    assert Notice.objects.count() == 1


def test_eight_that_address_at_the_same_time_keep_to_the_days_limit(now: datetime, settings: Settings) -> None:
    settings.NOTICES_A_DAY = 3
    contoso = factories.contoso()
    notices = [samples.post(contoso, Notice.Kind.MINUTES_LOW, key=f"pool {n}", now=now) for n in range(8)]
    waiting = iter(notices)

    at_the_same_time(8, lambda: outbox.tell(next(waiting), now=now))

    assert Notice.objects.filter(addressed_at__isnull=False).count() == 3


def test_eight_that_ask_for_another_copy_at_the_same_time_get_one(now: datetime) -> None:
    copy = samples.one_delivery(factories.contoso(), now=now)
    outbox.deliver_due(now=now, limit=10)

    at_the_same_time(8, lambda: outbox.send_once_more(copy, now=now))
    outbox.deliver_due(now=now, limit=10)

    assert Delivery.objects.get().copies == 2
    assert len(mail.outbox) == 2


def test_two_who_take_away_the_last_recipients_do_not_both_succeed(now: datetime) -> None:
    contoso = factories.contoso()
    actor = contoso.memberships.get(role="owner").user
    extras = [
        choices.add_address(contoso, f"{name}@contoso.example", language="en", kinds=[], actor=actor, now=now)
        for name in ("one", "two")
    ]
    choices.choose(contoso, dict.fromkeys(Kind, frozenset()), attach_receipts=True, actor=actor, now=now)
    waiting = iter(extras)

    at_the_same_time(2, lambda: _quietly(next(waiting), actor, now))

    assert contoso.extra_addresses.count() == 1


def _quietly(extra: ExtraAddress, actor: User, now: datetime) -> None:
    with suppress(choices.NobodyLeft):
        choices.remove_address(extra, actor=actor, now=now)
