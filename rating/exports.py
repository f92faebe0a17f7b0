"""The usage report as a PSTN usage export: its own columns, so that the file imports again as "already there"."""

from collections.abc import Iterator
from datetime import UTC
from typing import Final

from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rating import calls, words, zones
from rating.intake import again
from rating.models import Rate, RateDeck, UsageRecord
from subscriptions import csv_export

#: The columns of the export, in its order (trade: export). Those that we have nothing to say in are empty.
COLUMNS: Final = (
    "UsageId", "Call ID", "Conference ID", "User Location", "Microsoft Entra ObjectId", "UPN", "User Display Name",
    "Caller ID", "Call Type", "Call Direction", "Number Type", "Domestic/International", "Destination Dialed",
    "Destination Number", "External Country", "Start Time", "End Time", "Duration Seconds", "Connection Fee", "Charge",
    "Currency", "Capability", "Operator", "Source of Call Duration", "Administrative Units",
)  # fmt: skip
#: Operator, source of the duration, administrative units.
_UNKNOWN: Final = ("", "", "")
#: The columns of a deck as people read it; `manage.py export_rates` writes the file that imports again.
RATE_COLUMNS: Final = (
    _("Prefix"), _("Destination"), _("Country or region"), _("Country code"), _("Kind"), _("Per minute"),
    _("For each call"), _("Currency"), _("In force since"), _("In force"), _("Sample rates"),
)  # fmt: skip
_CHUNK: Final = 2_000


def usage(found: QuerySet[UsageRecord], *, currency: str, numbers: bool) -> Iterator[str]:
    """The calls line by line, in the order of calls, however many: memory holds some thousands.

    Without `numbers` telephone numbers are masked, and then the file does not import again.
    """
    yield csv_export.exact(COLUMNS)
    records = found.select_related("subscriber", "rate").order_by("started_at", "usage_id")
    for record in records.iterator(chunk_size=_CHUNK):
        yield csv_export.exact(_fields(record, currency=currency, numbers=numbers))


def rates(found: QuerySet[Rate], deck: RateDeck) -> Iterator[str]:
    """Those rates of the deck line by line, by prefix, or by the country of the number called."""
    key = "country" if deck.service == RateDeck.Service.INBOUND_TOLL_FREE else "prefix"
    rows = found.order_by(key, "window", "pk").iterator(chunk_size=_CHUNK)
    return csv_export.lines(RATE_COLUMNS, (_rate(rate, deck) for rate in rows))


def _rate(rate: Rate, deck: RateDeck) -> tuple[object, ...]:
    return (
        rate.prefix,
        rate.destination,
        words.country_name(rate.country),
        rate.country,
        rate.get_kind_display(),
        rate.per_minute,
        rate.connection_fee,
        deck.currency,
        deck.effective_on.isoformat(),
        f"{rate.window} ({deck.zone})" if rate.window else "",
        gettext("yes") if deck.sample else "",
    )


def _fields(record: UsageRecord, *, currency: str, numbers: bool) -> list[str]:
    person = record.subscriber
    location = record.user_location or (person.usage_location if person else "")
    object_id, upn = _named(record, currency)
    caller, destination = record.caller, record.destination
    if not numbers:
        caller, destination = words.masked(caller), words.masked(destination)
    return [
        record.usage_id,
        record.call_id,
        record.conference_id,
        record.user_location,
        object_id,
        upn,
        csv_export.harmless(person.display_name) if person else "",
        caller,
        record.call_type,
        "inbound" if calls.is_inbound(record.call_type) else "outbound",
        record.number_type,
        _distance(location, record.country),
        words.country_name(record.country, language="en") if record.country else "",
        destination,
        record.country,
        _instant(record, "started_at"),
        _instant(record, "ended_at"),
        str(record.seconds),
        f"{record.rate.connection_fee if record.rate and record.charge else 0:.4f}",
        f"{record.charge:.4f}" if record.charged_at else "",
        currency,
        record.capability,
        *_UNKNOWN,
    ]


def _named(record: UsageRecord, currency: str) -> tuple[str, str]:
    """Object id and UPN as the row had them that brought the call.

    A subscriber whose object id was learned from another row has more names than this one; then only the UPN makes the
    same row again.
    """
    person = record.subscriber
    if person is None:
        return "", ""
    if person.object_id and record.body_hash == again.body_hash(
        record, currency=currency, object_id=person.object_id, upn=person.upn
    ):
        return str(person.object_id), person.upn
    return ("", person.upn) if person.upn else (str(person.object_id), "")


def _instant(record: UsageRecord, name: str) -> str:
    return str(getattr(record, name).astimezone(UTC).isoformat())


def _distance(location: str, country: str) -> str:
    if not location or not country:
        return ""
    return "Domestic" if zones.is_domestic(location, country) else "International"
