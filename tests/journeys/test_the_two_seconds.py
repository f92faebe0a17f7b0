"""From a call that crosses the trigger to the lot that was paid for: each step rings the next, no beat is needed."""

import time
from pathlib import Path

import pytest

from credits.models import Lot
from rating.models import UsageRecord
from tests.faults import books, stage
from tests.journeys import processes
from tests.rating import cast


@pytest.mark.django_db(transaction=True)
def test_a_call_across_the_trigger_is_followed_by_its_recharge(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with stage.opened(tmp_path) as opened, opened.case():
        account = books.contoso(opened)
        cast.deck({"44 GB": "8.00"})
        record = cast.taken(account.organization, tmp_path)

        begun = time.monotonic()
        opened.ring("rating.rate_due")  # as the import does
        processes.until(Lot.objects.filter(kind="purchase").exists, seconds=30, what="recharged", every=0.01)
        seconds = time.monotonic() - begun

        with capsys.disabled():
            print(f"\nFrom the call to the settled lot: {seconds:.2f} s")  # the goal is 2 s on an idle machine
        assert UsageRecord.objects.get(pk=record.pk).charge == books.SPENT + 1
        assert books.balance(account) == books.CHARGED - 1
        books.demand_exact(opened)
