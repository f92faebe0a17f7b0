"""Workers that die around a charge."""

from typing import Final

from tests.faults import books
from tests.faults.case import Case
from tests.faults.stage import MONEY, Stage


def _killed_at(point: str, stage: Stage) -> list[str]:
    """A recharge whose worker is killed there, and its way to the end; the states of its payment when it was."""
    account = books.contoso(stage)
    stage.switch(webhooks="lost")  # the worker has to find out by itself
    stage.arm(point)
    books.spend(account)
    stage.until(lambda: stage.was_hit(point), "the kill", ring=("credits.charge_due",))
    then = books.states(account)
    stage.over()
    stage.until(books.is_quiet, "the recharge has ended")
    assert books.states(account) == ["succeeded"]
    assert books.balance(account) == books.CHARGED
    return then


def killed_before_recording(stage: Stage) -> None:
    assert _killed_at("after_charge_before_record", stage) == ["submitting"]


def killed_before_the_commit(stage: Stage) -> None:
    assert _killed_at("after_record_before_commit", stage) == ["submitting"]


def killed_before_the_ack(stage: Stage) -> None:
    """Whoever comes next, by the message or by beat, finds the payment closed and does nothing."""
    assert _killed_at("after_commit_before_ack", stage) == ["succeeded"]
    stage.ring(*MONEY, *MONEY)


def killed_before_the_call(stage: Stage) -> None:
    assert _killed_at("before_charge_call", stage) == ["submitting"]


CASES: Final = {
    "F01": Case(
        "kill -9 between the charge and recording it",
        "one charge, looked up, one lot",
        killed_before_recording,
    ),
    "F02": Case(
        "kill -9 between recording and the commit", "as F01: the transaction is gone, the charge is not",
        killed_before_the_commit,
    ),
    "F03": Case(
        "kill -9 after the commit, before the ack", "the next sweep finds it closed and does nothing",
        killed_before_the_ack,
    ),
    "F04": Case("kill -9 before the call", "charged once, later, under its own key", killed_before_the_call),
}  # fmt: skip
