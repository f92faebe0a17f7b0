"""Write down where the provider's word and ours differ, for a person to settle."""

import logging
from collections.abc import Iterable
from datetime import datetime

from credits.comparison.finding import Finding
from credits.models import Difference

logger = logging.getLogger(__name__)


def note(findings: Iterable[Finding], *, now: datetime) -> int:
    """One open row for each matter, however often it is seen; answers how many."""
    noted = 0
    for finding in findings:
        matter = {"kind": finding.kind, "ref": finding.ref, "why": finding.why, "settled_at": None}
        facts = {
            "account_id": finding.account_id,
            "payment": finding.payment,
            "ours": finding.ours,
            "theirs": finding.theirs,
            "currency": finding.currency,
            "seen_at": now,
        }
        _, is_new = Difference.objects.update_or_create(
            **matter, defaults=facts, create_defaults={**facts, **matter, "found_at": now}
        )
        if is_new:
            logger.error("reconciliation: %s %s: %s", finding.kind, finding.ref, finding.why)
        noted += 1
    return noted
