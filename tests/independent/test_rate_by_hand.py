"""The figures of the two demo usage files, from a script that shares no code with the product."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("rate_by_hand.py")
DATA = Path(__file__).parents[2] / "rating" / "data"
HEADER = (DATA / "usage-tailspin-2026-09-10.csv").read_text(encoding="utf-8").splitlines()[0]


def by_hand(licences: Path, usage: Path, *more: str) -> Any:
    files = {
        "--outbound": DATA / "acs-pstn-rates-2025-10-15.csv",
        "--inbound": DATA / "inbound-toll-free-2025-10-15.csv",
        "--licences": licences,
        "--usage": usage,
    }
    command = [sys.executable, str(SCRIPT), *(str(word) for pair in files.items() for word in pair), *more]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout)


def states(**counted: int) -> dict[str, int]:
    return dict.fromkeys(("covered", "charged", "free", "FREECALL", "quarantined", "waiting"), 0) | counted


def test_contoso_ends_as_decided() -> None:
    outcome = by_hand(DATA / "licences-contoso.csv", DATA / "usage-contoso-2026-09-10.csv")

    assert outcome == {
        "rows": 5000,
        "states": states(covered=1406, charged=1958, free=1589, FREECALL=47),
        "split": 0,
        "flagged_unlicensed": 212,
        "total": "1055.4500",
        "by_call_type": {
            "conf_in": "59.1588",
            "conf_out": "145.5480",
            "ucap_in": "48.8496",
            "ucap_out": "37.6335",
            "user_out": "650.8869",
            "user_out_forwarding": "113.3732",
        },
    }


def test_tailspin_runs_over_its_pools() -> None:
    outcome = by_hand(DATA / "licences-tailspin.csv", DATA / "usage-tailspin-2026-09-10.csv")

    assert outcome == {
        "rows": 1500,
        "states": states(covered=439, charged=912, free=149),
        "split": 2,
        "flagged_unlicensed": 372,
        "total": "292.1050",
        "by_call_type": {
            "conf_out": "53.8350",
            "ucap_in": "2.6100",
            "user_out": "225.7270",
            "user_out_forwarding": "9.9330",
        },
    }


def row(kind: str, number: str, seconds: int, day: str = "2026-09-01", number_type: str = "user") -> str:
    cells = dict.fromkeys(HEADER.split(","), "") | {
        "UsageId": f"{kind}-{number}-{seconds}-{day}",
        "User Location": "GB",
        "UPN": "" if kind.startswith("ucap") else "amara.obi@tailspin.example",
        "Call Type": kind,
        "Number Type": number_type,
        "Destination Number": number,
        "Start Time": f"{day}T09:00:00.1234567+00:00",
        "Duration Seconds": str(seconds),
    }
    return ",".join(cells.values())


def outcome_of(tmp_path: Path, *rows: str, more: tuple[str, ...] = ()) -> Any:
    usage = tmp_path / "usage.csv"
    usage.write_text("\n".join((HEADER, *rows)) + "\n", encoding="utf-8")
    return by_hand(DATA / "licences-tailspin.csv", usage, *more)


def test_odd_rows_end_where_they_should(tmp_path: Path) -> None:
    outcome = outcome_of(
        tmp_path,
        row("dr_out", "+442079460000", 60),  # no decision names it
        row("user_out", "+44 20", 60),  # not a number
        row("user_out", "+442079460000", 60, day="2026-09-31"),
        row("user_out", "+442079460000", 60, day="2025-10-14"),  # the day before the decks
        row("user_out", "+999123456", 60),  # no such destination
        row("user_out", "anonymous", 60),
        row("emergency_out", "999", 60),
        row("conf_in", "+442079460000", 60, number_type="service"),
        row("user_out", "+4420794***", 61),  # masked, and still long enough for its rate
    )

    assert outcome["states"] == states(covered=1, free=2, FREECALL=2, quarantined=3, waiting=1)


def test_a_call_across_the_end_of_a_pool_pays_for_the_rest(tmp_path: Path) -> None:
    outcome = outcome_of(tmp_path, row("user_out", "+442079460000", 600 * 60 + 1))

    assert (outcome["states"], outcome["split"]) == (states(charged=1), 1)
    assert outcome["total"] == outcome_of(tmp_path, row("ucap_out", "+442079460000", 1))["total"]


def test_toll_free_goes_by_the_country_of_the_service_number(tmp_path: Path) -> None:
    call = row("ucap_in", "+18555550100", 61, number_type="toll-free")

    assert outcome_of(tmp_path, call)["total"] == "0.0440"
    assert outcome_of(tmp_path, call, more=("--service-country", "TW"))["total"] == "0.5436"
