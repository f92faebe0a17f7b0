"""The organization's keys to the API: see them, make one, revoke one."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from subscriptions import keys, permissions
from subscriptions.forms import KeyForm
from subscriptions.models import ApiKey
from subscriptions.permissions import Action, OrganizationRequest


@permissions.required(Action.MANAGE_KEYS)
def all_keys(request: OrganizationRequest, slug: str) -> HttpResponse:
    """The keys there are, the newest first; revoked ones stay in sight."""
    found = request.organization.api_keys.select_related("created_by")
    return render(request, "subscriptions/keys.html", {"keys": found, "now": timezone.now()})


@never_cache
@permissions.required(Action.MANAGE_KEYS)
def make_key(request: OrganizationRequest, slug: str) -> HttpResponse:
    """Name a key and say what it is good for; the answer shows its secret, this once."""
    form = KeyForm(request.POST or None)
    if not form.is_valid():
        return render(request, "subscriptions/make_key.html", {"form": form})
    name, scopes = form.cleaned_data["name"], form.cleaned_data["scopes"]
    key, secret = keys.make(request.organization, name, scopes, actor=request.user, now=timezone.now())
    return render(request, "subscriptions/key_made.html", {"key": key, "secret": secret})


@permissions.required(Action.MANAGE_KEYS)
def revoke_key(request: OrganizationRequest, slug: str, pk: int) -> HttpResponse:
    """Ask, then revoke."""
    key = get_object_or_404(ApiKey, organization=request.organization, pk=pk)
    if request.method == "POST":
        keys.revoke(key, actor=request.user, now=timezone.now())
        return redirect("subscriptions:keys", slug)
    context = {
        "question": _("Revoke %(name)s?") % {"name": key.name},
        "consequences": [_("Programs that use this key are refused from now on. This cannot be undone.")],
        "verb": _("Revoke"),
        "danger": True,
        "cancel_url": reverse("subscriptions:keys", args=[slug]),
    }
    return render(request, "subscriptions/revoke_key.html", context)
