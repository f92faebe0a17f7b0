"""One subscription: what there is of it, its orders; cancel it at the end of its month, or keep it after all."""

from datetime import datetime
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from subscriptions import cancellations, offers, periods, permissions
from subscriptions.models import Plan, Subscription
from subscriptions.permissions import Action, OrganizationRequest
from subscriptions.views import page

#: Orders shown on the page of their subscription.
_ORDERS: Final = 10


@permissions.required(Action.VIEW)
@require_safe
def subscription(request: OrganizationRequest, slug: str, pk: int) -> HttpResponse:
    """How many licences there are, assigned and free, since when, until when, and by which orders."""
    found, now = _found(request, pk), timezone.now()
    if found.plan.category == Plan.Category.CREDITS:
        return redirect("credits:overview", slug)
    context = {
        "stock": offers.stock_of(found, at=now),
        "offer": offers.offer_of(request.organization, found.plan, at=now),
        "orders": request.organization.orders.filter(plan=found.plan)[:_ORDERS],
        "last_day": found.ends_at and periods.last_day(found.ends_at, request.organization.zone),
        "ending": found.ends_at is not None and found.ends_at > now,
        "may_order": permissions.may(request.membership, Action.ORDER_PLANS),
        "may_assign": permissions.may(request.membership, Action.ASSIGN_LICENCES),
        "keepers": permissions.keepers(request, Action.ORDER_PLANS),
    }
    return page.show(request, "subscription", context)


@permissions.required(Action.ORDER_PLANS)
def cancel_subscription(request: OrganizationRequest, slug: str, pk: int) -> HttpResponse:
    """Say who loses what and when, then let the subscription end with its month."""
    found, now = _found(request, pk), timezone.now()
    try:
        if request.method != "POST":
            return _ask(request, found, now=now)
        cancellations.cancel(found, actor=request.user, now=now)
    except cancellations.NotCancelled as error:
        messages.error(request, str(error.said))
    else:
        messages.success(request, _("%(plan)s was cancelled.") % {"plan": found.plan.title})
    return redirect("subscriptions:subscription", slug, pk)


@permissions.required(Action.ORDER_PLANS)
@require_POST
def keep_subscription(request: OrganizationRequest, slug: str, pk: int) -> HttpResponse:
    """Take the cancellation back."""
    found = _found(request, pk)
    try:
        cancellations.keep(found, actor=request.user, now=timezone.now())
    except cancellations.NotCancelled as error:
        messages.error(request, str(error.said))
    else:
        messages.success(request, _("%(plan)s stays: nothing changes.") % {"plan": found.plan.title})
    return redirect("subscriptions:subscription", slug, pk)


def _found(request: OrganizationRequest, pk: int) -> Subscription:
    found = get_object_or_404(Subscription.objects.select_related("plan"), organization=request.organization, pk=pk)
    found.organization = request.organization
    return found


def _day(request: OrganizationRequest, ends_at: datetime) -> str:
    return date_format(periods.last_day(ends_at, request.organization.zone), "DATE_FORMAT")


def _ask(request: OrganizationRequest, found: Subscription, *, now: datetime) -> HttpResponse:
    """The question, with the last day and what it takes from whom."""
    ends_at = cancellations.check(found, now=now)
    context = {
        "question": _("Cancel %(plan)s?") % {"plan": found.plan.title},
        "consequences": _consequences(found, _day(request, ends_at), now=now),
        "verb": _("Cancel subscription"),
        "danger": True,
        "cancel_url": reverse("subscriptions:subscription", args=[request.organization.slug, found.pk]),
        "subscription": found,
    }
    return page.show(request, "subscription_cancel", context)


def _consequences(found: Subscription, day: str, *, now: datetime) -> list[str]:
    """What happens, and to how many people."""
    lost = cancellations.loss(found, at=now)
    said = [_("It stays as it is until the end of %(day)s. Until then you can keep it after all.") % {"day": day}]
    if lost.people:
        people = ngettext(
            "Then %(number)d person loses the license, with the minutes and calls it brings.",
            "Then %(number)d people lose the license, with the minutes and calls it brings.",
            lost.people,
        )
        said.append(people % {"number": lost.people})
    else:
        said.append(_("Nobody has a license of it, so nobody loses anything."))
    titles = {each.code: each.title for each in Plan.objects.filter(code__in=lost.stranded)}
    for code, count in lost.stranded.items():
        stranded = ngettext(
            "%(number)d of them has a license of %(other)s that stands on this one alone. It stays, but is of no use "
            "until the person gets another license for it to stand on.",
            "%(number)d of them have licenses of %(other)s that stand on this one alone. They stay, but are of no use "
            "until these people get another license for them to stand on.",
            count,
        )
        said.append(stranded % {"number": count, "other": titles.get(code, code)})
    said.append(_("Fees are billed through your organization's agreement; nothing is charged or refunded here."))
    return said
