"""The faults by which money could be lost or taken twice, on real processes; `script/faults` plays all of them."""

from collections.abc import Iterator

import pytest
from django.db import connection

from tests.faults import case, stage
from tests.faults.matrix import CASES, NOT_PLAYED, QUICK
from tests.faults.stage import Stage


@pytest.fixture(scope="module")
def on_stage(
    django_db_setup: None, django_db_blocker: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        connection.ensure_connection()
    with stage.opened(tmp_path_factory.mktemp("faults")) as opened:
        yield opened


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", QUICK)
def test_a_fault_ends_exact(name: str, on_stage: Stage) -> None:
    verdict = case.run(name, CASES[name], on_stage)

    assert verdict.wrong == ""


def test_every_fault_of_the_matrix_is_played_or_named() -> None:
    assert not CASES.keys() & NOT_PLAYED.keys()
    assert set(QUICK) <= CASES.keys()
