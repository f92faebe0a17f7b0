"""A round of the outbox goes on when one notice is in trouble."""

import logging
from datetime import datetime

import pytest
from django.core import mail

from notifications import outbox, truth
from subscriptions.models import Organization
from tests.notifications import samples


def test_one_notice_that_cannot_be_told_keeps_no_other_waiting(
    contoso: Organization, now: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = (samples.post(contoso, key=key, now=now) for key in ("bad", "good"))
    holds = truth.holds
    with monkeypatch.context() as patch:
        patch.setattr(truth, "holds", lambda notice, now: 1 / (notice.pk - bad.pk) and holds(notice, now=now))
        outbox.deliver_due(now=now, limit=10)

    assert (bad.deliveries.count(), good.deliveries.count(), len(mail.outbox)) == (0, 2, 2)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    outbox.deliver_due(now=now, limit=10)
    assert bad.deliveries.count() == 2
