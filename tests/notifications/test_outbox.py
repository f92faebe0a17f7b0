"""Notices: posted once, addressed by role and language, sent once, tried again, given up."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction
from pytest_django import Settings

from notifications import facts, outbox, truth
from notifications.models import Delivery, Notice
from subscriptions.models import Membership, Organization, User
from tests import factories
from tests.notifications import samples

KIND = Notice.Kind.BELOW_ZERO
MINUTE = timedelta(minutes=1)


class Crash(Exception):
    """The program ended just here."""


class TakesThenCrashes(EmailBackend):
    """The server has the mail, and nobody is left to note it."""

    def send_messages(self, messages: Any) -> int:
        super().send_messages(messages)
        raise Crash


class Silent(EmailBackend):
    def send_messages(self, messages: Any) -> int:
        raise ConnectionRefusedError("nobody\r\nlistens\0")


def using(settings: Settings, backend: type[EmailBackend] = EmailBackend) -> None:
    settings.EMAIL_BACKEND = f"{backend.__module__}.{backend.__qualname__}"


def addresses(notice: Notice) -> set[str]:
    return set(notice.deliveries.values_list("address", flat=True))


def test_the_same_occasion_is_noted_once(contoso: Organization, northwind: Organization, now: datetime) -> None:
    for _twice in range(2):
        samples.post(contoso, key="crossing-1", now=now)
    samples.post(contoso, key="crossing-2", now=now)
    samples.post(northwind, key="crossing-1", now=now)

    assert Notice.objects.filter(organization=contoso).count() == 2
    assert Notice.objects.count() == 3


def test_a_notice_goes_the_way_of_the_transaction_that_posted_it(contoso: Organization, now: datetime) -> None:
    with transaction.atomic():
        samples.post(contoso, now=now)
        transaction.set_rollback(True)

    assert not Notice.objects.exists()


@pytest.mark.parametrize("kind", list(Notice.Kind))
def test_missing_facts_are_refused_by_name(contoso: Organization, kind: Notice.Kind, now: datetime) -> None:
    for name in facts.REQUIRED[kind]:
        lacking = {other: value for other, value in samples.FACTS[kind].items() if other != name}

        with pytest.raises(facts.MissingFacts, match=name):
            outbox.post(kind, to=contoso, key="x", facts=lacking, now=now)


def test_a_float_is_no_fact(contoso: Organization, now: datetime) -> None:
    with pytest.raises(facts.NotPlain, match="balance"):
        samples.post(contoso, balance=-2.35, now=now)


def test_amounts_are_stored_as_they_are(contoso: Organization, now: datetime) -> None:
    notice = samples.post(contoso, balance=Decimal("-0.000001"), now=now)

    assert notice.facts["balance"] == "-0.000001"
    assert facts.read(KIND, notice.facts)["balance"] == Decimal("-0.000001")


def test_owners_and_billing_admins_are_told_each_in_their_language(contoso: Organization, now: datetime) -> None:
    Organization.objects.filter(pk=contoso.pk).update(language="zh-hant")
    User.objects.filter(email="owner@contoso.example").update(language="en")
    factories.MembershipFactory.create(
        organization=contoso, role=Membership.Role.OWNER, user__email="gone@contoso.example", user__is_active=False
    )
    notice = samples.post(contoso, now=now)

    outbox.deliver_due(now=now, limit=10)

    told = dict(notice.deliveries.values_list("address", "language"))
    assert told == {"owner@contoso.example": "en", "billing-admin@contoso.example": "zh-hant"}
    assert sorted(sent.to[0] for sent in mail.outbox) == sorted(told)


def test_nobody_of_another_organization_is_told(contoso: Organization, northwind: Organization, now: datetime) -> None:
    samples.post(contoso, now=now)

    outbox.deliver_due(now=now, limit=10)

    assert not Delivery.objects.filter(address__endswith="northwind.example").exists()


def test_a_second_round_sends_nothing(contoso: Organization, now: datetime) -> None:
    samples.post(contoso, now=now)

    assert outbox.deliver_due(now=now, limit=10) == 3
    assert outbox.deliver_due(now=now + timedelta(days=1), limit=10) == 0
    assert len(mail.outbox) == 2
    assert set(Delivery.objects.values_list("state", "sent_at")) == {("sent", now)}


def test_a_notice_is_addressed_once(contoso: Organization, now: datetime) -> None:
    notice = samples.post(contoso, now=now)

    assert outbox.address(notice, now=now)
    assert not outbox.address(notice, now=now)
    assert addresses(notice) == {"owner@contoso.example", "billing-admin@contoso.example"}


def test_a_limit_leaves_the_rest_for_the_next_round(contoso: Organization, now: datetime) -> None:
    samples.post(contoso, now=now)

    assert outbox.deliver_due(now=now, limit=1) == 2
    assert outbox.deliver_due(now=now, limit=1) == 1
    assert outbox.deliver_due(now=now, limit=1) == 0


def test_a_crash_after_acceptance_costs_one_more_copy_under_the_same_id(
    contoso: Organization, now: datetime, settings: Settings
) -> None:
    delivery = samples.one_delivery(contoso, now=now)
    using(settings, TakesThenCrashes)
    with pytest.raises(Crash):
        outbox.deliver_due(now=now, limit=10)
    using(settings)

    assert outbox.deliver_due(now=now + outbox.LEASE - MINUTE, limit=10) == 0
    assert outbox.deliver_due(now=now + outbox.LEASE, limit=10) == 1

    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("sent", 2)
    first, second = (sent.message() for sent in mail.outbox)
    assert first["Message-ID"] == second["Message-ID"]


def test_a_letter_that_kills_its_sender_is_given_up(contoso: Organization, now: datetime, settings: Settings) -> None:
    delivery = samples.one_delivery(contoso, now=now)
    using(settings, TakesThenCrashes)
    for round_ in range(outbox.ATTEMPTS):
        with pytest.raises(Crash):
            outbox.deliver_due(now=now + round_ * outbox.LEASE, limit=10)

    assert outbox.deliver_due(now=now + outbox.ATTEMPTS * outbox.LEASE, limit=10) == 1

    delivery.refresh_from_db()
    assert (delivery.state, delivery.error) == ("failed", "no answer in 10 attempts")
    assert len(mail.outbox) == outbox.ATTEMPTS


def test_the_pauses_double_up_to_an_hour_and_the_tenth_failure_is_the_last(
    contoso: Organization, now: datetime, settings: Settings
) -> None:
    delivery = samples.one_delivery(contoso, now=now)
    using(settings, Silent)
    pauses = []
    for _attempt in range(outbox.ATTEMPTS - 1):
        outbox.deliver_due(now=now, limit=10)
        delivery.refresh_from_db()
        pauses.append((delivery.due_at - now) // MINUTE)
        now = delivery.due_at

    outbox.deliver_due(now=now, limit=10)

    delivery.refresh_from_db()
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert (delivery.state, delivery.error) == ("failed", "ConnectionRefusedError: nobody listens")


def test_silence_ends_the_round_and_costs_the_others_nothing(
    contoso: Organization, now: datetime, settings: Settings
) -> None:
    samples.post(contoso, now=now)
    using(settings, Silent)

    outbox.deliver_due(now=now, limit=10)

    assert sorted(Delivery.objects.values_list("attempts", flat=True)) == [0, 1]


def test_a_sender_that_comes_late_changes_nothing(contoso: Organization, now: datetime) -> None:
    delivery = samples.one_delivery(contoso, now=now)
    seen_twice = Delivery.objects.get(pk=delivery.pk)

    assert outbox.deliver(delivery, now=now)
    assert not outbox.deliver(seen_twice, now=now)
    assert len(mail.outbox) == 1


def test_who_left_meanwhile_is_not_told(contoso: Organization, now: datetime) -> None:
    delivery = samples.one_delivery(contoso, now=now)
    contoso.memberships.filter(user__email=delivery.address).delete()

    outbox.deliver_due(now=now, limit=10)

    delivery.refresh_from_db()
    assert (delivery.state, mail.outbox) == ("failed", [])
    assert delivery.error.startswith("no longer a member")


def test_who_lost_the_role_meanwhile_is_not_told(contoso: Organization, now: datetime) -> None:
    delivery = samples.one_delivery(contoso, now=now)
    contoso.memberships.filter(user__email=delivery.address).update(role=Membership.Role.READER)

    outbox.deliver_due(now=now, limit=10)

    delivery.refresh_from_db()
    assert (delivery.state, mail.outbox) == ("failed", [])


def test_what_holds_no_more_when_it_is_to_be_told_is_withdrawn(contoso: Organization, now: datetime) -> None:
    truth.register(KIND, lambda notice, at: notice.key != "mended" and at == now)
    mended, lasting = (samples.post(contoso, key=key, now=now) for key in ("mended", "lasting"))

    assert outbox.deliver_due(now=now, limit=10) == 4

    mended.refresh_from_db()
    assert (mended.withdrawn_at, mended.addressed_at) == (now, None)
    assert addresses(mended) == set()
    assert addresses(lasting)


def test_a_second_look_that_breaks_holds_up_nothing(contoso: Organization, now: datetime) -> None:
    truth.register(KIND, lambda notice, at: bool(1 // 0))
    notice = samples.post(contoso, now=now)

    outbox.deliver_due(now=now, limit=10)

    assert addresses(notice)


def test_a_day_has_so_many_optional_notices_and_the_rest_come_the_next_day(
    contoso: Organization, northwind: Organization, now: datetime, settings: Settings
) -> None:
    settings.NOTICES_A_DAY = 2
    for occasion in range(3):
        samples.post(contoso, Notice.Kind.BALANCE_LOW, key=f"low {occasion}", now=now)
    samples.post(northwind, Notice.Kind.BALANCE_LOW, now=now)
    samples.post(contoso, now=now)

    outbox.deliver_due(now=now, limit=10)

    late = Notice.objects.get(addressed_at=None)
    assert late.key == "low 2"
    assert late.due_at == datetime(2026, 11, 3, 5, tzinfo=UTC)
    outbox.deliver_due(now=late.due_at, limit=10)
    assert addresses(late)


def test_notices_of_money_know_no_limit(contoso: Organization, now: datetime, settings: Settings) -> None:
    settings.NOTICES_A_DAY = 0
    for kind in Notice.Kind:
        samples.post(contoso, kind, now=now)

    outbox.deliver_due(now=now, limit=50)

    waiting = set(Notice.objects.filter(addressed_at=None).values_list("kind", flat=True))
    assert waiting == {"balance_low", "card_expires", "minutes_low", "minutes_used"}


def test_another_copy_has_an_id_of_its_own_and_there_are_ten_at_most(contoso: Organization, now: datetime) -> None:
    delivery = samples.one_delivery(contoso, now=now)
    outbox.deliver_due(now=now, limit=10)

    while outbox.send_once_more(delivery, now=now):
        assert not outbox.send_once_more(delivery, now=now), "it is on its way"
        outbox.deliver_due(now=now, limit=10)

    ids = [sent.message()["Message-ID"] for sent in mail.outbox]
    assert len(ids) == len(set(ids)) == outbox.MOST_COPIES
    assert ids[1] == ids[0].replace("@", "-2@")


def test_only_failed_copies_are_sent_again(contoso: Organization, now: datetime) -> None:
    notice = samples.post(contoso, now=now)
    outbox.deliver_due(now=now, limit=10)
    notice.deliveries.filter(address__startswith="owner@").update(state=Delivery.State.FAILED, attempts=10, error="550")

    assert outbox.resend(Delivery.objects.all(), now=now) == 1
    outbox.deliver_due(now=now, limit=10)

    assert [sent.to for sent in mail.outbox][2:] == [["owner@contoso.example"]]
    assert set(notice.deliveries.values_list("state", "error", "attempts")) == {("sent", "", 1)}
