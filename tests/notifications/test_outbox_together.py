"""What is concurrent, with real connections: nothing is sent inside a transaction, nor by two workers at once."""

import threading
from datetime import datetime
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from pytest_django import Settings

from notifications import outbox
from notifications.models import Delivery
from tests import factories
from tests.notifications import samples

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS = 4


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
    together = threading.Barrier(WORKERS)

    def work() -> None:
        together.wait()
        outbox.deliver_due(now=now, limit=50)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    outbox.deliver_due(now=now, limit=50)

    assert len({sent.message()["Message-ID"] for sent in mail.outbox}) == len(mail.outbox) == 10
    assert set(Delivery.objects.values_list("state", "attempts")) == {("sent", 1)}
