"""Rates: what a call costs, by number, country or destination."""

from collections.abc import Collection
from datetime import UTC
from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rating import exports, lookup
from rating.forms import RateFilter
from rating.models import Rate, RateDeck
from subscriptions.permissions import Action, OrganizationRequest, required
from subscriptions.views import keyset
from subscriptions.views.files import csv_file
from subscriptions.views.keyset import Page

#: The tabs, in order. Conference dial-out is priced by the outbound deck until it has one of its own, and a tab.
TABS: Final = (
    (RateDeck.Service.OUTBOUND, _("Outbound")),
    (RateDeck.Service.INBOUND_TOLL_FREE, _("Inbound toll-free")),
    (RateDeck.Service.CONFERENCE, _("Conference dial-out")),
)
#: Rates a page: their lines are short.
_SIZE: Final = 50


@required(Action.VIEW)
def rates(request: OrganizationRequest, slug: str) -> HttpResponse:
    """The rates in force today, those that the search finds, and the price of a call to a number."""
    organization = request.organization
    form = RateFilter(request.GET)
    service = form.chosen_service()
    now = timezone.now()
    # Rates are dated in UTC, as the months of the allotments are.
    in_force = lookup.decks_in_force(organization.currency, on=now.astimezone(UTC).date())
    deck = lookup.deck_of(service, in_force)
    context: dict[str, Any] = {"form": form, "deck": deck, "service": service, "tabs": _tabs(in_force)}
    if deck is not None and form.is_valid():
        text = form.cleaned_data["text"]
        number = lookup.number_in(text, country=organization.country)
        found = lookup.rates(deck, text, number=number, organization=organization)
        context |= {"number": number, "count": found.count(), **_page(found, deck, request.GET)}
        found_answer = lookup.answer(deck, number, organization=organization, at=now) if number else None
        minutes = form.chosen_minutes()
        context |= {"answer": found_answer, "minutes": minutes}
        context["quote"] = found_answer and found_answer.quote(minutes, at=now)
    return render(request, "rating/rates.html", context)


@required(Action.VIEW)
def rates_csv(request: OrganizationRequest, slug: str) -> HttpResponseBase:
    """The rates in force today of the service and search that the address names; without a deck, the page."""
    organization, form = request.organization, RateFilter(request.GET)
    in_force = lookup.decks_in_force(organization.currency, on=timezone.now().astimezone(UTC).date())
    deck = lookup.deck_of(form.chosen_service(), in_force)
    if deck is None or not form.is_valid():
        return redirect(f"../?{request.GET.urlencode()}")
    text = form.cleaned_data["text"]
    number = lookup.number_in(text, country=organization.country)
    found = lookup.rates(deck, text, number=number, organization=organization)
    return csv_file(exports.rates(found, deck), f"rates-{deck.service}-{deck.effective_on:%Y-%m-%d}.csv")


def _tabs(in_force: Collection[str]) -> list[tuple[str, Any]]:
    return [(name, label) for name, label in TABS if name in in_force or name != RateDeck.Service.CONFERENCE]


def _page(found: QuerySet[Rate], deck: RateDeck, asked: QueryDict) -> dict[str, Any]:
    """The rows of the page and the addresses of its neighbours."""
    before, after = lookup.place(asked.get("before", "")), lookup.place(asked.get("after", ""))
    limit = _SIZE + 1
    if before is not None:
        rows = lookup.read_before(found, deck, before, limit=limit)
    else:
        rows = lookup.read_after(found, deck, after, limit=limit)
    page: Page[Rate] = keyset.page(rows, backwards=before is not None, moved=bool(before or after), size=_SIZE)
    first, last = (lookup.address(page.rows[end], deck) if page.rows else "" for end in (0, -1))
    return {
        "rates": page.rows,
        "before_url": keyset.address(asked, before=first) if page.has_before and first else "",
        "after_url": keyset.address(asked, after=last) if page.has_after and last else "",
    }
