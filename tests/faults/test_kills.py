"""A worker killed at random moments of a charge; `script/faults kills 50` does it often. No other worker may run."""

from pathlib import Path

import pytest

from tests.faults import kills


@pytest.mark.django_db(transaction=True)
def test_killed_in_any_window_a_charge_is_one_charge_and_one_lot(tmp_path: Path) -> None:
    found = kills.run(2, tmp_path)

    assert found.is_exact, kills.histogram(found)
    assert set(found.kills) == set(kills.WINDOWS)
