"""Reports > Usage of an organization with ten million calls, beside that of one with ten thousand.

Whole answers of the site, from the request to the last byte of HTML, by the test client in this process: who asks, the
filters, the figures and plots from the days of usage, and a page of calls; the first page, and the one 25,000 calls
behind it (of ten thousand calls: 5,000 behind). The calls of each organization are of the last 390 days, of eight kinds
to eight countries; a thousand of them are charged, by journals of their own, so that there is something to draw.
"""

import time
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from credits.models import Account
from rating import listing, rollups
from rating.views.usage import ROWS
from subscriptions.models import Membership, Organization, User
from tests.benchmarks import books, rounds
from tests.benchmarks.figures import Curve, Goal, Plan, Report, Sample, percentile, summarize

SHORT: Final = 10_000
LONG: Final = 10_000_000
#: How far behind the first page the deep one is.
DEEP: Final = 25_000
READS: Final = 24
_CHARGED: Final = 1_000
_DAYS: Final = 390
_CALLS: Final = """
    INSERT INTO rating_usagerecord
           (organization_id, source, usage_id, body_hash, call_id, conference_id, call_type, number_type, caller,
            destination, user_location, capability, started_at, ended_at, seconds, received_at, due_at, state, minutes,
            covered_minutes, covered_by, country, charge, charged_at, unlicensed, licence_differs)
    SELECT %(organization)s, 'bench', lpad(n::text, 36, '0'), md5(n::text), '', '',
           (ARRAY['user_out', 'conf_out', 'conf_in', 'user_in', 'ucap_out', 'user_out_conf', 'ucap_in',
                  'fmc_out'])[kind], '',
            '+14255550100', '+4930' || 1000000 + n %% 9000000, 'US', '', at, at + interval '95 seconds', 95, at, at,
           CASE WHEN kind %% 2 = 0 THEN 'FREECALL' ELSE 'free' END, 2, 0, '',
           (ARRAY['DE', 'TW', 'FR', 'GB', 'US', 'JP', 'BR', 'IN'])[kind], 0, at, false, false
      FROM (SELECT n, 1 + n %% 8 AS kind,
                   %(now)s::timestamptz - (%(calls)s - n) * (interval '390 days' / %(calls)s) AS at
              FROM generate_series(1, %(calls)s) AS n) AS call"""
#: A lot that the charged calls have used up; each has a journal and an entry of a cent.
_CHARGES: Final = """
    WITH chosen AS (
        SELECT id FROM rating_usagerecord WHERE organization_id = %(organization)s AND id %% %(every)s = 0
         ORDER BY id DESC LIMIT %(charged)s
    ), lot AS (
        INSERT INTO credits_lot (account_id, kind, priority, rank, amount, remaining, held, expired, voided, open,
                                 purchased_at, effective_at, expires_at)
        SELECT %(account)s, 'promotion', 0, 0, count(*) * 0.01, 0, 0, 0, 0, false, %(since)s, %(since)s, %(expires)s
          FROM chosen RETURNING id, amount
    ), journals AS (
        INSERT INTO credits_journal (account_id, at, kind, key, movement, why)
        SELECT %(account)s, %(since)s, 'grant', 'lot:' || id, amount, '' FROM lot
        UNION ALL
        SELECT %(account)s, %(now)s, 'usage', 'usage:' || id, -0.01, '' FROM chosen
        RETURNING id, key, movement
    ), entries AS (
        INSERT INTO credits_entry (account_id, journal_id, lot_id, amount)
        SELECT %(account)s, journals.id, lot.id, movement FROM journals, lot
    )
    UPDATE rating_usagerecord AS record SET state = 'charged', charge = 0.01, journal_id = journals.id
      FROM journals WHERE journals.key = 'usage:' || record.id AND record.organization_id = %(organization)s"""


def run(plan: Plan) -> Report:
    """A time against a time, of the first page and of a deep one, and both along the number of calls."""
    now = timezone.now()
    sizes = sorted({plan.of(SHORT), plan.of(100_000), plan.of(1_000_000), plan.of(LONG)})
    accounts = books.open_accounts(len(sizes), lots=0, amount=0, at=now, expires_at=now + timedelta(days=365))
    person = User.objects.create_user("bench@bench.example", None)
    client = Client(headers={"host": "localhost"})
    client.force_login(person)
    firsts, deeps, built = [], [], 0.0
    for account_id, calls in zip(accounts, sizes, strict=True):
        built = _fill(account_id, calls, person, now=now)
        firsts.append(_address(account_id))
        deeps.append(_deep(account_id, min(DEEP, calls // 2)))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    pairs = rounds.alternate(plan, lambda _: _read(client, firsts[-1]), lambda _: _read(client, firsts[0]))
    deep = rounds.alternate(plan, lambda _: _read(client, deeps[-1]), lambda _: _read(client, deeps[0]))
    rows = [
        (f"{calls:,}", f"{_read(client, first).value:.1f}", f"{_read(client, far).value:.1f}")
        for calls, first, far in zip(sizes, firsts, deeps, strict=True)
    ]
    goal = Goal(1.2, at_least=False)
    return Report(
        [summarize("usage_page", "ms", pairs, goal=goal), summarize("usage_page_deep", "ms", deep, goal=goal)],
        [Curve("Calls of the organization, and a page of them", ("calls", "first ms", "deep ms"), rows)],
        [f"Building the days of {sizes[-1]:,} calls took {built:.1f} s."],
    )


def _fill(account_id: int, calls: int, person: User, *, now: datetime) -> float:
    """The calls of one organization, whom the person owns; how many seconds building its days took."""
    organization = Organization.objects.get(account=account_id)
    Membership.objects.create(organization=organization, user=person, role=Membership.Role.OWNER, created_at=now)
    given: dict[str, Any] = {
        "organization": organization.pk,
        "account": account_id,
        "calls": calls,
        "charged": _CHARGED,
        "every": max(1, calls // _CHARGED // 2),
        "now": now,
        "since": now - timedelta(days=_DAYS),
        "expires": now + timedelta(days=30),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CALLS, given)
        cursor.execute(_CHARGES, given)
    begun = time.monotonic()
    rollups.build(account_id, now=now)
    return time.monotonic() - begun


def _address(account_id: int) -> str:
    return reverse("rating:usage", args=[Account.objects.get(pk=account_id).organization.slug])


def _deep(account_id: int, behind: int) -> str:
    organization = Organization.objects.get(account=account_id)
    record = organization.usage_records.order_by("-started_at", "-pk")[behind]
    return f"{_address(account_id)}?older={listing.cursor_of(record)}"


def _read(client: Client, address: str) -> Sample:
    """The median of many answers."""
    latencies = []
    for _ in range(READS):
        before = time.perf_counter()
        answer = client.get(address)
        latencies.append((time.perf_counter() - before) * 1000)
        if answer.status_code != 200 or answer.content.count(b"<tr>") < ROWS:
            raise RuntimeError(f"{address} answered {answer.status_code}, {len(answer.content)} bytes")
    return Sample(percentile(latencies, 0.5) or 0.0, READS, latencies)
