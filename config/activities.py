"""The activity record as people look through it: by person, by kind, by day; in pages, and as a file of all."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from config import details, sentences
from config.details import Detail
from config.sentences import Sentence
from rating.listing import Cursor
from subscriptions import csv_export
from subscriptions.models import Activity, Organization

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as LazyStr

#: What the filter calls whoever is no person.
PROGRAM: Final = "program"
#: Each kind with its name and the first words of the actions it takes in.
KINDS: Final[Mapping[str, tuple["LazyStr", tuple[str, ...]]]] = {
    "money": (_("Money"), ("funds", "payment", "refund", "dispute")),
    "recharge": (_("Auto-recharge"), ("auto_recharge", "level")),
    "billing": (_("Cards and billing details"), ("card", "billing")),
    "plans": (_("Subscriptions"), ("plan", "order", "subscription")),
    "people": (_("Members and licenses"), ("invitation", "member", "licence", "licences")),
    "usage": (_("Usage and uploads"), ("usage", "upload")),
    "limits": (_("Limits"), ("spend_limit", "policy", "destination")),
    "settings": (_("Settings"), ("organization", "key", "notices", "address")),
}
#: The columns of the file.
COLUMNS: Final = (_("When"), _("Who"), _("What"), _("Kind"), _("Details"), _("Action"))
_CHUNK: Final = 1_000
#: Names are taken from so many of the newest activities.
_NAMES_IN: Final = 2_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Activities of [since, until), of a kind, by a person's address or PROGRAM; what is empty asks for any."""

    since: datetime | None = None
    until: datetime | None = None
    kind: str = ""
    who: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """An activity on the page: in a sentence, and fact by fact."""

    pk: int
    sentence: Sentence
    kind: str
    details: list[Detail]


def wanted_of(organization: Organization, wanted: Wanted) -> QuerySet[Activity]:
    """The activities asked for, in no order."""
    found = organization.activities.all()
    if wanted.since:
        found = found.filter(at__gte=wanted.since)
    if wanted.until:
        found = found.filter(at__lt=wanted.until)
    if wanted.who:
        found = found.filter(actor_name="" if wanted.who == PROGRAM else wanted.who)
    if wanted.kind:
        begins = Q()
        for word in KINDS[wanted.kind][1]:
            begins |= Q(action__startswith=f"{word}.")
        found = found.filter(begins)
    return found


def people(organization: Organization) -> list[str]:
    """Who did something lately, and who may, by address."""
    newest = organization.activities.exclude(actor_name="").order_by("-at", "-pk").values("pk")[:_NAMES_IN]
    lately = Activity.objects.filter(pk__in=newest).order_by().values_list("actor_name")
    members = organization.memberships.order_by().values_list("user__email")
    return sorted(name for (name,) in lately.union(members))


def newest_first(found: QuerySet[Activity], *, limit: int) -> list[Activity]:
    """The first so many, the newest first; equal instants by id."""
    return list(found.order_by("-at", "-pk")[:limit])


def older(found: QuerySet[Activity], place: Cursor, *, limit: int) -> list[Activity]:
    """Those behind the place, the newest first."""
    at, pk = place
    return newest_first(found.filter(Q(at__lt=at) | Q(pk__lt=pk), at__lte=at), limit=limit)


def newer(found: QuerySet[Activity], place: Cursor, *, limit: int) -> list[Activity]:
    """Those before the place, the oldest first: the nearest to it."""
    at, pk = place
    near = found.filter(Q(at__gt=at) | Q(pk__gt=pk), at__gte=at)
    return list(near.order_by("at", "pk")[:limit])


def cursor_of(activity: Activity) -> Cursor:
    """The place of that activity."""
    return Cursor(activity.at, activity.pk)


def lines(activities: list[Activity], organization: Organization) -> list[Line]:
    """The activities in words; asks nothing of the database."""
    return [_line(activity, organization.currency) for activity in activities]


def _line(activity: Activity, currency: str) -> Line:
    """In a sentence, and under it the facts that the sentence does not say."""
    sentence, facts = sentences.of(activity, currency=currency), details.of(activity, currency=currency)
    more = [fact for fact in facts if fact.before is not None or fact.after not in sentence.text]
    return Line(activity.pk, sentence, kind_of(activity.action), more)


def kind_of(action: str) -> str:
    """The name of the kind that the action belongs to; empty for one that nobody has sorted yet."""
    first = action.partition(".")[0]
    return next((str(label) for label, words in KINDS.values() if first in words), "")


def as_csv(found: QuerySet[Activity], organization: Organization) -> Iterator[str]:
    """The activities line by line, the newest first, in the language of the moment, in the zone of the organization."""
    rows = found.order_by("-at", "-pk").iterator(chunk_size=_CHUNK)
    return csv_export.lines(COLUMNS, (_fields(activity, organization) for activity in rows))


def _fields(activity: Activity, organization: Organization) -> list[object]:
    currency = organization.currency
    return [
        csv_export.instant(activity.at, organization.zone),
        activity.actor_name,
        sentences.of(activity, currency=currency).text,
        kind_of(activity.action),
        details.as_text(details.of(activity, currency=currency)),
        activity.action,
    ]
