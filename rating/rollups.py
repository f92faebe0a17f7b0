"""Usage added up by day, kept beside the records by the transactions that rate them.

The days are those of the zone in which an organization's roll-up was built, whatever its zone is by now: so they are
always complete in that one. Who reads them asks `is_usable` first, and the sweep builds them anew in another zone.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import DataError, connection
from django.db.models import F, Q

from credits import accounts
from credits.models import Account
from rating.models import RollUp, UsageDay
from subscriptions.models import Organization

logger = logging.getLogger(__name__)

#: The rated calls among these, a row for each day and kind of call. Both parameters are named; `only` narrows further.
_SUMS: Final = """
    SELECT roll_up.organization_id, (record.started_at AT TIME ZONE roll_up.time_zone)::date AS "on",
           record.call_type, record.country, record.state, count(*) AS calls, sum(record.seconds) AS seconds,
           sum(record.minutes) AS minutes, sum(record.covered_minutes) AS covered_minutes, sum(record.charge) AS charge
      FROM rating_rollup AS roll_up
      JOIN rating_usagerecord AS record ON record.organization_id = roll_up.organization_id
     WHERE roll_up.organization_id = %(organization)s AND record.state <> 'waiting' AND {only}
     GROUP BY 1, 2, 3, 4, 5"""
_THESE: Final = _SUMS.format(only="record.id = ANY(%(records)s::bigint[])")
_KIND: Final = ("organization_id", '"on"', "call_type", "country", "state")
_FIGURES: Final = ("calls", "seconds", "minutes", "covered_minutes", "charge")
_INTO: Final = f"INSERT INTO rating_usageday AS day ({', '.join((*_KIND, *_FIGURES))})"
_ADD: Final = f"""
    {_INTO} {_THESE}
        ON CONFLICT ({", ".join(_KIND)}) DO UPDATE
       SET {", ".join(f"{name} = day.{name} + excluded.{name}" for name in _FIGURES)}"""  # noqa: S608  # our own names
_TAKE_OUT: Final = f"""
    UPDATE rating_usageday AS day SET {", ".join(f"{name} = day.{name} - gone.{name}" for name in _FIGURES)}
      FROM ({_THESE}) AS gone
     WHERE {" AND ".join(f"day.{name} = gone.{name}" for name in _KIND)}"""  # noqa: S608  # our own names
_BUILD: Final = f"{_INTO} {_SUMS.format(only='true')}"
#: Raises DataError where the database does not know the zone, before any charge has to find out.
_KNOWN: Final = "SELECT now() AT TIME ZONE %s"


def add(organization_id: int, records: Sequence[int]) -> None:
    """Count these rated calls (by key), whose outcome is stored, into their days; those that wait are left out.

    In the transaction that rates them, under the account's lock. Does nothing while no roll-up is built.
    """
    if records:
        _do(_ADD, organization_id, records)


def take_out(organization_id: int, records: Sequence[int]) -> None:
    """Count these calls out of their days, as they still are; `add` follows once they are what they become.

    In the same transaction, under the account's lock.
    """
    if records:
        _do(_TAKE_OUT, organization_id, records)
        UsageDay.objects.filter(organization=organization_id, calls=0).delete()


def is_usable(organization: Organization) -> bool:
    """If the days are complete, and are those of the organization's own zone."""
    return RollUp.objects.filter(organization=organization, time_zone=organization.time_zone).exists()


def build_due(*, now: datetime, limit: int = 100) -> int:
    """Build the days of organizations that have none, or have moved to another zone; how many organizations.

    Each in a transaction of its own under its account's lock. Ten million calls take some ten seconds, during which
    that organization is charged nothing; it happens once for each zone, and nearly always before the first call.
    """
    zones = Q(organization__roll_up=None) | ~Q(organization__roll_up__time_zone=F("organization__time_zone"))
    built = 0
    for account_id in Account.objects.filter(zones).order_by("pk").values_list("pk", flat=True)[:limit]:
        try:
            built += build(account_id, now=now)
        except DataError:
            logger.exception("the days of account %s cannot be built", account_id)
    return built


def build(account_id: int, *, now: datetime) -> bool:
    """Build the days anew in the organization's zone, unless they are; answers if they had to be. All or nothing."""
    with accounts.changing(account_id, now=now) as account:
        organization = Organization.objects.get(pk=account.organization_id)
        if is_usable(organization):
            return False
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute(_KNOWN, [organization.time_zone])
        UsageDay.objects.filter(organization=organization).delete()
        RollUp.objects.update_or_create(
            organization=organization, defaults={"time_zone": organization.time_zone, "built_at": now}
        )
        _do(_BUILD, organization.pk)
    return True


def _do(statement: str, organization_id: int, records: Sequence[int] = ()) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"organization": organization_id, "records": list(records)})
