"""P06: the provider's charges, refunds and disputes of the last five weeks and ours are the same, both ways."""

from datetime import datetime, timedelta
from typing import Any, Final

from credits import comparison
from credits.comparison import Finding

#: How far back the provider is asked.
SINCE: Final = timedelta(days=35)


def differences(account_id: int | None, now: datetime) -> list[dict[str, Any]]:
    """Where the lists differ. What is on its way, and what a person has settled, is no difference.

    Raises gateway.Unreachable. To be called outside of any transaction.
    """
    since = now - SINCE
    told = comparison.ask(since=since)
    found = [
        *comparison.charges(told, since=since, now=now),
        *comparison.refunds(told, since=since, now=now),
        *comparison.disputes(told),
    ]
    amiss = comparison.unsettled(finding for finding in found if not finding.waits)
    return [_row(finding) for finding in amiss if account_id in (None, finding.account_id)]


def _row(finding: Finding) -> dict[str, Any]:
    return {
        "account_id": finding.account_id,
        "kind": finding.kind.value,
        "key": str(finding.payment.key) if finding.payment else None,
        "why": finding.why,
        "provider_ref": finding.ref if finding.word else None,
        "minor": finding.word.minor if finding.word else None,
    }
