"""Live calls in random order, several of one account at once, against a reference of dictionaries (tally)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final

import pytest

from credits.models import Hold, Journal
from rating import authorizing
from rating.authorizing import Answer, Conflict, SessionOver, UnknownSession
from rating.models import UsageRecord
from tests.credits.together import at_once, calm
from tests.integrity import violations
from tests.rating import phone
from tests.rating.phone import Phone
from tests.rating.tally import PRICES, Tally

SEEDS: Final = range(8)
STEPS: Final = 40
NAMES: Final = [f"call {name}" for name in range(9)]
#: Without minutes, and with 120 a month for calls at home.
PLANS: Final = ("MCOPSTN_PAYG_1", "MCOPSTN5")
LENGTHS: Final = [0, 1, 59, 60, 61, 600, 601]
#: What each request can be; calls begin and go on more often than they end.
KINDS: Final = ["authorize"] * 4 + ["update"] * 3 + ["settle", "settle", "unasked", "release", "wait", "wait", "again"]


class Caller:
    """Makes random requests of the real thing and of the tally, and remembers what each was answered."""

    def __init__(self, seed: int, now: datetime) -> None:
        self.dice = Random(seed)  # noqa: S311  # nothing secret
        plan, credit = PLANS[seed % 2], ("0.50", "3", "25")[seed % 3]
        self.phone = phone.phone(now, credit=credit, plan=plan)
        self.tally = Tally(Decimal(credit), minutes=120 if plan == "MCOPSTN5" else 0)
        self.asked: list[tuple[Callable[[], Any], Any]] = []

    def step(self) -> None:
        """One request: what it was answered must be what the tally says."""
        kind = self.dice.choice(KINDS)
        if kind == "again":
            self.ask_again()
        elif kind == "wait":
            self.phone.waits(seconds=self.dice.choice([1, 120, 700]))
            assert authorizing.lapse_due(now=self.phone.now) == self.tally.lapse(self.phone.now)
        else:
            wanted, answered = getattr(self, kind)(self.dice.choice(NAMES))
            assert answered == wanted, kind

    def ask_again(self) -> None:
        """Any earlier request, by its number: the same answer, and nothing else happens."""
        if self.asked:
            work, answer = self.dice.choice(self.asked)
            assert work() == answer

    def authorize(self, name: str) -> tuple[Any, Any]:
        destination, requested = self.dice.choice(list(PRICES)), self.seconds()
        facts = {"destination": destination, "requested_seconds": requested}
        request = self.phone.request(name, number=self.phone.number(name), **facts)
        wanted = self.tally.authorize(name, self.phone.now, destination, requested)
        organization = self.phone.organization
        # A day later at most: asked again, it is still a call that begins.
        return wanted, self._said(lambda: authorizing.authorize(organization, request, now=self.phone.now))

    def update(self, name: str) -> tuple[Any, Any]:
        used, requested, number = self.seconds(), self.seconds(), self.phone.number(name)
        wanted = self.tally.update(name, self.phone.now, used, requested)
        return wanted, self._said(lambda: self.phone.goes_on(used, requested, name, number=number))

    def settle(self, name: str, **other: Any) -> tuple[Any, Any]:
        seconds, number = self.seconds(), self.phone.number(name)
        call = self.tally.calls.get(name)
        if call is not None and call.outcome is not None and self.dice.random() < 0.5:
            seconds = call.outcome[0]
        unasked = other["call"].destination if other else ""
        ended_at = self.phone.amara.created_at
        wanted = self.tally.settle(name, seconds, unasked)
        return wanted, self._said(lambda: self.phone.ends(seconds, name, number=number, ended_at=ended_at, **other))

    def unasked(self, name: str) -> tuple[Any, Any]:
        destination = self.dice.choice(list(PRICES))
        return self.settle(name, call=self.phone.request(name, destination=destination))

    def release(self, name: str) -> tuple[Any, Any]:
        number = self.phone.number(name)
        return self.tally.release(name), self._said(lambda: self.phone.gives_up(name, number=number))

    def seconds(self) -> int:
        return self.dice.choice([*LENGTHS, self.dice.randrange(1500)])

    def _said(self, work: Callable[[], Any]) -> Any:
        """The answer as the tally has it, or the error's type."""
        try:
            answer = work()
        except (Conflict, SessionOver, UnknownSession) as error:
            return type(error)
        self.asked.append((work, answer))
        if isinstance(answer, Answer):
            return answer.allowed, answer.granted_seconds, answer.held
        if isinstance(answer, authorizing.Settled):
            return answer.seconds, answer.covered_minutes, answer.charge
        return answer.state


@pytest.mark.django_db
@pytest.mark.parametrize("seed", SEEDS)
def test_random_sessions_come_to_what_the_tally_says(now: datetime, seed: int) -> None:
    caller = Caller(seed, now)
    tally = caller.tally

    for _ in range(STEPS):
        held = tally.held
        caller.step()
        settled, kept, available = caller.phone.four()

        assert (settled, kept, available) == (tally.settled, tally.held, tally.settled - tally.held)
        assert available >= 0 or kept <= held, "held more than there was"
        assert sum(Hold.objects.filter(state="live").values_list("amount", flat=True), Decimal(0)) == kept

    charges = [charge for charge in tally.charges if charge]
    assert sorted(UsageRecord.objects.filter(charge__gt=0).values_list("charge", flat=True)) == sorted(charges)
    assert Journal.objects.filter(kind="usage").count() == len(charges)
    assert UsageRecord.objects.count() == len(tally.charges)
    assert violations(caller.phone.now) == {}


def asked_at_once(dice: Random, amara: Phone) -> list[Callable[[], Any]]:
    """Thirty requests: new calls, and updates and ends of six that are live, some of them sent twice."""
    for place in range(6):
        amara.asks(f"live {place}", destination=dice.choice(list(PRICES)), requested_seconds=60)

    def begin(place: int) -> Callable[[], Any]:
        facts = {"destination": dice.choice(list(PRICES)), "requested_seconds": dice.choice([60, 600])}
        request = amara.request(f"new {place}", **facts)
        return lambda: authorizing.authorize(amara.organization, request, now=amara.now)

    def go_on(name: str) -> Callable[[], Any]:
        return lambda: amara.goes_on(60, 600, name, number=2)

    works = [begin(place) for place in range(12)] + [go_on(f"live {place}") for place in range(6)]
    works += dice.choices(works, k=12)
    dice.shuffle(works)
    return works


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(3))
def test_thirty_at_once_never_pass_the_balance(now: datetime, seed: int) -> None:
    dice = Random(seed)  # noqa: S311  # nothing secret
    amara = phone.phone(now, credit="12", plan=PLANS[seed % 2])
    works = asked_at_once(dice, amara)

    answers = calm(at_once(works))

    settled, held, available = amara.four()
    assert (settled, settled - held) == (12, available)
    assert available >= 0
    assert sum(Hold.objects.filter(state="live").values_list("amount", flat=True), Decimal(0)) == held
    assert all(answer == answers[works.index(work)] for work, answer in zip(works, answers, strict=True))
    assert violations(now + timedelta(hours=1)) == {}
