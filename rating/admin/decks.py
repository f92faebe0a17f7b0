"""Decks in the back office: hand in a file, see what it changes, publish it; withdraw and export.

A published deck is replaced by another, never edited. Decks belong to no organization: who did what is in the log of
the back office.
"""

from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rating import charging, decks, uploads
from rating.admin.deck_forms import DecisionForm, ImportForm, state_of
from rating.admin.reading import ReadOnly, demand
from rating.decks import telling
from rating.models import Rate, RateDeck, Upload
from rating.sheets import Refused
from subscriptions.doorbell import ring
from subscriptions.models import User

#: So many changes of a deck are shown.
_SHOWN: Final = 100
_RIGHT: Final = "rating.add_ratedeck"


@admin.register(RateDeck)
class RateDeckAdmin(ReadOnly):
    """Price lists; a published one stands as it is."""

    change_list_template = "admin/rating/ratedeck/change_list.html"
    change_form_template = "admin/rating/ratedeck/change_form.html"
    list_display = ("name", "service", "currency", "effective_on", "state", "sample", "published_at", "withdrawn_at")
    list_filter = (
        "service",
        "currency",
        "sample",
        ("published_at", admin.EmptyFieldListFilter),
        ("withdrawn_at", admin.EmptyFieldListFilter),
    )
    list_select_related = ()
    search_fields = ("name__istartswith", "checksum__exact")
    search_help_text = _("The beginning of a name, or a file's SHA-256.")

    @admin.display(description=_("State"))
    def state(self, deck: RateDeck) -> Any:
        return state_of(deck)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("import/", wrap(self.take), name="rating_ratedeck_import"),
            path("<int:pk>/publish/", wrap(self.issue), name="rating_ratedeck_publish"),
            path("<int:pk>/discard/", wrap(self.discard), name="rating_ratedeck_discard"),
            path("<int:pk>/withdraw/", wrap(self.withdraw), name="rating_ratedeck_withdraw"),
            path("<int:pk>/export/", wrap(self.export), name="rating_ratedeck_export"),
        ]
        return [*own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        may = request.user.has_perm(_RIGHT)
        return super().changelist_view(request, {**(extra_context or {}), "may_import": may})

    def take(self, request: HttpRequest) -> HttpResponse:
        """A file is handed in; a worker checks it, and what it would change is seen on the page of its upload."""
        person = demand(request, _RIGHT)
        if request.method != "POST":
            return self._page(request, "import", form=ImportForm())
        form = ImportForm(request.POST, request.FILES, too_large=getattr(request, uploads.TOO_LARGE, False))
        if form.is_valid() and (upload := _received(form, person)) is not None:
            self.log_addition(request, upload, "handed in")
            return HttpResponseRedirect(reverse("admin:rating_upload_deck", args=[upload.pk]))
        return self._page(request, "import", form=form)

    def issue(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the draft would change; with a reason it is published, and what it replaces is withdrawn."""
        person = demand(request, _RIGHT)
        deck = get_object_or_404(RateDeck, pk=pk, published_at=None)
        form = DecisionForm(request.POST or None)
        against = decks.before(deck)
        replaced = against if against is not None and against.effective_on == deck.effective_on else None
        if request.method == "POST" and form.is_valid():
            now = timezone.now()
            try:
                why = form.cleaned_data["why"]
                decks.issue(deck, now=now, replaces=replaced, actor=person, why=why)
            except Refused as refused:
                form.add_error(None, str(refused))
            else:
                charging.try_again(now=now)
                ring("rating.rate_due")
                return self._done(request, deck, _("The deck is published."))
        found = decks.compare(deck, against)
        shown = {"changes": telling.effects(found, _SHOWN), "summary": found.by_destination.head(_SHOWN).to_dicts()}
        counts = {kind: getattr(found, kind).height for kind in ("gone", "added", "changed", "effective")}
        told = {"deck": deck, "against": against, "replaced": replaced, "rows": found.rows, "counts": counts}
        return self._page(request, "publish", form=form, **told, **shown)

    def discard(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A draft is forgotten."""
        person = demand(request, _RIGHT)
        deck = get_object_or_404(RateDeck, pk=pk, published_at=None)
        if request.method == "POST":
            decks.discard(deck, actor=person, now=timezone.now())
            messages.success(request, _("The draft is discarded."))
            return HttpResponseRedirect(reverse("admin:rating_ratedeck_changelist"))
        return HttpResponseRedirect(reverse("admin:rating_ratedeck_publish", args=[pk]))

    def withdraw(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A deck that has priced nothing is taken back."""
        person = demand(request, _RIGHT)
        deck = get_object_or_404(RateDeck.objects.standing(), pk=pk)
        form = DecisionForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            now, why = timezone.now(), form.cleaned_data["why"]
            try:
                decks.withdraw(deck, actor=person, now=now, why=why)
            except Refused as refused:
                form.add_error(None, str(refused))
            else:
                return self._done(request, deck, _("The deck is withdrawn."))
        return self._page(request, "withdraw", deck=deck, form=form, has_priced=decks.has_priced_calls(deck))

    def export(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        """The deck as its file."""
        deck = get_object_or_404(RateDeck, pk=pk)
        if not self.has_view_permission(request, deck):
            raise PermissionDenied
        name = f"{deck.service}-{deck.currency}-{deck.effective_on}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingHttpResponse(decks.export(deck), content_type="text/csv; charset=utf-8", headers=headers)

    def _done(self, request: HttpRequest, deck: RateDeck, said: Any) -> HttpResponse:
        messages.success(request, said)
        return HttpResponseRedirect(reverse("admin:rating_ratedeck_change", args=[deck.pk]))

    def _page(self, request: HttpRequest, name: str, **context: Any) -> TemplateResponse:
        whole = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/rating/ratedeck/{name}.html", whole)


@admin.register(Rate)
class RateAdmin(ReadOnly):
    """Rows of the decks. Found by the beginning of a prefix, so that a search stays quick in long decks."""

    list_display = ("prefix", "country", "destination", "kind", "per_minute", "connection_fee", "window", "deck")
    list_filter = ("deck", "kind")
    list_select_related = ("deck",)
    search_fields = ("prefix__startswith", "country__exact", "destination__startswith")
    search_help_text = _("The beginning of a prefix or of a destination, or a country's two letters.")


def _received(form: ImportForm, person: User) -> Upload | None:
    """The file as it is kept; nothing where the form says why not."""
    try:
        return uploads.receive(
            form.handed_in.chunks(),
            name=form.handed_in.name or "",
            kind=form.kind,
            organization=None,
            options=form.options(),
            actor=person,
            now=timezone.now(),
        )
    except uploads.TooLarge:
        form.refuse_large()
    except uploads.TooMany:
        form.refuse_many()
    return None
