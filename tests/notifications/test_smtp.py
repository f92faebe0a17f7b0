"""The same against a real SMTP server: taken, refused, put off, silent, down, gone after taking."""

from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from notifications import outbox
from notifications.models import Delivery, Notice
from subscriptions.models import Organization, User
from tests.notifications import samples
from tests.notifications.conftest import Server

OWNER, BILLING = "owner@contoso.example", "billing-admin@contoso.example"
LATER = timedelta(minutes=1)


def outcome(address: str) -> tuple[str, str]:
    delivery = Delivery.objects.get(address=address)
    return delivery.state, delivery.error


def test_a_mail_arrives_as_text_and_html_in_the_language_of_each(
    contoso: Organization, now: datetime, smtp: Server
) -> None:
    User.objects.filter(email=BILLING).update(language="zh-hant")
    samples.post(contoso, Notice.Kind.RECHARGE_PAID, now=now)

    outbox.deliver_due(now=now, limit=10)

    english, chinese = smtp.to(OWNER), smtp.to(BILLING)
    assert english["Subject"] == "$50.00 added to Contoso's Communications Credits by auto-recharge"
    assert english["Auto-Submitted"] == "auto-generated"
    assert english["Message-ID"] != chinese["Message-ID"]
    for message, words in ((english, ("$63.10", "2 November 2027")), (chinese, ("US$63.10", "2027年11月2日"))):
        assert [part.get_content_type() for part in message.walk()] == [
            "multipart/alternative", "text/plain", "text/html",
        ]  # fmt: skip
        for part in message.iter_parts():
            assert all(word in part.get_content() for word in words)


def test_a_refused_address_fails_alone_and_at_once(contoso: Organization, now: datetime, smtp: Server) -> None:
    smtp.says[BILLING] = "550 5.1.1 No such mailbox"
    samples.post(contoso, now=now)

    outbox.deliver_due(now=now, limit=10)

    assert outcome(BILLING) == ("bounced", "550 5.1.1 No such mailbox")
    assert outcome(OWNER) == ("sent", "")


def test_an_address_that_is_put_off_is_tried_again(contoso: Organization, now: datetime, smtp: Server) -> None:
    smtp.says[BILLING] = "450 4.2.0 Greylisted"
    samples.post(contoso, now=now)
    outbox.deliver_due(now=now, limit=10)
    assert outcome(BILLING) == ("waiting", "450 4.2.0 Greylisted")

    smtp.says.clear()
    outbox.deliver_due(now=now + LATER, limit=10)

    assert outcome(BILLING) == outcome(OWNER) == ("sent", "")
    assert len(smtp.taken) == 2


def test_a_server_that_is_down_costs_time_and_no_mail(contoso: Organization, now: datetime, smtp: Server) -> None:
    smtp.down()
    samples.post(contoso, now=now)
    outbox.deliver_due(now=now, limit=10)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"waiting"}

    smtp.up()
    outbox.deliver_due(now=now + LATER, limit=10)

    assert {message["To"] for message in smtp.taken} == {OWNER, BILLING}


@pytest.mark.parametrize("how", ["hangs up", "hangs"])
def test_a_server_that_takes_a_mail_without_saying_so_gets_it_again_under_the_same_id(
    contoso: Organization, now: datetime, smtp: Server, settings: Settings, how: str
) -> None:
    samples.one_delivery(contoso, now=now)
    settings.EMAIL_TIMEOUT = 0.3
    smtp.drops, smtp.waits = (1, 0) if how == "hangs up" else (0, 0.6)
    outbox.deliver_due(now=now, limit=10)
    assert outcome(OWNER)[0] == "waiting"

    smtp.drops, smtp.waits = 0, 0
    outbox.deliver_due(now=now + LATER, limit=10)

    assert outcome(OWNER) == ("sent", "")
    assert {message["Message-ID"] for message in smtp.taken} == {smtp.taken[-1]["Message-ID"]}


def test_a_name_with_line_breaks_adds_no_header(contoso: Organization, now: datetime, smtp: Server) -> None:
    Organization.objects.filter(pk=contoso.pk).update(name="Contoso\r\nBcc: victim@example.com")
    samples.one_delivery(contoso, now=now)

    outbox.deliver_due(now=now, limit=10)

    message = smtp.to(OWNER)
    assert message["Bcc"] is None
    assert message["Subject"].endswith("for Contoso Bcc: victim@example.com")
