"""During a call: the hold is the price of everything so far and of what is granted."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from credits.models import Hold
from rating import authorizing, limits
from rating.authorizing import Conflict, OutOfOrder, SessionOver, UnknownSession, Unsound
from rating.models import CallSession
from tests.rating.phone import HAVANA, PARIS, Phone

pytestmark = pytest.mark.django_db


def test_the_hold_becomes_the_price_of_all_so_far_and_of_what_is_asked_for(amara: Phone, now: datetime) -> None:
    amara.asks(destination=PARIS, requested_seconds=120)
    amara.waits(seconds=100)

    answer = amara.goes_on(100, 120)

    assert (answer.granted_seconds, answer.held) == (220, Decimal("0.4"))
    assert answer.expires_at == amara.now + timedelta(seconds=120 + 60)
    assert amara.four() == (10, Decimal("0.4"), Decimal("9.6"))
    hold = Hold.objects.get()
    assert (hold.amount, hold.expires_at) == (Decimal("0.4"), answer.expires_at + authorizing.starting.HOLD_BEYOND)
    session = CallSession.objects.get()
    assert (session.granted_seconds, session.expires_at) == (220, answer.expires_at)


def test_asking_for_less_than_is_held_only_renews(amara: Phone) -> None:
    amara.asks(destination=PARIS)
    amara.waits(seconds=60)

    answer = amara.goes_on(60, 60)

    assert (answer.granted_seconds, answer.held) == (120, 1)
    assert answer.expires_at == amara.now + timedelta(seconds=120)


def test_when_credit_ends_the_grant_is_final_and_then_there_is_none(amara: Phone) -> None:
    amara.asks(destination=HAVANA, requested_seconds=480)
    last = amara.goes_on(480)
    none = amara.goes_on(600)

    assert (last.allowed, last.granted_seconds, last.final, last.reason, last.held) == (True, 600, True, "580406", 10)
    assert (none.allowed, none.granted_seconds, none.final, none.reason, none.held) == (False, 600, True, "580406", 10)
    assert none.expires_at == last.expires_at
    assert CallSession.objects.get().state == "live"


def test_money_that_comes_in_gives_more_again(amara: Phone) -> None:
    amara.asks(destination=HAVANA)
    assert not amara.goes_on(600).allowed
    amara.desk.promote(5, now=amara.now)

    answer = amara.goes_on(600)

    assert (answer.allowed, answer.granted_seconds, answer.held, answer.final) == (True, 900, 15, True)


def test_minutes_kept_are_counted_once(planned: Phone) -> None:
    planned.asks(requested_seconds=600)

    answer = planned.goes_on(600, 300)

    assert (answer.granted_seconds, answer.covered_seconds) == (900, 900)
    assert planned.pool() == (0, 15)


def test_a_call_whose_minutes_run_out_goes_on_on_credit(planned: Phone) -> None:
    for place in range(11):
        planned.asks(str(place))
    planned.asks()

    answer = planned.goes_on(600, 120)

    assert planned.pool() == (0, 120)
    assert (answer.covered_seconds, answer.charged_seconds, answer.held) == (600, 120, Decimal("0.04"))
    longer = planned.goes_on(720, 120)
    assert (longer.charged_seconds, longer.held, Hold.objects.count()) == (240, Decimal("0.08"), 1)


def test_minutes_given_back_by_others_are_taken_before_credit(planned: Phone) -> None:
    for place in range(12):
        planned.asks(str(place))
    planned.asks(requested_seconds=300)
    planned.gives_up("0")

    answer = planned.goes_on(300, 60)

    assert (answer.covered_seconds, answer.charged_seconds) == (360, 0)
    assert answer.held == Decimal("0.1")


def test_a_spend_limit_ends_a_running_call(amara: Phone) -> None:
    limits.set_spend_limit(amara.organization, Decimal(12), subscriber=amara.amara, actor=None, now=amara.now)
    amara.desk.promote(20, now=amara.now)
    amara.asks(destination=HAVANA)

    answer = amara.goes_on(600)

    assert (answer.granted_seconds, answer.held, answer.reason) == (720, 12, "spend_limit")


def test_a_call_that_ran_beyond_its_grant_gets_nothing_more(amara: Phone) -> None:
    amara.asks(destination=HAVANA)

    answer = amara.goes_on(700)

    assert (answer.allowed, answer.granted_seconds, answer.held) == (False, 600, 10)


def test_a_free_call_goes_on_without_end(amara: Phone) -> None:
    amara.asks(call_type="user_in", upn="")

    answer = amara.goes_on(3600)

    assert (answer.allowed, answer.granted_seconds, answer.expires_at) == (True, None, None)


def test_a_policy_that_came_later_does_not_end_the_call(amara: Phone) -> None:
    amara.asks()
    limits.block_destination(amara.organization, "+44", actor=None, now=amara.now)

    assert amara.goes_on(600).allowed


def test_the_same_update_again_has_the_same_answer(amara: Phone) -> None:
    amara.asks()
    first = amara.goes_on(300, number=2)
    amara.waits(seconds=1)

    assert amara.goes_on(300, number=2) == first
    with pytest.raises(Conflict):
        amara.goes_on(301, number=2)
    with pytest.raises(Conflict):
        amara.goes_on(300, number=1)
    with pytest.raises(OutOfOrder):
        amara.goes_on(300, number=5) and amara.goes_on(300, number=4)


def test_a_grant_that_is_over_can_be_renewed_until_it_is_swept(amara: Phone) -> None:
    amara.asks()
    amara.waits(seconds=700)
    assert amara.goes_on(700).allowed

    amara.waits(seconds=700)
    assert authorizing.lapse_due(now=amara.now) == 1
    with pytest.raises(SessionOver):
        amara.goes_on(1400)


def test_what_cannot_go_on_is_said(amara: Phone) -> None:
    with pytest.raises(UnknownSession):
        amara.goes_on(1)
    amara.asks()
    for used, requested in [(-1, 1), (1, -1), (10**6, 1)]:
        with pytest.raises(Unsound):
            amara.goes_on(used, requested)
    amara.gives_up()
    with pytest.raises(SessionOver):
        amara.goes_on(1)
