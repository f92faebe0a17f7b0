"""Why a call ended as it did: the reason that decided, and each in words."""

from datetime import UTC
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from rating import calls
from rating.allotments import Allotments
from rating.calls import Kind
from rating.coverage import Coverage
from rating.models import UsageRecord
from subscriptions import periods

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as LazyStr

State = UsageRecord.State


class Why(StrEnum):
    """What decided who pays: the reason by which a call ended as it did."""

    WAITING = "waiting"
    EMERGENCY = "emergency"
    NO_SECONDS = "no_seconds"
    INCOMING = "incoming"
    INCOMING_SERVICE = "incoming_service"
    NO_RATE = "no_rate"
    COVERED = "covered"
    SPLIT = "split"
    USED_UP = "used_up"
    NO_MINUTES = "no_minutes"
    TOLL_FREE = "toll_free"
    VOICE_APP = "voice_app"


WORDS: Final[dict[Why, "LazyStr"]] = {
    Why.WAITING: _("The call waits to be charged."),
    Why.EMERGENCY: _("Emergency calls are free."),
    Why.NO_SECONDS: _("The call lasted no second, so it is free."),
    Why.INCOMING: _("Incoming calls to people are free."),
    Why.INCOMING_SERVICE: _("Incoming calls to a number that is not toll-free are free."),
    Why.NO_RATE: _("No rate is known for the number. A call that has already been made is free then."),
    Why.COVERED: _("Minutes of a plan cover the whole call."),
    Why.SPLIT: _("Minutes of a plan cover the beginning of the call. The rest is paid from credits."),
    Why.USED_UP: _("The minutes for such calls were used up. The call is paid from credits."),
    Why.NO_MINUTES: _("No license of the subscriber brings minutes for such a call. It is paid from credits."),
    Why.TOLL_FREE: _("Incoming calls to a toll-free number are paid by the one who is called, from credits."),
    Why.VOICE_APP: _("No plan has minutes for calls of a voice app. They are paid from credits."),
}
KINDS: Final[dict[Kind, "LazyStr"]] = {
    Kind.FREE: _("Free of charge by its kind"),
    Kind.INBOUND_TOLL_FREE: _("Incoming, toll-free number"),
    Kind.PLAN: _("Outgoing, by a person"),
    Kind.CONFERENCE: _("Dial-out from a conference"),
    Kind.CREDIT: _("Outgoing, by a voice app"),
}


#: States that are a reason by themselves.
_BY_STATE: Final = {State.WAITING: Why.WAITING, State.FREECALL: Why.NO_RATE, State.COVERED: Why.COVERED}
_BY_KIND: Final = {Kind.INBOUND_TOLL_FREE: Why.TOLL_FREE, Kind.CREDIT: Why.VOICE_APP}


def why(record: UsageRecord, kind: Kind) -> Why:
    """What decided; which pools would have covered a call is told by the licences as they are recorded now."""
    state = State(record.state)
    if state is State.FREE:
        return _why_free(record)
    if state in _BY_STATE:
        return _BY_STATE[state]
    if record.covered_minutes:
        return Why.SPLIT
    return _BY_KIND.get(kind) or (Why.USED_UP if _pools_of(record, kind) else Why.NO_MINUTES)


def _why_free(record: UsageRecord) -> Why:
    if record.call_type.startswith("emergency_"):
        return Why.EMERGENCY
    if record.seconds == 0:
        return Why.NO_SECONDS
    if not calls.is_inbound(record.call_type):
        # Outgoing calls cost nothing only by the number that was called.
        return Why.EMERGENCY
    if_toll_free = calls.kind_of(record.call_type, number_type=calls.TOLL_FREE, seconds=record.seconds)
    return Why.INCOMING_SERVICE if if_toll_free is Kind.INBOUND_TOLL_FREE else Why.INCOMING


def _pools_of(record: UsageRecord, kind: Kind) -> tuple[str, ...]:
    """The pools that the subscriber's licences open to such a call."""
    if record.subscriber is None:
        return ()
    day = record.started_at.astimezone(UTC).date()
    month = periods.utc_month(record.started_at)
    known = Coverage(Allotments(record.organization, months=[month], subscriber_ids=[record.subscriber.pk]))
    location = record.subscriber.usage_location or record.user_location
    return known.pools(kind, record.subscriber.pk, location, record.country, day)
