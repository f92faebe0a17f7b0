"""`manage.py price`: one answer a line, whatever the line is."""

import io
import json
import select
import subprocess
import sys
from typing import Any

import pytest
from django.core.management import call_command

from rating.pricing import lines
from tests.docs.pages import ROOT

TWO = [
    {"start": "0", "rate": "0.4", "unit": "60", "increment": "30"},
    {"start": "60", "rate": "0.2", "unit": "60", "increment": "10"},
]
QUESTION: dict[str, Any] = {
    "connect_fee": "0.8",
    "slots": TWO,
    "rounding": {"method": "up", "decimals": 4},
    "duration": "90",
    "max_cost": None,
}


def answer(**changes: Any) -> dict[str, Any]:
    """What is said to the question of the sample, changed; what is `...` is left out."""
    asked = {name: value for name, value in {**QUESTION, **changes}.items() if value is not ...}
    return told(json.dumps(asked))


def told(line: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(lines.answer(line.encode()))
    return found


def test_a_price_is_told_with_every_step() -> None:
    first = {"start": "0", "used": "60", "billed": "60", "increments": "2", "increment": "30", "rate": "0.4"}
    second = {"start": "60", "used": "30", "billed": "30", "increments": "3", "increment": "10", "rate": "0.2"}

    assert answer() == {
        "cost": "1.3000",
        "billed": "90",
        "steps": [{**first, "unit": "60", "cost": "0.4"}, {**second, "unit": "60", "cost": "0.1"}],
    }


@pytest.mark.parametrize(
    ("changes", "cost"),
    [
        ({"duration": "0"}, "0.0000"),
        ({"duration": 90}, "1.3000"),
        ({"duration": "60.1"}, "1.2334"),
        ({"rounding": {"method": "none", "decimals": 0}}, "1.3"),
        ({"rounding": {"method": "down", "decimals": "0"}}, "1"),
        ({"rounding": {"method": "up", "decimals": -2}}, "100"),
        ({"rounding": {"method": "middle", "decimals": -1}}, "0"),
        ({"max_cost": "1.05"}, "1.0500"),
        ({"max_cost": "1.05", "max_cost_strategy": "disconnect"}, "1.3000"),
        ({"min_cost": "2"}, "2.0000"),
        ({"connect_fee": ...}, "0.5000"),
        ({"connect_fee": "1234567.89", "rounding": {"method": "middle", "decimals": 2}}, "1234568.39"),
        ({"note": "what it does not know it leaves alone"}, "1.3000"),
    ],
)
def test_the_price_is_told_in_plain_digits(changes: dict[str, Any], cost: str) -> None:
    assert answer(**changes)["cost"] == cost


@pytest.mark.parametrize(
    ("changes", "seconds"),
    [
        ({"balance": "10", "requested": "3600"}, "2700"),
        ({"balance": "10", "requested": 600}, "600"),
        ({"balance": "0.99", "requested": "3600"}, "0"),
        ({"balance": "-3", "requested": "3600"}, "0"),
        ({"balance": "10", "requested": "3600", "max_cost": "1.3", "max_cost_strategy": "disconnect"}, "90"),
        ({"balance": "10", "requested": "3600", "max_cost": "1.3"}, "3600"),
    ],
)
def test_a_balance_is_answered_by_seconds(changes: dict[str, Any], seconds: str) -> None:
    assert answer(duration=..., **changes) == {"seconds": seconds}


WINDOWS = [
    {"window": "Mon-Fri 08:00-18:00", "slots": [{"start": "0", "rate": "10", "unit": "1", "increment": "1"}]},
    {"window": "Mon-Fri 18:00-24:00; Mon-Fri 00:00-08:00; Sat,Sun", "connect_fee": "5"},
]


def test_windows_have_slots_of_their_own() -> None:
    asked = {"windows": WINDOWS, "zone": "Europe/Berlin", "at": "2026-11-20T16:59:50Z", "duration": "70"}

    found = answer(**asked)

    assert found["cost"] == "101.2000"
    assert [step["window"] for step in found["steps"]] == ["Mon-Fri 08:00-18:00", "Mon-Fri 18:00-24:00"]
    assert answer(**asked, balance="50", requested="70") == {
        "error": "expected a duration, or a balance with what is requested, and not both"
    }
    assert answer(**{**asked, "duration": ...}, balance="50", requested="70") == {"seconds": "4"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"duration": ...}, "duration is missing"),
        ({"duration": None}, "duration is missing"),
        ({"duration": "-1"}, "duration is negative"),
        ({"duration": "1e3"}, "duration: expected plain digits"),
        ({"duration": "1e999999"}, "duration: expected plain digits"),
        ({"duration": "1,000"}, "duration: expected plain digits"),
        ({"duration": " 90"}, "duration: expected plain digits"),
        ({"duration": "९०"}, "duration: expected plain digits"),
        ({"duration": ""}, "duration: expected plain digits"),
        ({"duration": "NaN"}, "duration: expected plain digits"),
        ({"duration": "9" * 19}, "duration: expected plain digits"),
        ({"duration": 90.5}, "90.5: a number is written as a string"),
        ({"duration": float("nan")}, "NaN: a number is written as a string"),
        ({"duration": float("inf")}, "Infinity: a number is written as a string"),
        ({"duration": True}, "duration: expected a number"),
        ({"duration": ["90"]}, "duration: expected a number"),
        ({"duration": 10**4200}, "duration: expected plain digits"),
        ({"connect_fee": "-0.1"}, "connect_fee is negative"),
        ({"max_cost": "much"}, "max_cost: expected plain digits"),
        ({"min_cost": "3", "max_cost": "2"}, "the least cost 3 is above the greatest, 2"),
        ({"max_cost_strategy": "hang up"}, "max_cost_strategy: expected one of free, disconnect"),
        ({"slots": ...}, "slots is missing"),
        ({"slots": []}, "the first slot has to start at 0"),
        ({"slots": {}}, "slots: expected a list"),
        ({"slots": ["0"]}, "slots: expected an object"),
        ({"slots": TWO[1:]}, "the first slot has to start at 0"),
        ({"slots": TWO[:1] * 2}, "two slots start at 0"),
        ({"slots": [{**TWO[0], "rate": "-1"}]}, "rate is negative"),
        ({"slots": [{**TWO[0], "rate": None}]}, "rate is missing"),
        ({"slots": [{"start": "0", "rate": "1", "unit": "60"}]}, "increment is missing"),
        ({"rounding": ...}, "rounding is missing"),
        ({"rounding": "up"}, "rounding: expected an object"),
        ({"rounding": {"method": "sideways", "decimals": 4}}, "method: expected one of up, middle, down, none"),
        ({"rounding": {"method": ["up"], "decimals": 4}}, "method: expected one of"),
        ({"rounding": {"method": "up"}}, "decimals is missing"),
        ({"rounding": {"method": "up", "decimals": "1.5"}}, "decimals: expected a whole number"),
        ({"rounding": {"method": "up", "decimals": 10**6}}, "1000000 decimals"),
        ({"duration": ..., "balance": "10"}, "requested is missing"),
        ({"duration": ..., "balance": "10", "requested": "-1"}, "requested is negative"),
        ({"balance": "10", "requested": "60"}, "and not both"),
        ({"windows": WINDOWS, "at": "2026-11-20T16:59:50Z"}, "zone is missing"),
        ({"windows": WINDOWS, "at": "2026-11-20T16:59:50Z", "zone": "Atlantis"}, "zone: no time zone is called"),
        ({"windows": WINDOWS, "at": "2026-11-20T16:59:50Z", "zone": "../../etc/passwd"}, "zone: no time zone"),
        ({"windows": WINDOWS, "zone": "UTC"}, "needs the instant"),
        ({"windows": WINDOWS, "zone": "UTC", "at": "2026-11-20T16:59:50"}, "needs the instant"),
        ({"windows": WINDOWS, "zone": "UTC", "at": "yesterday"}, "at: expected an instant"),
        ({"windows": WINDOWS[:1], "zone": "UTC", "at": "2026-11-20T16:59:50Z"}, "is in no window"),
        ({"windows": ["Mon"], "zone": "UTC", "at": "2026-11-20T16:59:50Z"}, "windows: expected an object"),
    ],
)
def test_a_bad_line_is_answered_by_its_reason(changes: dict[str, Any], reason: str) -> None:
    found = answer(**changes)

    assert list(found) == ["error"]
    assert reason in found["error"]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "nonsense",
        "[]",
        "null",
        "90",
        '"90"',
        '{"duration": "1", "duration": "2"}',
        "{" * 60_000,
        "[" * 60_000,
        "9" * 5000,
    ],
)
def test_what_is_no_question_is_answered_too(line: str) -> None:
    assert list(told(line)) == ["error"]


def test_bytes_that_are_no_text_are_answered_too() -> None:
    assert json.loads(lines.answer(b"\xff\xfe{}")) == {"error": "the line is not JSON in UTF-8"}


class Stream:
    """Standard input of these bytes."""

    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


def test_the_rest_goes_on_after_a_bad_line(monkeypatch: pytest.MonkeyPatch) -> None:
    good = json.dumps(QUESTION).encode()
    long = b'{"duration": "' + b"9" * 10_000_000 + b'"}'
    monkeypatch.setattr(sys, "stdin", Stream(b"\n".join([good, long, b"", good + b"\r", b"x" * lines.LONGEST, good])))
    out = io.StringIO()

    call_command("price", stdout=out)

    found = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [one.get("cost", "error") for one in found] == ["1.3000", "error", "error", "1.3000", "error", "1.3000"]
    assert found[1] == {"error": "the line is longer than 65,536 bytes"}


def test_each_line_is_answered_at_once_and_needs_no_database() -> None:
    command = [sys.executable, "manage.py", "price"]
    env = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "PATH": "",
    }
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, env=env
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        for line, cost in ((QUESTION, "1.3000"), ({}, None), (QUESTION, "1.3000")):
            running.stdin.write(json.dumps(line).encode() + b"\n")
            assert select.select([running.stdout], [], [], 60)[0], "no answer while the next line is awaited"
            assert json.loads(running.stdout.readline()).get("cost") == cost
        running.stdin.close()
        assert running.wait(30) == 0
