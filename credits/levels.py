"""The admin's own levels of the balance: told when it comes near one, falls below it, and has recovered.

Near is below 125 % of the level, recovered from 110 % on (decision: people, "low balance levels"). What has recovered
and is still near has been told enough: only the next fall below is told again.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from credits.models import Account, BalanceLevel
from notifications import outbox
from notifications.facts import Stage
from notifications.models import Notice
from subscriptions.money import shown

State = BalanceLevel.State
_NEAR: Final = Decimal("1.25")
_RECOVERED: Final = Decimal("1.10")
#: If a `level` is passed by what is available, as `free.amount`, in SQL: wherever `passed` answers something.
PASSED: Final = f"""
    CASE level.state WHEN 'quiet' THEN free.amount < level.amount * {_NEAR}
                     WHEN 'approaching' THEN NOT (free.amount >= level.amount AND free.amount < level.amount * {_NEAR})
                     ELSE free.amount >= level.amount * {_RECOVERED} END"""


@dataclass(frozen=True, slots=True)
class Passage:
    """Where a balance stands now beside a level, what is to be told (None: nothing), and if a new crossing began."""

    state: State
    stage: Stage | None
    begins: bool


def passed(state: State, level: Decimal, available: Decimal) -> Passage | None:
    """What the balance has passed since it stood so; None when it stands as it stood."""
    near = available < level * _NEAR
    if available < level:
        return None if state == State.BELOW else Passage(State.BELOW, Stage.BELOW, state == State.QUIET)
    if state == State.BELOW:
        if available < level * _RECOVERED:
            return None
        return Passage(State.APPROACHING if near else State.QUIET, Stage.RECOVERED, near)
    if near and state == State.QUIET:
        return Passage(State.APPROACHING, Stage.APPROACHING, True)
    return Passage(State.QUIET, None, False) if not near and state == State.APPROACHING else None


def evaluate(account: Account, available: Decimal, *, now: datetime) -> None:
    """Move the levels that the balance has passed, and tell of each passage once. Inside `accounts.changing`."""
    for level in account.levels.all():
        passage = passed(State(level.state), level.amount, available)
        if passage is None:
            continue
        # The notice is of the crossing that it ends, or begins.
        crossing = level.crossings + passage.begins
        told_of = level.crossings if passage.stage == Stage.RECOVERED else crossing
        BalanceLevel.objects.filter(pk=level.pk).update(state=passage.state, crossings=crossing)
        if passage.stage is not None:
            _tell(account, level, f"low:{level.pk}:{told_of}:{passage.stage}", passage.stage, available, now=now)


def _tell(
    account: Account, level: BalanceLevel, occasion: str, stage: Stage, available: Decimal, *, now: datetime
) -> None:
    outbox.post(
        Notice.Kind.BALANCE_LOW,
        to=account.organization,
        key=occasion,
        facts={
            "amount": level.amount,
            "balance": shown(available, account.currency),
            "currency": account.currency,
            "stage": stage.value,
        },
        now=now,
    )
