"""The people with phones, by name: which of them are asked for, the page of them at a place, and all as a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from subscriptions import csv_export, entitlements
from subscriptions.models import Licence, Organization, Plan, Subscriber

#: People read at a time while a file is written.
_ROUND: Final = 2000


@dataclass(frozen=True, slots=True)
class Wanted:
    """People whose name or UPN contains the text, who hold one licence and lack another, at a usage location.

    Licences are named by code and meant under each of their codes; empty text is any.
    """

    text: str = ""
    holds: str = ""
    lacks: str = ""
    location: str = ""


def people(organization: Organization, wanted: Wanted, *, at: datetime) -> QuerySet[Subscriber]:
    """The people asked for, as they are then, in no order."""
    found = organization.subscribers.all()
    if wanted.text:
        found = found.filter(Q(display_name__icontains=wanted.text) | Q(upn__icontains=wanted.text))
    if wanted.holds:
        found = found.filter(Exists(_held(at).filter(plan__code__in=entitlements.names_of(wanted.holds))))
    if wanted.lacks:
        found = found.exclude(Exists(_held(at).filter(plan__code__in=entitlements.names_of(wanted.lacks))))
    if wanted.location:
        found = found.filter(usage_location=wanted.location)
    return found


def first(found: QuerySet[Subscriber], *, at: datetime, limit: int) -> list[Subscriber]:
    """The first so many by name, each with `held`: the licences it has then. Equal names go by id."""
    return list(found.order_by("display_name", "pk").prefetch_related(_licences(at))[:limit])


def after(found: QuerySet[Subscriber], place: Subscriber, *, at: datetime, limit: int) -> list[Subscriber]:
    """Those behind somebody, by name."""
    behind = Q(display_name__gt=place.display_name) | Q(display_name=place.display_name, pk__gt=place.pk)
    return first(found.filter(behind), at=at, limit=limit)


def before(found: QuerySet[Subscriber], place: Subscriber, *, at: datetime, limit: int) -> list[Subscriber]:
    """Those before somebody, the nearest first."""
    ahead = Q(display_name__lt=place.display_name) | Q(display_name=place.display_name, pk__lt=place.pk)
    near = found.filter(ahead).order_by("-display_name", "-pk")
    return list(near.prefetch_related(_licences(at))[:limit])


def locations(organization: Organization) -> list[str]:
    """The usage locations that its people have."""
    used = organization.subscribers.exclude(usage_location="").order_by("usage_location")
    return list(used.values_list("usage_location", flat=True).distinct())


def nobody_may_spend(organization: Organization, *, at: datetime) -> bool:
    """If there are people, and none of them has a Communications Credits licence."""
    holds = Licence.objects.active(at=at).filter(subscriber=OuterRef("pk"), plan__category=Plan.Category.CREDITS)
    own = organization.subscribers.all()
    return own.exists() and not own.filter(Exists(holds)).exists()


def as_csv(found: QuerySet[Subscriber], *, at: datetime) -> Iterator[str]:
    """The people by name as lines of CSV, in the language that is active while they are made; one statement."""
    titles = {plan.code: plan.title for plan in Plan.objects.all()}
    codes = ArraySubquery(_held(at).order_by("plan__position", "plan__code").values("plan__code"))
    rows = found.annotate(codes=codes).order_by("display_name", "pk").iterator(chunk_size=_ROUND)
    header = [
        _("User principal name"),
        _("Name"),
        _("Usage location"),
        _("Department"),
        _("Licenses"),
        _("License codes"),
    ]
    return csv_export.lines(header, (_fields(row, titles) for row in rows))


def _fields(row: Subscriber, titles: dict[str, str]) -> list[str]:
    codes: list[str] = row.codes  # type: ignore[attr-defined]  # annotated
    held = "; ".join(titles[code] for code in codes)
    return [row.upn, row.display_name, row.usage_location, row.department, held, " ".join(codes)]


def _held(at: datetime) -> QuerySet[Licence]:
    return Licence.objects.active(at=at).filter(subscriber=OuterRef("pk"))


def _licences(at: datetime) -> "Prefetch[str, QuerySet[Licence], str]":
    held = Licence.objects.active(at=at).select_related("plan").order_by("plan__position", "plan__code")
    return Prefetch("licences", held, to_attr="held")
