"""The demo's mail pages: read from Django's files, for the signed-in, and for nobody outside of a demo."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from notifications import demo_mail, outbox, papers
from notifications.models import Notice
from notifications.papers import Paper
from subscriptions.models import Organization
from tests.notifications import samples

SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    """Mail goes into files here, as in a demo."""
    settings.DEMO = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path
    return tmp_path


@pytest.fixture
def written(contoso: Organization, now: datetime) -> list[demo_mail.Mail]:
    samples.post(contoso, Notice.Kind.RECHARGE_PAID, now=now)
    outbox.deliver_due(now=now, limit=10)
    return list(demo_mail.newest())


def paths(name: str) -> list[str]:
    return [
        reverse("notifications:demo_mail"),
        reverse("notifications:demo_message", args=[name]),
        reverse("notifications:demo_html", args=[name]),
    ]


def test_mails_are_read_back_from_their_files(written: list[demo_mail.Mail]) -> None:
    assert {mail.to for mail in written} == {"owner@contoso.example", "billing-admin@contoso.example"}
    for mail in written:
        assert mail.subject == "$50.00 added to Contoso's Communications Credits by auto-recharge"
        assert mail.sent_at is not None
        assert mail.sent_at.tzinfo is not None
        assert "Visa •••• 4242" in mail.text
        assert mail.html.startswith("<!doctype html>")
        assert demo_mail.find(mail.name) == mail


def test_what_came_with_a_mail_can_be_taken_from_its_page(
    contoso: Organization, sign_in: SignIn, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper = Paper("contoso-receipt-1.pdf", "application/pdf", b"%PDF-1.7 \x00\xff")
    monkeypatch.setitem(papers._MAKERS, "recharge_paid", lambda _notice, _language: [paper])
    samples.post(contoso, Notice.Kind.RECHARGE_PAID, now=now)
    outbox.deliver_due(now=now, limit=10)
    (mail, *_) = demo_mail.newest()
    client, file = sign_in(contoso), reverse("notifications:demo_file", args=[mail.name, 1])

    page = client.get(reverse("notifications:demo_message", args=[mail.name])).text
    answer = client.get(file)

    assert file in page
    assert "contoso-receipt-1.pdf" in page
    assert (answer.content, answer["Content-Type"]) == (paper.body, "application/pdf")
    assert answer["Content-Disposition"] == 'attachment; filename="contoso-receipt-1.pdf"'
    for place in (0, 2):
        assert client.get(reverse("notifications:demo_file", args=[mail.name, place])).status_code == 404


def test_several_mails_of_one_file_are_told_apart(written: list[demo_mail.Mail], folder: Path) -> None:
    files = sorted(folder.glob("*.log"))
    (folder / "20990101-000000-1.log").write_bytes(b"".join(file.read_bytes() for file in files))

    newest = list(demo_mail.newest())

    assert [mail.name for mail in newest[:2]] == ["20990101-000000-1-2", "20990101-000000-1-1"]
    assert newest[0].to != newest[1].to


def test_a_file_that_is_no_mail_breaks_nothing(folder: Path) -> None:
    (folder / "20990101-000000-2.log").write_bytes(b"\xff\xfe Date: never\nnothing")

    (mail,) = demo_mail.newest()

    assert (mail.subject, mail.sent_at) == ("", None)


def test_a_signed_in_person_reads_them(written: list[demo_mail.Mail], northwind: Organization, sign_in: SignIn) -> None:
    client = sign_in(northwind)

    pages = [client.get(path) for path in paths(written[0].name)]

    assert [page.status_code for page in pages] == [200, 200, 200]
    assert "Everybody who is signed in to this demo" in pages[0].content.decode()
    assert written[0].subject.replace("'", "&#x27;") in pages[1].content.decode()


def test_the_html_may_do_nothing_and_be_framed_by_us_alone(
    written: list[demo_mail.Mail], contoso: Organization, sign_in: SignIn
) -> None:
    page = sign_in(contoso).get(paths(written[0].name)[2])

    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups" in policy
    assert "frame-ancestors 'self'" in policy
    assert "script-src" not in policy
    assert page.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_a_stranger_is_sent_to_sign_in(written: list[demo_mail.Mail], client: Client) -> None:
    for path in paths(written[0].name):
        assert client.get(path).status_code == 302


def test_outside_of_a_demo_there_is_nothing(
    written: list[demo_mail.Mail], contoso: Organization, sign_in: SignIn, settings: Settings
) -> None:
    settings.DEMO = False
    client = sign_in(contoso)

    for path in paths(written[0].name):
        assert client.get(path).status_code == 404


def test_an_unknown_name_is_not_found(contoso: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso)

    for name in ("none", "20260101-000000-1-1", "-1"):
        assert client.get(f"/demo/mail/{name}/").status_code == 404


def test_an_installation_that_sends_its_mail_shows_an_empty_list(
    contoso: Organization, sign_in: SignIn, settings: Settings
) -> None:
    del settings.EMAIL_FILE_PATH

    page = sign_in(contoso).get(reverse("notifications:demo_mail"))

    assert "No mail yet" in page.content.decode()
