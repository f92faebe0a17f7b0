"""One licence for many people: chosen on the list, reviewed here, then done in one go."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from subscriptions import directory, licences, offers, permissions
from subscriptions.licences import Outlook
from subscriptions.models import Plan, Subscriber
from subscriptions.people_forms import BulkForm, Do, Scope
from subscriptions.permissions import Action, OrganizationRequest
from subscriptions.views import keyset, page, reasons
from subscriptions.views.users import filter_form, products

#: Names that the review shows for each reason.
_NAMES: Final = 50


@dataclass(frozen=True)
class Why:
    """A reason, some of those who stay as they are for it, and how many more there are."""

    sentence: str
    people: list[Subscriber]
    more: int


@permissions.required(Action.ASSIGN_LICENCES)
def bulk_licences(request: OrganizationRequest, slug: str) -> HttpResponse:
    """Say what would come of it; then do it. The address names the plan, and the people or the filter they fit."""
    now, plans = timezone.now(), products()
    form, back = BulkForm(request.GET, plans=plans), _back(request)
    people = _meant(request, plans, at=now)
    if people is None or not form.is_valid():
        messages.error(request, _("Select at least one person, what to do, and a license."))
        return redirect(back)
    plan = next(each for each in plans if each.code == form.cleaned_data["plan"])
    do = Do(form.cleaned_data["do"])
    try:
        if request.method == "POST":
            _say(request, do, plan, _done(request, do, plan, people, now=now))
        else:
            return _review(request, do, plan, people, back, at=now)
    except licences.TooMany:
        messages.error(request, _("At most 10,000 people can be changed at once. Choose fewer by a filter."))
    except licences.NotSoldHere as error:
        messages.error(request, reasons.sentence(error, {plan.code: plan.title}))
    return redirect(back)


def _meant(request: OrganizationRequest, plans: list[Plan], *, at: datetime) -> QuerySet[Subscriber] | None:
    """The people selected, or all that fit the filter; none if the address names nobody."""
    if request.GET.get("scope") == Scope.ALL:
        form = filter_form(request, plans)
        return directory.people(request.organization, form.wanted(), at=at) if form.is_valid() else None
    named = [pk for text in request.GET.getlist("who") if (pk := keyset.place(text)) is not None]
    return request.organization.subscribers.filter(pk__in=named) if named else None


def _back(request: OrganizationRequest) -> str:
    """The list as it was filtered."""
    query = request.GET.copy()
    for name in ("who", "scope", "do", "plan"):
        query.pop(name, None)
    here = reverse("subscriptions:users", args=[request.organization.slug])
    return f"{here}?{query.urlencode()}" if query else here


def _done(request: OrganizationRequest, do: Do, plan: Plan, people: QuerySet[Subscriber], *, now: datetime) -> Outlook:
    change = licences.assign_many if do == Do.ASSIGN else licences.remove_many
    return change(request.organization, people, plan, on=now.date(), actor=request.user, now=now)


def _review(
    request: OrganizationRequest, do: Do, plan: Plan, people: QuerySet[Subscriber], back: str, *, at: datetime
) -> HttpResponse:
    if do == Do.ASSIGN:
        outlook = licences.outlook_of_assigning(people, plan)
        licences.check_sold(request.organization, plan, wanted=len(outlook.able))
    else:
        outlook = licences.outlook_of_removing(people, plan, on=at.date())
    free = offers.offer_of(request.organization, plan, at=at).free
    context = {
        "plan": plan,
        "assigning": do == Do.ASSIGN,
        "outlook": outlook,
        "able": outlook.able[:_NAMES],
        "more": max(len(outlook.able) - _NAMES, 0),
        "whys": _whys(outlook, plan),
        "over": max(len(outlook.able) - free, 0) if do == Do.ASSIGN and free is not None else 0,
        "back": back,
    }
    return page.show(request, "bulk_review", context)


def _whys(outlook: Outlook, plan: Plan) -> list[Why]:
    titles = {each.code: each.title for each in Plan.objects.all()} if outlook.refused else {}
    found: dict[str, list[Subscriber]] = defaultdict(list)
    for refusal in outlook.refused:
        found[reasons.sentence(refusal.error, titles)].append(refusal.subscriber)
    return [Why(said, people[:_NAMES], max(len(people) - _NAMES, 0)) for said, people in found.items()]


def _say(request: OrganizationRequest, do: Do, plan: Plan, done: Outlook) -> None:
    """How many were changed, how many were so already, how many could not be."""
    count = len(done.able)
    if do == Do.ASSIGN:
        said = ngettext(
            "%(plan)s was assigned to %(count)s person.", "%(plan)s was assigned to %(count)s people.", count
        )
        same = ngettext("%(count)s person had it already.", "%(count)s people had it already.", done.same)
    else:
        said = ngettext(
            "%(plan)s was taken away from %(count)s person.", "%(plan)s was taken away from %(count)s people.", count
        )
        same = ngettext("%(count)s person did not have it.", "%(count)s people did not have it.", done.same)
    left = ngettext("%(count)s person stays as before.", "%(count)s people stay as before.", len(done.refused))
    parts = [said % {"plan": plan.title, "count": count}]
    parts += [same % {"count": done.same}] if done.same else []
    parts += [left % {"count": len(done.refused)}] if done.refused else []
    (messages.success if count else messages.info)(request, " ".join(parts))
