"""The mails of a demo installation, for anybody signed in to it."""

from typing import Final

from csp.constants import NONE, SELF
from csp.decorators import csp
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from notifications import demo_mail

#: What the HTML of a mail may do: be seen, and open a link beside us. Mails carry their styles with them.
_MAIL_POLICY: Final = {
    "default-src": [NONE],
    "style-src": ["'unsafe-inline'"],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}


def _found(name: str) -> demo_mail.Mail:
    mail = demo_mail.find(name) if settings.DEMO else None
    if mail is None:
        raise Http404
    return mail


@require_safe
def demo_mails(request: HttpRequest) -> HttpResponse:
    """All mails, newest first."""
    if not settings.DEMO:
        raise Http404
    return render(request, "notifications/demo_mail.html", {"mails": list(demo_mail.newest())})


@require_safe
def demo_message(request: HttpRequest, name: str) -> HttpResponse:
    """One mail: its text, and its HTML in a frame that can do nothing."""
    return render(request, "notifications/demo_message.html", {"mail": _found(name)})


@require_safe
def demo_file(request: HttpRequest, name: str, place: int) -> HttpResponse:
    """A file that came with a mail; the first is 1."""
    files = _found(name).files
    if not 1 <= place <= len(files):
        raise Http404
    paper = files[place - 1]
    headers = {"Content-Disposition": content_disposition_header(True, paper.name) or "attachment"}
    return HttpResponse(paper.body, content_type=paper.content_type, headers=headers)


@require_safe
@xframe_options_sameorigin
@csp(_MAIL_POLICY)  # type: ignore[arg-type]  # its types forget that a view may take more than the request
def demo_html(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML part alone, as a mail program shows it: no script, no form, nothing loaded."""
    return HttpResponse(_found(name).html)
