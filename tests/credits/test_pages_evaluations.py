"""Why did it (not) recharge? The outcomes in words, newest first, a page at a time."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from credits import gateway, moves, payments, recharges
from credits.models import Account, AutoRecharge, Evaluation, Payment, PaymentStep
from credits.views import reasons
from subscriptions.models import Organization
from subscriptions.views import keyset
from tests import fakes
from tests.credits.booking import fund, ordered, spend, url
from tests.credits.desk import Desk
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
SignIn = Callable[..., Client]
Outcome = Evaluation.Outcome


def remember(account: Account, outcome: str, count: int = 1) -> None:
    Evaluation.objects.bulk_create(
        Evaluation(
            account=account, outcome=outcome, first_at=NOW, last_at=NOW + timedelta(hours=n), times=n + 1,
            available=Decimal("12.5"), trigger_amount=20 + n,
        )
        for n in range(count)
    )  # fmt: skip


def test_each_outcome_has_its_look(contoso: Organization, sign_in: SignIn) -> None:
    for outcome in Outcome:
        remember(contoso.account, outcome)

    page = sign_in(contoso).get(url(contoso, "evaluations")).content.decode()

    for outcome in Outcome:
        assert str(outcome.label) in page
    assert "$12.50 available, trigger $20.00" in page


def test_a_round_leads_to_its_payment_and_says_why_it_failed(
    contoso: Organization, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    fakes.install(monkeypatch).script("insufficient_funds")
    fund(contoso.account, "25")
    spend(contoso.account, 1000)
    recharges.begin_due(now=NOW)
    payments.charge_due(now=NOW)

    page = sign_in(contoso).get(url(contoso, "evaluations")).content.decode()

    declined, requested = page.index("The card was declined"), page.index("A recharge was requested")
    assert declined < requested
    assert "The card has insufficient funds." in page
    assert url(contoso, "payment", Payment.objects.get().key) in page
    assert "Payment of $50.00, Visa •••• 4242" in page


def test_a_charge_that_went_well_is_not_said_to_be_refused(
    contoso: Organization, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    fakes.install(monkeypatch)
    fund(contoso.account, "25")
    spend(contoso.account, 1000)
    recharges.begin_due(now=NOW)
    payments.charge_due(now=NOW)

    page = sign_in(contoso).get(url(contoso, "evaluations")).content.decode()

    assert "The card was charged" in page
    assert "refused" not in page


def test_a_limit_is_named_with_its_end(contoso: Organization, sign_in: SignIn) -> None:
    AutoRecharge.objects.filter(account=contoso.account).update(weekly_cap=60, monthly_cap=500)
    Desk(contoso).buy(40, now=NOW)
    spend(contoso.account, 3000)
    recharges.begin_due(now=NOW)
    spend(contoso.account, 100)

    page = sign_in(contoso).get(url(contoso, "evaluations")).text

    assert "The limit of $60.00 a week leaves no room before 9 November 2026, 00:00." in page
    assert "The next try is on 9 November 2026, 00:00." in page
    assert "2 November 2026, 04:00:00" in page


def test_an_answer_that_does_not_fit_is_not_called_none(contoso: Organization, sign_in: SignIn) -> None:
    payment = ordered(contoso.account)
    moves.move(payment, Payment.State.SUBMITTING, source=PaymentStep.Source.WORKER, now=NOW)
    answer = gateway.Answer("succeeded", "pi_1", str(payment.key), 1, "USD")

    payments.apply_result(payment, answer, source=PaymentStep.Source.LOOK_UP, now=NOW)
    page = sign_in(contoso).get(url(contoso, "payment", payment.key)).text

    assert page.count("answer does not fit our record") == 2
    assert "No answer; being checked" not in page


def test_the_same_outcome_again_says_how_often_and_until_when(contoso: Organization, sign_in: SignIn) -> None:
    remember(contoso.account, Outcome.WAITING, 3)

    page = sign_in(contoso).get(url(contoso, "evaluations")).content.decode()

    assert "3 times" in page
    assert "2 November 2026, 04:00" in page
    assert "2 November 2026, 06:00" in page


def test_pages_are_walked_there_and_back_without_a_gap(contoso: Organization, sign_in: SignIn) -> None:
    remember(contoso.account, Outcome.WAITING, 2 * keyset.SIZE + 1)
    client, first = sign_in(contoso), url(contoso, "evaluations")

    pages = [client.get(first).context]
    while pages[-1]["older_url"]:
        pages.append(client.get(first + pages[-1]["older_url"]).context)
    back = client.get(first + pages[-1]["newer_url"]).context

    shown = [line.row.pk for page in pages for line in page["lines"]]
    assert shown == sorted(shown, reverse=True)
    assert len(shown) == 2 * keyset.SIZE + 1
    assert [line.row.pk for line in back["lines"]] == [line.row.pk for line in pages[1]["lines"]]


@pytest.mark.parametrize("place", ["x", "-1", "9" * 30, "１２"])
def test_a_place_that_is_none_is_the_first_page(contoso: Organization, sign_in: SignIn, place: str) -> None:
    remember(contoso.account, Outcome.OFF)

    answer = sign_in(contoso).get(url(contoso, "evaluations"), {"older": place})

    assert len(answer.context["lines"]) == 1


def test_a_page_asks_the_same_however_many_lines_it_has(contoso: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso)
    remember(contoso.account, Outcome.OFF)
    with CaptureQueriesContext(connection) as few:
        client.get(url(contoso, "evaluations"))
    remember(contoso.account, Outcome.WAITING, 40)

    with CaptureQueriesContext(connection) as many:
        client.get(url(contoso, "evaluations"))

    assert len(many) == len(few)


def test_a_reader_sees_it_and_another_organization_does_not(
    contoso: Organization, northwind: Organization, sign_in: SignIn
) -> None:
    remember(northwind.account, Outcome.BRAKE)

    page = sign_in(contoso, "reader").get(url(contoso, "evaluations")).content.decode()

    assert "Nothing to explain yet" in page
    assert "Ask one of them" in page
    assert not reasons.newest(contoso.account, count=3)
    assert sign_in(northwind, "owner").get(url(contoso, "evaluations")).status_code == 404
