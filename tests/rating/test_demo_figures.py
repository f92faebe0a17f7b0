"""The two demo files, through the doors, against the script that shares no code with the product."""

import json
import subprocess
import sys
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command

from credits import invariants as credit_invariants
from credits.models import Account
from rating import charging, invariants
from rating.models import UsageRecord
from subscriptions import catalogue
from subscriptions.models import Organization
from tests.rating.cast import DATA, INBOUND, OUTBOUND

BY_HAND = Path(__file__).parents[1] / "independent" / "rate_by_hand.py"


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def by_hand(licences: Path, usage: Path) -> Any:
    options = ("--outbound", OUTBOUND, "--inbound", INBOUND, "--licences", licences, "--usage", usage)
    command = [sys.executable, str(BY_HAND), *map(str, options)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return json.loads(done.stdout)


def charge_all(now: datetime) -> None:
    while charging.charge_due(now=now):
        pass


@pytest.mark.parametrize("name", ["contoso", "tailspin"])
def test_the_product_agrees_with_the_hand(
    name: str, request: pytest.FixtureRequest, frozen: time_machine.Traveller, now: datetime
) -> None:
    organization: Organization = request.getfixturevalue(name)
    usage, licences = DATA / f"usage-{name}-2026-09-10.csv", DATA / f"licences-{name}.csv"
    catalogue.seed()
    run("import_rates", str(OUTBOUND), "--service", "outbound", "--sample")
    run("import_rates", str(INBOUND), "--service", "inbound_toll_free", "--sample")
    run("import_licences", str(licences), "--organization", name)

    first = run("import_usage", str(usage), "--organization", name)
    charge_all(now)
    summary = json.loads(run("usage_summary", "--organization", name))
    second = run("import_usage", str(usage), "--organization", name)
    charge_all(now)

    assert summary == by_hand(licences, usage)
    assert first.splitlines()[-1] == f"{summary['rows']} rows: {summary['rows']} new, 0 already there, 0 quarantined"
    assert second.splitlines()[-1] == f"{summary['rows']} rows: 0 new, {summary['rows']} already there, 0 quarantined"
    assert json.loads(run("usage_summary", "--organization", name, "--file", usage.name)) == summary
    account = Account.objects.get(organization=organization)
    assert f"{-account.balance:.4f}" == summary["total"]
    checks = {**credit_invariants.CHECKS, **invariants.CHECKS}
    assert {check: found for check, rows in checks.items() if (found := rows(None, now))} == {}
    differs = UsageRecord.objects.filter(licence_differs=True).count()
    assert differs == {"contoso": 2134, "tailspin": 283}[name]
