"""Uploads as people see them: who may, how far it is, what it would do, and what came of it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import trans_real
from pytest_django import DjangoAssertNumQueries

from rating import upload_report, uploads
from rating.models import Upload, UsageRecord
from subscriptions.models import Membership, Organization, Subscriber, User
from tests.factories import NOW, UserFactory
from tests.rating import cast, uploading
from tests.rating.cast import row
from tests.rating.uploading import ask, hand_in, people, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "no_beats")]
SignIn = Callable[..., Client]
Role = Membership.Role
State = Upload.State


def address(name: str, organization: Organization, *more: object) -> str:
    return reverse(f"rating:{name}", args=[organization.slug, *more])


def file(content: bytes, name: str = "usage.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def html(client: Client, *where: object) -> str:
    return client.get(address(*where)).content.decode()  # type: ignore[arg-type]


@pytest.fixture
def checked(tailspin: Organization, tmp_path: Path) -> Upload:
    """A usage file of Tailspin that waits for a decision: two new calls, and two rows that can't be taken."""
    rows = [row(1), row(2), row(3, Duration_Seconds="many"), row(1, Duration_Seconds="7")]
    return work(hand_in(tailspin, uploading.usage(tmp_path, *rows), name="october.csv"))


def test_a_file_is_handed_in_seen_and_imported(tailspin: Organization, sign_in: SignIn, tmp_path: Path) -> None:
    client = sign_in(tailspin)

    answer = client.post(address("upload_usage", tailspin), {"file": file(uploading.usage(tmp_path, row(1)))})
    upload = Upload.objects.get()
    assert answer.headers["Location"] == address("upload", tailspin, upload.pk)
    assert "<progress" in html(client, "upload", tailspin, upload.pk)
    work(upload)
    assert "1 call is stored and charged" in html(client, "upload", tailspin, upload.pk)
    client.post(address("import_upload", tailspin, upload.pk))
    work(upload)

    done = html(client, "upload", tailspin, upload.pk)
    assert UsageRecord.objects.count() == 1
    assert f"{address('usage', tailspin)}?from=2026-10-01&amp;to=2026-10-01" in done
    assert "Imported" in done


def test_people_are_handed_in_seen_and_imported(contoso: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso, role=Role.OWNER)
    content = people("adele@contoso.example,Adele,US,MCOPSTN2")

    client.post(address("upload_licences", contoso), {"file": file(content, "people.csv"), "since": "2026-10-01"})
    upload = work(Upload.objects.get())
    assert "Nothing is taken away" in html(client, "upload", contoso, upload.pk)
    client.post(address("import_upload", contoso, upload.pk))
    work(upload)

    assert Subscriber.objects.get().upn == "adele@contoso.example"
    assert "See the licenses" in html(client, "upload", contoso, upload.pk)


def test_the_preview_shows_the_bad_rows(checked: Upload, tailspin: Organization, sign_in: SignIn) -> None:
    shown = html(sign_in(tailspin), "upload", tailspin, checked.pk)

    for words in (
        "october.csv",
        "Duration Seconds",
        "many",
        "whole number of seconds",
        "2 rows are set aside",
    ):
        assert words in shown
    assert address("drop_upload", tailspin, checked.pk) in shown


def test_only_the_first_fifty_are_on_the_page(tailspin: Organization, sign_in: SignIn, tmp_path: Path) -> None:
    rows = [row(number, Currency="EUR") for number in range(60)]
    upload = work(hand_in(tailspin, uploading.usage(tmp_path, row(100), *rows)))
    client = sign_in(tailspin)

    shown = html(client, "upload", tailspin, upload.pk)

    assert shown.count("the organization&#x27;s currency") == 50
    assert "10 more rows are in the CSV file." in shown
    assert client.get(address("upload_errors", tailspin, upload.pk)).getvalue().count(b"currency") == 60
    assert len(shown) < 60_000


def test_the_errors_of_an_imported_file_come_from_the_quarantine(
    checked: Upload, tailspin: Organization, sign_in: SignIn
) -> None:
    uploads.confirm(checked, actor=UserFactory.create(), now=NOW)
    work(checked)

    answer = sign_in(tailspin).get(address("upload_errors", tailspin, checked.pk))

    lines = answer.getvalue().decode("utf-8-sig").splitlines()
    assert lines[0] == "Line,Column,Given,Reason"
    assert [line.split(",")[0] for line in lines[1:]] == ["4", "5"]


def test_a_dropped_file_is_gone(checked: Upload, tailspin: Organization, sign_in: SignIn) -> None:
    client = sign_in(tailspin)

    answer = client.post(address("drop_upload", tailspin, checked.pk), follow=True)
    again = client.post(address("import_upload", tailspin, checked.pk), follow=True)

    assert "october.csv was dropped" in answer.content.decode()
    assert "nothing to decide on this file any more" in again.content.decode()
    assert not UsageRecord.objects.exists()


def test_a_page_that_asks_again_is_told_what_it_missed(tailspin: Organization, sign_in: SignIn) -> None:
    upload, client = hand_in(tailspin, b"a,b"), sign_in(tailspin)
    page, before = address("upload", tailspin, upload.pk), upload_report.mark(upload)

    assert ask(client, page, before).status_code == 204
    Upload.objects.filter(pk=upload.pk).update(done_lines=1, all_lines=4, options={"starts": {"checking": 1}})
    progress = ask(client, page, before).content.decode()
    work(upload)

    assert "1 of 4 lines read" in progress
    assert 'value="25"' in progress
    assert ask(client, page, before).headers["HX-Refresh"] == "true"


def test_a_refused_file_says_why_and_what_to_do(tailspin: Organization, sign_in: SignIn) -> None:
    upload = work(hand_in(tailspin, b"PK\x03\x04"))

    shown = html(sign_in(tailspin), "upload", tailspin, upload.pk)

    assert "This is a zip archive or an Excel workbook" in shown
    assert "Nothing of it was imported" in shown
    assert address("upload_usage", tailspin) in shown


def test_a_file_that_is_too_large_is_answered_at_its_field(tailspin: Organization, sign_in: SignIn) -> None:
    with override_settings(UPLOAD_MEBIBYTES=1):
        answer = sign_in(tailspin).post(address("upload_usage", tailspin), {"file": file(b"x" * (2**20 + 1))})

    assert answer.status_code == 422
    assert "The file is larger than 1 MiB." in answer.content.decode()
    assert not Upload.objects.exists()


@pytest.mark.parametrize(
    ("given", "words"),
    [({}, "This field is required."), ({"file": SimpleUploadedFile("usage.csv", b"")}, "The submitted file is empty.")],
)
def test_nothing_is_no_file(tailspin: Organization, sign_in: SignIn, given: dict[str, object], words: str) -> None:
    answer = sign_in(tailspin).post(address("upload_usage", tailspin), given)

    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_a_sixth_file_has_to_wait(tailspin: Organization, sign_in: SignIn) -> None:
    for number in range(uploads.MOST):
        hand_in(tailspin, b"%d" % number)

    answer = sign_in(tailspin).post(address("upload_usage", tailspin), {"file": file(b"one more")})

    assert "5 files are on their way already." in answer.content.decode()


@pytest.mark.parametrize("role", Role.values)
def test_everybody_sees_uploads_and_some_may_hand_in(
    checked: Upload, tailspin: Organization, sign_in: SignIn, role: str
) -> None:
    person = UserFactory.create()
    tailspin.memberships.update_or_create(role=role, defaults={"user": person})
    client = sign_in(tailspin, role=role)

    listed, shown = html(client, "uploads", tailspin), html(client, "upload", tailspin, checked.pk)
    may_usage, may_licences = role in (Role.OWNER, Role.BILLING_ADMIN), role in (Role.OWNER, Role.LICENCE_ADMIN)

    assert "october.csv" in listed
    assert (address("upload_usage", tailspin) in listed, address("upload_licences", tailspin) in listed) == (
        may_usage,
        may_licences,
    )
    assert (address("import_upload", tailspin, checked.pk) in shown) is may_usage
    assert client.get(address("upload_usage", tailspin)).status_code == (200 if may_usage else 403)
    assert client.get(address("upload_licences", tailspin)).status_code == (200 if may_licences else 403)
    assert client.post(address("import_upload", tailspin, checked.pk)).status_code == (302 if may_usage else 403)


def test_another_organization_finds_nothing(checked: Upload, northwind: Organization, sign_in: SignIn) -> None:
    client = sign_in(northwind, role=Role.OWNER)

    for name in ("upload", "upload_errors"):
        assert client.get(address(name, northwind, checked.pk)).status_code == 404
    for name in ("import_upload", "drop_upload"):
        assert client.post(address(name, northwind, checked.pk)).status_code == 404
        assert client.get(address(name, northwind, checked.pk)).status_code == 405
    assert "october.csv" not in html(client, "uploads", northwind)


def test_readers_see_numbers_masked(tailspin: Organization, sign_in: SignIn, tmp_path: Path) -> None:
    cast.take(tailspin, tmp_path, row(1))
    rows = [row(1, Duration_Seconds="7"), row(2, Destination_Number="02079460000 ext 7"), row(3)]
    upload = work(hand_in(tailspin, uploading.usage(tmp_path, *rows)))
    client = sign_in(tailspin, role=Role.READER)

    shown = html(client, "upload", tailspin, upload.pk)
    told = client.get(address("upload_errors", tailspin, upload.pk)).getvalue().decode()

    for text in (shown, told):
        assert "2079460000" not in text
        assert "+44********00" in text


def test_the_list_takes_the_same_queries_however_long(
    tailspin: Organization,
    sign_in: SignIn,
    django_assert_num_queries: DjangoAssertNumQueries,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rating.uploads.storing.MOST", 200)
    client = sign_in(tailspin)
    hand_in(tailspin, b"first", actor=User.objects.first())
    with CaptureQueriesContext(connection) as few:
        html(client, "uploads", tailspin)
    for number in range(30):
        hand_in(tailspin, b"%d" % number)

    with django_assert_num_queries(len(few.captured_queries)):
        listed = html(client, "uploads", tailspin)

    assert "?older=" in listed
    assert len(listed) < 60_000


def test_the_pages_of_the_list_meet(tailspin: Organization, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rating.uploads.storing.MOST", 200)
    made = [hand_in(tailspin, b"%d" % number, name=f"file-{number:02}.csv") for number in range(26)]
    client, page = sign_in(tailspin), address("uploads", tailspin)

    older = client.get(page, {"older": made[1].pk}).content.decode()
    newer = client.get(page, {"newer": made[0].pk}).content.decode()
    nonsense = client.get(page, {"older": "x' OR 1=1"}).content.decode()

    assert older.count("file-") == 1
    assert newer.count(".csv</a>") == 25
    assert nonsense.count(".csv</a>") == 25


def test_an_organization_without_files_is_told_what_for(tailspin: Organization, sign_in: SignIn) -> None:
    assert "No files yet" in html(sign_in(tailspin), "uploads", tailspin)


def test_the_back_office_reads_uploads(checked: Upload, client: Client) -> None:
    client.force_login(UserFactory.create(is_staff=True, is_superuser=True))

    for name, pk in (("upload", checked.pk), ("uploadpart", checked.parts.get().pk)):
        assert client.get(reverse(f"admin:rating_{name}_changelist")).status_code == 200
        assert b"Duration_Seconds" not in client.get(reverse(f"admin:rating_{name}_change", args=[pk])).content


def test_reasons_are_said_in_the_language_of_the_page(
    checked: Upload, tailspin: Organization, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in(tailspin)
    client.cookies["django_language"] = "zh-hant"
    catalogue = trans_real.translation("zh-hant")
    sentence = "expected a whole number of seconds, zero or more"
    monkeypatch.setitem(catalogue._catalog._catalogs[0], sentence, "應為零或以上的整數秒數")  # type: ignore[attr-defined]

    shown = html(client, "upload", tailspin, checked.pk)

    assert "應為零或以上的整數秒數" in shown
    assert sentence not in shown
