"""manage.py check_ledger and the nightly check: exit codes, what a violation stops, what lets it go on."""

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from config import ledger_check, tasks
from config.celery import TIMETABLE, app
from config.models import LedgerDigest
from credits import accounts, ledger, payments
from credits.ledger import Charge
from credits.models import Account, AutoRecharge, Lot, Payment, ProviderEvent
from subscriptions.models import Organization
from tests import fakes
from tests.fakes import FakeGateway

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    return fakes.install(monkeypatch)


@pytest.fixture
def account(contoso: Organization, provider: FakeGateway, now: datetime) -> Iterator[Account]:
    """Contoso's, with one purchase of $100 and one call of $30; mended when the test ends."""
    AutoRecharge.objects.update(enabled=False)
    method = contoso.account.payment_methods.get()
    owner = contoso.memberships.get(role="owner").user
    payment = payments.place_order(
        contoso.account, amount=Decimal(100), key=uuid4(), method=method, actor=owner, now=now
    )
    payments.charge(payment, now=now)
    with accounts.changing(contoso.account.pk, now=now) as locked:
        ledger.debit(locked, [Charge("call", 30_000_000, "call")], now=now)
    yield contoso.account
    mend_it(contoso.account)


def break_it(account: Account) -> None:
    Account.objects.filter(pk=account.pk).update(balance=Decimal(71))


def mend_it(account: Account) -> None:
    Account.objects.filter(pk=account.pk, balance=Decimal(71)).update(balance=Decimal(70))


def is_frozen(account: Account) -> bool:
    return Account.objects.get(pk=account.pk).frozen_at is not None


def say(*words: str) -> str:
    output = io.StringIO()
    call_command("check_ledger", *words, stdout=output)
    return output.getvalue()


def found(*words: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the JSON of the command."""
    output = io.StringIO()
    try:
        call_command("check_ledger", "--json", *words, stdout=output)
    except CommandError as error:
        return error.returncode, json.loads(output.getvalue())
    return 0, json.loads(output.getvalue())


def test_books_that_are_right(account: Account) -> None:
    count = len(ledger_check.INTEGRITY) + len(ledger_check.HEALTH)
    assert say().splitlines()[-1] == f"All {count} checks hold."
    assert say("--provider").splitlines()[-1] == f"All {count + 1} checks hold."
    assert not is_frozen(account)


def test_a_violation_ends_with_exit_code_1_names_its_rows_and_stops_the_charging(
    account: Account, northwind: Organization
) -> None:
    break_it(account)

    code, answer = found()

    assert code == 1
    assert [name for name, rows in answer["integrity"].items() if rows] == ["L04", "L05", "S01", "X01"]
    assert answer["integrity"]["L04"] == [{"account_id": account.pk, "balance": "71.000000", "total": "70.000000"}]
    assert is_frozen(account)
    assert not is_frozen(northwind.account)


def test_the_rows_are_printed_for_people(account: Account) -> None:
    break_it(account)
    output = io.StringIO()

    with pytest.raises(CommandError, match="L04, L05, S01, X01 violated; 1 accounts stopped charging"):
        call_command("check_ledger", stdout=output, no_color=True)

    assert f"L04: 1 rows\n    account_id {account.pk}, balance 71.000000, total 70.000000\n" in output.getvalue()


def test_one_organization_alone(account: Account, northwind: Organization) -> None:
    break_it(account)

    assert found("--organization", "northwind")[0] == 0
    assert found("--organization", "contoso")[0] == 1


def test_an_organization_that_does_not_exist(account: Account) -> None:
    with pytest.raises(CommandError, match="No organization 'nobody' has an account"):
        say("--organization", "nobody")


def test_only_a_check_that_asked_the_provider_lets_an_account_go_on(account: Account) -> None:
    break_it(account)
    found()
    mend_it(account)

    assert found()[0] == 0
    assert is_frozen(account)
    assert found("--provider")[0] == 0
    assert not is_frozen(account)


def test_health_warns_and_stops_nobody(account: Account, now: datetime) -> None:
    waited = now - timedelta(minutes=11)
    ProviderEvent.objects.create(event_ref="evt_1", kind="x", payload={}, received_at=waited, due_at=waited)

    code, answer = found()

    assert code == 0
    assert [name for name, rows in answer["health"].items() if rows] == ["W01"]
    assert not is_frozen(account)


def test_health_only_asks_nothing_else(account: Account) -> None:
    break_it(account)

    code, answer = found("--health-only")

    asked = ["G03", "I02", "N02", "O01", "P05", "S02", "U09", "W01"]
    assert (code, answer["integrity"], sorted(answer["health"])) == (0, {}, asked)
    assert not is_frozen(account)


@pytest.mark.parametrize(
    ("wrong", "whose"),
    [
        ("nothing at theirs", True),
        ("another amount", True),
        ("taken twice", True),
        ("unknown to us", False),
        ("failed at ours", True),
    ],
)
def test_the_providers_list_and_ours_are_compared_both_ways(
    account: Account, provider: FakeGateway, now: datetime, wrong: str, whose: bool
) -> None:
    ((key, answer),) = provider.charges.items()
    if wrong == "nothing at theirs":
        provider.charges.clear()
    elif wrong == "another amount":
        provider.charges[key] = replace(answer, minor=answer.minor + 1)
    elif wrong == "taken twice":
        provider.charges["again"] = answer
    elif wrong == "unknown to us":
        provider.charges["new"] = replace(answer, key=str(uuid4()))
    else:
        declined = Payment.objects.create(
            account=account,
            kind="manual",
            state="failed",
            method=account.payment_methods.get(),
            currency="USD",
            amount=Decimal(100),
            created_at=now,
            due_at=now,
        )
        provider.charges["late"] = replace(answer, key=str(declined.key))

    (row,) = ledger_check.provider(None, now=now)["P06"]

    assert row["account_id"] == (account.pk if whose else None)


def test_a_charge_that_is_still_on_its_way_is_no_difference(
    contoso: Organization, provider: FakeGateway, now: datetime
) -> None:
    provider.script(fakes.PAID_UNANSWERED)
    method, owner = contoso.account.payment_methods.get(), contoso.memberships.get(role="owner").user
    order = payments.place_order(contoso.account, amount=Decimal(50), key=uuid4(), method=method, actor=owner, now=now)
    payments.charge(order, now=now)

    assert provider.taken == 5000
    assert ledger_check.provider(None, now=now) == {"P06": []}


def test_a_provider_out_of_reach_is_another_exit_code(account: Account, provider: FakeGateway) -> None:
    provider.reachable = False

    with pytest.raises(CommandError, match="did not answer") as caught:
        say("--provider")
    assert caught.value.returncode == 2


def test_the_night_stores_a_fingerprint_of_what_is_right(account: Account, northwind: Organization) -> None:
    assert tasks.check_ledger() == 0
    assert tasks.check_ledger() == 0

    digest = LedgerDigest.objects.get()
    assert (digest.account_id, digest.count) == (account.pk, 4)


def test_the_night_stops_the_charging_and_says_so(
    account: Account, provider: FakeGateway, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    break_it(account)
    provider.reachable = False

    with caplog.at_level(logging.WARNING, logger="config.ledger_check"):
        ledger_check.nightly(now=now)

    assert is_frozen(account)
    assert not LedgerDigest.objects.exists()
    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR", "ERROR", "ERROR", "ERROR"]
    assert "L04" in caplog.text


def test_a_frozen_account_charges_no_card(account: Account, now: datetime) -> None:
    AutoRecharge.objects.update(enabled=True)
    Account.objects.filter(pk=account.pk).update(frozen_at=now)

    with accounts.changing(account.pk, now=now) as locked:
        ledger.debit(locked, [Charge("more", 60_000_000, "call")], now=now)

    assert not account.recharges.exists()


@pytest.mark.django_db(transaction=True)
def test_the_checks_see_one_state_of_the_database(now: datetime, contoso: Organization) -> None:
    with ledger_check._snapshot(), pytest.raises(Exception, match="read-only transaction"):
        Lot.objects.update(priority=1)


def test_the_sweep_leaves_the_nightly_check_to_the_night(account: Account) -> None:
    comparing = {beat.task for beat in TIMETABLE if not beat.is_sweep}

    assert comparing == {"config.check_ledger", "credits.reconcile_all", "credits.reconcile_recent"}
    assert app.conf.beat_schedule["config.check_ledger"]["schedule"].hour == {3}
    assert app.conf.task_routes["config.check_ledger"] == {"queue": "imports"}
    output = io.StringIO()
    call_command("sweep", stdout=output)
    assert "config.check_ledger" not in output.getvalue()


def test_a_file_that_was_left_is_named_with_the_command_that_goes_on(account: Account, now: datetime) -> None:
    begun = now - timedelta(hours=2)
    file = account.organization.usage_files.create(
        name="large.csv", checksum="1f" * 32, imported_at=begun, accepted_at=begun
    )

    (row,) = ledger_check.health(account.pk, now=now)["I02"]

    assert (row["file"], row["name"], row["sha256"], row["since"]) == (file.pk, "large.csv", "1f" * 32, begun)
    assert row["what"].startswith("charged in part, ")
    assert row["what"].endswith("import the same file again: manage.py import_usage FILE --organization contoso")
