"""What a judge makes of many calls at once is what a bench makes of each: states, minutes, charges, rates, pools."""

import random
from datetime import datetime, timedelta

import polars as pl
import pytest

from credits import accounts
from rating.backfill.judging import Judge
from rating.charging import write
from rating.models import UsageRecord
from rating.verdicts import Bench
from subscriptions.models import Organization
from tests.rating import cast

CODES = ["", "MCOPSTN1", "MCOPSTN2", "MCOPSTN5", "MCOPSTNPP"]
TYPES = ["user_out", "user_out", "conf_out", "ucap_out", "user_in", "ucap_in", "conf_in", "emergency_out"]
NUMBERS = [
    "+4420",
    "+33612",
    "+14255",
    "+18765",
    "+35191",
    "+999",
    "+88",
    "+4479",
    "112",
    "anonymous",
    "+44****",
    "+8**",
]
RECORD = ("state", "minutes", "covered_minutes", "covered_by", "country", "rate_id", "unlicensed", "licence_differs")


def calls(now: datetime, people: list[int]) -> pl.DataFrame:
    """A thousand calls of two months, long enough to use up some pools."""
    chance = random.Random(7)  # noqa: S311  # no secret
    rows = []
    for n in range(1000):
        start, kind = chance.choice(NUMBERS), chance.choice(TYPES)
        digits = "".join(chance.choices("0123456789", k=chance.randrange(8)))
        rows.append(
            {
                "call_type": kind,
                "number_type": chance.choice(["user", "toll-free"]),
                "seconds": chance.choice([0, 1, 59, 60, 61, chance.randrange(20_000)]),
                "destination": start + digits if start.startswith("+") and "*" not in start else start,
                "subscriber_id": None if kind.startswith("ucap") else chance.choice([*people, None]),
                "user_location": chance.choice(["GB", "US", ""]),
                "capability": chance.choice(["", "MCOPSTN1", "MCOPSTN5"]),
                "started_at": (now - timedelta(hours=1000 - n)).isoformat(),
            }
        )
    return pl.DataFrame(rows, schema_overrides={"subscriber_id": pl.Int64})


@pytest.mark.django_db(transaction=True)
def test_many_calls_are_judged_as_each_is(tailspin: Organization, now: datetime) -> None:
    cast.publish_samples()
    people = {
        person.pk: person
        for person in (cast.person(tailspin, code, f"{n}@t.example") for n, code in enumerate(CODES * 2))
    }
    found = calls(now, list(people))
    account = accounts.open_account(tailspin, now=now)
    days = [datetime.fromisoformat(text).date().replace(day=1) for text in found["started_at"]]
    bench = Bench(account, months=set(days), subscriber_ids=list(people))

    judge = Judge(account, people, found, now=now)
    judged = [judge.judged(found.slice(begin, 130)) for begin in range(0, found.height, 130)]

    one_by_one = []
    for facts in found.iter_rows(named=True):
        at = datetime.fromisoformat(facts["started_at"])
        record = UsageRecord(**{**facts, "started_at": at, "subscriber_id": facts["subscriber_id"]})
        if verdict := bench.verdict(record):
            write(verdict, record, now=now)
        one_by_one.append((*(getattr(record, name) for name in RECORD), int(record.charge * 10**6)))
    together = pl.concat([step.calls for step in judged]).select(*RECORD, "micros").rows()
    assert together == one_by_one
    assert len({state for state, *_ in together}) >= 4
    used = {(level.month, level.pool): level.used for step in judged for level in step.levels}
    assert used == {key: minutes for key, minutes in bench.used.items() if minutes}
