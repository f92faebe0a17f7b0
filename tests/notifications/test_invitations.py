"""Invitations: mailed once, in the language of the invited, tried again until they expire."""

from datetime import datetime, timedelta
from typing import Any

from django.core import mail
from pytest_django import Settings

from notifications import invitations
from notifications.tasks import deliver_due
from subscriptions.models import Invitation, Membership, Organization
from tests import factories
from tests.notifications.conftest import Server

WEEK = timedelta(days=7)


def invite(organization: Organization, email: str, *, now: datetime, **fields: Any) -> Invitation:
    return Invitation.objects.create(
        organization=organization, email=email, role=Membership.Role.OWNER, created_at=now, due_at=now,
        expires_at=now + WEEK, **fields,
    )  # fmt: skip


def test_an_invitation_is_mailed_once(contoso: Organization, now: datetime, settings: Settings) -> None:
    host = factories.UserFactory.create(name="Ada & Co")
    invited = invite(contoso, "new@contoso.example", now=now, invited_by=host)

    assert invitations.deliver_due(now=now, limit=10) == 1
    assert invitations.deliver_due(now=now + timedelta(days=1), limit=10) == 0

    invited.refresh_from_db()
    (letter,) = mail.outbox
    assert invited.sent_at == now
    assert letter.subject == "You are invited to Contoso's Communications Credits as Owner"
    assert f"{settings.SITE_URL}/invitations/{invited.token}/" in letter.body
    assert "Ada & Co invites you" in letter.body
    assert "9 November 2026" in letter.body


def test_who_is_known_is_invited_in_their_own_language(
    contoso: Organization, now: datetime, settings: Settings
) -> None:
    factories.UserFactory.create(email="known@example.com", language="zh-hant")
    invite(contoso, "Known@example.com", now=now)
    invite(contoso, "stranger@example.com", now=now)

    invitations.deliver_due(now=now, limit=10)

    letters: list[Any] = mail.outbox
    languages = {letter.to[0]: letter.alternatives[0].content.split('lang="')[1].split('"')[0] for letter in letters}
    assert languages == {"Known@example.com": "zh-hant", "stranger@example.com": "en"}


def test_expired_and_accepted_ones_are_not_mailed(contoso: Organization, now: datetime) -> None:
    invite(contoso, "accepted@example.com", now=now, accepted_at=now)
    invite(contoso, "late@example.com", now=now - WEEK)

    assert invitations.deliver_due(now=now, limit=10) == 0
    assert mail.outbox == []


def test_a_refused_address_is_not_tried_again(contoso: Organization, now: datetime, smtp: Server) -> None:
    invited = invite(contoso, "nobody@example.com", now=now)
    smtp.says["nobody@example.com"] = "550 unknown"

    assert invitations.deliver_due(now=now, limit=10) == 1
    assert invitations.deliver_due(now=now + timedelta(days=1), limit=10) == 0

    invited.refresh_from_db()
    assert invited.sent_at is None


def test_a_server_that_is_down_is_asked_again_after_growing_pauses(
    contoso: Organization, now: datetime, smtp: Server
) -> None:
    smtp.down()
    invited = invite(contoso, "new@example.com", now=now)
    waited = []
    for _attempt in range(5):
        assert invitations.deliver_due(now=invited.due_at, limit=10) == 1
        invited.refresh_from_db()
        waited.append((invited.due_at - now) // timedelta(minutes=1))

    assert waited == [1, 2, 4, 8, 16]


def test_two_at_once_send_one_mail(contoso: Organization, now: datetime) -> None:
    invited = invite(contoso, "new@example.com", now=now)
    seen_twice = Invitation.objects.get(pk=invited.pk)

    assert invitations.deliver(invited, now=now)
    assert not invitations.deliver(seen_twice, now=now)


def test_the_task_counts_notices_copies_and_invitations(contoso: Organization, now: datetime, frozen: Any) -> None:
    invite(contoso, "new@example.com", now=now)

    assert deliver_due.name == "notifications.deliver_due"
    assert deliver_due() == 1
