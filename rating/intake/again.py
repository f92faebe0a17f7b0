"""A record as the row that would bring it, so that what went out, or came by another door, is known when it comes."""

from datetime import UTC
from uuid import UUID

from rating.intake import columns
from rating.models import UsageRecord


def body_hash(record: UsageRecord, *, currency: str, object_id: UUID | None, upn: str) -> str:
    """The hash of the row that tells of this call and names its person so."""
    call = columns.Call(
        usage_id=record.usage_id,
        call_id=record.call_id,
        conference_id=record.conference_id,
        user_location=record.user_location,
        object_id=object_id,
        upn=upn,
        display_name="",
        caller=record.caller,
        call_type=record.call_type,
        number_type=record.number_type,
        destination=record.destination,
        started_at=record.started_at.astimezone(UTC),
        ended_at=record.ended_at.astimezone(UTC),
        seconds=record.seconds,
        currency=currency,
        capability=record.capability,
    )
    return call.body_hash
