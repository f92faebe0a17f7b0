"""What comes with a mail as a file: the floor that has the paper says here how it is made when the mail is written.

papers.register(Notice.Kind.FUNDS_ADDED, receipt_of)     # in AppConfig.ready of that floor
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from notifications.models import MailPolicy, Notice

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Paper:
    """A file: its name with ending, its media type (`application/pdf`), its bytes."""

    name: str
    content_type: str
    body: bytes


#: Makes the papers of a notice in a language (`zh-hant`). Called outside of any transaction, each time a copy is sent.
Make = Callable[[Notice, str], list[Paper]]

_MAKERS: Final[dict[str, Make]] = {}


def register(kind: Notice.Kind, make: Make) -> None:
    """From now on mails of that kind bring these papers; one maker for each kind, the last one registered."""
    _MAKERS[kind.value] = make


def of(notice: Notice, language: str) -> tuple[Paper, ...]:
    """The papers of the notice in the language, as far as its organization wants them attached."""
    make = _MAKERS.get(notice.kind)
    if make is None or not _wanted(notice):
        return ()
    try:
        return tuple(make(notice, language))
    except Exception:
        # Whatever is wrong with the file, the mail must not wait for it: it says the same, and links to the page that
        # has the file.
        logger.exception("notice %s goes without its papers", notice.pk)
        return ()


def _wanted(notice: Notice) -> bool:
    policy = MailPolicy.objects.filter(organization=notice.organization_id).first()
    return policy is None or policy.attach_receipts
