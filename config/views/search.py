"""Search: one box over people, numbers, payments, receipts, plans and pages."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from config import searching
from rating.views.usage import sees_numbers
from subscriptions.permissions import Action, OrganizationRequest, required


@required(Action.VIEW)
@require_safe
def search(request: OrganizationRequest, slug: str) -> HttpResponse:
    """What the address asks for, sort by sort; without a question, what can be asked."""
    query = searching.cleaned(request.GET.get("q", ""))
    short = searching.is_too_short(query)
    sorts = searching.found(request.organization, request.membership, query) if query and not short else []
    context = {
        "query": query,
        "short": short,
        "sorts": sorts,
        "total": sum(len(sort.shown) for sort in sorts),
        "cut": any(sort.is_cut for sort in sorts),
        "numbers": sees_numbers(request.membership),
    }
    with timezone.override(request.organization.zone):
        return render(request, "home/search.html", context)
