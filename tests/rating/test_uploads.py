"""Uploads: kept, checked without a trace, taken in once, refused with a reason, and forgotten."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.test import override_settings

from rating import uploads
from rating.models import QuarantinedRow, Upload, UploadPart, UsageFile, UsageRecord
from rating.uploads import storing
from subscriptions.models import Activity, Licence, Organization, Subscriber
from tests.factories import NOW, UserFactory
from tests.rating import cast, uploading
from tests.rating.cast import row
from tests.rating.uploading import hand_in, people, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_beats")]
State = Upload.State


def test_a_file_is_kept_in_parts_of_a_mebibyte(contoso: Organization, tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000

    upload = hand_in(contoso, content)

    assert [len(bytes(part.content)) for part in upload.parts.order_by("number")] == [2**20, 2**20, 462_848]
    assert storing.write_out(upload, tmp_path).read_bytes() == content
    assert (upload.size, upload.state) == (2_560_000, State.CHECKING)
    assert Activity.objects.get(action="upload.received").facts == {"file": "usage.csv"}


def test_a_file_that_is_too_large_leaves_nothing(contoso: Organization) -> None:
    with override_settings(UPLOAD_MEBIBYTES=1), pytest.raises(uploads.TooLarge):
        hand_in(contoso, b"x" * (2**20 + 1))

    assert not Upload.objects.exists()
    assert not UploadPart.objects.exists()


def test_five_files_are_on_their_way_at_most(contoso: Organization, northwind: Organization) -> None:
    for number in range(uploads.MOST):
        hand_in(contoso, b"%d" % number)

    with pytest.raises(uploads.TooMany):
        hand_in(contoso, b"one more")

    assert hand_in(northwind, b"one more").pk
    assert contoso.uploads.count() == uploads.MOST


def test_the_same_file_handed_in_twice_is_one_upload(contoso: Organization) -> None:
    first = hand_in(contoso, b"the same")

    again = hand_in(contoso, b"the same", name="other.csv")

    assert again == first
    assert UploadPart.objects.count() == 1
    assert hand_in(contoso, b"the same", kind=Upload.Kind.LICENCES) != first


def test_it_is_one_upload_also_while_it_waits_for_a_decision(tailspin: Organization, tmp_path: Path) -> None:
    content = uploading.usage(tmp_path, row(1))
    first = work(hand_in(tailspin, content))

    again = hand_in(tailspin, content)

    assert again == first
    assert again.state == State.CHECKED


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\usage.csv", "usage.csv"),
        ('a"b\r\nX.csv', 'a"bX.csv'),
        ("", "file"),
        ("..", "file"),
        ("gpj.\u202eusage.csv", "gpj.usage.csv"),
        ("用量📞.csv", "用量📞.csv"),
    ],
)
def test_names_are_cleaned(given: str, kept: str) -> None:
    assert storing.cleaned(given) == kept


def test_a_long_name_keeps_its_end() -> None:
    assert len(storing.cleaned("用" * 300 + ".csv").encode()) <= 200
    assert storing.cleaned("用" * 300 + ".csv").endswith("用.csv")


def test_a_check_counts_and_leaves_nothing(tailspin: Organization, tmp_path: Path) -> None:
    cast.take(tailspin, tmp_path, row(1))
    before = UsageFile.objects.count(), UsageRecord.objects.count(), Subscriber.objects.count()
    rows = [row(1), row(2), row(2), row(3, Duration_Seconds="many"), row(1, Duration_Seconds="7")]

    upload = work(hand_in(tailspin, uploading.usage(tmp_path, *rows)))

    assert upload.state == State.CHECKED
    assert {name: upload.found[name] for name in ("rows", "new", "repeated", "bad")} == {
        "rows": 5,
        "new": 1,
        "repeated": 2,
        "bad": 2,
    }
    assert upload.found["days"] == ["2026-10-01", "2026-10-01"]
    assert upload.found["errors"][0][:3] == [5, "Duration Seconds", "many"]
    assert (UsageFile.objects.count(), UsageRecord.objects.count(), Subscriber.objects.count()) == before
    assert not QuarantinedRow.objects.exists()


def test_the_check_foretells_what_importing_does(tailspin: Organization, tmp_path: Path) -> None:
    rows = [row(1), row(2), row(2, Duration_Seconds="7"), row(3, Currency="EUR")]
    upload = work(hand_in(tailspin, uploading.usage(tmp_path, *rows)))
    foretold = {name: upload.found[name] for name in ("rows", "new", "repeated", "bad")}

    uploads.confirm(upload, actor=UserFactory.create(), now=NOW)
    work(upload)

    assert upload.state == State.DONE
    assert {name: upload.outcome[name] for name in foretold} == foretold
    told = [[line, column, given, reason] for line, column, given, reason in upload.found["errors"]]
    kept = QuarantinedRow.objects.order_by("line").values_list("line", "column", "given", "reason")
    assert [list(each) for each in kept] == told
    assert UsageRecord.objects.count() == 2


def test_content_goes_when_it_is_imported(tailspin: Organization, tmp_path: Path) -> None:
    upload = work(hand_in(tailspin, uploading.usage(tmp_path, row(1))))
    assert upload.parts.exists()

    uploads.confirm(upload, actor=UserFactory.create(), now=NOW)
    work(upload)

    assert not upload.parts.exists()
    assert upload.emptied_at is not None
    assert Activity.objects.filter(action="upload.confirmed").count() == 1
    with pytest.raises(uploads.NotWaiting):
        uploads.confirm(upload, actor=UserFactory.create(), now=NOW)


def test_a_file_of_which_all_is_there_asks_nothing(tailspin: Organization, tmp_path: Path) -> None:
    content = uploading.usage(tmp_path, row(1))
    cast.take(tailspin, tmp_path, row(1))

    upload = work(hand_in(tailspin, content))

    assert upload.state == State.DONE
    assert upload.outcome == {"rows": 1, "new": 0, "repeated": 1, "bad": 0, "nothing_new": True}
    assert not upload.parts.exists()


REFUSED = [
    (b"PK\x03\x04rest", "This is a zip archive"),
    (b"\x1f\x8b rest", "This is a gzip archive"),
    (b"%PDF-1.7", "This is a PDF document"),
    (b"\x89PNG\r\n", "This is a picture"),
    ("UsageId,Call ID\n".encode("utf-16"), "This file is in UTF-16"),
    (b"UsageId,Call ID\na,b\n", "Column 'Conference ID' is missing"),
    (people("ann@contoso.example,Ann,US,MCOPSTN1"), "This is a license file."),
    (b"a;b\n1;2\n", "Columns are separated by ';'"),
    (b"a,b\n\x00,2\n", "Column 'UsageId' is missing"),
    (b"\n\n", "The file has no rows."),
    (b"\xe9t\xe9,b\n1,2\n", "Line 1 can't be read as UTF-8."),
    (b'{"value": "no list"}', "This is no page of a call log"),
    (b'{"value": []}', "The page has no rows."),
    (b"{nonsense", "This is not JSON"),
]


@pytest.mark.parametrize(("content", "why"), REFUSED, ids=[why for _, why in REFUSED])
def test_what_is_no_usage_file_is_refused_with_a_reason(contoso: Organization, content: bytes, why: str) -> None:
    upload = work(hand_in(contoso, content))

    assert upload.state == State.REFUSED
    assert upload.refusal.startswith(why)
    assert not upload.parts.exists()
    assert Activity.objects.filter(action="upload.refused").count() == 1


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"PK\x03\x04rest", "This is a zip archive"),
        (b"UsageId,Call ID\n1,2\n", "This is a usage file."),
        (b"UPN,User Display Name\n", "no column Usage location, Licences"),
        (people(), "The file has no rows."),
        (b'"UPN,User Display Name\n', "not CSV"),
        (people("ä@contoso.example,Ä,US,").decode().encode("latin-1"), "not UTF-8"),
    ],
)
def test_what_is_no_license_file_is_refused_with_a_reason(contoso: Organization, content: bytes, why: str) -> None:
    upload = work(hand_in(contoso, content, kind=Upload.Kind.LICENCES, since=None))

    assert upload.state == State.REFUSED
    assert upload.refusal.startswith(why)


def test_people_are_checked_without_a_trace_and_then_imported(contoso: Organization) -> None:
    content = people("adele@contoso.example,Adele,US,MCOPSTN2", "alex@contoso.example,Alex,XYZ,")
    owner = UserFactory.create()

    upload = work(hand_in(contoso, content, kind=Upload.Kind.LICENCES, since="2026-10-01"))
    assert (upload.found["new"], upload.found["bad"], Subscriber.objects.count()) == (1, 1, 0)
    uploads.confirm(upload, actor=owner, now=NOW)
    work(upload)

    assert (upload.state, upload.outcome["new"]) == (State.DONE, 1)
    assert Licence.objects.get().assigned_on == date(2026, 10, 1)
    assert Activity.objects.get(action="licences.imported").actor == owner


def test_a_dropped_file_leaves_its_line_only(contoso: Organization, tmp_path: Path) -> None:
    upload = work(hand_in(contoso, uploading.usage(tmp_path, row(1))))

    uploads.drop(upload, actor=UserFactory.create(), now=NOW)

    assert (upload.state, upload.parts.count(), UsageRecord.objects.count()) == (State.DROPPED, 0, 0)
    assert Activity.objects.filter(action="upload.dropped").count() == 1
    with pytest.raises(uploads.NotWaiting):
        uploads.drop(upload, actor=UserFactory.create(), now=NOW)


def test_what_nobody_decides_on_is_dropped_after_thirty_days(contoso: Organization, tmp_path: Path) -> None:
    upload = work(hand_in(contoso, uploading.usage(tmp_path, row(1))))

    assert uploads.work_due(now=NOW + uploads.KEPT) == 0
    assert uploads.work_due(now=NOW + uploads.KEPT + timedelta(seconds=1)) == 1

    upload.refresh_from_db()
    assert upload.state == State.DROPPED
    assert not upload.parts.exists()
