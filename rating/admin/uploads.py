"""Uploads in the back office: to read only, and their content is not shown. Those of rate decks are decided on here."""

from typing import Any, Final

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRefresh

from rating import upload_report, uploads
from rating.admin.deck_forms import DecisionForm
from rating.admin.reading import ReadOnly, demand
from rating.models import RateDeck, Upload, UploadPart
from rating.upload_report import News

_RIGHT: Final = "rating.add_ratedeck"


@admin.register(Upload)
class UploadAdmin(ReadOnly):
    """Files handed in on a page, and what came of them."""

    change_form_template = "admin/rating/upload/change_form.html"
    list_display = ("name", "kind", "organization", "state", "uploaded_at", "uploaded_by", "due_at", "finished_at")
    list_filter = ("state", "kind", ("uploaded_at", admin.DateFieldListFilter), "organization")
    list_select_related = ("organization", "uploaded_by")
    search_fields = ("name__startswith", "checksum__exact", "organization__slug__exact")
    search_help_text = _("The beginning of a file's name, its SHA-256, or an organization's short name.")

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/deck/", wrap(self.deck), name="rating_upload_deck"),
            path("<int:pk>/drop/", wrap(self.drop), name="rating_upload_drop"),
        ]
        return [*own, *super().get_urls()]

    def deck(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A deck on its way: how far its check is, what it would change, and with a reason its publication."""
        person = demand(request, _RIGHT)
        upload = get_object_or_404(Upload, pk=pk, kind=Upload.Kind.DECK)
        if request.headers.get("HX-Request"):
            return self._news(request, upload)
        form = DecisionForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                uploads.confirm(upload, actor=person, now=timezone.now(), why=form.cleaned_data["why"])
            except uploads.NotWaiting:
                messages.info(request, _("There is nothing to decide on this file any more."))
            return HttpResponseRedirect(request.path)
        return self._page(request, "upload", **_told(upload), form=form)

    def drop(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A deck's file is forgotten; nothing of it was published."""
        person = demand(request, _RIGHT)
        upload = get_object_or_404(Upload, pk=pk, kind=Upload.Kind.DECK)
        if request.method == "POST":
            try:
                uploads.drop(upload, actor=person, now=timezone.now())
            except uploads.NotWaiting:
                messages.info(request, _("There is nothing to decide on this file any more."))
            else:
                messages.success(request, _("The file is dropped."))
        return HttpResponseRedirect(reverse("admin:rating_upload_deck", args=[pk]))

    def _news(self, request: HttpRequest, upload: Upload) -> HttpResponse:
        """What the page has missed: nothing, some progress, or so much that it is another page."""
        match upload_report.news(upload, request.GET.get("seen", "")):
            case News.NONE:
                return HttpResponse(status=204)
            case News.PROGRESS:
                context = {"mark": upload_report.mark(upload), "progress": upload_report.progress(upload)}
                return TemplateResponse(request, "rating/upload_progress.html", {"upload": upload, **context})
            case News.STATE:
                return HttpResponseClientRefresh()

    def _page(self, request: HttpRequest, name: str, **context: Any) -> TemplateResponse:
        whole = {**self.admin_site.each_context(request), "opts": RateDeck._meta, **context}
        return TemplateResponse(request, f"admin/rating/ratedeck/{name}.html", whole)


@admin.register(UploadPart)
class UploadPartAdmin(ReadOnly):
    """Which pieces of files are kept."""

    list_display = ("number", "upload")
    list_filter = ("upload__kind",)
    search_fields = ("upload__name__startswith",)
    search_help_text = _("The beginning of a file's name.")
    list_select_related = ("upload",)
    fields = ("upload", "number")


def _told(upload: Upload) -> dict[str, Any]:
    """What the page of a deck's file says."""
    against = RateDeck.objects.filter(pk=upload.found.get("against")).first()
    replaced = against if upload.found.get("replaces") else None
    made = RateDeck.objects.filter(pk=upload.outcome.get("deck")).first()
    service = RateDeck.Service(upload.options["service"]).label
    told = {"service": service, "mark": upload_report.mark(upload), "progress": upload_report.progress(upload)}
    return (
        told
        | {"upload": upload, "found": upload.found, "against": against, "replaced": replaced, "made": made}
        | (upload_report.of(upload, numbers=True))
    )
