"""Papers come with the mail: of the registered kinds, in the reader's language, where the organization wants them."""

from datetime import datetime
from typing import Any

import pytest
from django.core import mail

from notifications import outbox, papers
from notifications.models import MailPolicy, Notice
from notifications.papers import Paper
from subscriptions.models import Organization, User
from tests.notifications import samples
from tests.notifications.conftest import Server

KIND = Notice.Kind.FUNDS_ADDED


@pytest.fixture(autouse=True)
def receipts(this_floor_alone: None) -> None:
    papers.register(KIND, lambda notice, language: [Paper(f"收據 {language}.pdf", "application/pdf", b"%PDF-1.7 \xff")])


def attached(address: str) -> list[tuple[Any, ...]]:
    (message,) = (sent for sent in mail.outbox if sent.to == [address])
    return [tuple(one) for one in message.attachments]


def test_each_gets_the_paper_in_their_language(contoso: Organization, now: datetime) -> None:
    User.objects.filter(email="billing-admin@contoso.example").update(language="zh-hant")
    samples.post(contoso, KIND, now=now)

    outbox.deliver_due(now=now, limit=10)

    assert attached("owner@contoso.example") == [("收據 en.pdf", b"%PDF-1.7 \xff", "application/pdf")]
    assert attached("billing-admin@contoso.example")[0][0] == "收據 zh-hant.pdf"


def test_other_kinds_bring_none(contoso: Organization, now: datetime) -> None:
    samples.post(contoso, Notice.Kind.REFUNDED, now=now)

    outbox.deliver_due(now=now, limit=10)

    assert attached("owner@contoso.example") == []


def test_an_organization_may_do_without(contoso: Organization, northwind: Organization, now: datetime) -> None:
    MailPolicy.objects.create(organization=contoso, attach_receipts=False)
    for organization in (contoso, northwind):
        samples.post(organization, KIND, now=now)

    outbox.deliver_due(now=now, limit=10)

    assert attached("owner@contoso.example") == []
    assert attached("owner@northwind.example")


def test_a_paper_that_cannot_be_made_does_not_hold_up_the_mail(contoso: Organization, now: datetime) -> None:
    papers.register(KIND, lambda notice, language: [Paper("", "", b"")] * (1 // 0))
    samples.post(contoso, KIND, now=now)

    outbox.deliver_due(now=now, limit=10)

    assert attached("owner@contoso.example") == []


def test_a_paper_arrives_whole_beside_text_and_html(contoso: Organization, now: datetime, smtp: Server) -> None:
    samples.post(contoso, KIND, now=now)

    outbox.deliver_due(now=now, limit=10)

    message = smtp.to("owner@contoso.example")
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/pdf",
    ]  # fmt: skip
    (paper,) = message.iter_attachments()
    assert (paper.get_filename(), paper.get_content()) == ("收據 en.pdf", b"%PDF-1.7 \xff")
