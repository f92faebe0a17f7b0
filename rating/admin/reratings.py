"""Re-ratings in the back office: what was booked is read only; a new one begins with the months and is seen first."""

from collections.abc import Sequence
from typing import Any, Final

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from credits.ledger import NothingToCorrect
from rating import rerating
from rating.admin.reading import ReadOnly, demand
from rating.admin.rerate_form import RerateForm
from rating.models import Rate, RerateLine, Rerating
from rating.rerating import DeckMissing
from subscriptions.doorbell import ring

#: So many differences are shown before they are booked.
_SHOWN: Final = 200
_RIGHT: Final = "rating.add_rerating"


@admin.register(Rerating)
class ReratingAdmin(ReadOnly):
    """Who had which months judged once more, and why; and the page that does it."""

    change_list_template = "admin/rating/rerating/change_list.html"
    list_display = ("organization", "first_month", "last_month", "why", "at", "by")
    list_filter = (("at", admin.DateFieldListFilter), "organization")
    list_select_related = ("organization", "by")
    search_fields = ("organization__slug__exact", "why__startswith")
    search_help_text = _("An organization's short name, or the beginning of a reason.")

    def get_urls(self) -> list[URLPattern]:
        rerate = self.admin_site.admin_view(self.rerate)
        return [path("rerate/", rerate, name="rating_rerating_rerate"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        may = request.user.has_perm(_RIGHT)
        return super().changelist_view(request, {**(extra_context or {}), "may_rerate": may})

    def rerate(self, request: HttpRequest) -> HttpResponse:
        """Choose months, see what would differ, give the reason, book it; only the last changes anything."""
        demand(request, _RIGHT)
        asked = request.POST if request.method == "POST" else request.GET
        form = RerateForm(asked or None, needs_reason=request.method == "POST")
        if request.method == "POST" and form.is_valid() and (done := self._book(request, form)):
            return done
        context: dict[str, Any] = {**self.admin_site.each_context(request), "form": form, "opts": self.opts}
        if form.is_valid() or (form.is_bound and not {"account", "first", "last"} & form.errors.keys()):
            context |= _previewed(form)
        return TemplateResponse(request, "admin/rating/rerating/rerate.html", context)

    def _book(self, request: HttpRequest, form: RerateForm) -> HttpResponse | None:
        """Book it and go to what was booked; without any the page says why."""
        wanted = form.cleaned_data
        months = wanted["first"], wanted["last"]
        try:
            done = rerating.apply(
                wanted["account"], *months, why=wanted["why"], actor=demand(request, _RIGHT), now=timezone.now()
            )
        except (DeckMissing, NothingToCorrect) as error:
            form.add_error(None, _refusal(error))
            return None
        if done is None:
            messages.info(request, _("No call differs; nothing was changed."))
            return HttpResponseRedirect(reverse("admin:rating_rerating_changelist"))
        calls = done.lines.count()
        self._note(request, done, calls)
        ring("credits.charge_due", "notifications.deliver_due")
        said = ngettext("%(count)d call was corrected.", "%(count)d calls were corrected.", calls)
        messages.success(request, said % {"count": calls})
        return HttpResponseRedirect(reverse("admin:rating_rerating_change", args=[done.pk]))

    def _note(self, request: HttpRequest, done: Rerating, calls: int) -> None:
        self.log_addition(request, done, f"{calls} calls: {done.why}")


def _refusal(error: Exception) -> Any:
    if isinstance(error, DeckMissing):
        return _("Calls have no deck for their day any more; publish one first. Nothing was changed.")
    return _("A charge was given back by hand already. Nothing was changed.")


def _previewed(form: RerateForm) -> dict[str, Any]:
    """What would change, with the decks by rate."""
    wanted = form.cleaned_data
    months = wanted["first"], wanted["last"]
    found = rerating.preview(wanted["account"], *months, now=timezone.now(), limit=_SHOWN)
    keys = {key for one in found.differences for key in (one.before.rate, one.after.rate) if key}
    rates = Rate.objects.select_related("deck").in_bulk(keys)
    rows: Sequence[tuple[Any, Rate | None, Rate | None]] = [
        (one, rates.get(one.before.rate or 0), rates.get(one.after.rate or 0)) for one in found.differences
    ]
    return {"preview": found, "rows": rows, "currency": wanted["account"].currency}


@admin.register(RerateLine)
class RerateLineAdmin(ReadOnly):
    """What each call cost before and after."""

    list_display = ("record", "state_before", "charge_before", "state_after", "charge_after", "rerating")
    list_filter = ("state_before", "state_after")
    list_select_related = ("record", "rerating")
    search_fields = ("record__usage_id__exact", "rerating__organization__slug__exact")
    search_help_text = _("A usage id, or an organization's short name.")
