"""What the provider posts to us: believed only with a fresh signature of ours, and only about our own mode."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import stripe
from django.conf import settings

#: A signature may be this much older or newer than our clock (reliability: webhooks).
TOLERANCE: Final = timedelta(minutes=5)
#: Bytes; the provider's events are far smaller.
_LARGEST: Final = 1_000_000
#: More digits than any second since 1970 will have.
_MOST_DIGITS: Final = 12


class Forged(Exception):
    """The webhook is not an event that the provider has just signed for us."""


@dataclass(frozen=True, slots=True)
class Event:
    """A verified webhook: its id, its kind and the whole of it as plain JSON. `livemode`: about real money."""

    ref: str
    kind: str
    payload: dict[str, Any]
    livemode: bool


def read_event(body: bytes, signature: str, *, now: datetime) -> Event:
    """The event of a webhook whose signature one of our secrets made within five minutes of now. Raises Forged."""
    if len(body) > _LARGEST:
        raise Forged("too large")
    _check_stamp(signature, now=now)
    for secret in settings.STRIPE_WEBHOOK_SECRETS:
        try:
            # Tolerance 0 switches the library's own look at the clock off; `_check_stamp` looks both ways.
            event = stripe.Webhook.construct_event(body, signature, secret, tolerance=0).to_dict()
        except stripe.SignatureVerificationError:
            continue
        # Whatever else a body holds that is no event: not UTF-8, cut off, a list, nested without end.
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise Forged("no event") from error
        return _event_of(event)
    raise Forged("no secret of ours made this signature")


def _check_stamp(signature: str, *, now: datetime) -> None:
    """The library lets a stamp from the future pass, and reads its own clock; we look both ways, at ours."""
    stamps = [part[2:] for part in signature.split(",") if part.startswith("t=")]
    if len(stamps) != 1 or not (stamps[0].isascii() and stamps[0].isdecimal() and len(stamps[0]) <= _MOST_DIGITS):
        raise Forged("not one time stamp")
    if abs(now.timestamp() - int(stamps[0])) > TOLERANCE.total_seconds():
        raise Forged("the time stamp is more than five minutes off")


def _event_of(payload: dict[str, Any]) -> Event:
    """An event of the mode that our key is of; a test event must never move real credit, nor the reverse."""
    ref, kind, livemode = payload.get("id"), payload.get("type"), payload.get("livemode")
    if not (isinstance(ref, str) and isinstance(kind, str) and ref and kind and isinstance(livemode, bool)):
        raise Forged("signed, but no event")
    if livemode != is_live(settings.STRIPE_SECRET_KEY):
        raise Forged("an event of the other mode")
    return Event(ref=ref, kind=kind, payload=payload, livemode=livemode)


def is_live(secret_key: str) -> bool:
    """If this key of the provider moves real money."""
    return secret_key.startswith(("sk_live_", "rk_live_"))
