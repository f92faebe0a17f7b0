"""Rehearsal: the page that replays real usage, and the forecast on the overview."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from credits import outlook, rehearsing, spending_history
from credits.models import Account, AutoRecharge, Journal, PaymentMethod
from subscriptions.models import Organization
from tests.credits.booking import fund, spend, url
from tests.credits.desk import Desk
from tests.factories import NOW, MethodFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
SignIn = Callable[..., Client]
DAY = timedelta(days=1)
UNIT = 10**6


def used(organization: Organization, *, days: int = 40, cents: int = 400, on: bool = False) -> Account:
    """A hundred granted before, and calls for so many cents on each day since; auto-recharge off unless `on`."""
    desk = Desk(organization)
    Account.objects.filter(pk=desk.account.pk).update(created_at=NOW - days * DAY - DAY)
    AutoRecharge.objects.filter(account=desk.account).update(enabled=False)
    desk.promote(100, now=NOW - days * DAY, ends=NOW + 300 * DAY)
    for day in range(days, 0, -1):
        spend(desk.account, cents, now=NOW - day * DAY)
    AutoRecharge.objects.filter(account=desk.account).update(enabled=on)
    return desk.fresh()


def test_the_stored_terms_are_rehearsed_on_the_last_thirty_days(contoso: Organization, sign_in: SignIn) -> None:
    used(contoso)

    answer = sign_in(contoso).get(url(contoso, "rehearsal"))

    here = answer.context["here"]
    assert (here.label, here.rehearsed.opened, here.rehearsed.used) == ("Current terms", 60 * UNIT, 120 * UNIT)
    assert [charge.micros for charge in here.rehearsed.result.charges] == [50 * UNIT, 50 * UNIT]
    assert "What would have happened" in answer.content.decode()


def test_other_terms_stand_beside_the_current_and_the_suggested_ones(contoso: Organization, sign_in: SignIn) -> None:
    used(contoso)
    asked = {"days": "90", "recharge_amount": "250", "trigger_amount": "0", "monthly_cap": "250", "late": "3"}

    answer = sign_in(contoso).get(url(contoso, "rehearsal"), asked)

    lines = answer.context["lines"]
    assert [line.label for line in lines] == ["These terms", "Current terms", "Suggested terms"]
    assert lines[0].rehearsed.result.charges[0].micros == 250 * UNIT
    assert lines[0].rehearsed.result.without_service >= 3 * DAY
    assert "monthly_cap=250.00" in lines[0].query


def test_terms_that_are_the_suggested_ones_are_called_so(contoso: Organization, sign_in: SignIn) -> None:
    used(contoso)

    answer = sign_in(contoso).get(url(contoso, "rehearsal"), {"recharge_amount": "50", "trigger_amount": "25"})

    assert [(line.label, line.here) for line in answer.context["lines"]] == [
        ("Suggested terms", True),
        ("Current terms", False),
    ]


def test_the_reason_of_the_suggestion_is_said(contoso: Organization, sign_in: SignIn) -> None:
    used(contoso)

    page = " ".join(sign_in(contoso).get(url(contoso, "rehearsal")).content.decode().split())

    assert "Your costliest three days, from 23 September 2026, took $12.00." in page
    assert "$25.00 is at least twice that" in page
    assert "A week costs $28.00 on average" in page
    assert "a single hour that costs more than $25.00" in page


def test_a_suggestion_keeps_the_limits_and_can_be_saved(contoso: Organization, sign_in: SignIn) -> None:
    account = used(contoso, cents=3_000)
    AutoRecharge.objects.filter(account=account).update(weekly_cap=100, monthly_cap=400)
    client = sign_in(contoso)

    answer = client.get(url(contoso, "rehearsal"))
    line = answer.context["lines"][1]
    saved = client.get(f"{url(contoso, 'auto_recharge')}?{line.query}").context["form"]
    bound = saved.__class__({name: saved[name].value() or "" for name in saved.fields}, account=account)

    assert (line.label, line.rehearsed.terms.amount, line.limits("USD")) == (
        "Suggested terms", 100 * UNIT, ["$100.00 a week", "$400.00 a month"],
    )  # fmt: skip
    assert bound.is_valid(), bound.errors
    assert "Your limit for a week is lower than what a week costs on average" in answer.text
    assert "$100.00 a week<br>$400.00 a month" in answer.text


def test_the_plot_has_its_table_under_it(contoso: Organization, sign_in: SignIn) -> None:
    used(contoso)

    page = sign_in(contoso).get(url(contoso, "rehearsal")).content.decode()

    assert 'role="img" aria-labelledby="rehearsed-title rehearsed-desc"' in page
    assert page.index("</svg>") < page.index("Every day in figures") < page.rindex("5 October 2026")
    assert "style=" not in page[page.index("<svg class=") : page.index("Every day in figures")]


def test_terms_go_to_the_settings_and_begin_there(contoso: Organization, sign_in: SignIn) -> None:
    used(contoso)
    client = sign_in(contoso)

    rehearsed = client.get(url(contoso, "rehearsal")).content.decode()
    query = "recharge_amount=50.00&amp;trigger_amount=25.00"
    settings = client.get(f"{url(contoso, 'auto_recharge')}?{query.replace('&amp;', '&')}").content.decode()

    assert f"{url(contoso, 'auto_recharge')}?{query}" in rehearsed
    assert 'value="25.00"' in settings
    assert "checked" in settings
    assert AutoRecharge.objects.get(account=contoso.account).trigger_amount == 20


def test_a_reader_may_rehearse_but_not_change(contoso: Organization, sign_in: SignIn) -> None:
    used(contoso)

    page = sign_in(contoso, "reader").get(url(contoso, "rehearsal")).content.decode()

    assert "Side by side" in page
    assert "Use these terms" not in page
    assert "Only a Billing administrator or Owner" in page


@pytest.mark.parametrize(
    "wrong", [{"trigger_amount": "x"}, {"recharge_amount": "1"}, {"days": "31"}, {"opening": "-1"}, {"late": ""}]
)
def test_what_cannot_be_rehearsed_is_said_beside_its_field(
    contoso: Organization, sign_in: SignIn, wrong: dict[str, str]
) -> None:
    used(contoso, days=2)

    answer = sign_in(contoso).get(url(contoso, "rehearsal"), {"recharge_amount": "50", "trigger_amount": "20", **wrong})

    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == list(wrong)
    assert answer.context.get("lines") is None


def test_without_usage_it_says_what_will_be_here(fabrikam: Organization, sign_in: SignIn) -> None:
    fund(fabrikam.account, "50")

    page = sign_in(fabrikam).get(url(fabrikam, "rehearsal")).content.decode()

    assert "Nothing to rehearse yet" in page


def test_another_balance_and_funds_by_hand_can_be_asked_for(contoso: Organization, sign_in: SignIn) -> None:
    used(contoso)
    Desk(contoso).promote(30, now=NOW - timedelta(hours=1))
    asked = {"recharge_amount": "50", "trigger_amount": "0", "opening": "200"}
    client = sign_in(contoso)

    alone = client.get(url(contoso, "rehearsal"), asked).context["here"].rehearsed
    with_it = client.get(url(contoso, "rehearsal"), {**asked, "by_hand": "on"}).context["here"].rehearsed

    assert (alone.opened, alone.result.points[-1][1]) == (200 * UNIT, 80 * UNIT)
    assert with_it.result.points[-1][1] == 110 * UNIT


def test_it_asks_the_same_however_much_there_is(
    contoso: Organization, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    account = used(contoso)

    with django_assert_num_queries(3):
        known = rehearsing.past(account, now=NOW)

    assert sum(hour.usage for hour in known.hours) == -160 * UNIT
    assert rehearsing.suggest(account, known) is not None


def test_hours_are_summed_and_the_years_before_are_left_out(contoso: Organization) -> None:
    desk = Desk(contoso)
    AutoRecharge.objects.update(enabled=False)
    times = [NOW - 500 * DAY, NOW - 9 * DAY, NOW - 2 * DAY, NOW - 2 * DAY + timedelta(minutes=9), NOW]
    for turn, at in enumerate(times):
        desk.spend(turn + 1, now=at, key=f"call {turn}")
    desk.correct("call 4:0", 2 * UNIT, now=NOW)

    hours = spending_history.hours(desk.account, since=NOW - 5 * DAY, now=NOW)

    assert [(hour.at, hour.usage) for hour in hours] == [(NOW - 2 * DAY, -7 * UNIT), (NOW, -3 * UNIT)]
    assert spending_history.spent(desk.account, since=NOW - 5 * DAY, now=NOW) == 10
    assert spending_history.spent(desk.account, since=NOW - 900 * DAY, now=NOW) == 13


@pytest.mark.parametrize("since", range(0, 60, 7))
def test_the_first_journal_is_found_wherever_it_lies(
    contoso: Organization, northwind: Organization, since: int
) -> None:
    used(northwind, days=3)
    account = used(contoso, days=50)
    start = NOW - since * DAY - timedelta(hours=1)

    spent = spending_history.spent(account, since=start, now=NOW)

    charges = Journal.objects.filter(account=account, kind=Journal.Kind.USAGE, at__gte=start)
    assert spent == 4 * charges.count()


def test_an_account_without_a_journal_has_spent_nothing(fabrikam: Organization) -> None:
    assert spending_history.spent(fabrikam.account, since=NOW - DAY, now=NOW) == Decimal(0)
    assert spending_history.hours(fabrikam.account, since=NOW - DAY, now=NOW) == []


def expected(organization: Organization, now: datetime = NOW) -> outlook.Outlook:
    account = Account.objects.get(organization=organization)
    return outlook.of(account, account.auto_recharge, now=now)


def test_the_forecast_counts_from_the_rate_of_thirty_days(contoso: Organization) -> None:
    account = used(contoso, days=20, on=True)
    Account.objects.filter(pk=account.pk).update(created_at=NOW - 400 * DAY)

    found = expected(contoso)

    assert (found.days, found.per_day.quantize(Decimal("0.01"))) == (30, Decimal("2.67"))
    assert found.lasts == 7  # 20 at 80 in 30 days
    assert found.trigger_at == NOW


def test_what_lapses_of_a_lot_is_shown_on_the_overview(contoso: Organization, sign_in: SignIn) -> None:
    used(contoso, days=20)
    fund(contoso.account, "90", expires_at=NOW + 10 * DAY)

    page = " ".join(sign_in(contoso).get(url(contoso, "overview")).content.decode().split())

    assert "about 15 days" in page
    assert "At this rate $51.90 of the lot of 2 November 2026 lapses after 12 November 2026." in page


def test_a_card_that_ends_before_the_next_charge_is_named(contoso: Organization, sign_in: SignIn) -> None:
    used(contoso, days=20, on=True)
    fund(contoso.account, "300")
    PaymentMethod.objects.filter(account=contoso.account).update(exp_month=12, exp_year=2026)

    page = " ".join(sign_in(contoso).get(url(contoso, "overview")).content.decode().split())
    MethodFactory.create(account=contoso.account, brand="mastercard", last4="4444", position=1)
    then = expected(contoso).card_end

    assert "Visa •••• 4242 ends 12/2026; the next charge is expected about" in page
    assert "Add a card that lasts longer." in page
    assert then is not None
    assert str(then.backup) == "Mastercard •••• 4444"


@pytest.mark.parametrize(
    ("terms", "held_by"),
    [
        ({"paused_at": NOW}, "paused"),
        ({"next_try_at": NOW + 2 * DAY, "failed_rounds": 1}, "waiting"),
        ({"next_try_at": NOW + 2 * DAY}, "limit"),
        ({}, ""),
    ],
)
def test_the_next_charge_waits_for_a_pause_a_refusal_or_a_limit(
    contoso: Organization, terms: dict[str, object], held_by: str
) -> None:
    account = used(contoso, days=20, on=True)
    AutoRecharge.objects.filter(account=account).update(**terms)

    found = expected(contoso)

    assert found.held_by == held_by
    assert found.charge_at == {"paused": None, "": NOW}.get(held_by, NOW + 2 * DAY)


def test_a_full_limit_puts_the_next_charge_off_on_the_page(contoso: Organization, sign_in: SignIn) -> None:
    account = used(contoso, days=20, on=True)
    AutoRecharge.objects.filter(account=account).update(monthly_cap=50)
    Desk(contoso).buy(40, now=NOW)

    page = " ".join(sign_in(contoso).get(url(contoso, "overview")).text.split())

    assert "Your limits leave no room before" in page
    assert "1 December 2026" in page


def test_without_usage_nothing_is_foretold(fabrikam: Organization, sign_in: SignIn) -> None:
    fund(fabrikam.account, "50")

    found = expected(fabrikam)
    page = sign_in(fabrikam).get(url(fabrikam, "overview")).content.decode()

    assert (found.lasts, found.ends_at, found.trigger_at, found.card_end) == (None, None, None, None)
    assert found.lapsing == 50
    assert "Nothing was used in the last day" in page
