"""The invitation: who follows it, and what becomes of it."""

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from subscriptions import lifecycle
from subscriptions.forms import AcceptForm
from subscriptions.models import Invitation, User


@login_not_required
@never_cache
@sensitive_post_parameters("password")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Become a member: new people say who they are, known ones sign in first and then press a button."""
    invited = get_object_or_404(Invitation.objects.select_related("organization"), token=token)
    known = User.objects.filter(email__iexact=invited.email).exists()
    try:
        lifecycle.check_open(invited, now=timezone.now())
        return _join(request, invited) if known else _accept(request, invited)
    except lifecycle.NotInvited as error:
        return render(request, "subscriptions/invitation_refused.html", {"reason": error.said}, status=410)


def _accept(request: HttpRequest, invited: Invitation) -> HttpResponse:
    form = AcceptForm(request.POST or None, invitation=invited)
    if not form.is_valid():
        return render(request, "subscriptions/invitation.html", {"form": form, "invitation": invited})
    name, password = form.cleaned_data["name"], form.cleaned_data["password"]
    person = lifecycle.accept(invited, name=name, password=password, now=timezone.now())
    login(request, person)
    return _welcome(request, invited)


def _join(request: HttpRequest, invited: Invitation) -> HttpResponse:
    if not request.user.is_authenticated or request.user.email.lower() != invited.email.lower():
        return render(request, "subscriptions/invitation_known.html", {"invitation": invited})
    if request.method != "POST":
        return render(request, "subscriptions/invitation_join.html", {"invitation": invited})
    lifecycle.join(invited, request.user, now=timezone.now())
    return _welcome(request, invited)


def _welcome(request: HttpRequest, invited: Invitation) -> HttpResponse:
    messages.success(request, _("Welcome to %(organization)s.") % {"organization": invited.organization.name})
    return redirect("organization_home", invited.organization.slug)
