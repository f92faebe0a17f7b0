"""Twenty seeds on every run of the suite; `script/simulate` for as many as there is time for."""

import os
from typing import Final

import pytest

from tests.simulation.running import run

STEPS: Final = int(os.environ.get("SIMULATION_STEPS", "50"))

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", range(1, 21))
def test_the_books_are_right_whatever_happens(seed: int) -> None:
    run(seed, STEPS)


def test_the_same_seed_is_the_same_run() -> None:
    assert run(3, 25) == run(3, 25)
