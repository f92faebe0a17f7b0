"""What keeps an eye on all accounts at once: brakes, runs of the expiry sweep, comparisons with the provider."""

from typing import Any, Final

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as said
from django.utils.translation import gettext_lazy as _

from credits import brakes, reconciliation
from credits.admin.forms import NoteForm
from credits.admin.reading import ReadOnly, demand
from credits.models import Brake, Difference, ExpiryRun, Reconciliation
from subscriptions.doorbell import ring

_MAY_RELEASE: Final = "credits.change_brake"
_MAY_SETTLE: Final = "credits.change_difference"


@admin.register(Brake)
class BrakeAdmin(ReadOnly):
    """What was stopped until a person has looked, and the page that lets it go on."""

    change_form_template = "admin/credits/brake/change_form.html"

    list_display = ("id", "what", "pulled_at", "why", "released_at", "released_by", "note")
    list_filter = ("what", ("released_at", admin.EmptyFieldListFilter))
    list_select_related = ("released_by",)
    search_fields = ("why__icontains", "note__icontains")
    search_help_text = _("Words of the reason")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.release)
        return [path("<int:pk>/release/", view, name="credits_brake_release"), *super().get_urls()]

    def release(self, request: HttpRequest, pk: int) -> HttpResponse:
        """With what the person found it goes on."""
        person = demand(request, _MAY_RELEASE)
        brake = get_object_or_404(Brake, pk=pk)
        form = NoteForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            note = form.cleaned_data["note"]
            try:
                brakes.release(brake, actor=person, note=note, now=timezone.now())
            except brakes.NotPulled:
                messages.warning(request, said("Somebody has released this brake already."))
            else:
                ring("credits.expire_due", "credits.charge_due")
                self.log_change(request, brake, f"Released: {note}")
                messages.success(request, said("The brake is released."))
            return HttpResponseRedirect(reverse("admin:credits_brake_change", args=[pk]))
        context: dict[str, Any] = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, "admin/credits/brake/release.html", {**context, "brake": brake, "form": form})


@admin.register(ExpiryRun)
class ExpiryRunAdmin(ReadOnly):
    """What each run of the expiry sweep took."""

    list_display = ("id", "began_at", "lots", "amount")
    list_filter = (("began_at", admin.DateFieldListFilter),)
    list_select_related = ()
    search_fields = ("=id",)
    search_help_text = _("Number")


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnly):
    """Comparisons of the provider's list with ours."""

    list_display = (
        "id",
        "began_at",
        "ended_at",
        "since",
        "charges",
        "refunds",
        "disputes",
        "applied",
        "differences",
    )
    list_filter = (("ended_at", admin.EmptyFieldListFilter), ("began_at", admin.DateFieldListFilter))
    list_select_related = ()
    search_fields = ("=id",)
    search_help_text = _("Number")


@admin.register(Difference)
class DifferenceAdmin(ReadOnly):
    """Where the provider's word and ours differ and no rule can mend it, and the page where a person settles it."""

    change_form_template = "admin/credits/difference/change_form.html"

    list_display = (
        "id",
        "kind",
        "ref",
        "why",
        "account__organization",
        "ours",
        "theirs",
        "currency",
        "found_at",
        "seen_at",
        "settled_at",
    )
    list_filter = ("kind", ("settled_at", admin.EmptyFieldListFilter), ("found_at", admin.DateFieldListFilter))
    search_fields = (*ReadOnly.search_fields, "=ref")
    search_help_text = _("Organization, or the provider's reference")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.settle)
        return [path("<int:pk>/settle/", view, name="credits_difference_settle"), *super().get_urls()]

    def settle(self, request: HttpRequest, pk: int) -> HttpResponse:
        """With a note on what was done the matter rests."""
        person = demand(request, _MAY_SETTLE)
        difference = get_object_or_404(Difference.objects.select_related("account__organization", "payment"), pk=pk)
        form = NoteForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            note = form.cleaned_data["note"]
            try:
                reconciliation.settle(difference, actor=person, note=note, now=timezone.now())
            except reconciliation.AlreadySettled:
                messages.warning(request, said("This difference is settled already."))
            else:
                self.log_change(request, difference, f"Settled: {note}")
                messages.success(request, said("The difference is settled."))
            return HttpResponseRedirect(reverse("admin:credits_difference_change", args=[pk]))
        context: dict[str, Any] = {**self.admin_site.each_context(request), "opts": self.opts, "form": form}
        return TemplateResponse(request, "admin/credits/difference/settle.html", {**context, "difference": difference})
