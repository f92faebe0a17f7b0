"""What has been taken in already, and how the quarantine keeps a row that is not. Both ways in of a file ask here."""

from typing import Any, Final

from rating.intake import columns
from rating.intake.columns import BadField
from rating.models import QuarantinedRow, UsageFile, UsageRecord
from rating.sheets import Row
from subscriptions.models import Organization

#: Where usage ids of the PSTN export come from; they are unique in it.
SOURCE: Final = "pstn"


def known(organization: Organization, usage_ids: list[str]) -> dict[str, tuple[str, str]]:
    """Which of the ids are there already: the hash of the row's body, and words for where it is."""
    found = UsageRecord.objects.filter(organization=organization, source=SOURCE, usage_id__in=usage_ids)
    return {
        usage_id: (body_hash, f"on {received_at:%Y-%m-%d} ({seconds} s to {destination})")
        for usage_id, body_hash, received_at, seconds, destination in found.values_list(
            "usage_id", "body_hash", "received_at", "seconds", "destination"
        )
    }


def on_line(line: int) -> str:
    """Words for where an id is that the same file has brought."""
    return f"on line {line} of this file"


def already(usage_id: str, where: str) -> BadField:
    """The usage id is known, with other facts."""
    return BadField(columns.ID, usage_id, f"already imported {where} with other values")


def quarantined(file: UsageFile, row: Row, wrong: BadField) -> QuarantinedRow:
    """The row as the quarantine keeps it, not stored yet."""
    raw: dict[str, Any] = {column: text[:1000] for column, text in row.fields.items()}
    return QuarantinedRow(
        file=file,
        line=row.line,
        column=wrong.column,
        given=wrong.given[:200],
        reason=wrong.reason[:300],
        raw=raw,
    )


def quarantined_lines(file: UsageFile) -> set[int]:
    """The lines of these bytes that the organization's quarantine has already: they may come again."""
    earlier = QuarantinedRow.objects.filter(file__organization=file.organization, file__checksum=file.checksum)
    return set(earlier.values_list("line", flat=True))
