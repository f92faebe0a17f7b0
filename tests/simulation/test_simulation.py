"""Twenty seeds on every run of the suite; `script/simulate` for as many as there is time for."""

import copy
import os
from datetime import datetime
from typing import Final

import pytest

from credits import moves
from credits.ledger import lots
from credits.models import Payment
from credits.payments import charging
from tests.simulation.running import Failed, run

STEPS: Final = int(os.environ.get("SIMULATION_STEPS", "50"))

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", range(1, 21))
def test_the_books_are_right_whatever_happens(seed: int) -> None:
    run(seed, STEPS)


def test_the_same_seed_is_the_same_run() -> None:
    assert run(3, 25) == run(3, 25)


def _failure() -> Failed:
    """What some of the seeds say of a ledger that is broken."""
    with pytest.raises(Failed, match=r"^seed \d+ step \d+ \(\w+\): ") as caught:
        _twenty()
    return caught.value


def _twenty() -> None:
    for seed in range(1, 21):
        run(seed, 100)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        pytest.param("(remaining - held)", "remaining", id="held credit is spent"),
        pytest.param("expires_at > %s::timestamptz", "%s::timestamptz IS NOT NULL", id="expired credit is spent"),
        pytest.param("priority, expires_at, rank", "priority, rank, expires_at", id="lots are spent in another order"),
    ],
)
def test_a_wrong_choice_of_lots_is_found(monkeypatch: pytest.MonkeyPatch, right: str, wrong: str) -> None:
    assert right in lots._FREE
    monkeypatch.setattr(lots, "_FREE", lots._FREE.replace(right, wrong))

    failure = _failure()

    assert str(copy.copy(failure)) == str(failure)  # it travels between processes


def test_a_lost_answer_taken_for_a_no_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def give_up(payment: Payment, state: Payment.State, *, now: datetime) -> None:
        source = moves.Source.WORKER
        moves.move(payment, moves.State.FAILED, source=source, now=now, closed_at=now, error_code="lost")

    monkeypatch.setattr(charging, "_return", give_up)

    assert "the provider took money" in str(_failure())
