"""Users: the people with phones, the licences each holds, and how one gets or loses them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from subscriptions import directory, entitlements, licences, permissions
from subscriptions.entitlements import SAME_AS
from subscriptions.models import Licence, Plan, Subscriber
from subscriptions.people_forms import BulkForm, LicencesForm, PeopleFilter
from subscriptions.permissions import Action, OrganizationRequest
from subscriptions.views import keyset, page, reasons
from subscriptions.views.files import csv_file
from subscriptions.views.keyset import Page


@permissions.required(Action.VIEW)
@require_safe
def users(request: OrganizationRequest, slug: str) -> HttpResponse:
    """The people that the address asks for, by name; a filter that makes no sense is answered at its field."""
    now, plans = timezone.now(), products()
    form = filter_form(request, plans)
    context: dict[str, Any] = {
        "form": form,
        "keepers": permissions.keepers(request, Action.ASSIGN_LICENCES),
        "may_assign": permissions.may(request.membership, Action.ASSIGN_LICENCES),
        "nobody_may_spend": directory.nobody_may_spend(request.organization, at=now),
    }
    if form.is_valid():
        found = directory.people(request.organization, form.wanted(), at=now)
        count = found.count()
        context |= {"count": count, "bulk": BulkForm(plans=plans, count=count)}
        context |= _page(request, found, at=now)
    return page.show(request, "users", context)


@permissions.required(Action.VIEW)
@require_safe
def users_csv(request: OrganizationRequest, slug: str) -> HttpResponseBase:
    """The same as a file; a filter that makes no sense goes to the page."""
    form, now = filter_form(request, products()), timezone.now()
    if not form.is_valid():
        return redirect(f"../?{request.GET.urlencode()}")
    found = directory.people(request.organization, form.wanted(), at=now)
    return csv_file(directory.as_csv(found, at=now), f"users-{slug}.csv")


def products() -> list[Plan]:
    """The plans, each under one of its codes."""
    return list(Plan.objects.exclude(code__in=SAME_AS))


def filter_form(request: OrganizationRequest, plans: list[Plan]) -> PeopleFilter:
    """The filter in the address."""
    return PeopleFilter(request.GET, plans=plans, locations=directory.locations(request.organization))


def _page(request: OrganizationRequest, found: QuerySet[Subscriber], *, at: datetime) -> dict[str, Any]:
    """The rows of the page and the addresses of its neighbours."""
    asked, limit = request.GET, keyset.SIZE + 1
    names = {name: keyset.place(asked.get(name, "")) for name in ("before", "after")}
    pk = names["before"] or names["after"]
    place = request.organization.subscribers.filter(pk=pk).first() if pk else None
    if place is None:
        rows, back = directory.first(found, at=at, limit=limit), False
    else:
        back = names["before"] is not None
        rows = (directory.before if back else directory.after)(found, place, at=at, limit=limit)
    shown: Page[Subscriber] = keyset.page(rows, backwards=back, moved=place is not None)
    first, last = (str(shown.rows[end].pk) if shown.rows else "" for end in (0, -1))
    return {
        "people": shown.rows,
        "before_url": keyset.address(asked, before=first) if shown.has_before and first else "",
        "after_url": keyset.address(asked, after=last) if shown.has_after and last else "",
    }


@permissions.required(Action.VIEW)
@require_safe
def user(request: OrganizationRequest, slug: str, pk: int) -> HttpResponse:
    """Who somebody is, and which licences they hold and held."""
    person, today = _found(request, pk), timezone.now().date()
    rows = list(person.licences.select_related("plan").order_by("plan__position", "plan__code", "assigned_on"))
    context = {
        "person": person,
        "held": [row for row in rows if _is_held(row, today) or _begins_later(row, today)],
        "past": [row for row in rows if row.removed_on is not None and row.removed_on <= today],
        "today": today,
        "may_spend": any(row.plan.category == Plan.Category.CREDITS and _is_held(row, today) for row in rows),
        "keepers": permissions.keepers(request, Action.ASSIGN_LICENCES),
        "may_assign": permissions.may(request.membership, Action.ASSIGN_LICENCES),
    }
    return page.show(request, "user", context)


@dataclass(frozen=True)
class Choice:
    """A plan to tick: if the person holds it, since when, and what it stands on or what stands on it."""

    plan: Plan
    ticked: bool
    licence: Licence | None
    note: str


@permissions.required(Action.ASSIGN_LICENCES)
def user_licences(request: OrganizationRequest, slug: str, pk: int) -> HttpResponse:
    """Tick what the person is to hold; what cannot be is said in words, with what comes first."""
    person, plans, now = _found(request, pk), products(), timezone.now()
    form = LicencesForm(request.POST or None, plans=plans)
    if form.is_valid():
        add, take = form.difference()
        try:
            done = licences.change(person, add=add, take=take, on=now.date(), actor=request.user, now=now)
        except (licences.LacksPrerequisite, licences.NotHeld, licences.NotSoldHere, licences.StillNeeded) as error:
            form.add_error(None, reasons.in_form(error, {plan.code: plan.title for plan in plans}))
        else:
            _say(request, person, done)
            return redirect("subscriptions:user", slug, pk)
    context = {"form": form, "person": person, "choices": _choices(person, plans, form)}
    return page.show(request, "user_licences", context)


def _choices(person: Subscriber, plans: list[Plan], form: LicencesForm) -> list[Choice]:
    """The plans as they are held now, or as they were ticked in a form that came back."""
    held = {row.plan.code: row for row in person.licences.filter(removed_on=None).select_related("plan")}
    ticked = set(form.data.getlist("plans")) if form.is_bound else None  # type: ignore[attr-defined]  # a QueryDict
    titles = {plan.code: plan.title for plan in plans}
    found = []
    for plan in sorted(plans, key=lambda each: each.category != Plan.Category.CREDITS):
        licence = next((held[code] for code in entitlements.names_of(plan.code) if code in held), None)
        is_ticked = licence is not None if ticked is None else plan.code in ticked
        found.append(Choice(plan, is_ticked, licence, reasons.note(plan.code, held, titles, whose=str(person))))
    return found


def _say(request: OrganizationRequest, person: Subscriber, done: licences.Changed) -> None:
    """What was changed."""
    facts = {"who": str(person)}
    if done.assigned:
        plans = ", ".join(plan.title for plan in done.assigned)
        messages.success(request, _("%(plans)s: assigned to %(who)s.") % {"plans": plans, **facts})
    if done.removed:
        plans = ", ".join(plan.title for plan in done.removed)
        messages.success(request, _("%(plans)s: taken away from %(who)s.") % {"plans": plans, **facts})
    if not (done.assigned or done.removed):
        messages.info(request, _("Nothing was different, so nothing was changed."))


def _found(request: OrganizationRequest, pk: int) -> Subscriber:
    person = get_object_or_404(Subscriber, organization=request.organization, pk=pk)
    person.organization = request.organization
    return person


def _is_held(row: Licence, today: date) -> bool:
    return (row.assigned_on is None or row.assigned_on <= today) and (row.removed_on is None or row.removed_on > today)


def _begins_later(row: Licence, today: date) -> bool:
    return row.assigned_on is not None and row.assigned_on > today
