"""Every integrity check of every floor, and what a violation does: the account's automatic charging stops."""

from datetime import datetime
from typing import Any, Final

from credits import invariants as of_credits
from credits.models import Account
from rating import invariants as of_rating

CHECKS: Final[dict[str, of_credits.Check]] = {**of_credits.CHECKS, **of_rating.CHECKS}


def violations(account_id: int | None = None) -> dict[str, list[dict[str, Any]]]:
    """The offending rows by check; every check is named, an empty list means that it holds."""
    return {name: check(account_id) for name, check in sorted(CHECKS.items())}


def freeze(found: dict[str, list[dict[str, Any]]], *, now: datetime) -> int:
    """Stop the automatic charging of every account that a violation names; answers how many were stopped anew."""
    broken = {row["account_id"] for rows in found.values() for row in rows if row.get("account_id")}
    return Account.objects.filter(pk__in=broken, frozen_at=None).update(frozen_at=now)


def release(found: dict[str, list[dict[str, Any]]], account_id: int | None) -> int:
    """Let accounts that were stopped and are clean again charge; answers how many."""
    broken = {row["account_id"] for rows in found.values() for row in rows if row.get("account_id")}
    clean = Account.objects.filter(frozen_at__isnull=False).exclude(pk__in=broken)
    if account_id is not None:
        clean = clean.filter(pk=account_id)
    return clean.update(frozen_at=None)
