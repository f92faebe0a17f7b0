"""Caps on automatic charges: per day, week and month of the organization's calendar, and never passed."""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count

import pytest
from django.db.models import Sum

from credits import accounts, ledger, payments, recharges
from credits.models import Account, AutoRecharge, Evaluation, Lot, Payment, Recharge
from credits.recharges import CapTooSmall, Terms, TooFarAhead
from notifications.models import Notice
from subscriptions.models import User
from tests import factories, fakes
from tests.credits.charges import another_card, balance, buy, spend, sweep
from tests.credits.together import at_once, calm
from tests.fakes import FakeGateway

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def terms(**differs: object) -> Terms:
    return Terms(**{"enabled": True, "trigger_amount": Decimal(20), "recharge_amount": Decimal(50), **differs})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cap", "until"),
    [
        ("daily_cap", "2026-11-03T05:00:00+00:00"),
        ("weekly_cap", "2026-11-09T05:00:00+00:00"),
        ("monthly_cap", "2026-12-01T05:00:00+00:00"),
    ],
)
def test_a_full_cap_is_told_once_and_waits_for_its_next_period_in_the_organizations_zone(
    account: Account, provider: FakeGateway, owner: User, now: datetime, cap: str, until: str
) -> None:
    recharges.change_terms(account, terms(**{cap: Decimal(50)}), actor=owner, now=now)
    spend(account, "31", now=now)
    sweep(now)
    spend(account, "50", now=now + HOUR)

    for hours in range(1, 9):
        spend(account, "1", now=now + hours * HOUR)
        sweep(now + hours * HOUR)

    assert provider.taken == 5000
    assert AutoRecharge.objects.get().next_try_at == datetime.fromisoformat(until)
    notice = Notice.objects.get(kind=Notice.Kind.RECHARGE_FAILED)
    assert (notice.facts["cause"], notice.facts["next_try_at"]) == ("cap_reached", until)
    assert Evaluation.objects.filter(outcome=Evaluation.Outcome.CAP_REACHED).exists()


def test_of_several_full_caps_the_longest_is_waited_for(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    recharges.change_terms(account, terms(daily_cap=Decimal(50), monthly_cap=Decimal(50)), actor=owner, now=now)
    buy(account, "50", actor=owner, now=now)
    spend(account, "31", now=now)
    sweep(now)

    spend(account, "60", now=now)
    sweep(now + HOUR)

    assert AutoRecharge.objects.get().next_try_at == datetime.fromisoformat("2026-12-01T05:00:00+00:00")


def test_the_next_day_the_rest_of_the_gap_is_charged(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    recharges.change_terms(account, terms(daily_cap=Decimal(100)), actor=owner, now=now)
    spend(account, "180", now=now)
    sweep(now)
    sweep(now)

    sweep(now + DAY)

    assert [order.total for order in provider.orders] == [100, 50]
    assert balance(account) == 20


def test_purchases_by_hand_use_a_cap_up_and_are_never_refused_by_it(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    recharges.change_terms(account, terms(monthly_cap=Decimal(100)), actor=owner, now=now)

    for _ in range(2):
        buy(account, "100", actor=owner, now=now)
        sweep(now)
    spend(account, "240", now=now)
    sweep(now)

    assert provider.taken == 20000
    assert recharges.room(account, terms(monthly_cap=Decimal(100)), now=now) == 0
    assert Recharge.objects.get().why == "cap_reached"


#: A minute before the organization's midnight.
LATE = datetime.fromisoformat("2026-11-03T04:59:00+00:00")


def test_what_was_begun_before_midnight_and_charged_after_it_is_of_the_new_day(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    recharges.change_terms(account, terms(daily_cap=Decimal(50)), actor=owner, now=now)
    provider.script(fakes.BUSY)
    spend(account, "31", now=LATE)
    recharges.charge_due(now=LATE)
    sweep(LATE + 5 * MINUTE)

    spend(account, "50", now=LATE + HOUR)
    sweep(LATE + HOUR)

    assert (provider.taken, Recharge.objects.latest("pk").why) == (5000, "cap_reached")


def test_what_is_on_its_way_counts_whenever_it_was_begun(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    provider.script(fakes.PAID_UNANSWERED)
    buy(account, "50", actor=owner, now=LATE)
    payments.charge_due(now=LATE)

    left = [recharges.room(account, terms(daily_cap=Decimal(100)), now=LATE + ahead) for ahead in (HOUR, 2 * DAY)]

    assert left == [50, 50]


def test_tax_is_not_counted(account: Account, provider: FakeGateway, owner: User, now: datetime) -> None:
    payment = buy(account, "50", actor=owner, now=now)
    Payment.objects.filter(pk=payment.pk).update(tax=Decimal(10), tax_percent=20, tax_included=False)

    left = recharges.room(account, terms(daily_cap=Decimal(120)), now=now)

    assert left == 70


def test_what_a_round_reserved_between_two_cards_is_not_free(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    recharges.change_terms(account, terms(daily_cap=Decimal(100)), actor=owner, now=now)
    another_card(account)
    provider.script("insufficient_funds")
    spend(account, "31", now=now)
    recharges.begin_due(now=now)

    payments.charge_due(now=now)

    assert Payment.objects.get().state == Payment.State.FAILED
    assert recharges.room(account, terms(daily_cap=Decimal(100)), now=now) == 50


def test_a_cap_that_was_used_up_between_two_cards_stops_the_second(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    recharges.change_terms(account, terms(daily_cap=Decimal(100), trigger_amount=Decimal(500)), actor=owner, now=now)
    another_card(account)
    provider.script("insufficient_funds")
    recharges.begin_due(now=now)
    payments.charge_due(now=now)
    buy(account, "100", actor=owner, now=now)
    payments.charge_due(now=now)

    sweep(now)

    assert provider.taken == 10000
    assert Recharge.objects.get().why == "cap_reached"


@pytest.mark.parametrize("cap", ["daily_cap", "weekly_cap", "monthly_cap"])
def test_a_cap_below_one_recharge_is_refused_by_its_name(
    account: Account, owner: User, now: datetime, cap: str
) -> None:
    with pytest.raises(CapTooSmall) as refused:
        recharges.change_terms(account, terms(**{cap: Decimal("49.99")}), actor=owner, now=now)

    assert refused.value.cap == cap


@pytest.mark.parametrize("days", [0, -1, 61])
def test_a_recharge_before_expiry_is_near_it(account: Account, owner: User, now: datetime, days: int) -> None:
    with pytest.raises(TooFarAhead):
        recharges.change_terms(account, terms(before_expiry_days=days), actor=owner, now=now)


def test_a_change_of_terms_is_told_with_what_was_and_what_is(account: Account, owner: User, now: datetime) -> None:
    for _ in range(2):
        recharges.change_terms(account, terms(daily_cap=Decimal(100)), actor=owner, now=now)

    notice = Notice.objects.get(kind=Notice.Kind.TERMS_CHANGED)
    assert (notice.facts["before"]["daily_cap"], notice.facts["after"]["daily_cap"]) == ("None", "100")
    assert notice.facts["by"] == owner.name


def expiring(account: Account, amount: str, *, days: int, now: datetime) -> None:
    with accounts.changing(account.pk, now=now) as locked:
        ends = now + timedelta(days=days)
        ledger.grant(
            locked,
            kind=Lot.Kind.PROMOTION,
            amount=Decimal(amount),
            key=f"soon:{days}",
            why="",
            now=now,
            expires_at=ends,
        )


def test_credit_about_to_expire_counts_as_gone_when_that_was_asked_for(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    expiring(account, "30", days=6, now=now)
    asked = terms(before_expiry_days=7, trigger_amount=Decimal(60))
    due = recharges.due_now(account, asked, now=now)
    recharges.change_terms(account, asked, actor=owner, now=now)

    for _ in range(2):
        recharges.look_ahead_due(now=now)
        sweep(now)

    assert Recharge.objects.get().reason == Recharge.Reason.BEFORE_EXPIRY
    assert (due, provider.taken, balance(account)) == (50, 5000, 130)


def test_the_sweep_finds_what_comes_near_its_expiry(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    expiring(account, "30", days=20, now=now)
    recharges.change_terms(account, terms(before_expiry_days=7, trigger_amount=Decimal(60)), actor=owner, now=now)

    found = [recharges.look_ahead_due(now=now + day * DAY) for day in (12, 13, 14)]

    assert found == [0, 1, 0]


@pytest.mark.django_db(transaction=True)
def test_eight_workers_together_never_pass_a_cap(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    contoso = factories.contoso()
    provider = fakes.install(monkeypatch)
    account, actor = contoso.account, contoso.memberships.get(role="owner").user
    another_card(account)
    recharges.change_terms(account, terms(daily_cap=Decimal(120)), actor=actor, now=now)
    numbers = count()

    def work() -> None:
        for _ in range(6):
            at = now + timedelta(seconds=next(numbers))
            spend(account, "40", now=at)
            recharges.charge_due(now=at)

    calm(at_once([work] * 8))
    sweep(now + HOUR)

    taken = Payment.objects.exclude(state__in=("failed", "cancelled")).aggregate(total=Sum("amount"))["total"]
    assert taken == 100
    assert provider.taken == 10000
