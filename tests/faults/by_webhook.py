"""Webhooks that come again, early, late, forged, or about something else."""

import uuid
from decimal import Decimal
from functools import partial
from typing import Any, Final

import stripe

from credits import gateway
from credits.models import Account, PaymentStep, ProviderEvent
from tests.faults import books
from tests.faults.case import Case
from tests.faults.stage import Stage

_PAID: Final = "payment_intent.succeeded"
_CHARGE: Final = ("credits.charge_due",)
_FORGERIES: Final = ("no_signature", "wrong_secret", "old_stamp", "future_stamp", "changed_body", "live_mode")


def _recharged(stage: Stage, account: Account, times: int) -> None:
    """The so-manieth recharge of the account: after the first, a whole $50 takes it below the trigger again."""
    books.spend(account, books.SPENT if times == 1 else Decimal(50))
    stage.until(lambda: books.states(account) == ["succeeded"] * times, "recharged")


def _by(account: Account) -> list[str]:
    """Who told that the payments succeeded."""
    return list(PaymentStep.objects.filter(account=account, state="succeeded").values_list("source", flat=True))


def _told(stage: Stage) -> list[dict[str, Any]]:
    return [row for row in stage.deliveries() if row["type"] == _PAID]


def _handled() -> bool:
    return ProviderEvent.objects.filter(kind=_PAID, handled_at__isnull=False).exists()


def told_again_and_again(stage: Stage) -> None:
    """Twice, ten times, eight at once."""
    account = books.contoso(stage)
    for number, (times, parallel) in enumerate(((2, 1), (10, 1), (10, 8)), start=1):
        stage.switch(webhooks={"name": "doubled", "times": times, "parallel": parallel})
        _recharged(stage, account, number)
    stage.over()
    stage.until(lambda: len(_told(stage)) == 22 and {row["last_status"] for row in _told(stage)} == {200}, "22 x 200")
    stage.until(lambda: not ProviderEvent.objects.filter(handled_at=None).exists(), "all events are handled")
    assert ProviderEvent.objects.filter(kind=_PAID).count() == 3
    assert len(_by(account)) == 3


def told_before_the_answer(stage: Stage) -> None:
    account = books.contoso(stage)
    # Nearly as long as the lease: the webhook has that long to be first.
    stage.arm("after_charge_before_record", "sleep=3.6")
    books.spend(account)
    stage.over()
    stage.until(books.is_quiet, "recharged", ring=_CHARGE)
    assert _by(account) == ["webhook"]
    stage.until(_handled, "the event is handled")
    assert books.balance(account) == books.CHARGED


def told_late(stage: Stage) -> None:
    """Nobody looks it up; the reconciliation finds it, and the webhook comes to nothing."""
    account = books.contoso(stage)
    stage.switch(webhooks={"name": "late", "seconds": 6})
    stage.arm("after_charge_before_record")
    books.spend(account)
    stage.until(lambda: stage.was_hit("after_charge_before_record"), "the kill", ring=_CHARGE)
    stage.over()
    stage.until(books.is_quiet, "reconciled", ring=("credits.reconcile_recent",))
    assert _by(account) == ["reconciliation"]
    stage.until(_handled, "the late event is handled", ring=("credits.events_due",))
    assert _by(account) == ["reconciliation"]
    assert books.balance(account) == books.CHARGED


def forged(stage: Stage) -> None:
    """Each is told of a charge that was declined, made at the provider's; nothing of it is kept."""
    account = books.contoso(stage, "insufficient_funds")
    for variant in _FORGERIES * 2:
        stage.switch(webhooks={"name": "forged", "variant": variant})
        _charge_by_hand(account, "")
    stage.over()
    stage.until(lambda: all(row["last_status"] for row in _forgeries(stage)), "all are answered")
    assert len(_forgeries(stage)) >= len(_FORGERIES) * 2
    assert {row["last_status"] for row in _forgeries(stage)} == {400}
    assert not ProviderEvent.objects.filter(kind__startswith="payment_intent").exists()
    assert "more than 10 forged webhooks within a minute" in stage.said("web")


def _forgeries(stage: Stage) -> list[dict[str, Any]]:
    return [row for row in stage.deliveries() if row["how"]["name"] == "forged"]


def _charge_by_hand(account: Account, key: str) -> None:
    """A charge made in the provider's own pages, with the key of some payment."""
    provider: Any = gateway.connect()
    asked = {
        "amount": 5000,
        "currency": "usd",
        "customer": account.customer_ref,
        "payment_method": account.payment_methods.get().provider_ref,
        "confirm": True,
        "off_session": True,
        "allowed_payment_method_types": ["card"],
        "metadata": {gateway.PAYMENT_KEY: key} if key else {},
    }
    try:
        provider.client.v1.payment_intents.create(asked)
    except stripe.CardError:
        return


def does_not_fit(stage: Stage) -> None:
    """A dollar too much; another currency; a payment that we do not have."""
    dear, foreign = books.contoso(stage), books.northwind(stage)
    for account, mode in ((dear, "wrong_amount"), (foreign, "wrong_currency")):
        stage.switch(mode={"name": mode, "next": 1})
        books.spend(account)
        stage.until(partial(books.are, account, ["unknown"]), "doubted")
    _charge_by_hand(dear, str(uuid.uuid4()))
    stage.over()
    quarantined = ProviderEvent.objects.filter(kind=_PAID, outcome="quarantined")
    stage.until(lambda: quarantined.count() == 3, "three events are quarantined")
    assert [books.balance(account) for account in (dear, foreign)] == [books.START - books.SPENT] * 2
    assert books.states(dear) == books.states(foreign) == ["unknown"]
    assert stage.said("worker").count("quarantined") >= 3


def secrets_rotate(stage: Stage) -> None:
    """The old secret alone, and both."""
    account = books.contoso(stage)
    for number, both in enumerate((False, True), start=1):
        stage.switch(webhooks={"name": "second_secret", "both": both})
        _recharged(stage, account, number)
    stage.over()
    stage.until(lambda: len(_told(stage)) == 2 and {row["last_status"] for row in _told(stage)} == {200}, "2 x 200")
    assert ProviderEvent.objects.filter(kind=_PAID).count() == 2


CASES: Final = {
    "F33": Case("webhook twice, 10 times, 8 in parallel", "200 each time, effect once", told_again_and_again),
    "F34": Case("webhook before our own call has returned", "the webhook credits, the answer finds it done",
                told_before_the_answer),
    "F36": Case("webhook late, and nobody looked", "the reconciliation credits, the late one does nothing", told_late),
    "F37": Case("forged in six ways", "400, nothing stored, an alert above 10 a minute", forged),
    "F38": Case("amount or currency differ, unknown payment", "nothing credited, quarantined, an alert", does_not_fit,
                amiss=3),
    "F39": Case("two secrets during rotation", "both accepted", secrets_rotate),
}  # fmt: skip
