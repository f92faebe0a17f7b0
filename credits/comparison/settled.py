"""What a person has settled already stays settled, as long as it is the very same matter."""

from collections.abc import Iterable
from decimal import Decimal

from credits.comparison.finding import Finding
from credits.models import Difference

_Matter = tuple[str, str, str, Decimal | None, Decimal | None]


def unsettled(findings: Iterable[Finding]) -> list[Finding]:
    """Those about which nobody has said yet what was done; other amounts make another matter."""
    findings = list(findings)
    done = Difference.objects.filter(settled_at__isnull=False, ref__in={finding.ref for finding in findings})
    settled: set[_Matter] = set(done.values_list("kind", "ref", "why", "ours", "theirs"))
    return [one for one in findings if (one.kind, one.ref, one.why, one.ours, one.theirs) not in settled]
