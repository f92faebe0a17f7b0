"""A check that never finds anything proves nothing: each finds what was broken for it."""

from datetime import datetime
from pathlib import Path

import pytest
from django.db import connection

from rating import charging, invariants
from rating.models import UsageRecord
from subscriptions.models import Organization
from tests.rating import cast
from tests.rating.cast import row


@pytest.fixture
def charged(tailspin: Organization, tmp_path: Path, now: datetime) -> UsageRecord:
    cast.deck({"44 GB": "0.02"})
    cast.take(tailspin, tmp_path, row(1), row(2, Call_Type="user_in"))
    charging.charge_due(now=now)
    return tailspin.usage_records.get(state=UsageRecord.State.CHARGED)


def broken(account_id: int | None = None) -> set[str]:
    return {name for name, check in invariants.CHECKS.items() if check(account_id)}


def lift(constraint: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE rating_usagerecord DROP CONSTRAINT {constraint}")


def test_all_is_well(charged: UsageRecord) -> None:
    assert broken() == set()


def test_u01_finds_a_doubled_usage_id(charged: UsageRecord) -> None:
    lift("one_usage_record_per_id")
    UsageRecord.objects.update(usage_id="same")

    assert broken() == {"U01"}


def test_u02_finds_another_amount(charged: UsageRecord) -> None:
    UsageRecord.objects.filter(pk=charged.pk).update(charge=1)

    assert broken() == {"U02"}
    assert broken(charged.organization.account.pk) == {"U02"}
    assert broken(0) == set()


def test_u02_finds_a_charge_without_its_journal_and_the_journal_without_its_call(charged: UsageRecord) -> None:
    lift("a_charge_has_its_journal")
    UsageRecord.objects.filter(pk=charged.pk).update(journal=None)

    assert len(invariants.CHECKS["U02"](None)) == 2


def test_u03_finds_a_debit_of_a_call_that_costs_nothing(charged: UsageRecord) -> None:
    UsageRecord.objects.filter(pk=charged.pk).update(state="waiting", charge=0, journal=None, charged_at=None)

    assert broken() == {"U02", "U03"}
