"""What the bell opens: the last notices in words, and the button that says they have been seen."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from notifications import news as told
from subscriptions.permissions import Action, OrganizationRequest, required


@required(Action.VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def news(request: OrganizationRequest, slug: str) -> HttpResponse:
    """The list; sent as a form, nothing of it is new any more, and the person goes on where the panel was opened."""
    if request.method == "POST":
        told.mark_seen(request.membership, now=timezone.now())
        return redirect(_where_from(request) or reverse("notifications:news", args=[slug]))
    items = told.latest(request.organization, request.membership)
    with timezone.override(request.organization.zone):
        return render(request, "notifications/news.html", {"items": items, "new": any(item.new for item in items)})


def _where_from(request: HttpRequest) -> str:
    """The page of this site on which the form was, if the browser says."""
    referrer = request.headers.get("Referer", "")
    mine = url_has_allowed_host_and_scheme(referrer, {request.get_host()}, require_https=request.is_secure())
    return referrer if mine else ""
