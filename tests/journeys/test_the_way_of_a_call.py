"""The whole way on real parts: calls come in, are charged, the card is charged, mails go out; everything twice.

The figures are those of docs/the-way-of-a-call.md, which the independent script of tests/independent finds as well.
"""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.db.models import Sum

from credits import accounts, ledger
from credits.models import Account, AutoRecharge, Lot, Payment, PaymentMethod, Recharge
from notifications.models import Delivery, Notice
from rating import decks
from rating.decks import Publication
from rating.models import RateDeck, UsageRecord
from subscriptions.models import Organization
from tests import factories, fakes
from tests.config.provider import Sandbox
from tests.journeys import processes

DATA = Path(settings.BASE_DIR) / "rating" / "data"
CONTOSO = {
    "rows": 5000,
    "states": {"covered": 1406, "charged": 1958, "free": 1589, "FREECALL": 47, "quarantined": 0, "waiting": 0},
    "split": 0,
    "flagged_unlicensed": 212,
    "total": "1055.4500",
    "by_call_type": {
        "conf_in": "59.1588",
        "conf_out": "145.5480",
        "ucap_in": "48.8496",
        "ucap_out": "37.6335",
        "user_out": "650.8869",
        "user_out_forwarding": "113.3732",
    },
}
TAILSPIN = {
    "rows": 1500,
    "states": {"covered": 439, "charged": 912, "free": 149, "FREECALL": 0, "quarantined": 0, "waiting": 0},
    "split": 2,
    "flagged_unlicensed": 372,
    "total": "292.1050",
    "by_call_type": {
        "conf_out": "53.8350",
        "ucap_in": "2.6100",
        "user_out": "225.7270",
        "user_out_forwarding": "9.9330",
    },
}


#: What is told of minutes, not of money.
POOLS = (Notice.Kind.MINUTES_LOW, Notice.Kind.MINUTES_USED)


def say(*command: str) -> str:
    """What a management command printed."""
    output = io.StringIO()
    call_command(*command, stdout=output)
    return output.getvalue()


def summary(slug: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(say("usage_summary", "--organization", slug))
    return found


def use(slug: str) -> str:
    """Import the organization's licences and calls; answers the last line."""
    say("import_licences", str(DATA / f"licences-{slug}.csv"), "--organization", slug)
    return say("import_usage", str(DATA / f"usage-{slug}-2026-09-10.csv"), "--organization", slug).splitlines()[-1]


def publish_decks(now: datetime) -> None:
    for name, service in (
        ("acs-pstn-rates-2025-10-15.csv", RateDeck.Service.OUTBOUND),
        ("inbound-toll-free-2025-10-15.csv", RateDeck.Service.INBOUND_TOLL_FREE),
    ):
        day = datetime(2025, 10, 15, tzinfo=UTC).date()
        decks.publish(DATA / name, Publication(service=service, currency="USD", effective_on=day, name=name), now=now)


def fund(organization: Organization, now: datetime) -> None:
    """The $50 that the story begins with."""
    with accounts.changing(organization.account.pk, now=now) as account:
        ledger.grant(account, kind=Lot.Kind.PROMOTION, amount=Decimal(50), key="start", why="", now=now)


def assert_the_books_are_right(organization: Organization) -> None:
    """Money in = money charged + balance, to the last decimal, and every check holds."""
    account = Account.objects.get(organization=organization)
    money_in = account.lots.aggregate(total=Sum("amount"))["total"]
    charged = UsageRecord.objects.filter(organization=organization).aggregate(total=Sum("charge"))["total"]
    assert money_in == charged + account.balance
    say("check_ledger")


@pytest.mark.django_db
def test_contosos_calls_are_charged_and_it_recharges_itself(
    contoso: Organization, frozen: Any, now: datetime, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    provider = fakes.install(monkeypatch)
    publish_decks(now)
    fund(contoso, now)

    assert use("contoso") == "5000 rows: 5000 new, 0 already there, 0 quarantined"
    say("sweep")
    first = summary("contoso"), provider.taken, Recharge.objects.count()
    assert use("contoso") == "5000 rows: 0 new, 5000 already there, 0 quarantined"
    say("sweep")

    assert first == (summary("contoso"), provider.taken, Recharge.objects.count())
    assert first[0] == CONTOSO
    assert set(Recharge.objects.values_list("state", flat=True)) == {Recharge.State.SUCCEEDED}
    assert Notice.objects.filter(kind=Notice.Kind.RECHARGE_PAID).count() == Recharge.objects.count()
    assert contoso.account.lots.aggregate(total=Sum("amount"))["total"] == 50 + Decimal(provider.taken) / 100
    assert_the_books_are_right(contoso)


@pytest.mark.django_db
def test_tailspin_runs_dry_and_is_blocked(
    tailspin: Organization, frozen: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = fakes.install(monkeypatch)
    publish_decks(now)
    fund(tailspin, now)

    for _ in range(2):
        use("tailspin")
        say("sweep")

    assert summary("tailspin") == TAILSPIN
    assert provider.orders == []
    assert Account.objects.get().balance == Decimal("-242.105")
    assert Notice.objects.exclude(kind__in=POOLS).get().kind == Notice.Kind.BELOW_ZERO
    assert_the_books_are_right(tailspin)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    running = Sandbox(tmp_path)
    yield running
    running.stop()


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_and_beat_do_all_of_it(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contoso = factories.contoso()
    publish_decks(factories.NOW)
    fund(contoso, factories.NOW)
    customer, card = sandbox.customer_with("success")
    Account.objects.update(customer_ref=customer)
    PaymentMethod.objects.update(provider_ref=card)
    AutoRecharge.objects.update(enabled=True)
    env = processes.environment(tmp_path, sandbox.url)

    with processes.worker_and_beat(env, tmp_path):
        # The calls are of 2026; whenever this runs, they arrive when they are young enough to be taken.
        with time_machine.travel(factories.NOW):
            use("contoso")
        processes.until(lambda: summary("contoso") == CONTOSO, seconds=120, what="all calls rated")
        processes.until(lambda: not Recharge.objects.filter(state="open").exists(), seconds=30, what="recharges closed")
        processes.until(lambda: not Delivery.objects.exclude(state="sent").exists(), seconds=30, what="mails sent")

    charges = sandbox.get("charges")["data"]
    assert len(charges) == Payment.objects.filter(state="succeeded").count() == Recharge.objects.count()
    assert len(charges) > 1
    assert Account.objects.get().balance >= AutoRecharge.objects.get().trigger_amount
    assert sum(1 for _ in (tmp_path / "mail").iterdir()) > 0
    assert_the_books_are_right(contoso)
