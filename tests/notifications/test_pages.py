"""Billing > Notifications: who sees it, who changes it, what is refused, and what is sent from there."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from notifications import history, outbox, recipients
from notifications.models import Delivery, ExtraAddress, MailPolicy, Notice, NoticeRoles
from notifications.recipients import Kind, Role
from subscriptions.models import Organization
from tests.notifications import samples
from tests.notifications.conftest import Server

SignIn = Callable[..., Client]
BILLING = "billing-admin@contoso.example"


def url(organization: Organization, name: str = "choose", *args: object) -> str:
    return reverse(f"notifications:{name}", args=[organization.slug, *args])


def ticked(**other: list[str]) -> dict[str, object]:
    """What the form sends when nothing is changed but these kinds."""
    usual = {kind.value: [role.value for role in recipients.ROLES[kind]] for kind in Kind}
    return {"attach_receipts": "on", **usual, **other}


def refused(organization: Organization, now: datetime) -> Delivery:
    """A copy that the address of the billing administrator refused."""
    notice = samples.post(organization, now=now)
    outbox.address(notice, now=now)
    copy = notice.deliveries.get(address=BILLING)
    Delivery.objects.filter(pk=copy.pk).update(state="bounced", error="550 No such mailbox", due_at=now)
    return copy


def test_every_address_of_the_page_is_for_members_only(contoso: Organization, northwind: Organization, sign_in: SignIn,
                                                       now: datetime) -> None:  # fmt: skip
    copy = refused(contoso, now)
    extra = ExtraAddress.objects.create(organization=contoso, address="a@b.example", language="en", added_at=now)
    client = sign_in(northwind, Role.OWNER)

    assert client.get(url(contoso)).status_code == 404
    for page in (
        url(contoso), url(contoso, "add_address"), url(contoso, "remove_address", extra.pk),
        url(contoso, "resend", copy.pk), url(contoso, "send_test"),
        url(northwind, "remove_address", extra.pk), url(northwind, "resend", copy.pk),
    ):  # fmt: skip
        assert client.post(page, ticked()).status_code == 404

    assert ExtraAddress.objects.exists()
    assert Delivery.objects.get(pk=copy.pk).copies == 1


@pytest.mark.parametrize("role", [Role.READER, Role.LICENCE_ADMIN])
def test_a_reader_sees_everything_changes_nothing_and_is_told_who_may(
    contoso: Organization, sign_in: SignIn, now: datetime, role: Role
) -> None:
    copy = refused(contoso, now)
    client = sign_in(contoso, role)

    page = client.get(url(contoso)).content.decode()

    assert "Only a Billing administrator or Owner can choose who is told what." in page
    assert "Funds added" in page
    assert page.count('type="checkbox"') == page.count(" disabled>") == len(Kind) * len(Role) + 1
    assert "Resend" not in page.replace("choose Resend", "")
    for name, *args in (("choose",), ("resend", copy.pk), ("send_test",), ("add_address",)):
        assert client.post(url(contoso, name, *args), ticked()).status_code == 403


def test_the_grid_names_each_box_by_its_row_and_its_column(contoso: Organization, sign_in: SignIn) -> None:
    page = sign_in(contoso).get(url(contoso)).content.decode()

    assert '<th scope="row" id="kind-refunded">' in page
    assert '<th scope="col" id="role-reader">' in page
    assert 'name="refunded" value="reader" aria-labelledby="kind-refunded role-reader">' in page
    assert 'name="refunded" value="owner" aria-labelledby="kind-refunded role-owner" checked>' in page


def test_what_is_ticked_is_kept_and_shown_again(contoso: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso)
    sent = ticked(refunded=["reader"], balance_low=[])
    del sent["attach_receipts"]

    page = client.post(url(contoso), sent, follow=True).content.decode()

    assert "The notifications were saved." in page
    assert recipients.roles_of(contoso)[Kind.REFUNDED] == {Role.READER}
    assert recipients.roles_of(contoso)[Kind.BALANCE_LOW] == set()
    assert not MailPolicy.objects.get().attach_receipts
    assert 'name="refunded" value="reader" aria-labelledby="kind-refunded role-reader" checked>' in page


def test_money_cannot_be_kept_from_everybody(contoso: Organization, sign_in: SignIn) -> None:
    page = sign_in(contoso).post(url(contoso), ticked(refunded=[], recharge_failed=[])).content.decode()

    assert page.count('class="invalid-feedback d-block"') == 2
    assert 'aria-invalid="true" aria-describedby="error-refunded"' in page
    assert not NoticeRoles.objects.exists()


def test_a_role_that_there_is_not_is_refused(contoso: Organization, sign_in: SignIn) -> None:
    sign_in(contoso).post(url(contoso), ticked(refunded=["janitor"]))

    assert not NoticeRoles.objects.exists()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("books@contoso.example", "books@contoso.example"),
        ("  Books@Contoso.EXAMPLE ", "Books@contoso.example"),
        ("books@例え.jp", "books@例え.jp"),
        ("a@b", None),
        ("books@localhost", None),
        ("books@[127.0.0.1]", None),
        ("a@b.example\nBcc: x@y.example", None),
        ("a@b.example\r\n", "a@b.example"),
        ("a@b.example,c@d.example", None),
        (f"{'a' * 288}@b.example", None),
        (f"{'a' * 245}@b.example", None),
        ('"><script>alert(1)</script>@b.example', None),
        ("bücher@b.example", None),
        ("a\0@b.example", None),
        ("", None),
    ],
)
def test_addresses_are_read_strictly(contoso: Organization, sign_in: SignIn, typed: str, kept: str | None) -> None:
    page = sign_in(contoso).post(url(contoso, "add_address"), {"address": typed, "language": "en"})

    assert list(ExtraAddress.objects.values_list("address", flat=True)) == ([kept] if kept else [])
    assert page.status_code == (302 if kept else 200)
    assert b"<script>alert" not in page.content


def test_a_domain_in_other_letters_is_mailed_to(
    contoso: Organization, sign_in: SignIn, now: datetime, smtp: Server
) -> None:
    sign_in(contoso).post(url(contoso, "add_address"), {"address": "books@例え.jp", "language": "en"})
    samples.post(contoso, now=now)

    outbox.deliver_due(now=now, limit=10)

    assert smtp.to("books@xn--r8jz45g.jp")


def test_an_address_is_added_with_language_and_kinds_and_removed(contoso: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso)
    sent = {"address": "books@contoso.example", "language": "zh-hant", "kinds": ["refunded", "funds_added"]}

    page = client.post(url(contoso, "add_address"), sent, follow=True).content.decode()

    extra = ExtraAddress.objects.get()
    assert (extra.language, extra.kinds, extra.added_by) == (
        "zh-hant", ["funds_added", "refunded"], contoso.memberships.get(role="billing_admin").user,
    )  # fmt: skip
    assert "Funds added, Refund" in page
    assert b"on the list already" in client.post(url(contoso, "add_address"), sent).content
    client.post(url(contoso, "remove_address", extra.pk))
    assert not ExtraAddress.objects.exists()


def test_the_last_address_that_is_told_of_money_stays(contoso: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso)
    client.post(url(contoso, "add_address"), {"address": "books@contoso.example", "language": "en"})
    client.post(url(contoso), ticked(refunded=[]))

    page = client.post(url(contoso, "remove_address", ExtraAddress.objects.get().pk), follow=True).content.decode()

    assert "books@contoso.example stays: nobody else is told about money." in page
    assert ExtraAddress.objects.exists()


def test_an_address_that_refuses_mail_is_shown_until_it_takes_one(
    contoso: Organization, sign_in: SignIn, now: datetime, frozen: object
) -> None:
    copy = refused(contoso, now)
    client = sign_in(contoso)
    page = client.get(url(contoso)).content.decode()
    assert "Mail is refused." in page
    assert f">{BILLING}: 550 No such mailbox</li>" in page

    client.post(url(contoso, "resend", copy.pk))
    outbox.deliver_due(now=now, limit=10)

    assert "Mail is refused." not in client.get(url(contoso)).content.decode()


def test_what_an_address_answered_last_counts(contoso: Organization, now: datetime) -> None:
    outbox.address(samples.post(contoso, key="before", now=now), now=now)
    outbox.deliver_due(now=now, limit=10)
    copy = refused(contoso, now + timedelta(hours=1))
    assert [found.pk for found in history.refusing(contoso, now=now)] == [copy.pk]

    Delivery.objects.filter(notice__key="before", address=BILLING).update(sent_at=now + timedelta(hours=2))

    assert history.refusing(contoso, now=now) == []


def test_who_has_left_is_not_in_the_banner(contoso: Organization, sign_in: SignIn, now: datetime) -> None:
    refused(contoso, now)
    contoso.memberships.filter(user__email=BILLING).delete()

    assert "Mail is refused." not in sign_in(contoso, Role.OWNER).get(url(contoso)).content.decode()


def test_a_copy_is_sent_again_once_however_often_the_button_is_pressed(
    contoso: Organization, sign_in: SignIn, now: datetime, frozen: object
) -> None:
    copy = samples.one_delivery(contoso, now=now)
    outbox.deliver_due(now=now, limit=10)
    client = sign_in(contoso)

    said = [client.post(url(contoso, "resend", copy.pk), follow=True).content.decode() for _twice in range(2)]
    outbox.deliver_due(now=now, limit=10)

    assert "will be sent again" in said[0]
    assert "is not sent again now" in said[1]
    assert len(mail.outbox) == 2
    assert "2 copies" in client.get(url(contoso)).content.decode()


def test_the_log_has_the_last_fifty_of_this_organization_and_costs_the_same_queries(
    contoso: Organization, northwind: Organization, sign_in: SignIn, now: datetime,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    for organization, many in ((contoso, 30), (northwind, 3)):
        for occasion in range(many):
            outbox.address(samples.post(organization, key=f"n{occasion}", now=now), now=now)
    client = sign_in(contoso)

    with django_assert_max_num_queries(20):
        first = client.get(url(contoso)).content.decode()
    pages = [first, *(client.get(f"{url(contoso)}?sent={page}").content.decode() for page in (2, 3, 4, 5))]

    assert [page.count('data-label="State"') for page in pages] == [10] * 5
    assert "northwind.example" not in "".join(pages)


def test_the_newest_copy_is_the_first(contoso: Organization, sign_in: SignIn, now: datetime) -> None:
    for kind in (Kind.FUNDS_ADDED, Kind.REFUNDED):
        outbox.address(samples.post(contoso, kind, now=now), now=now)

    copies = history.last_copies(contoso)

    assert [copy.notice.kind for copy in copies] == ["refunded", "refunded", "funds_added", "funds_added"]


def test_a_test_mail_goes_to_whoever_asks_for_it(contoso: Organization, sign_in: SignIn) -> None:
    page = sign_in(contoso).post(url(contoso, "send_test"), follow=True).content.decode()

    assert [message.to for message in mail.outbox] == [[BILLING]]
    assert mail.outbox[0].subject == "Test: mail about Contoso's Communications Credits arrives"
    assert f"A test mail is on its way to {BILLING}." in page
    assert not Notice.objects.exists()


def test_a_test_mail_that_is_refused_says_what_the_server_said(
    contoso: Organization, sign_in: SignIn, smtp: Server
) -> None:
    smtp.says[BILLING] = "550 5.1.1 No such mailbox"

    page = sign_in(contoso).post(url(contoso, "send_test"), follow=True).content.decode()

    assert "The test mail was not taken: 550 5.1.1 No such mailbox" in page


def test_times_are_those_of_the_organization(contoso: Organization, sign_in: SignIn, now: datetime) -> None:
    outbox.address(samples.post(contoso, now=now - timedelta(hours=8)), now=now)

    page = sign_in(contoso).get(url(contoso)).content.decode()

    assert "1 Nov 2026, 20:00" in page


def test_the_page_is_there_in_the_other_language(contoso: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso)
    contoso.memberships.filter(role="billing_admin").get().user.__class__.objects.update(language="zh-hant")

    page = client.get(url(contoso)).content.decode()

    assert '<html lang="zh-hant"' in page
    translation.deactivate()
