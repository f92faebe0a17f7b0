"""Lists as files to keep."""

from collections.abc import Iterable, Iterator

from django.http import StreamingHttpResponse
from django.utils import translation

from subscriptions import csv_export


def csv_file(lines: Iterable[str], name: str) -> StreamingHttpResponse:
    """The lines as a CSV file of that name, sent as they are made and kept by nobody on the way.

    It begins with a byte-order mark, and its words are in the language of the page that was asked for.
    """
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    told = _in_language(lines, translation.get_language() or "en")
    return StreamingHttpResponse(told, content_type="text/csv; charset=utf-8", headers=headers)


def _in_language(lines: Iterable[str], language: str) -> Iterator[str]:
    """The lines are made while they are sent: by then the thread may be speaking another language."""
    yield csv_export.BYTE_ORDER_MARK
    made = iter(lines)
    while True:
        with translation.override(language):
            line = next(made, None)
        if line is None:
            return
        yield line
