"""Pages of Graph's call log, and exports of earlier years, are taken in like the export of today."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from rating import intake
from rating.management.commands import import_usage
from rating.models import UsageFile, UsageRecord
from rating.sheets import Refused
from subscriptions.models import Organization
from tests import factories
from tests.rating import cast
from tests.rating.cast import row

pytestmark = pytest.mark.usefixtures("frozen")
#: What the trade's example shows, with a number and a time that are ours.
CALL: dict[str, Any] = {
    "id": "9C4984C7-6c3c-427d-a30c-bd0b2eacee90",
    "callId": "1835317186_112562680@203.0.113.176",
    "userId": "db03c14b-06eb-4189-939b-7cbf3a20ba27",
    "userPrincipalName": "amara.obi@tailspin.example",
    "userDisplayName": "Amara Obi",
    "startDateTime": "2026-10-01T00:00:08.2589935Z",
    "endDateTime": "2026-10-01T00:03:47.2589935Z",
    "duration": 219,
    "charge": 0.10,
    "callType": "user_out",
    "currency": "USD",
    "calleeNumber": "+33123456789",
    "usageCountryCode": "GB",
    "tenantCountryCode": "GB",
    "connectionCharge": 0.00,
    "callerNumber": "+442079460000",
    "destinationContext": None,
    "destinationName": "France",
    "conferenceId": None,
    "licenseCapability": "MCOPSTN5",
    "inventoryType": "Subscriber",
    "operator": "Microsoft",
    "callDurationSource": "microsoft",
}


def page(folder: Path, *calls: object, name: str = "page.json", **more: object) -> Path:
    path = folder / name
    path.write_text(json.dumps({"@odata.count": len(calls), "value": calls} | more), encoding="utf-8")
    return path


def take(organization: Organization, path: Path) -> UsageFile:
    return intake.take_file(path, organization, now=factories.NOW)


def test_a_row_of_the_log_becomes_a_record(tailspin: Organization, tmp_path: Path) -> None:
    take(tailspin, page(tmp_path, CALL))

    record = UsageRecord.objects.get()
    assert (record.usage_id, record.seconds, record.destination) == (CALL["id"].lower(), 219, "+33123456789")
    assert (record.caller, record.number_type, record.capability) == ("+442079460000", "user", "MCOPSTN5")
    assert record.subscriber is not None
    assert record.subscriber.upn == "amara.obi@tailspin.example"


def test_the_same_call_by_both_ways_is_one_charge(tailspin: Organization, tmp_path: Path) -> None:
    take(tailspin, page(tmp_path, CALL))
    same = row(
        UsageId=CALL["id"],
        Call_ID=CALL["callId"],
        Microsoft_Entra_ObjectId=CALL["userId"],
        Destination_Number=CALL["calleeNumber"],
        Start_Time=CALL["startDateTime"],
        End_Time=CALL["endDateTime"],
        Duration_Seconds="219",
    )

    file = cast.take(tailspin, tmp_path, same)

    assert (file.new, file.repeated, file.quarantined) == (0, 1, 0)


@pytest.mark.parametrize(
    ("changed", "column", "reason"),
    [
        ({"duration": 219.5}, "Duration Seconds", "whole number"),
        ({"duration": -1}, "Duration Seconds", "whole number"),
        ({"duration": None}, "Duration Seconds", "missing"),
        ({"duration": True}, "row", "duration"),
        ({"id": None}, "UsageId", "missing"),
        ({"id": ["x"]}, "row", "id is no text"),
        ({"calleeNumber": {"a": 1}}, "row", "calleeNumber"),
        ({"calleeNumber": "\0"}, "row", "NUL"),
        ({"currency": "EUR"}, "Currency", "expected USD"),
        ({"startDateTime": "0001-01-01T00:00:00Z"}, "Start Time", "zone"),
        ({"callType": "ByotIn"}, "Call Type", "not a call type"),
    ],
)
def test_a_bad_row_is_quarantined(
    tailspin: Organization, tmp_path: Path, changed: dict[str, Any], column: str, reason: str
) -> None:
    file = take(tailspin, page(tmp_path, CALL | changed, CALL))

    bad = file.quarantine.get()
    assert (file.new, file.quarantined, bad.line, bad.column) == (1, 1, 1, column)
    assert reason in bad.reason


@pytest.mark.parametrize(
    "text",
    ["{", "{}", '{"value": {}}', '{"value": []}', '{"value": [1], "x": NaN}', '{"value": ' + "[" * 100_000],
    ids=["cut off", "no value", "no list", "no rows", "not a number", "deep"],
)
def test_what_is_no_page_is_refused(tailspin: Organization, tmp_path: Path, text: str) -> None:
    path = tmp_path / "page.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(Refused):
        take(tailspin, path)

    assert not UsageFile.objects.exists()


def test_several_pages_and_whether_there_are_more(
    tailspin: Organization, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_usage, "ring", lambda *names: None)
    more = {"@odata.nextLink": "https://graph.example/v1.0/next"}
    first = page(tmp_path, CALL, name="1.json", **more)
    second = page(tmp_path, CALL | {"id": CALL["id"][:-1] + "1"}, name="2.json", **more)
    out, err = StringIO(), StringIO()

    call_command("import_usage", first, second, organization="tailspin", stdout=out, stderr=err)

    assert out.getvalue().splitlines() == ["1 rows: 1 new, 0 already there, 0 quarantined"] * 2
    assert "2.json is not the last page" in err.getvalue()


def test_the_export_of_earlier_years_has_fewer_columns(tailspin: Organization, tmp_path: Path) -> None:
    lines = (cast.DATA / "usage-tailspin-2026-09-10.csv").read_text(encoding="utf-8").splitlines()[:50]
    later = {"Call Direction", "External Country", "Operator", "Source of Call Duration", "Administrative Units"}
    header = lines[0].split(",")
    kept = [place for place, column in enumerate(header) if column not in later]
    old = [",".join(line.split(",")[place] for place in kept) for line in lines]
    path = tmp_path / "old.csv"
    path.write_text("\r\n".join(old).replace("Microsoft Entra ObjectId", "AAD ObjectId"), encoding="utf-8")

    file = take(tailspin, path)

    assert (file.new, file.quarantined) == (49, 0)
    nobody = UsageRecord.objects.filter(subscriber=None)
    assert {record.call_type.partition("_")[0] for record in nobody} <= {"ucap"}
