"""Tell an organization that the minutes of a pool run out: once at 80 %, once at the end, each pool and month."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final, NamedTuple

from notifications import outbox
from notifications.models import Notice
from rating import pools
from subscriptions import periods
from subscriptions.models import Organization

Kind = Notice.Kind
#: Per cent of a pool from which on its use is told (trade 1.7).
LOW: Final = 80
_KINDS: Final = (Kind.MINUTES_LOW, Kind.MINUTES_USED)


class Level(NamedTuple):
    """How full a pool is: minutes used in the month, of so many."""

    month: date
    pool: str
    used: int
    size: int


def tell(organization: Organization, levels: Iterable[Level], *, now: datetime) -> None:
    """Post, in the caller's transaction, what has not been told of these pools: that a pool is used up, or nearly.

    One statement when none is so far. Calls reach us days late, so the month before still counts; older months are
    history, and nobody is told of them. A subscriber's own minutes are nobody else's business.
    """
    since = periods.add_months(periods.utc_month(now), -1)
    near = [level for level in levels if level.month >= since and pools.is_shared(level.pool) and _kind(level)]
    if not near:
        return
    keys = {_key(level) for level in near}
    posted = Notice.objects.filter(organization=organization, kind__in=_KINDS, key__in=keys)
    told = set(posted.values_list("kind", "key"))
    for level in near:
        kind = _kind(level)
        # Whoever has been told that a pool is used up need not hear afterwards that it nearly is.
        if kind and not told & {(kind, _key(level)), (Kind.MINUTES_USED, _key(level))}:
            outbox.post(kind, to=organization, key=_key(level), facts=_facts(level), now=now)


def _kind(level: Level) -> Notice.Kind | None:
    if level.used >= level.size:
        return Kind.MINUTES_USED
    return Kind.MINUTES_LOW if level.used * 100 >= level.size * LOW else None


def _key(level: Level) -> str:
    return f"{level.month:%Y-%m} {level.pool}"


def _facts(level: Level) -> dict[str, object]:
    named = pools.named(level.pool)
    pool = named.counter if level.pool == pools.CONFERENCE else f"{named.counter} {named.location} {named.plan}"
    return {"pool": pool, "month": level.month, "used": level.used, "size": level.size}
