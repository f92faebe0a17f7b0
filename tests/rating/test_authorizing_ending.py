"""After a call: charged once at its true usage, what it kept beyond is free, and nothing is kept for ever."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from credits import holds
from credits.models import Hold, Journal
from rating import authorizing, charging, explaining
from rating.authorizing import Conflict, OutOfOrder, SessionOver, UnknownSession, Unsound
from rating.explaining import Why
from rating.models import CallSession, PoolUse, RateDeck, UsageRecord
from tests import factories
from tests.rating import cast, phone
from tests.rating.phone import HAVANA, LONDON, PARIS, Phone

pytestmark = pytest.mark.django_db


def test_the_true_usage_is_charged_once_and_the_rest_is_free(amara: Phone) -> None:
    amara.asks(destination=PARIS)
    amara.waits(seconds=90)

    settled = amara.ends(90)

    assert (settled.state, settled.minutes, settled.charge, settled.currency) == ("charged", 2, Decimal("0.2"), "USD")
    assert amara.four() == (Decimal("9.8"), 0, Decimal("9.8"))
    record = UsageRecord.objects.get(pk=settled.record)
    journal = Journal.objects.get(kind="usage")
    assert (record.source, record.usage_id, record.subscriber) == ("pstn", "call", amara.amara)
    assert (record.started_at, record.ended_at, record.seconds) == (amara.now - timedelta(seconds=90), amara.now, 90)
    assert (journal.key, journal.movement, record.journal) == (f"usage:{record.pk}", -settled.charge, journal)
    session = CallSession.objects.get()
    assert (session.state, session.closed_at, session.record) == ("settled", amara.now, record)
    assert (Hold.objects.get().state, Hold.objects.get().journal) == ("settled", journal)


def test_its_own_minutes_are_given_back_before_it_is_judged(planned: Phone) -> None:
    for place in range(12):
        planned.asks(str(place))

    settled = planned.ends(240, "3")

    assert (settled.state, settled.minutes, settled.covered_minutes, settled.charge) == ("covered", 4, 4, 0)
    assert planned.pool() == (4, 110)


def test_the_minutes_of_other_live_calls_stay_theirs(planned: Phone) -> None:
    planned.asks("short", requested_seconds=60)
    for place in range(11):
        planned.asks(str(place))
    planned.asks("rest", requested_seconds=540)

    settled = planned.ends(300, "short")

    assert (settled.state, settled.covered_minutes, settled.charge) == ("charged", 1, Decimal("0.08"))
    assert planned.pool() == (1, 119)


def test_a_call_that_lasted_longer_than_granted_is_booked_all_the_same(amara: Phone) -> None:
    amara.asks(destination=HAVANA)

    settled = amara.ends(720)

    assert settled.charge == 12
    assert amara.four() == (-2, 0, -2)


def test_a_call_that_was_not_answered_costs_nothing(amara: Phone) -> None:
    amara.asks(destination=HAVANA)

    settled = amara.ends(0)

    assert (settled.state, settled.charge) == ("free", 0)
    assert amara.four() == (10, 0, 10)
    assert not Journal.objects.filter(kind="usage").exists()


def test_the_same_outcome_again_has_the_same_answer_under_any_number(amara: Phone) -> None:
    amara.asks()
    first = amara.ends(90, number=2)

    assert amara.ends(90, number=2) == first
    assert amara.ends(90, number=3) == first
    assert Journal.objects.filter(kind="usage").count() == UsageRecord.objects.count() == 1
    with pytest.raises(Conflict):
        amara.ends(91, number=4)
    with pytest.raises(Conflict):
        amara.ends(91, number=2)


def test_a_number_before_the_last_is_out_of_order(amara: Phone) -> None:
    amara.asks(number=3)

    with pytest.raises(OutOfOrder):
        amara.ends(60, number=2)


def test_a_call_whose_grant_has_lapsed_is_still_charged(planned: Phone) -> None:
    planned.asks()
    planned.asks("paid", destination=HAVANA)
    planned.waits(hours=1)
    assert authorizing.lapse_due(now=planned.now) == 2
    assert (planned.pool(), planned.four()) == ((0, 0), (10, 0, 10))

    assert planned.ends(600).covered_minutes == 10
    assert planned.ends(600, "paid").charge == 10
    assert (planned.pool(), planned.four()) == ((10, 0), (0, 0, 0))


def test_a_call_whose_hold_alone_has_lapsed_is_still_charged(amara: Phone) -> None:
    amara.asks(destination=HAVANA)
    amara.waits(hours=3)
    assert holds.lapse_due(now=amara.now) == 1

    assert amara.ends(60).charge == 1
    assert amara.four() == (9, 0, 9)


def test_a_hold_that_lapsed_alone_is_replaced_when_the_call_goes_on(amara: Phone) -> None:
    amara.asks(destination=HAVANA, requested_seconds=60)
    amara.waits(hours=3)
    holds.lapse_due(now=amara.now)

    assert amara.goes_on(60, 60).held == 2
    assert amara.ends(120).charge == 2
    assert list(Hold.objects.order_by("pk").values_list("state", flat=True)) == ["lapsed", "settled"]


def test_a_call_that_was_never_authorized_is_booked_when_it_is_described(amara: Phone) -> None:
    with pytest.raises(UnknownSession):
        amara.ends(60)
    with pytest.raises(Unsound):
        amara.ends(60, call=amara.request("another"))

    settled = amara.ends(60, call=amara.request(destination=HAVANA))

    assert (settled.state, settled.charge) == ("charged", 1)
    assert UsageRecord.objects.get().subscriber == amara.amara
    assert CallSession.objects.get().state == "settled"


def test_a_refused_call_that_took_place_all_the_same_is_booked(amara: Phone) -> None:
    amara.asks(upn="stranger@tailspin.example")

    settled = amara.ends(60, call=amara.request(destination=HAVANA, upn="Stranger@tailspin.example"))

    record = UsageRecord.objects.get(pk=settled.record)
    assert (record.charge, record.unlicensed) == (1, True)
    assert record.subscriber is not None
    assert record.subscriber.upn == "stranger@tailspin.example"


def test_an_emergency_call_is_booked_as_free(now: datetime) -> None:
    amara = phone.phone(now, credit="0")
    call = amara.request(call_type="emergency_out", destination="112")
    authorizing.authorize(amara.organization, call, now=now)

    settled = amara.ends(60, call=call)

    assert (settled.state, settled.charge) == ("free", 0)


@pytest.mark.parametrize("dialled", ["112", "1-1-2", "911"])
def test_a_call_to_an_emergency_number_is_booked_as_free_whatever_its_type(now: datetime, dialled: str) -> None:
    amara = phone.phone(now, credit="0")
    call = amara.request(call_type="user_out", destination=dialled)
    authorizing.authorize(amara.organization, call, now=now)

    settled = amara.ends(60, call=call)

    record = UsageRecord.objects.get(pk=settled.record)
    assert (settled.state, settled.charge) == ("free", 0)
    assert explaining.of(record, numbers=True).why is Why.EMERGENCY


def test_a_free_call_is_booked_as_free(amara: Phone) -> None:
    amara.asks(call_type="user_in", upn="")

    assert amara.ends(3600).state == "free"


def test_without_a_deck_for_its_day_the_call_waits(amara: Phone) -> None:
    deck = RateDeck.objects.get()
    amara.asks(destination=HAVANA)
    RateDeck.objects.filter(pk=deck.pk).update(withdrawn_at=amara.now)

    settled = amara.ends(60)

    assert (settled.state, settled.charge, amara.four()) == ("waiting", 0, (10, 0, 10))
    cast.deck({"53 CU": "2.00"})
    assert charging.charge_due(now=amara.now) == 1
    assert amara.ends(60).charge == 2


def test_a_withdrawn_deck_grants_nothing_more(amara: Phone) -> None:
    amara.asks(destination=HAVANA, requested_seconds=60)
    RateDeck.objects.update(withdrawn_at=amara.now)

    answer = amara.goes_on(60)

    assert (answer.allowed, answer.reason, answer.granted_seconds, answer.held) == (False, "no_rate", 60, 1)


def test_a_call_that_did_not_take_place_gives_everything_back(planned: Phone) -> None:
    planned.asks()
    planned.asks("paid", destination=PARIS)

    assert planned.gives_up().state == planned.gives_up("paid").state == "released"
    assert planned.gives_up("paid").state == "released"

    assert (planned.pool(), planned.four()) == ((0, 0), (10, 0, 10))
    assert not UsageRecord.objects.exists()


def test_a_settled_call_cannot_be_released(amara: Phone) -> None:
    with pytest.raises(UnknownSession):
        amara.gives_up()
    amara.asks()
    amara.ends(60)

    with pytest.raises(SessionOver):
        amara.gives_up()


def test_a_released_call_that_took_place_after_all_is_booked(amara: Phone) -> None:
    amara.asks(destination=HAVANA)
    amara.gives_up()

    assert amara.ends(60).charge == 1


def test_the_sweep_takes_only_what_is_over(amara: Phone) -> None:
    northwind = phone.Phone(factories.northwind(), amara.now)
    northwind.asks(call_type="user_in", upn="")
    amara.asks("old")
    amara.waits(seconds=300)
    amara.asks("new")

    assert authorizing.lapse_due(now=amara.now + timedelta(seconds=400)) == 1
    assert authorizing.lapse_due(now=amara.now + timedelta(seconds=400)) == 0
    assert authorizing.lapse_due(now=amara.now + timedelta(days=2)) == 2
    assert set(CallSession.objects.values_list("state", flat=True)) == {"lapsed"}
    assert amara.four()[1] == 0


def test_a_call_of_the_last_month_gives_back_and_takes_the_minutes_of_its_own(now: datetime) -> None:
    planned = phone.phone(datetime.fromisoformat("2026-10-31T23:55:00+00:00"), plan="MCOPSTN5")
    planned.asks()
    planned.waits(minutes=9)
    planned.goes_on(540, 60)
    planned.waits(minutes=1)

    assert planned.ends(600).covered_minutes == 10
    assert list(PoolUse.objects.values_list("month__month", "used", "held")) == [(10, 10, 0)]


def test_the_organization_of_another_knows_nothing_of_the_session(amara: Phone) -> None:
    amara.asks()
    other = phone.Phone(factories.northwind(), amara.now)

    with pytest.raises(UnknownSession):
        other.ends(60)
    other.ends(60, call=other.request(call_type="user_in", destination=LONDON, upn=""), number=9)
    assert amara.ends(60).charge == Decimal("0.02")
