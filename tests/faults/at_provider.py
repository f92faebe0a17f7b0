"""A provider that charges and does not say so, declines, is down or forgets."""

from functools import partial
from typing import Final

from django.utils import timezone

from credits.models import Account, AutoRecharge, Payment, PaymentMethod, PaymentStep, Recharge
from notifications.models import Notice
from subscriptions.models import Organization
from tests import factories
from tests.faults import books
from tests.faults.case import Case
from tests.faults.stage import Stage

#: More than the worker waits for (tests.faults.failpoints.TIMEOUT).
_HANGS: Final = 4
_CHARGE: Final = ("credits.charge_due",)
_BUSY: Final = 5


def _charged_silently(stage: Stage, **mode: object) -> None:
    account = books.contoso(stage)
    stage.switch(mode={"next": 1, "path": "/v1/payment_intents", **mode}, webhooks="lost")
    books.spend(account)
    stage.until(lambda: books.states(account) == ["unknown"], "the payment is being checked", ring=_CHARGE)
    assert len(stage.charges()) == 1
    stage.over()
    stage.until(books.is_quiet, "the recharge has ended")
    assert books.states(account) == ["succeeded"]
    assert books.balance(account) == books.CHARGED


def answer_never_comes(stage: Stage) -> None:
    _charged_silently(stage, name="charge_then_hang", seconds=_HANGS)


def answer_is_500_for_ever(stage: Stage) -> None:
    _charged_silently(stage, name="charge_then_500")


def unknown_for_a_day(stage: Stage) -> None:
    """The charge never arrived, and when the provider is back a day later it has forgotten every key."""
    account = books.contoso(stage)
    stage.switch(mode="down", webhooks="lost")
    books.spend(account)
    stage.until(lambda: books.states(account) == ["unknown"], "the payment is being checked", ring=_CHARGE)
    stage.set_clock(hours=25)
    stage.switch(mode="ok", forget_keys=True)
    stage.over()
    stage.until(
        lambda: account.payments.get().error_code == "unanswered", "left to a person", ring=("credits.look_up_due",)
    )
    books.spend(account)  # far below the trigger now, and still nothing is charged
    stage.ring("credits.look_up_due", *_CHARGE)
    stage.until(lambda: account.evaluations.filter(outcome="already_open").exists(), "the trigger was looked at")
    assert books.states(account) == ["unknown"]
    assert stage.charges() == []
    assert "unknown for a day; somebody must look" in stage.said("worker")


def declines(stage: Stage) -> None:
    """Soft: rounds on days 0, 1 and 3, then a pause, each told once. Hard: the next card at once. Bank: a day, then."""
    soft = books.contoso(stage, "insufficient_funds", "declined_later")
    hard = books.account_of(stage, factories.northwind(), "stolen_card", "success")
    bank = books.account_of(stage, factories.fabrikam(), "three_d_secure", "success")
    for account in (soft, hard, bank):
        books.spend(account)
    for days, rounds in ((0, 1), (1, 2), (3, 3)):
        stage.set_clock(days=days, minutes=5 * rounds)
        stage.until(partial(_have_failed, soft, rounds), f"{rounds} rounds have failed")
    stage.over()
    stage.until(books.is_quiet, "nothing is on its way")
    assert books.states(soft) == ["failed"] * 6
    assert AutoRecharge.objects.get(account=soft).paused_at is not None
    assert books.states(hard) == ["failed", "succeeded"]
    assert PaymentMethod.objects.filter(account=hard, refused_at__isnull=False).count() == 1
    assert books.states(bank) == ["cancelled", "succeeded"]
    kinds = Notice.objects.filter(organization=soft.organization).values_list("kind", flat=True)
    assert [kinds.filter(kind=kind).count() for kind in ("recharge_failed", "recharge_paused")] == [2, 1]
    assert Notice.objects.filter(kind="needs_bank").count() == 1


def _have_failed(account: Account, rounds: int) -> bool:
    return Recharge.objects.filter(account=account, state="failed").count() == rounds


def down_for_two_hours(stage: Stage) -> None:
    """Five accounts wait while it answers 429, and then 503; when it is back each is charged once."""
    accounts = [books.account_of(stage, _numbered(number), "success") for number in range(_BUSY)]
    stage.switch(mode="rate_limited", webhooks="lost")
    for account in accounts:
        books.spend(account)
    stage.until(lambda: _sent() == _BUSY, "all were sent", ring=_CHARGE)
    assert set(Payment.objects.values_list("state", flat=True)) == {"pending"}
    stage.switch(mode="down")
    for minutes in (60, 120):
        stage.set_clock(minutes=minutes)
        stage.until(lambda: Payment.objects.filter(state="unknown").count() == _BUSY, "no answer", ring=_CHARGE)
    assert stage.charges() == []
    stage.switch(mode="ok")
    stage.over()
    stage.until(books.is_quiet, "the recharges have ended")
    assert {books.balance(account) for account in accounts} == {books.CHARGED}


def _numbered(number: int) -> Organization:
    organization = factories.OrganizationFactory.create(created_at=timezone.now(), slug=f"busy-{number}")
    factories.AccountFactory.create(organization=organization)
    return organization


def _sent() -> int:
    return PaymentStep.objects.filter(was="submitting", state="pending").values("payment").distinct().count()


CASES: Final = {
    "F28": Case("charged, then the answer never comes", "\"Being checked\", looked up, one lot", answer_never_comes),
    "F29": Case("charged, then 500, each time under that key", "found in the list, one lot", answer_is_500_for_ever),
    "F30": Case(
        "unknown for 25 hours, keys forgotten", "no new attempt, no new round; a person is told", unknown_for_a_day
    ),
    "F31": Case(
        "soft decline, hard decline, the bank asks", "rounds on days 0, 1, 3, then paused; next card; a day, next card",
        declines,
    ),
    "F32": Case("429, then down for two hours", "waits, then each account is charged once", down_for_two_hours),
}  # fmt: skip
