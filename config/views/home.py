"""The start page, and the home of an organization."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.views.decorators.http import require_safe

from config import front
from config.context import memberships_of
from subscriptions.permissions import ALLOWED, Action, OrganizationRequest, keepers, required


@login_not_required
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for this address by habit, on pages that name no icon."""
    return redirect(static("img/favicon.svg"))


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """To the person's first organization; staff who are no member, to the admin; others are told what to do."""
    if (first := memberships_of(request.user).first()) is not None:
        return redirect("organization_home", first.organization.slug)
    if request.user.is_staff:
        return redirect("admin:index")
    return render(request, "home/nobody.html")


@required(Action.VIEW)
@require_safe
def organization_home(request: OrganizationRequest, slug: str) -> HttpResponse:
    """Problems first; the first steps of a new organization, the figures of a running one."""
    allowed = {action for action in Action if request.membership.role in ALLOWED[action]}
    with timezone.override(request.organization.zone):
        context = {
            **front.facts(request.organization, now=timezone.now()),
            "allowed": allowed,
            "keepers": keepers(request, Action.ADD_FUNDS),
        }
        return render(request, "home/organization.html", context)
