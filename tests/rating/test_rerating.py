"""Judging charged calls once more: what differs is booked, once, and the books stay right."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from credits import ledger
from credits.models import Account, Journal, Lot
from rating import rerating
from rating.models import PoolUse, RateDeck, RerateLine, Rerating, UsageRecord
from rating.rerating import BadMonths, DeckMissing, NoReason, Preview
from subscriptions.models import Activity, Organization
from tests.rating import cast, phone
from tests.rating.again import OCTOBER, again, changing, charge_all, grant, replaced
from tests.rating.cast import row

State = UsageRecord.State
ABROAD = "+33142270000"


@pytest.fixture(autouse=True)
def rates(db: None) -> None:
    cast.deck({"44 GB": "0.02", "33 FR": "0.05"})


def charged(organization: Organization, folder: Path, now: datetime, *rows: dict[str, str]) -> list[UsageRecord]:
    """The calls of these rows, charged, in the order of calls."""
    cast.take(organization, folder, *rows)
    charge_all(now)
    return list(organization.usage_records.in_order_of_calls())


def seen(organization: Organization, now: datetime) -> Preview:
    return rerating.preview(Account.objects.get(organization=organization), OCTOBER, OCTOBER, now=now)


def balance(organization: Organization) -> Decimal:
    found: Decimal = Account.objects.get(organization=organization).balance
    return found


def test_nothing_differs_and_nothing_is_written(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    charged(tailspin, tmp_path, now, row(1), row(2, Destination_Number=ABROAD))

    found = seen(tailspin, now)

    assert (found.differences, found.different, found.calls) == ([], 0, 2)
    assert found.total_before == found.total_after == Decimal("0.14")
    assert again(tailspin, now) is None
    assert not Rerating.objects.exists()


def test_a_preview_says_what_differs_and_changes_nothing(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    _, abroad = charged(tailspin, tmp_path, now, row(1), row(2, Destination_Number=ABROAD))
    new = replaced({"44 GB": "0.02", "33 FR": "0.03"})

    found = seen(tailspin, now)

    (only,) = found.differences
    assert (only.record, only.usage_id, only.started_at) == (abroad.pk, abroad.usage_id, abroad.started_at)
    assert (only.before.charge, only.after.charge) == (Decimal("0.1"), Decimal("0.06"))
    assert (only.before.rate, only.after.rate) == (abroad.rate_id, new.rates.get(prefix="33").pk)
    assert (found.calls, found.difference) == (2, Decimal("-0.04"))
    abroad.refresh_from_db()
    assert (abroad.charge, balance(tailspin)) == (Decimal("0.1"), Decimal("-0.14"))
    assert not Rerating.objects.exists()


def test_what_was_too_dear_is_given_back_once(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    (record,) = charged(tailspin, tmp_path, now, row(1, Destination_Number=ABROAD))
    replaced({"33 FR": "0.03"})
    owner = tailspin.memberships.get(role="owner").user

    done = again(tailspin, now, why="wrong deck", actor=owner)

    assert done is not None
    assert (done.first_month, done.last_month, done.why, done.by) == (OCTOBER, OCTOBER, "wrong deck", owner)
    line = done.lines.get()
    assert (line.charge_before, line.charge_after) == (Decimal("0.1"), Decimal("0.06"))
    assert line.journal is not None
    assert (line.journal.kind, line.journal.movement) == (Journal.Kind.CORRECTION, Decimal("0.04"))
    assert (line.journal.key, line.journal.origin) == (f"rerate:{done.pk}:{record.pk}", record.journal)
    before = record.charged_at
    record.refresh_from_db()
    assert (record.charge, record.charged_at, balance(tailspin)) == (Decimal("0.06"), before, Decimal("-0.06"))
    assert record.rate is not None
    assert record.rate.per_minute == Decimal("0.03")
    facts = Activity.objects.get(action="usage.rerated").facts
    assert facts == {"months": "2026-10", "calls": 1, "amount": "-0.040000", "why": "wrong deck"}
    assert again(tailspin, now) is None


def test_what_was_too_cheap_is_taken_once(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    (record,) = charged(tailspin, tmp_path, now, row(1, Destination_Number=ABROAD))
    replaced({"33 FR": "0.5"})

    done = again(tailspin, now)

    assert done is not None
    journal = done.lines.get().journal
    assert journal is not None
    assert (journal.kind, journal.movement) == (Journal.Kind.USAGE, Decimal("-0.9"))
    assert journal.key == f"rerate:{done.pk}:{record.pk}"
    record.refresh_from_db()
    assert (record.charge, balance(tailspin)) == (Decimal(1), Decimal(-1))
    assert record.journal != journal
    assert again(tailspin, now) is None


def test_what_several_journals_took_the_latest_gives_back_first(
    tailspin: Organization, tmp_path: Path, now: datetime
) -> None:
    (record,) = charged(tailspin, tmp_path, now, row(1, Destination_Number=ABROAD))
    replaced({"33 FR": "0.5"})
    dearer = again(tailspin, now)
    replaced({"33 FR": "0.01"})

    cheaper = again(tailspin, now)

    assert dearer is not None
    assert cheaper is not None
    key = f"rerate:{cheaper.pk}:{record.pk}"
    given = dict(Journal.objects.filter(key__startswith=key).values_list("key", "movement"))
    assert given == {key: Decimal("0.9"), f"{key}:2": Decimal("0.08")}
    assert dearer.lines.get().journal == Journal.objects.get(key=key).origin
    assert cheaper.lines.get().journal == Journal.objects.get(key=key)
    assert balance(tailspin) == Decimal("-0.02")
    replaced({"33 FR": "0.005"})
    again(tailspin, now)
    assert balance(tailspin) == Decimal("-0.01")


def test_a_call_without_a_rate_any_more_has_all_of_it_back(
    tailspin: Organization, tmp_path: Path, now: datetime
) -> None:
    (record,) = charged(tailspin, tmp_path, now, row(1, Destination_Number=ABROAD))
    replaced({"44 GB": "0.02"})

    again(tailspin, now)

    journal = record.journal
    record.refresh_from_db()
    assert (record.state, record.charge, record.rate, record.journal) == (State.FREECALL, 0, None, journal)
    assert balance(tailspin) == 0
    assert again(tailspin, now) is None


def test_a_call_that_was_free_gets_a_journal_of_its_own(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    (record,) = charged(tailspin, tmp_path, now, row(1, Destination_Number="+34911234567"))
    assert record.state == State.FREECALL
    replaced({"34 ES": "0.04"})

    done = again(tailspin, now)

    record.refresh_from_db()
    assert done is not None
    assert record.journal == done.lines.get().journal
    assert record.journal is not None
    assert (record.journal.key, record.charge) == (f"usage:{record.pk}", Decimal("0.08"))
    assert again(tailspin, now) is None


def test_the_same_price_by_another_deck_is_no_difference(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    charged(tailspin, tmp_path, now, row(1))
    replaced({"44 GB": "0.0200"})

    assert seen(tailspin, now).different == 0


def test_minutes_go_to_whoever_was_charged_first(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    """The wrong deck took Britain for France, so that nothing was domestic."""
    replaced({"44 FR": "0.02"})
    cast.person(tailspin, "MCOPSTN5")
    late = row(1, Start_Time="2026-10-01T08:00:00Z", Duration_Seconds="3600")
    charged(tailspin, tmp_path, now, row(2, Duration_Seconds="3600"), row(3, Duration_Seconds="3600"))
    cast.take(tailspin, tmp_path, late, name="late.csv")
    charge_all(now + timedelta(hours=1))
    replaced({"44 GB": "0.02"})

    done = again(tailspin, now)

    found = {record.usage_id[-1]: record for record in tailspin.usage_records.all()}
    assert {number: record.covered_minutes for number, record in found.items()} == {"2": 60, "3": 60, "1": 0}
    assert {record.country for record in found.values()} == {"GB"}
    assert found["2"].covered_by == "GB MCOPSTN5 domestic=60"
    assert PoolUse.objects.get().used == 120
    assert done is not None
    # The late call costs the same, and yet is told of: its country is another.
    assert done.lines.filter(journal=None).count() == 1
    assert again(tailspin, now) is None


def test_a_pool_that_nothing_draws_on_any_more_is_unused_and_what_is_held_stays(
    tailspin: Organization, tmp_path: Path, now: datetime
) -> None:
    cast.person(tailspin, "MCOPSTN5")
    charged(tailspin, tmp_path, now, row(1))
    PoolUse.objects.update(held=7)
    replaced({"44 FR": "0.02"})

    again(tailspin, now)

    use = PoolUse.objects.get()
    assert (use.used, use.held) == (0, 7)
    PoolUse.objects.update(held=0)


def test_calls_that_wait_are_left_alone_and_counted(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    replaced({"44 GB": "0.02"}, on=date(2026, 10, 2))
    charged(tailspin, tmp_path, now, row(1), row(2, Start_Time="2026-10-02T00:00:00Z", End_Time="2026-10-02T00:02:00Z"))
    replaced({"44 GB": "0.01"}, on=date(2026, 10, 2))

    found = seen(tailspin, now)

    assert (found.calls, found.different, found.waiting) == (1, 1, 1)
    assert again(tailspin, now) is not None
    assert tailspin.usage_records.filter(state=State.WAITING).count() == 1


def test_without_a_deck_nothing_at_all_is_changed(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    charged(tailspin, tmp_path, now, row(1), row(2, Start_Time="2026-10-02T00:00:00Z", End_Time="2026-10-03T00:00:00Z"))
    replaced({"44 GB": "0.01"}, on=date(2026, 10, 2))

    assert seen(tailspin, now).without_deck == 1
    with pytest.raises(DeckMissing, match="1 calls have no deck"):
        again(tailspin, now)

    assert not Rerating.objects.exists()
    assert balance(tailspin) == Decimal("-0.08")


def test_what_an_expired_lot_had_paid_comes_back_in_a_new_one(
    tailspin: Organization, tmp_path: Path, now: datetime
) -> None:
    grant(tailspin, "5", now=now, expires_at=now + timedelta(days=1))
    charged(tailspin, tmp_path, now, row(1, Destination_Number=ABROAD))
    replaced({"33 FR": "0.03"})

    again(tailspin, now + timedelta(days=2))

    lot = Lot.objects.get(kind=Lot.Kind.CORRECTION)
    assert (lot.amount, lot.expires_at) == (Decimal("0.04"), now + timedelta(days=32))


def test_what_comes_back_pays_what_is_owed_before_anything_else_takes_it(
    tailspin: Organization, tmp_path: Path, now: datetime
) -> None:
    grant(tailspin, "0.10", now=now, expires_at=now + timedelta(days=90))
    charged(tailspin, tmp_path, now, row(1, Destination_Number=ABROAD), row(2))
    replaced({"33 FR": "0.04", "44 GB": "0.03"})

    again(tailspin, now)

    debts = {debt.journal.key: debt.remaining for debt in tailspin.account.debts.all()}
    first, second = tailspin.usage_records.in_order_of_calls()
    further = RerateLine.objects.get(record=second).journal
    assert further is not None
    assert debts == {f"usage:{second.pk}": Decimal("0.02"), further.key: Decimal("0.02")}
    assert (first.charge, second.charge, balance(tailspin)) == (Decimal("0.08"), Decimal("0.06"), Decimal("-0.04"))


def test_what_was_given_back_by_hand_is_not_given_twice(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    (record,) = charged(tailspin, tmp_path, now, row(1, Destination_Number=ABROAD))
    replaced({"33 FR": "0.01"})
    assert record.journal is not None
    with changing(tailspin, now) as account:
        ledger.correct(account, record.journal, 50_000, key="by hand", why="goodwill", now=now)

    with pytest.raises(ledger.NothingToCorrect):
        again(tailspin, now)

    assert balance(tailspin) == Decimal("-0.05")


def test_calls_through_sessions_are_judged_alike_and_counted(now: datetime) -> None:
    RateDeck.objects.update(withdrawn_at=now)
    amara = phone.phone(now, plan="MCOPSTN5")
    for session, number in (("home", phone.LONDON), ("abroad", phone.PARIS)):
        amara.asks(session, destination=number)
        amara.waits(seconds=90)
        amara.ends(90, session)
    amara.asks("goes on")
    november = date(2026, 11, 1)

    first = rerating.preview(amara.account, november, november, now=amara.now)
    replaced({"44 GB": "0.02", "33 FR": "0.03"})
    done = rerating.apply(amara.account, november, november, why="wrong deck", actor=None, now=amara.now)

    assert (first.calls, first.different, first.through_sessions) == (2, 0, 2)
    assert done is not None
    line = done.lines.get()
    assert (line.record.usage_id, line.charge_after) == ("abroad", Decimal("0.06"))
    # The minutes of the call that goes on stay kept.
    assert PoolUse.objects.get(pool="GB MCOPSTN5 domestic").held == 10


@pytest.mark.parametrize(
    ("first", "last"), [(date(2026, 10, 1), date(2026, 9, 1)), (date(2026, 10, 2), date(2026, 11, 1))]
)
def test_months_are_whole_and_in_order(tailspin: Organization, now: datetime, first: date, last: date) -> None:
    with pytest.raises(BadMonths):
        rerating.preview(tailspin.account, first, last, now=now)


def test_without_a_reason_nothing_is_booked(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    with pytest.raises(NoReason):
        again(tailspin, now, why="  ")


def test_months_are_those_in_utc(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    times = ["2026-09-30T23:59:59Z", "2026-10-01T00:00:00Z", "2026-10-31T23:59:59Z", "2026-11-01T00:00:00Z"]
    rows = [row(n, Start_Time=start, End_Time="2026-11-01T09:00:00Z") for n, start in enumerate(times, 1)]
    charged(tailspin, tmp_path, now, *rows)
    replaced({"44 GB": "0.01"})

    again(tailspin, now)

    charges = tailspin.usage_records.in_order_of_calls().values_list("charge", flat=True)
    assert [f"{charge:.2f}" for charge in charges] == ["0.04", "0.02", "0.02", "0.04"]


def test_a_preview_keeps_no_more_than_it_is_asked_for(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    charged(tailspin, tmp_path, now, row(1), row(2), row(3))
    replaced({"44 GB": "0.01"})

    found = rerating.preview(tailspin.account, OCTOBER, OCTOBER, now=now, limit=2)

    assert (len(found.differences), found.different, found.total_after) == (2, 3, Decimal("0.06"))


def test_statements_do_not_grow_with_the_calls(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    counted = []
    for size, price in ((3, "0.01"), (40, "0.03")):
        charged(tailspin, tmp_path, now, *(row(size * 100 + n) for n in range(size)))
        replaced({"44 GB": price})
        with CaptureQueriesContext(connection) as statements:
            again(tailspin, now)
        counted.append(len(statements))

    assert counted[1] <= counted[0] + 4 < 60
