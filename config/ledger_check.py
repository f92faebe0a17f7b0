"""Every check of every floor, and what a violation does.

Integrity: the account's automatic charging stops. Health: a warning. The checks see one snapshot of the database, so
that what is booked meanwhile is not held against it; P06, which asks the provider, comes before it.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.db import connection, transaction

from config import ledger_digests
from credits import invariants as of_credits
from credits.gateway import Unreachable
from credits.models import Account
from notifications import invariants as of_notifications
from notifications.invariants import Check
from rating import invariants as of_rating

logger = logging.getLogger(__name__)

Rows = list[dict[str, Any]]


def _by_account(check: Check, account_id: int | None, now: datetime) -> Rows:
    """A check of the floor that knows organizations only, asked by account."""
    organization = None
    if account_id is not None:
        organization = Account.objects.values_list("organization_id", flat=True).get(pk=account_id)
    rows = check(organization, now)
    accounts = Account.objects.filter(organization__in={row["organization_id"] for row in rows})
    ids = dict(accounts.values_list("organization_id", "pk"))
    return [{"account_id": ids.get(row["organization_id"]), **row} for row in rows]


def _adapted(checks: Mapping[str, Check]) -> dict[str, Check]:
    return {name: partial(_by_account, check) for name, check in checks.items()}


#: A violation says that money or its record is wrong.
INTEGRITY: Final[dict[str, Check]] = {
    **of_credits.CHECKS,
    **of_rating.CHECKS,
    **_adapted(of_notifications.CHECKS),
    "X02": ledger_digests.changed,
}
#: A violation says that something waits which should not.
HEALTH: Final[dict[str, Check]] = {**of_credits.HEALTH, **of_rating.HEALTH, **_adapted(of_notifications.HEALTH)}


@dataclass(frozen=True, slots=True)
class Findings:
    """The offending rows by check; a check that was asked is named, and an empty list means that it holds."""

    integrity: dict[str, Rows]
    health: dict[str, Rows]

    @property
    def broken(self) -> list[str]:
        """The integrity checks that do not hold."""
        return [name for name, rows in self.integrity.items() if rows]

    @property
    def ailing(self) -> list[str]:
        """The health checks that do not hold."""
        return [name for name, rows in self.health.items() if rows]

    @property
    def accounts(self) -> set[int]:
        """Whose integrity is broken, as far as the rows name an account."""
        return {row["account_id"] for rows in self.integrity.values() for row in rows if row["account_id"]}


def integrity(account_id: int | None, *, now: datetime) -> dict[str, Rows]:
    """Every integrity check but P06, on one account or on all."""
    with _snapshot():
        return {name: INTEGRITY[name](account_id, now) for name in sorted(INTEGRITY)}


def health(account_id: int | None, *, now: datetime) -> dict[str, Rows]:
    """Every health check, on one account or on all."""
    with _snapshot():
        return {name: HEALTH[name](account_id, now) for name in sorted(HEALTH)}


def provider(account_id: int | None, *, now: datetime) -> dict[str, Rows]:
    """The check that asks the provider. Raises gateway.Unreachable."""
    return {name: check(account_id, now) for name, check in of_credits.PROVIDER.items()}


def everything(account_id: int | None, *, now: datetime) -> Findings:
    """All checks but P06."""
    return Findings(integrity(account_id, now=now), health(account_id, now=now))


@contextmanager
def _snapshot() -> Iterator[None]:
    """One state of the database for all that is asked inside, however long that takes; a test has its own already."""
    outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if outermost:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET LOCAL statement_timeout = 0")
        yield


def freeze(found: Findings, *, now: datetime) -> int:
    """Stop the automatic charging of every account that a violation names; answers how many were stopped anew."""
    return Account.objects.filter(pk__in=found.accounts, frozen_at=None).update(frozen_at=now)


def release(found: Findings, account_id: int | None) -> int:
    """Let accounts that were stopped and are clean again charge; answers how many.

    Only what asked the provider too may say that an account is clean.
    """
    if not set(of_credits.PROVIDER) <= set(found.integrity):
        return 0
    clean = Account.objects.filter(frozen_at__isnull=False).exclude(pk__in=found.accounts)
    if account_id is not None:
        clean = clean.filter(pk=account_id)
    return clean.update(frozen_at=None)


def nightly(*, now: datetime) -> Findings:
    """All checks, the consequences, a line in the log for each violation, and the fingerprints for tomorrow."""
    found = everything(None, now=now)
    try:
        found.integrity.update(provider(None, now=now))
    except Unreachable as error:
        logger.warning("the ledger's check could not ask the provider (%s)", error)
    freeze(found, now=now)
    release(found, None)
    for name in found.broken:
        logger.error("ledger check %s is violated: %s", name, found.integrity[name][:20])
    for name in found.ailing:
        logger.warning("health check %s: %s", name, found.health[name][:20])
    ledger_digests.store(broken=found.accounts, now=now)
    return found
