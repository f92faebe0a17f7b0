"""Two beats, no beat for three days, and a worker whose clock is a year ahead."""

import re
import time
from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Final

from django.utils import timezone

from credits import accounts, ledger
from credits.models import Account, ExpiryRun, Lot
from notifications.models import Delivery
from tests.faults import books
from tests.faults.case import Case
from tests.faults.stage import Stage
from tests.journeys import processes

_EXPIRE: Final = ("credits.expire_due",)
#: Beat of a case rings every second; so long two of them do.
_BEATS_SECONDS: Final = 3


def two_beats(stage: Stage) -> None:
    account = books.contoso(stage)
    _grant(account, 5, expires_in=timedelta(hours=-1))
    books.spend(account)
    beat = ["-m", "celery", "--app", "config", "beat", "--pidfile", "", "--loglevel", "INFO", "--max-interval", "1"]
    with ExitStack() as stack:
        for number in (1, 2):
            stack.enter_context(processes.running(beat, stage.env, stage.folder / f"beat{number}.log"))
        stage.until(lambda: books.is_quiet() and bool(books.states(account)), "recharged", ring=())
        stage.until(lambda: not Lot.objects.lapsed(at=timezone.now()).exists(), "expired", ring=())
        stage.until(lambda: not Delivery.objects.exclude(state="sent").exists(), "told", ring=())
        time.sleep(_BEATS_SECONDS)
    stage.over()
    assert books.states(account) == ["succeeded"]
    assert books.balance(account) == books.CHARGED
    assert account.journals.filter(kind="expiry").count() == 1
    mails = _mails(stage)
    assert len(mails) == len(set(mails)), f"a mail was sent twice: {sorted(mails)}"
    assert Delivery.objects.exists()


def _mails(stage: Stage) -> list[str]:
    """The names that mails have from their deliveries, in this case and those before it."""
    said = "\n".join(file.read_text() for file in (stage.folder / "mail").iterdir())
    return re.findall(r"^Message-ID: (<.*>)$", said, re.MULTILINE)


def _grant(account: Account, amount: int, *, expires_in: timedelta) -> None:
    """A lot, bought a year before it expires: it may be past that already."""
    expires_at = timezone.now() + expires_in
    at = expires_at - timedelta(days=365)
    with accounts.changing(account.pk, now=at) as locked:
        ledger.grant(
            locked, kind=Lot.Kind.PROMOTION, amount=Decimal(amount), key=f"lot:{expires_at}", why="", now=at,
            expires_at=expires_at,
        )  # fmt: skip


def no_beat_for_three_days(stage: Stage) -> None:
    """Lots expired on each of three days; none was spent meanwhile; the sweep dies once before and once after."""
    account = books.contoso(stage)
    for days in (3, 2, 1):
        _grant(account, 10, expires_in=timedelta(days=-days, minutes=-5))
    books.spend(account, Decimal(5))
    expired = account.lots.filter(expires_at__lt=timezone.now())
    assert set(expired.values_list("remaining", flat=True)) == {Decimal(10)}
    for point in ("expiry_before_commit", "expiry_after_commit"):
        stage.arm(point)
        stage.until(partial(_has_swept, stage, point), "the sweep", ring=_EXPIRE)
    stage.over()
    stage.until(lambda: not _overdue(), "all are expired", ring=_EXPIRE)
    assert set(expired.values_list("expired", flat=True)) == {Decimal(10)}
    assert account.journals.filter(kind="expiry").count() == 3
    assert books.balance(account) == books.START - 5


def _has_swept(stage: Stage, point: str) -> bool:
    return stage.was_hit(point) or not _overdue()


def _overdue() -> bool:
    return Lot.objects.lapsed(at=timezone.now()).exists()


def clock_a_year_ahead(stage: Stage) -> None:
    """Everything there is would be overdue by that clock; the database's says otherwise."""
    account = books.contoso(stage)
    stage.set_clock(days=400)
    refuses = "this worker's clock is"
    stage.until(lambda: refuses in stage.said("worker"), "the sweep refuses", ring=_EXPIRE)
    stage.set_clock(days=0)
    stage.over()
    assert books.balance(account) == books.START
    assert not ExpiryRun.objects.exists()
    assert "CRITICAL" in stage.said("worker")


CASES: Final = {
    "F41": Case("two beats", "each effect once", two_beats),
    "F42": Case("no beat for three days over expiries; the sweep killed twice", "all expire once, none was spent",
                no_beat_for_three_days),
    "F43": Case("a worker's clock 400 days ahead", "it refuses: nothing expires, somebody is called",
                clock_a_year_ahead),
}  # fmt: skip
