"""What is concurrent, with real connections: however many ask at once, no cent and no minute is promised twice."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest

from credits.models import Hold, Journal
from rating import authorizing
from rating.authorizing import Answer
from rating.models import BlockedCall, CallRequest, CallSession, UsageRecord
from tests.credits.together import at_once, calm
from tests.integrity import violations
from tests.rating import phone
from tests.rating.phone import HAVANA, Phone

pytestmark = pytest.mark.django_db(transaction=True)


def asking(amara: Phone, session: str, number: int = 1, **other: object) -> Callable[[], Answer]:
    request = amara.request(session, number=number, **other)
    return lambda: authorizing.authorize(amara.organization, request, now=amara.now)


def test_thirty_calls_on_a_balance_that_pays_for_one(amara: Phone, now: datetime) -> None:
    answers = calm(at_once([asking(amara, f"call {name}", destination=HAVANA) for name in range(30)]))

    assert [answer.allowed for answer in answers].count(True) == 1
    assert {answer.reason for answer in answers} == {"", "580406"}
    assert (Hold.objects.get().amount, amara.four()) == (10, (10, 10, 0))
    assert BlockedCall.objects.count() == 29
    assert violations(now) == {}


def test_thirty_calls_on_minutes_for_twelve(now: datetime) -> None:
    planned = phone.phone(now, credit="0", plan="MCOPSTN5")

    answers = calm(at_once([asking(planned, f"call {name}") for name in range(30)]))

    assert [answer.allowed for answer in answers].count(True) == 12
    assert planned.pool() == (0, 120)
    assert violations(now) == {}


def test_the_same_request_from_eight_is_done_once(amara: Phone, now: datetime) -> None:
    answers = calm(at_once([asking(amara, "call")] * 8))

    assert len(set(answers)) == 1
    assert (CallSession.objects.count(), CallRequest.objects.count(), Hold.objects.count()) == (1, 1, 1)
    assert violations(now) == {}


def test_the_same_end_from_eight_is_charged_once(amara: Phone) -> None:
    amara.asks(destination=HAVANA)

    def end() -> object:
        return authorizing.settle(amara.organization, "call", 2, seconds=90, ended_at=amara.now, now=amara.now)

    answers = calm(at_once([end] * 8))

    assert len(set(answers)) == 1
    assert Journal.objects.filter(kind="usage").count() == UsageRecord.objects.count() == 1
    assert amara.four() == (8, 0, 8)


def test_settling_against_the_sweep(now: datetime) -> None:
    planned = phone.phone(now, plan="MCOPSTN5", credit="100")
    for place in range(8):
        planned.asks(str(place), destination=HAVANA)
        planned.asks(f"covered {place}", requested_seconds=60)
    planned.waits(hours=1)

    def end(name: str) -> Callable[[], object]:
        def work() -> object:
            return authorizing.settle(planned.organization, name, 2, seconds=60, ended_at=planned.now, now=planned.now)

        return work

    def sweep() -> object:
        return authorizing.lapse_due(now=planned.now)

    ends = [end(name) for place in range(8) for name in (str(place), f"covered {place}")]
    calm(at_once([sweep, *ends, sweep]))

    assert set(CallSession.objects.values_list("state", flat=True)) == {"settled"}
    assert planned.pool() == (8, 0)
    assert planned.four() == (92, 0, 92)
    assert violations(now) == {}


def test_updates_of_many_calls_never_hold_more_than_there_is(amara: Phone, now: datetime) -> None:
    for place in range(6):
        amara.asks(str(place), destination=HAVANA, requested_seconds=60)

    def go_on(name: str) -> Callable[[], object]:
        return lambda: authorizing.update(
            amara.organization, name, 2, used_seconds=60, requested_seconds=120, now=amara.now
        )

    calm(at_once([go_on(str(place)) for place in range(6)]))

    assert amara.four() == (10, 10, 0)
    assert sum(Hold.objects.values_list("amount", flat=True)) == Decimal(10)
    assert violations(now) == {}
