"""How the whole of it is: what answers, what waits, what was looked at last. For staff with figures, for all in words.

Each question is asked by itself, so that one that cannot be answered hides none of the others. No figure of anybody's
is in what everybody may read.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Min, QuerySet
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import PeriodicTask
from redis import Redis, RedisError

from config.celery import TIMETABLE
from config.models import LedgerDigest
from credits.models import Account, Brake, Difference, Lot, Payment, ProviderEvent, Recharge, Refund
from notifications.models import Delivery, Notice
from rating.models import CallSession, Upload, UsageRecord
from subscriptions.models import Invitation

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as LazyStr

#: The broker answers within so many seconds, or it is away.
_PATIENCE: Final = 1.0
#: A sweep rings each minute, beat writes down when three minutes later at the latest; what is older than this is late.
LATE: Final = timedelta(minutes=10)
#: The nightly check ran within so long.
_NIGHTLY: Final = timedelta(hours=30)


class Level(StrEnum):
    """How something is."""

    FINE = "fine"
    LATE = "late"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: how it is, in words or figures, since when; `then`: what works nevertheless."""

    label: "LazyStr | str"
    level: Level
    said: "LazyStr | str"
    at: datetime | None = None
    then: "LazyStr | str" = ""


def database() -> Finding:
    """If the database answers; without it nothing does."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return Finding(
            _("Database"),
            Level.DOWN,
            _("It does not answer."),
            then=_("Nothing is lost: what was accepted is stored, and goes on when the database is back."),
        )
    return Finding(_("Database"), Level.FINE, _("It answers."))


def broker() -> Finding:
    """If the broker answers, and how many tasks wait in its queues."""
    queues = sorted({beat.queue for beat in TIMETABLE})
    try:
        with Redis.from_url(
            settings.REDIS_URL, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE, retry=None
        ) as server:
            depth = sum(int(server.llen(f"{settings.REDIS_KEY_PREFIX}{queue}")) for queue in queues)
    except (RedisError, OSError):
        return Finding(
            _("Broker"),
            Level.DOWN,
            _("It does not answer."),
            then=_("Pages and calls go on. Charging, recharges and mail wait, and are made good when it is back."),
        )
    return Finding(_("Broker"), Level.FINE, _("%(count)d tasks wait in its queues.") % {"count": depth})


def beat(*, now: datetime) -> Finding:
    """When the timetable rang last, whatever it rang."""
    ran = PeriodicTask.objects.filter(name__in=[each.task for each in TIMETABLE]).order_by("-last_run_at")
    last = ran.filter(last_run_at__isnull=False).values_list("last_run_at", flat=True).first()
    if last is None:
        return Finding(_("Timetable"), Level.LATE, _("It has not rung yet."), then=_THE_NEXT_ROUND)
    late = last < now - LATE
    said = _("It has stopped ringing.") if late else _("It rings.")
    return Finding(_("Timetable"), Level.LATE if late else Level.FINE, said, last, then=_THE_NEXT_ROUND if late else "")


_THE_NEXT_ROUND: Final = _("What is due stays due: the next round finds all of it.")


@dataclass(frozen=True, slots=True)
class Task:
    """A task of the timetable, and when it was rung last, as far as that is written down."""

    name: str
    queue: str
    last_at: datetime | None


def tasks() -> list[Task]:
    """The whole timetable in its order; one query."""
    rung = dict(PeriodicTask.objects.values_list("name", "last_run_at"))
    return [Task(each.task, each.queue, rung.get(each.task)) for each in TIMETABLE]


#: What each sweep has before it, and the field that says since when.
_DUE: Final[tuple[tuple["LazyStr", Callable[[datetime], QuerySet[Any]], str], ...]] = (
    (_("Messages of the payment provider"), lambda now: ProviderEvent.objects.due(at=now), "due_at"),
    (_("Calls to be charged"), lambda now: UsageRecord.objects.due(at=now), "due_at"),
    (_("Calls without an end"), lambda now: CallSession.objects.lapsed(at=now), "expires_at"),
    (_("Files to read"), lambda now: Upload.objects.due(at=now), "due_at"),
    (_("Credit to expire"), lambda now: Lot.objects.lapsed(at=now), "expires_at"),
    (_("Recharges to begin"), lambda now: Recharge.objects.due(at=now), "due_at"),
    (_("Payments to send"), lambda now: Payment.objects.due(at=now), "due_at"),
    (_("Payments to look up"), lambda now: Payment.objects.to_look_up(at=now), "due_at"),
    (_("Refunds to send"), lambda now: Refund.objects.due(at=now), "due_at"),
    (_("Notices to address"), lambda now: Notice.objects.due(at=now), "due_at"),
    (_("Mail to send"), lambda now: Delivery.objects.due(at=now), "due_at"),
    (_("Invitations to send"), lambda now: Invitation.objects.due(at=now), "due_at"),
)


def sweeps(*, now: datetime) -> list[Finding]:
    """Of what each sweep moves, how long the oldest has waited."""
    return [_waiting(label, rows(now), field, now) for label, rows, field in _DUE]


def _waiting(label: "LazyStr", rows: QuerySet[Any], field: str, now: datetime) -> Finding:
    oldest: datetime | None = rows.order_by().aggregate(oldest=Min(field))["oldest"]
    if oldest is None:
        return Finding(label, Level.FINE, _("Nothing waits."))
    late = oldest < now - LATE
    return Finding(label, Level.LATE if late else Level.FINE, _("The oldest waits since"), oldest)


def watched(*, now: datetime) -> Iterable[Finding]:
    """What a person looks after: brakes, differences, stopped accounts, the provider's last word, the nightly check."""
    yield _counted(_("Brakes pulled"), Brake.objects.filter(released_at=None).count())
    yield _counted(_("Open differences with the provider"), Difference.objects.filter(settled_at=None).count())
    yield _counted(_("Accounts not charged automatically"), Account.objects.filter(frozen_at__isnull=False).count())
    undelivered = Delivery.objects.filter(state__in=("failed", "bounced"), due_at__gte=now - timedelta(days=1))
    yield _counted(_("Mail refused or given up in a day"), undelivered.count())
    heard = ProviderEvent.objects.order_by("-pk").values_list("received_at", flat=True).first()
    said = _("Received") if heard else _("None yet.")
    yield Finding(_("Last message of the payment provider"), Level.FINE, said, heard)
    checked = LedgerDigest.objects.order_by("-pk").values_list("taken_at", flat=True).first()
    late = checked is not None and checked < now - _NIGHTLY
    said = _("Ended") if checked else _("None yet.")
    yield Finding(_("Last nightly check of the ledger"), Level.LATE if late else Level.FINE, said, checked)


def _counted(label: "LazyStr", count: int) -> Finding:
    return Finding(label, Level.LATE if count else Level.FINE, str(count))


def in_public(*, now: datetime) -> list[Finding]:
    """What everybody may know: which parts work. Answers also when neither database nor broker does."""
    stored, rung = database(), broker()
    if stored.level == Level.DOWN:
        behind = Level.DOWN
    elif rung.level == Level.DOWN or beat(now=now).level == Level.LATE:
        behind = Level.LATE
    else:
        behind = max((finding.level for finding in sweeps(now=now)), key=list(Level).index)
    now_works, later = stored.level, _("It is delayed, and made good by itself.")
    delayed = later if behind == Level.LATE else ""
    return [
        Finding(_("Pages of the admin center"), now_works, "", then=stored.then),
        Finding(_("Answers to phone systems"), now_works, "", then=""),
        Finding(_("Charging of usage, recharges"), behind, "", then=delayed),
        Finding(_("Notices by mail"), behind, "", then=delayed),
    ]


def worst(findings: Iterable[Finding]) -> Level:
    """The worst of them."""
    return max((finding.level for finding in findings), key=list(Level).index, default=Level.FINE)
