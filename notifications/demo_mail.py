"""The mails that a demo installation wrote into files instead of sending them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

from django.conf import settings

from notifications.papers import Paper

#: Django's file backend ends each message of a file with a line of so many dashes.
_END: Final = b"\n" + b"-" * 79 + b"\n"
#: The newest files only: a demo that runs for months must not read its whole past for a page.
_NEWEST: Final = 100


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it would have arrived. `name` is the file's name without its ending, and the place within it."""

    name: str
    subject: str
    to: str
    sent_at: datetime | None
    text: str
    html: str
    files: tuple[Paper, ...]


def newest() -> Iterator[Mail]:
    """The mails of the newest files, newest first."""
    for path in _files()[:_NEWEST]:
        yield from reversed(_mails(path))


def find(name: str) -> Mail | None:
    """The mail of that name, if there is one. The name chooses among our files; it is never made a path."""
    stem, _, _ = name.rpartition("-")
    for path in _files():
        if path.stem == stem:
            return next((mail for mail in _mails(path) if mail.name == name), None)
    return None


def _files() -> list[Path]:
    folder = getattr(settings, "EMAIL_FILE_PATH", None)
    if not folder:
        return []
    # Their names tell the second only.
    return sorted(Path(folder).glob("*.log"), key=lambda path: path.stat().st_mtime_ns, reverse=True)


def _mails(path: Path) -> list[Mail]:
    parts = [part for part in path.read_bytes().split(_END) if part.strip()]
    return [_read(f"{path.stem}-{place}", part) for place, part in enumerate(parts, start=1)]


def _read(name: str, raw: bytes) -> Mail:
    message = message_from_bytes(raw, policy=policy.default)
    return Mail(
        name=name,
        subject=str(message["Subject"] or ""),
        to=str(message["To"] or ""),
        sent_at=_date(message),
        text=_body(message, "plain"),
        html=_body(message, "html"),
        files=tuple(_files_of(message)),
    )


def _files_of(message: EmailMessage) -> Iterator[Paper]:
    for part in message.iter_attachments():
        body = part.get_payload(decode=True)
        if isinstance(body, bytes):
            yield Paper(part.get_filename() or "", part.get_content_type(), body)


def _date(message: EmailMessage) -> datetime | None:
    try:
        dated = parsedate_to_datetime(str(message["Date"]))
    except ValueError:
        return None
    # "-0000" says UTC without naming a zone (RFC 5322, 3.3).
    return dated if dated.tzinfo else dated.replace(tzinfo=UTC)


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""
