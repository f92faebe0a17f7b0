"""An import killed at random moments and started again each time ends like one that nobody killed.

CI kills the import of a small file, `IMPORT_ROWS=1000000 script/test tests/faults` that of a large one.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from credits.models import Account
from rating.models import UsageFile
from subscriptions.models import Licence, Organization, Plan, Subscriber
from tests import factories
from tests.benchmarks import calls_file
from tests.integrity import violations
from tests.journeys.processes import environment
from tests.rating import cast

pytestmark = pytest.mark.django_db(transaction=True)
KILLS = 20
ROWS = int(os.environ.get("IMPORT_ROWS", "12000"))
#: Small, so that there are many moments between.
STEP = max(400, ROWS // 100)
LANES = "2"


def start(path: Path, slug: str, folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.benchmarks.importing", str(path), slug, str(STEP), LANES]
    env = environment(folder, "http://127.0.0.1:9", STATEMENT_TIMEOUT="0", TMPDIR=str(folder))
    with (folder / "import.log").open("ab") as log:
        return subprocess.Popen(command, cwd=settings.BASE_DIR, env=env, stdout=subprocess.PIPE, stderr=log)


def finish(path: Path, slug: str, folder: Path) -> None:
    """Import it to the end."""
    process = start(path, slug, folder)
    said, _ = process.communicate(timeout=1200)
    assert process.returncode == 0, (folder / "import.log").read_text()
    assert json.loads(said)["rows"] == ROWS


def kill(path: Path, slug: str, folder: Path, chooser: random.Random) -> int:
    """Kill it a moment after some more calls are charged, or while it still reads; how many calls are charged."""
    calls = Organization.objects.get(slug=slug).usage_records
    wanted = calls.count() + chooser.randrange(-STEP, ROWS // KILLS)
    process = start(path, slug, folder)
    time.sleep(chooser.uniform(0.5, 2.5) if wanted <= calls.count() else 0)
    while calls.count() < wanted and process.poll() is None:
        time.sleep(0.005)
    time.sleep(chooser.uniform(0, 0.02))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return calls.count()


def people(organization: Organization, now: datetime) -> None:
    """Some have minutes of a plan, some only the credits, some nothing."""
    for number in range(0, calls_file.PEOPLE, 7):
        person = Subscriber.objects.create(
            organization=organization, upn=f"person{number}@bench.example", usage_location="US", created_at=now
        )
        for code in ("MCOPSTN1", "MCOPSTNPP")[: 1 + number % 2]:
            Licence.objects.create(subscriber=person, plan=Plan.objects.get(code=code))


def outcome(organization: Organization) -> dict[str, Any]:
    """The charged set, the total and every balance; which lot paid for which call may differ, what is left may not."""
    account = Account.objects.get(organization=organization)
    facts = ("usage_id", "state", "charge", "covered_minutes", "minutes", "country", "unlicensed", "subscriber__upn")
    return {
        "records": list(organization.usage_records.order_by("usage_id").values_list(*facts)),
        "journals": account.journals.filter(kind="usage").count(),
        "money": (account.balance, account.overdraft),
        "lots": list(account.lots.order_by("expires_at").values_list("remaining", flat=True)),
        "pools": sorted(organization.pool_uses.values_list("month", "pool", "used")),
        "new": sum(organization.usage_files.values_list("new", flat=True)),
    }


def test_a_killed_import_ends_like_one_that_nobody_killed(tmp_path: Path) -> None:
    now = timezone.now()
    cast.publish(cast.OUTBOUND, "outbound")
    path = calls_file.write(tmp_path / "calls.csv", ROWS, until=now)
    for organization in (factories.tailspin(), factories.northwind()):
        people(organization, now)
    chooser = random.Random(1)  # noqa: S311  # no secret

    finish(path, "tailspin", tmp_path)
    seen = [kill(path, "northwind", tmp_path, chooser) for _ in range(KILLS)]
    finish(path, "northwind", tmp_path)

    undisturbed, killed = (outcome(Organization.objects.get(slug=slug)) for slug in ("tailspin", "northwind"))
    # How many kills fall among the steps is the machine's affair; that one did, is what makes this a test.
    assert any(0 < count < ROWS for count in seen), f"no kill fell among the steps: {seen}"
    for what, there in undisturbed.items():
        assert killed[what] == there, what
    assert not UsageFile.objects.filter(finished_at=None).exists()
    assert violations(timezone.now()) == {}
