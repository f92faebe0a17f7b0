"""E-mail, by whatever Django's e-mail setting names: a trio of templates becomes one message with text and HTML."""

import re
import smtplib
from collections.abc import Mapping
from email.utils import parseaddr
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation

from notifications.channels import Deferred, Letter, Refused, Unreachable
from notifications.papers import Paper

#: What a server says may be as long as it likes; the column has this much room.
_ROOM: Final = 500
#: Templates leave more empty lines than a letter wants.
_MANY_LINES: Final = re.compile(r"\n{3,}")


def written(
    trio: str,
    *,
    address: str,
    language: str,
    zone: ZoneInfo,
    message_id: str,
    context: Mapping[str, Any],
    papers: tuple[Paper, ...] = (),
) -> Letter:
    """The letter made of `templates/notices/<trio>/`, in that language, with its times in that zone."""
    with translation.override(language), timezone.override(zone):
        subject, text, html = (
            render_to_string(f"notices/{trio}/{part}", dict(context))
            for part in ("subject.txt", "body.txt", "body.html")
        )
    return Letter(
        address=address,
        # One line, whatever a name in it contains.
        subject=" ".join(subject.split()),
        text=_MANY_LINES.sub("\n\n", text).strip() + "\n",
        html=html.strip() + "\n",
        message_id=message_id,
        papers=papers,
    )


def message_id(occasion: str) -> str:
    """A Message-ID for the occasion, in the sender's domain: the same occasion, the same id."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{occasion}@{domain}>"


def send(letter: Letter) -> None:
    """Send it, over a connection of its own that waits EMAIL_TIMEOUT at most. Raises as `channels.Send` says."""
    message = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        to=[letter.address],
        headers={"Message-ID": letter.message_id, "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(letter.html, "text/html")
    for paper in letter.papers:
        message.attach(paper.name, paper.body, paper.content_type)
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        code, reason = next(iter(error.recipients.values()))
        raise _refusal(code)(_said(code, reason)) from error
    except smtplib.SMTPDataError as error:
        raise _refusal(error.smtp_code)(_said(error.smtp_code, error.smtp_error)) from error
    except smtplib.SMTPNotSupportedError as error:
        raise Refused(_one_line(str(error))) from error
    except ValueError as error:
        # Django's own refusal: an address or a header that no server would take.
        raise Refused(_one_line(str(error))) from error
    except OSError as error:
        raise Unreachable(_one_line(f"{type(error).__name__}: {error}")) from error


def _refusal(code: int) -> type[Refused] | type[Deferred]:
    """RFC 5321, 4.2.1: 5xx is for good, 4xx for now."""
    return Refused if code >= 500 else Deferred


def _said(code: int, reason: bytes | str) -> str:
    text = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
    return _one_line(f"{code} {text}")


def _one_line(text: str) -> str:
    """Printable and short: PostgreSQL refuses a zero byte, and a server may send one."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:_ROOM]
