from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from rating import intake
from rating.models import QuarantinedRow, UsageFile, UsageRecord
from rating.sheets import Refused
from subscriptions.models import Organization, Subscriber
from tests.rating import cast
from tests.rating.cast import row

OBJECT_ID = "0f0e0d0c-0000-4000-8000-0000000000aa"


def counts(file: UsageFile) -> tuple[int, int, int, int]:
    return file.rows, file.new, file.repeated, file.quarantined


def test_a_row_becomes_a_waiting_record(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    record = cast.taken(tailspin, tmp_path, UsageId="ABCDEF00-0000-4000-8000-000000000001")

    assert record.state == UsageRecord.State.WAITING
    assert record.usage_id == "abcdef00-0000-4000-8000-000000000001"
    assert record.started_at == datetime(2026, 10, 1, 9, 0, 0, 123456, tzinfo=UTC)
    assert (record.seconds, record.destination, record.due_at) == (120, "+442079460000", now)


@pytest.mark.parametrize(
    ("column", "given", "reason"),
    [
        ("UsageId", "", "missing"),
        ("UsageId", "x" * 65, "longer than 64"),
        ("Microsoft_Entra_ObjectId", "42", "expected an id"),
        ("User_Location", "gb", "capital letters"),
        ("Call_Type", "dr_out", "not a call type"),
        ("Call_Type", "", "missing"),
        ("Destination_Number", "", "missing"),
        ("Destination_Number", "sip:a@b", "expected +"),
        ("Caller_ID", "555 letters", "expected +"),
        ("Duration_Seconds", "-1", "whole number"),
        ("Duration_Seconds", "1:30", "whole number"),
        ("Duration_Seconds", "١٢", "whole number"),
        ("Duration_Seconds", "604801", "7 days"),
        ("Currency", "usd", "expected USD"),
        ("Currency", "EUR", "expected USD"),
        ("Currency", "", "expected USD"),
        ("Start_Time", "2026-10-01T09:00:00", "zone"),
        ("Start_Time", "01/10/2026 09:00", "zone"),
        ("Start_Time", "2026-02-29T09:00:00Z", "no such"),
        ("Start_Time", "2026-10-01T24:00:00Z", "no such"),
        ("Start_Time", "2026-10-01T09:00:00+25:00", "no such"),
        ("Start_Time", "0001-01-01T00:00:00+14:00", "zone"),
        ("End_Time", "2026-10-01T08:59:59Z", "before the start"),
        ("End_Time", "", "missing"),
    ],
)
def test_a_bad_field_is_quarantined(
    tailspin: Organization, tmp_path: Path, column: str, given: str, reason: str
) -> None:
    file = cast.take(tailspin, tmp_path, row(1, **{column: given}), row(2))

    assert counts(file) == (2, 1, 0, 1)
    bad = file.quarantine.get()
    assert (bad.line, bad.column, bad.given) == (2, column.replace("_", " "), given)
    assert reason in bad.reason
    assert bad.raw["UPN"] == "amara.obi@tailspin.example"


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        ("2025-10-02T08:59:59Z", "older than 13 months"),
        ("2025-10-02T09:00:00Z", ""),
        ("2026-11-02T09:05:00Z", ""),
        ("2026-11-02T09:05:01Z", "ahead of the clock"),
    ],
)
def test_the_age_of_a_row(tailspin: Organization, tmp_path: Path, start: str, reason: str) -> None:
    file = cast.take(tailspin, tmp_path, row(Start_Time=start, End_Time="2026-11-02T09:10:00Z"))

    assert file.quarantined == bool(reason)
    assert reason in "".join(file.quarantine.values_list("reason", flat=True))


def test_a_leap_second_counts_as_the_59th(tailspin: Organization, tmp_path: Path) -> None:
    record = cast.taken(tailspin, tmp_path, Start_Time="2026-10-01T08:59:60+01:00")

    assert record.started_at == datetime(2026, 10, 1, 7, 59, 59, tzinfo=UTC)


def test_a_row_too_short_is_quarantined(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    path = cast.usage_file(tmp_path, [row(1), row(2)])
    path.write_text(path.read_text(encoding="utf-8").rsplit(",", 8)[0], encoding="utf-8")

    file = intake.take_file(path, tailspin, now=now)

    assert counts(file) == (2, 1, 0, 1)
    assert "fields, expected 25" in file.quarantine.get().reason


def test_the_same_file_again_changes_nothing(tailspin: Organization, tmp_path: Path) -> None:
    rows = [row(1), row(2), row(3, Currency="EUR")]

    first = cast.take(tailspin, tmp_path, *rows)
    second = cast.take(tailspin, tmp_path, *rows)

    assert (counts(first), counts(second)) == ((3, 2, 0, 1), (3, 0, 2, 1))
    assert tailspin.usage_records.count() == 2
    assert QuarantinedRow.objects.count() == 1


def test_a_corrected_file_adds_what_was_bad(tailspin: Organization, tmp_path: Path) -> None:
    cast.take(tailspin, tmp_path, row(1), row(2, Currency="EUR"))

    file = cast.take(tailspin, tmp_path, row(1), row(2), name="corrected.csv")

    assert counts(file) == (2, 1, 1, 0)


def test_the_same_id_twice_in_a_file(tailspin: Organization, tmp_path: Path) -> None:
    file = cast.take(tailspin, tmp_path, row(1), row(1), row(1, Duration_Seconds="60"))

    assert counts(file) == (3, 1, 1, 1)
    assert file.quarantine.get().reason == "already imported on line 2 of this file with other values"


def test_the_same_id_with_other_facts_is_never_overwritten(tailspin: Organization, tmp_path: Path) -> None:
    cast.take(tailspin, tmp_path, row(1))

    file = cast.take(tailspin, tmp_path, row(1, Duration_Seconds="60"), row(2))

    assert counts(file) == (2, 1, 0, 1)
    bad = file.quarantine.get()
    assert bad.reason == "already imported on 2026-11-02 (120 s to +442079460000) with other values"
    assert tailspin.usage_records.get(usage_id=row(1)["UsageId"]).seconds == 120


def test_ids_belong_to_an_organization(tailspin: Organization, northwind: Organization, tmp_path: Path) -> None:
    cast.take(tailspin, tmp_path, row(1))

    assert counts(cast.take(northwind, tmp_path, row(1))) == (1, 1, 0, 0)
    assert northwind.subscribers.get() != tailspin.subscribers.get()


def test_a_refused_file_leaves_nothing(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    path = cast.usage_file(tmp_path, [row(number) for number in range(1, 1100)])
    with path.open("a", encoding="utf-8") as file:
        file.write('"never closed\n')

    with pytest.raises(Refused, match="Line 1101"):
        intake.take_file(path, tailspin, now=now)

    assert not UsageFile.objects.exists()
    assert not UsageRecord.objects.exists()
    assert not Subscriber.objects.exists()


def test_a_missing_column_is_named(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    path = tmp_path / "usage.csv"
    path.write_text("UsageId,UPN\n1,2\n", encoding="utf-8")

    with pytest.raises(Refused, match=r"Column 'Call ID' is missing\. Found: UsageId, UPN\."):
        intake.take_file(path, tailspin, now=now)


def test_columns_that_nobody_reads_may_be_missing(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    path = tmp_path / "usage.csv"
    names = intake.columns.COLUMNS
    path.write_text("\n".join((",".join(names), ",".join(row(1)[name] for name in names))), encoding="utf-8")

    assert counts(intake.take_file(path, tailspin, now=now)) == (1, 1, 0, 0)


def test_an_object_id_is_learned_by_the_upn_and_then_leads(tailspin: Organization, tmp_path: Path) -> None:
    known = cast.person(tailspin, "MCOPSTN5")

    cast.take(
        tailspin,
        tmp_path,
        row(1, UPN="Amara.Obi@tailspin.example", Microsoft_Entra_ObjectId=OBJECT_ID),
        row(2, UPN="renamed@tailspin.example", Microsoft_Entra_ObjectId=OBJECT_ID),
    )

    known.refresh_from_db()
    assert known.object_id == UUID(OBJECT_ID)
    assert tailspin.subscribers.get() == known
    assert known.usage_records.count() == 2


def test_a_stranger_becomes_an_unlicensed_subscriber(tailspin: Organization, tmp_path: Path) -> None:
    cast.take(tailspin, tmp_path, row(1), row(2, Microsoft_Entra_ObjectId=OBJECT_ID))

    stranger = tailspin.subscribers.get()
    assert (stranger.upn, stranger.usage_location) == ("amara.obi@tailspin.example", "GB")
    assert stranger.object_id == UUID(OBJECT_ID)
    assert not stranger.licences.exists()
    assert stranger.usage_records.count() == 2


def test_voice_apps_belong_to_nobody(tailspin: Organization, tmp_path: Path) -> None:
    record = cast.taken(tailspin, tmp_path, Call_Type="ucap_in")

    assert record.subscriber is None
    assert not tailspin.subscribers.exists()


def test_the_import_is_on_record(tailspin: Organization, tmp_path: Path) -> None:
    cast.take(tailspin, tmp_path, row(1), row(2, Currency="EUR"))

    facts = tailspin.activities.get(action="usage.imported").facts
    assert facts == {"file": "usage.csv", "new": 1, "repeated": 0, "quarantined": 1}


def test_statements_do_not_grow_with_the_rows(
    tailspin: Organization, tmp_path: Path, now: datetime, django_assert_max_num_queries: Any
) -> None:
    path = cast.usage_file(tmp_path, [row(number, UPN=f"person{number}@tailspin.example") for number in range(1, 900)])

    with django_assert_max_num_queries(14):
        intake.take_file(path, tailspin, now=now + timedelta(days=1))
