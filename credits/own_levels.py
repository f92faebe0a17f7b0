"""The list of an account's own levels, at which somebody is told (credits.levels says when): added and removed."""

from datetime import datetime
from decimal import Decimal
from typing import Final

from credits import accounts, figures, levels
from credits.models import Account, BalanceLevel
from subscriptions import activity
from subscriptions.models import User

#: More than so many would be mails that nobody reads.
MOST: Final = 5


class TooMany(Exception):
    """The list is full."""


class AlreadyThere(Exception):
    """There is a level of that amount."""


def add(account: Account, amount: Decimal, *, actor: User, now: datetime) -> BalanceLevel:
    """Add a level above zero, as the balance stands to it now: only what passes it later is told.

    Raises AlreadyThere, TooMany.
    """
    with accounts.changing(account.pk, now=now) as locked:
        if locked.levels.filter(amount=amount).exists():
            raise AlreadyThere
        if locked.levels.count() >= MOST:
            raise TooMany
        stands = levels.passed(levels.State.QUIET, amount, figures.of(locked, now=now).available)
        level: BalanceLevel = locked.levels.create(amount=amount, state=stands.state if stands else levels.State.QUIET)
        _record(locked, level, "level.added", actor=actor, now=now)
        return level


def remove(account: Account, level: BalanceLevel, *, actor: User, now: datetime) -> None:
    """Forget the level; one that is gone already stays gone."""
    with accounts.changing(account.pk, now=now) as locked:
        gone, _ = locked.levels.filter(pk=level.pk).delete()
        if gone:
            _record(locked, level, "level.removed", actor=actor, now=now)


def _record(account: Account, level: BalanceLevel, action: str, *, actor: User, now: datetime) -> None:
    activity.record(
        account.organization, action, now=now, actor=actor, amount=str(level.amount), currency=account.currency
    )
