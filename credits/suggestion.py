"""Terms of auto-recharge made from past usage, with what they guard against and what they do not.

Pure: whole millionths and aware instants in, the same out; no Django, no clock. Why these and no less is
docs/rehearsal.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from credits.forecast import Rate
from credits.limits import Limits
from credits.rehearsal import Movement
from subscriptions import money

#: A refused card is tried again on days 1 and 3 (decision: recharge, "declined"): so long a charge may be late.
LATE: Final = timedelta(days=3)
#: Twice: one charge that is late, and usage during it that needs the next, which may be late too.
_TIMES: Final = 2
_MONTH: Final = timedelta(days=30)
_WEEK: Final = timedelta(days=7)
_YEAR: Final = timedelta(days=365)
#: With less history than this a suggestion says so.
_ENOUGH: Final = timedelta(days=14)


#: How long each calendar period is, for what it costs on average.
_LONG: Final = {"day": timedelta(days=1), "week": _WEEK, "month": _MONTH}


@dataclass(frozen=True, slots=True)
class Tight:
    """A limit that is lower than what is used in its period on average, both in millionths."""

    period: str
    cap: int
    usage: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A trigger and an amount, in millionths, and the facts that they follow from."""

    trigger: int
    amount: int
    #: The costliest three days, and when they began.
    busiest: int
    busiest_from: datetime
    #: What a week costs on average: of the last thirty days or of the whole history, whichever is more.
    weekly: int
    #: How far back the history goes.
    seen: timedelta
    #: If the trigger is twice the busiest three days: charges may then come three days late. Else the limits cut it.
    guarded: bool
    #: What of each recharge would lapse unused at the weekly rate.
    lapses: int
    #: The limits that leave less than what is used: with them the balance runs out, whatever the terms.
    tight: tuple[Tight, ...] = ()

    @property
    def short(self) -> bool:
        """If the history is too short to have seen what is usual."""
        return self.seen < _ENOUGH


def suggest(
    history: Sequence[Movement],
    *,
    since: datetime,
    until: datetime,
    limits: Limits,
    caps: Sequence[tuple[str, int]] = (),
) -> Suggestion | None:
    """Terms from the usage of since <= instant < until, in order of time; None when there is none.

    `caps` are the limits on charges that stay, by calendar period: no step is greater than the least of them.

    With charges at once the balance stays at or above zero as long as no single hour costs more than the trigger.
    Only the greatest trigger that the limits allow guards against more.
    """
    usage = [(moved.at, max(0, -moved.micros)) for moved in history if since <= moved.at < until]
    busiest, began = _busiest(usage)
    if not busiest:
        return None
    first = next(at for at, micros in usage if micros)
    seen = min(until - since, max(until - first, timedelta(days=1)))
    rate = max(
        (_rate(usage, span, until=until) for span in (min(seen, _MONTH), seen)), key=lambda rate: rate.over(_YEAR)
    )
    trigger = _trigger(_TIMES * busiest, limits)
    amount = _amount(rate.over(_WEEK), limits, room=min((cap for _, cap in caps), default=None))
    return Suggestion(
        trigger=trigger,
        amount=amount,
        busiest=busiest,
        busiest_from=began,
        weekly=rate.over(_WEEK),
        seen=seen,
        guarded=trigger >= _TIMES * busiest,
        lapses=min(amount, max(0, trigger + amount - rate.over(_YEAR))),
        tight=tuple(Tight(period, cap, cost) for period, cap in caps if cap < (cost := rate.over(_LONG[period]))),
    )


def _busiest(usage: Sequence[tuple[datetime, int]]) -> tuple[int, datetime]:
    """The most that was spent within the time a charge may be late, and when that began."""
    best, began = 0, usage[0][0] if usage else datetime.min  # noqa: DTZ901  # never shown: nothing was spent
    inside = first = 0
    for at, micros in usage:
        inside += micros
        while usage[first][0] <= at - LATE:
            inside -= usage[first][1]
            first += 1
        if inside > best:
            best, began = inside, usage[first][0]
    return best, began


def _rate(usage: Sequence[tuple[datetime, int]], span: timedelta, *, until: datetime) -> Rate:
    return Rate(sum(micros for at, micros in usage if at >= until - span), max(span, _WEEK))


def _trigger(wanted: int, limits: Limits) -> int:
    """Rounded up to a tenth of the least purchase; not less than what a new account begins with."""
    tenth = money.to_micros(limits.minimum / 10)
    least, most = 4 * tenth, money.to_micros(limits.maximum)
    return min(most, max(least, -(-wanted // tenth) * tenth))


def _amount(week: int, limits: Limits, *, room: int | None) -> int:
    """The smallest amount a page offers that lasts a week; above them the largest, so often as it takes.

    Where a limit leaves less, the largest that is offered within it, or the limit itself.
    """
    offered = [money.to_micros(preset) for preset in limits.presets]
    step = offered[-1]
    enough = next((preset for preset in offered if preset >= week), -(-week // step) * step)
    fits = min(enough, int(Decimal(limits.maximum) * money.MICROS))
    if room is None or fits <= room:
        return fits
    return max((preset for preset in offered if preset <= room), default=room)
