"""Limits: how much people may spend, where they may call, and which numbers nobody may."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from rating import limits as rules
from rating.forms import BlockForm, PolicyForm, SpendLimitForm
from rating.models import BlockedDestination, DialOutPolicy, SpendLimit
from subscriptions.permissions import Action, OrganizationRequest, keepers, may, required


@required(Action.VIEW)
@require_safe
def limits(request: OrganizationRequest, slug: str) -> HttpResponse:
    """All limits there are, and for those who may change them the way to it."""
    organization = request.organization
    policies = organization.dial_out_policies.select_related("subscriber")
    context = {
        "spend_limits": organization.spend_limits.select_related("subscriber").order_by(
            "department", "subscriber__upn"
        ),
        "policy": policies.filter(subscriber=None).first(),
        "policies": policies.exclude(subscriber=None).order_by("subscriber__upn"),
        "destinations": organization.blocked_destinations.all(),
        "may_change": may(request.membership, Action.SET_LIMITS),
        "keepers": keepers(request, Action.SET_LIMITS),
    }
    return render(request, "rating/limits.html", context)


@required(Action.SET_LIMITS)
def set_spend_limit(request: OrganizationRequest, slug: str) -> HttpResponse:
    """A new limit, or another amount for one there is."""
    form = SpendLimitForm(request.POST or None, organization=request.organization)
    if not form.is_valid():
        return render(request, "rating/limit_form.html", {"form": form, "title": _("Set a spend limit")})
    given = form.cleaned_data
    rules.set_spend_limit(
        request.organization,
        given["amount"],
        subscriber=given["upn"],
        department=given["department"],
        actor=request.user,
        now=timezone.now(),
    )
    messages.success(request, _("The spend limit was set."))
    return redirect("rating:limits", slug)


@required(Action.SET_LIMITS)
@require_POST
def remove_spend_limit(request: OrganizationRequest, slug: str, pk: int) -> HttpResponse:
    """Only the credit limits them now."""
    limit = get_object_or_404(SpendLimit, organization=request.organization, pk=pk)
    rules.remove_spend_limit(limit, actor=request.user, now=timezone.now())
    return redirect("rating:limits", slug)


@required(Action.SET_LIMITS)
def set_policy(request: OrganizationRequest, slug: str) -> HttpResponse:
    """The organization's policy, or that of somebody named."""
    form = PolicyForm(request.POST or None, organization=request.organization, initial=_policy_of(request))
    if not form.is_valid():
        return render(request, "rating/limit_form.html", {"form": form, "title": _("Set a dial-out policy")})
    given = form.cleaned_data
    rules.set_policy(
        request.organization,
        conferences=DialOutPolicy.Conferences(given["conferences"]),
        calls=DialOutPolicy.Calls(given["calls"]),
        subscriber=given["upn"],
        actor=request.user,
        now=timezone.now(),
    )
    messages.success(request, _("The dial-out policy was set."))
    return redirect("rating:limits", slug)


def _policy_of(request: OrganizationRequest) -> dict[str, str]:
    """What the organization allows now."""
    policy = request.organization.dial_out_policies.filter(subscriber=None).first()
    return {"calls": policy.calls, "conferences": policy.conferences} if policy else {}


@required(Action.SET_LIMITS)
@require_POST
def remove_policy(request: OrganizationRequest, slug: str, pk: int) -> HttpResponse:
    """They follow the organization again."""
    policy = get_object_or_404(DialOutPolicy, organization=request.organization, pk=pk)
    rules.remove_policy(policy, actor=request.user, now=timezone.now())
    return redirect("rating:limits", slug)


@required(Action.SET_LIMITS)
def block_destination(request: OrganizationRequest, slug: str) -> HttpResponse:
    """Numbers that nobody may call from now on."""
    form = BlockForm(request.POST or None)
    if form.is_valid():
        number, note = form.cleaned_data["number"], form.cleaned_data["note"]
        try:
            rules.block_destination(request.organization, number, note=note, actor=request.user, now=timezone.now())
        except rules.NotAPrefix:
            form.add_error("number", _("Enter + and 1 to 15 digits, such as +53."))
        except rules.AlreadyBlocked:
            form.add_error("number", _("These numbers are blocked already."))
        else:
            messages.success(request, _("The destination was blocked."))
            return redirect("rating:limits", slug)
    return render(request, "rating/limit_form.html", {"form": form, "title": _("Block a destination")})


@required(Action.SET_LIMITS)
@require_POST
def unblock_destination(request: OrganizationRequest, slug: str, pk: int) -> HttpResponse:
    """The numbers can be called again."""
    blocked = get_object_or_404(BlockedDestination, organization=request.organization, pk=pk)
    rules.unblock_destination(blocked, actor=request.user, now=timezone.now())
    return redirect("rating:limits", slug)
