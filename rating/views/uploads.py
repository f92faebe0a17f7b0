"""Settings > Uploads: files handed in, what a check found in them, and what came of taking them in."""

from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from rating import upload_report, uploads
from rating.models import Upload
from rating.upload_forms import LicenceUploadForm, UploadForm, UsageUploadForm
from rating.upload_report import News
from rating.views.usage import sees_numbers
from subscriptions import permissions
from subscriptions.permissions import Action, OrganizationRequest, required
from subscriptions.views import keyset
from subscriptions.views.files import csv_file
from subscriptions.views.keyset import Page

#: Files on a page of the list.
_SIZE: Final = 25
#: Who may hand in, import and drop files of a kind.
RIGHTS: Final = {Upload.Kind.USAGE: Action.UPLOAD_FILES, Upload.Kind.LICENCES: Action.ASSIGN_LICENCES}


@required(Action.VIEW)
@require_safe
def all_uploads(request: OrganizationRequest, slug: str) -> HttpResponse:
    """All files, the newest first."""
    newer, older = (keyset.place(request.GET.get(name, "")) for name in ("newer", "older"))
    page = _page(_theirs(request).defer("found"), newer, older)
    first, last = (page.rows[end].pk if page.rows else None for end in (0, -1))
    context = {
        "uploads": page.rows,
        "newer_url": keyset.address(request.GET, newer=str(first)) if page.has_before and first else "",
        "older_url": keyset.address(request.GET, older=str(last)) if page.has_after and last else "",
        "may_usage": permissions.may(request.membership, Action.UPLOAD_FILES),
        "may_licences": permissions.may(request.membership, Action.ASSIGN_LICENCES),
        "keepers": permissions.keepers(request, Action.UPLOAD_FILES),
    }
    return _show(request, "uploads", context)


@required(Action.UPLOAD_FILES)
def upload_usage(request: OrganizationRequest, slug: str) -> HttpResponse:
    """Hand in a file of calls."""
    return _receive(request, UsageUploadForm, "upload_usage")


@required(Action.ASSIGN_LICENCES)
def upload_licences(request: OrganizationRequest, slug: str) -> HttpResponse:
    """Hand in a file of people and their licenses."""
    return _receive(request, LicenceUploadForm, "upload_licences")


@required(Action.VIEW)
@require_safe
def upload(request: OrganizationRequest, slug: str, pk: int) -> HttpResponse:
    """A file on its way. While a worker has it the page asks again, and changes only when there is news."""
    shown = get_object_or_404(_theirs(request), pk=pk)
    context = {"upload": shown, "mark": upload_report.mark(shown), "progress": upload_report.progress(shown)}
    if request.headers.get("HX-Request"):
        return _news(request, shown, context)
    may_decide = permissions.may(request.membership, RIGHTS[Upload.Kind(shown.kind)])
    context |= {"may_decide": may_decide, "keepers": permissions.keepers(request, RIGHTS[Upload.Kind(shown.kind)])}
    context |= upload_report.of(shown, numbers=sees_numbers(request.membership))
    return _show(request, "upload", context)


@required(Action.VIEW)
@require_POST
def import_upload(request: OrganizationRequest, slug: str, pk: int) -> HttpResponse:
    """Let a worker take it in. Who may, depends on what it is."""
    wanted = _to_decide(request, pk)
    try:
        uploads.confirm(wanted, actor=request.user, now=timezone.now())
    except uploads.NotWaiting:
        messages.info(request, _("There is nothing to decide on this file any more."))
    return redirect("rating:upload", slug, pk)


@required(Action.VIEW)
@require_POST
def drop_upload(request: OrganizationRequest, slug: str, pk: int) -> HttpResponse:
    """Forget the file; nothing of it was imported. Who may, depends on what it is."""
    unwanted = _to_decide(request, pk)
    try:
        uploads.drop(unwanted, actor=request.user, now=timezone.now())
    except uploads.NotWaiting:
        messages.info(request, _("There is nothing to decide on this file any more."))
        return redirect("rating:upload", slug, pk)
    messages.success(request, _("%(file)s was dropped; nothing of it was imported.") % {"file": unwanted.name})
    return redirect("rating:uploads", slug)


@required(Action.VIEW)
@require_safe
def upload_errors(request: OrganizationRequest, slug: str, pk: int) -> HttpResponseBase:
    """The lines that can't be taken, as a file to mend them by."""
    shown = get_object_or_404(_theirs(request), pk=pk)
    return csv_file(
        upload_report.errors_csv(shown, numbers=sees_numbers(request.membership)), f"errors-{slug}-{pk}.csv"
    )


def _news(request: OrganizationRequest, shown: Upload, context: dict[str, Any]) -> HttpResponse:
    """What the page has missed: nothing, some progress, or so much that it is another page."""
    match upload_report.news(shown, request.GET.get("seen", "")):
        case News.NONE:
            return HttpResponse(status=204)
        case News.PROGRESS:
            return _show(request, "upload_progress", context)
        case News.STATE:
            return HttpResponseClientRefresh()


def _theirs(request: OrganizationRequest) -> QuerySet[Upload]:
    return request.organization.uploads.select_related("uploaded_by")


def _page(found: QuerySet[Upload], newer: int | None, older: int | None) -> Page[Upload]:
    """The rows of the page that the address names."""
    if newer is not None:
        near = list(found.filter(pk__gt=newer).order_by("pk")[: _SIZE + 1])
        return keyset.page(near, backwards=True, moved=True, size=_SIZE)
    if older is not None:
        found = found.filter(pk__lt=older)
    rows = list(found.order_by("-pk")[: _SIZE + 1])
    return keyset.page(rows, backwards=False, moved=older is not None, size=_SIZE)


def _to_decide(request: OrganizationRequest, pk: int) -> Upload:
    found = get_object_or_404(_theirs(request), pk=pk)
    if not permissions.may(request.membership, RIGHTS[Upload.Kind(found.kind)]):
        raise PermissionDenied
    return found


def _receive(request: OrganizationRequest, form_class: type[UploadForm], template: str) -> HttpResponse:
    """The form; once it holds a file, the page on which its check is watched."""
    if request.method != "POST":
        return _show(request, template, {"form": form_class()})
    form = form_class(request.POST, request.FILES, too_large=getattr(request, uploads.TOO_LARGE, False))
    if form.is_valid() and (received := _received(request, form)) is not None:
        return redirect("rating:upload", request.organization.slug, received.pk)
    return _show(request, template, {"form": form}, status=422)


def _received(request: OrganizationRequest, form: UploadForm) -> Upload | None:
    """The file as it is kept; nothing where the form says why not."""
    try:
        return uploads.receive(
            form.handed_in.chunks(),
            name=form.handed_in.name or "",
            kind=form.kind,
            organization=request.organization,
            options=form.options(),
            actor=request.user,
            now=timezone.now(),
        )
    except uploads.TooLarge:
        form.refuse_large()
    except uploads.TooMany:
        form.refuse_many()
    return None


def _show(request: OrganizationRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    with timezone.override(request.organization.zone):
        return render(request, f"rating/{template}.html", context, status=status)
