"""Large files: taken as small ones are, and charged to the same end."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from credits.models import Account, Journal
from rating import backfill, charging, intake, invariants, sheets
from rating.backfill import Pace, blocks
from rating.backfill.writing import Step
from rating.models import UsageFile, UsageRecord
from subscriptions.models import Organization
from tests import factories
from tests.integrity import violations
from tests.rating import cast
from tests.rating.cast import DATA, row

pytestmark = pytest.mark.django_db(transaction=True)
FACTS = [
    field.name
    for field in UsageRecord._meta.concrete_fields
    if field.name not in {"id", "organization", "file", "subscriber", "journal", "rate"}
]


def small(organization: Organization, path: Path, now: datetime) -> UsageFile:
    file = intake.take_file(path, organization, now=now)
    while charging.charge_due(now=now):
        pass
    return file


def large(organization: Organization, path: Path, now: datetime) -> UsageFile:
    return backfill.take_file(path, organization, now=now, pace=Pace(700))


def end_of(organization: Organization) -> dict[str, Any]:
    """What an import came to, without the keys of its rows."""
    places = ("quarantine__line", "quarantine__column", "quarantine__given", "quarantine__reason")
    account = Account.objects.get(organization=organization)
    return {
        "records": list(organization.usage_records.order_by("usage_id").values_list(*FACTS, "subscriber__upn")),
        "files": list(organization.usage_files.values_list("rows", "new", "repeated", "quarantined")),
        "bad": list(organization.usage_files.values_list(*places).order_by("pk", "quarantine__line")),
        "pools": sorted(organization.pool_uses.values_list("month", "pool", "used")),
        "people": sorted(organization.subscribers.values_list("upn", "object_id", "display_name", "usage_location")),
        "money": (account.balance, account.overdraft),
        "journals": sorted(account.journals.values_list("movement", "why")),
    }


def both(path: Path, now: datetime, prepare: Callable[[Organization], object] = lambda organization: None) -> None:
    """The file ends the same way by either door."""
    ends = []
    for take in (small, large):
        organization = factories.tailspin() if take is small else factories.northwind()
        Organization.objects.filter(pk=organization.pk).update(country="GB")
        organization.refresh_from_db()
        prepare(organization)
        take(organization, path, now)
        ends.append(end_of(organization))
    for what, there in ends[0].items():
        assert ends[1][what] == there, what


@pytest.mark.parametrize("name", ["contoso", "tailspin"])
def test_the_demo_files_end_the_same(name: str, now: datetime) -> None:
    cast.publish_samples()

    both(
        DATA / f"usage-{name}-2026-09-10.csv",
        now,
        lambda organization: cast.license_people(organization, DATA / f"licences-{name}.csv"),
    )


ODD = [
    {"UsageId": "not a uuid but an id"},
    {"UsageId": "ABCDEF00-0000-4000-8000-00000000AAAA"},
    {"UsageId": ""},
    {"UsageId": "x" * 65},
    {"Microsoft_Entra_ObjectId": "42"},
    {"Microsoft_Entra_ObjectId": "0F0E0D0C-0000-4000-8000-0000000000AA"},
    {"Microsoft_Entra_ObjectId": "00000000-0000-0000-0000-000000000000"},
    {"User_Location": "gb"},
    {"UPN": "Zoë@tailspin.example", "User_Display_Name": 'Zoë Obi, "Z"'},
    {"UPN": "AMARA.OBI@tailspin.example"},
    {"UPN": "", "User_Display_Name": ""},
    {"Caller_ID": "+44 20 7946 0000"},
    {"Caller_ID": "Anonymous"},
    {"Destination_Number": "020 7946 0000"},
    {"Destination_Number": "+4420794****"},
    {"Destination_Number": "sip:a@b"},
    {"Destination_Number": " +442079460000 "},
    {"Call_Type": "dr_out"},
    {"Call_Type": "ucap_in", "Number_Type": "Toll-Free"},
    {"Call_Type": "emergency_out", "Destination_Number": "999"},
    {"Duration_Seconds": "-1"},
    {"Duration_Seconds": "0"},
    {"Duration_Seconds": "604801"},
    {"Duration_Seconds": "007"},
    {"Currency": "EUR"},
    {"Capability": "a\\b"},
    {"Number_Type": "x" * 17},
    {"Start_Time": "2026-10-01T09:00:00Z"},
    {"Start_Time": "2026-10-01T09:00:00.000000999Z"},
    {"Start_Time": "2026-10-01T09:00:00.5+00:00"},
    {"Start_Time": "2026-10-01T10:00:00+01:00"},
    {"Start_Time": "2026-10-01T08:59:60Z"},
    {"Start_Time": "2026-02-29T09:00:00Z"},
    {"Start_Time": "2026-10-01T24:00:00Z"},
    {"Start_Time": "2026-10-01T09:00:00"},
    {"Start_Time": "2025-10-02T08:59:59Z"},
    {"Start_Time": "2025-10-02T09:00:00Z"},
    {"Start_Time": "2025-10-14T23:59:59Z"},
    {"End_Time": "2026-10-01T08:00:00Z"},
    {"Start_Time": "2026-11-02T09:05:01Z", "End_Time": "2026-11-02T09:10:00Z"},
    {"Call_ID": "two\nlines"},
    {"User_Display_Name": "=HYPERLINK(1)"},
    {"Operator": "a,b"},
]


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A file of odd rows, each beside a plain one, repeats in and out of order, and lines that are too short."""
    rows = [
        one for n, other in enumerate(ODD, 1) for one in (row(2 * n, **{"UPN": "b@b.example"}), row(2 * n + 1, **other))
    ]
    rows += [row(2), row(2, Duration_Seconds="60"), row(4, Start_Time="2026-09-01T09:00:00Z"), *rows[:20]]
    path = cast.usage_file(tmp_path, rows)
    path.write_text(
        path.read_text(encoding="utf-8") + "\n\n,,,\na,b\n" + "," * (len(cast.HEADER) - 1) + "\n", encoding="utf-8"
    )
    return path


def test_what_clashes_inside_a_file_is_kept_as_it_was_taken(
    tailspin: Organization, tmp_path: Path, now: datetime
) -> None:
    path = cast.usage_file(tmp_path, [row(1), row(2), row(1, Duration_Seconds="60", Call_ID="again")])

    file = large(tailspin, path, now)

    bad = file.quarantine.get()
    assert (bad.line, bad.column, bad.reason) == (
        4,
        "UsageId",
        "already imported on line 2 of this file with other values",
    )
    assert bad.raw["UsageId"] == row(1)["UsageId"]
    assert (bad.raw["Call ID"], bad.raw["Duration Seconds"]) == ("again", "60")


@pytest.mark.parametrize("size", [blocks.BLOCK, 3000])
def test_odd_rows_end_the_same(odd: Path, now: datetime, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(blocks.blocks, "__kwdefaults__", {"size": size})
    cast.deck({"44 GB": "0.02"})

    both(odd, now)


def test_other_line_ends_end_the_same(tmp_path: Path, now: datetime) -> None:
    path = cast.usage_file(tmp_path, [row(1), row(2, Currency="EUR"), row(3)])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))

    both(path, now)


def test_old_line_ends_are_read_row_by_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "LARGE", 10)
    path = cast.usage_file(tmp_path, [row(1)])
    assert backfill.is_large(path)

    path.write_bytes(path.read_bytes().replace(b"\r\n", b"\r"))

    assert not backfill.is_large(path)


def test_what_is_there_already_stays_as_it_is(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    cast.deck({"44 GB": "0.02"})
    small(tailspin, cast.usage_file(tmp_path, [row(n) for n in range(1, 11)]), now)
    path = cast.usage_file(tmp_path, [row(1, Duration_Seconds="60"), *(row(n) for n in range(5, 31))], "second.csv")

    file = large(tailspin, path, now)
    again = large(tailspin, path, now)

    assert (file.rows, file.new, file.repeated, file.quarantined) == (27, 20, 6, 1)
    assert (again.rows, again.new, again.repeated, again.quarantined) == (27, 0, 26, 1)
    bad = file.quarantine.get()
    assert bad.reason == "already imported on 2026-11-02 (120 s to +442079460000) with other values"
    assert (bad.raw["Duration Seconds"], bad.raw["Destination Number"]) == ("60", "+442079460000")
    assert not again.quarantine.exists()
    assert Account.objects.get(organization=tailspin).balance == Decimal("-0.04") * 30


def test_a_refused_file_leaves_nothing(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    path = cast.usage_file(tmp_path, [row(1), row(2, Currency="EUR")])
    with path.open("a", encoding="utf-8") as file:
        file.write('"never closed\n')

    with pytest.raises(sheets.Refused, match="Line 4"):
        large(tailspin, path, now)

    assert not UsageFile.objects.exists()
    assert not tailspin.subscribers.exists()


@pytest.mark.parametrize("lanes", [0, 2])
def test_it_goes_on_where_it_stopped(
    tailspin: Organization, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch, lanes: int
) -> None:
    cast.deck({"44 GB": "0.02"})
    path = cast.usage_file(tmp_path, [*(row(n) for n in range(1, 31)), row(31, Currency="EUR")])
    done, charge = [], Step.charge

    def dies(*words: Any, **named: Any) -> None:
        charge(*words, **named)
        done.append(1)
        if len(done) == 3:
            raise RuntimeError("killed")

    monkeypatch.setattr(Step, "charge", dies)
    with pytest.raises(RuntimeError):
        backfill.take_file(path, tailspin, now=now, pace=Pace(10, lanes))
    begun = UsageFile.objects.get()
    file = backfill.take_file(path, tailspin, now=now, pace=Pace(10, lanes))

    assert (begun.finished_at, begun.rows, file.pk) == (None, 0, begun.pk)
    assert (file.rows, file.new, file.repeated, file.quarantined) == (31, 30, 0, 1)
    assert file.quarantine.count() == 1
    assert Journal.objects.count() == 30
    assert not any(check(None, now) for check in invariants.CHECKS.values())


def test_a_long_backlog_is_charged_in_long_batches(
    tailspin: Organization, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(charging, "BACKLOG", 1000)
    monkeypatch.setattr(charging, "LONG_BATCH", 900)
    cast.deck({"44 GB": "0.02"})
    cast.take(tailspin, tmp_path, *(row(n) for n in range(1, 1102)))

    moved = [charging.charge_due(now=now) for _ in range(4)]

    assert moved == [900, 100, 100, 1]
    account = Account.objects.get(organization=tailspin)
    assert (account.balance, account.overdraft) == (Decimal("-44.04"), Decimal("44.04"))
    assert violations(now) == {}
