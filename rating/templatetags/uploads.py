"""Uploads on a page: `{{ upload.refusal|said }}`, `{{ row.reason|said_with:numbers }}`."""

from typing import Final

from django import template

from rating import upload_report
from rating.models import Upload
from rating.uploads import wording

register = template.Library()

_TONES: Final = {
    Upload.State.CHECKING: "info",
    Upload.State.CHECKED: "warning",
    Upload.State.TAKING: "info",
    Upload.State.DONE: "success",
    Upload.State.REFUSED: "danger",
}


@register.filter
def said(reason: str) -> str:
    """Why a row or a file is refused, in the language of the page."""
    return wording.said(reason)


@register.filter
def said_with(reason: str, numbers: bool) -> str:
    """The same; without `numbers` telephone numbers are masked."""
    return wording.said(reason if numbers else upload_report.without_numbers(reason))


@register.filter
def upload_tone(state: str) -> str:
    """How a state looks."""
    return _TONES.get(Upload.State(state), "neutral")
