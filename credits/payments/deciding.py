"""A charge that nobody answered for a day, or whose answer does not fit: a person looks, and ends the waiting.

(reliability: fault F30)
"""

from datetime import datetime

from credits import accounts, comparison, gateway, outcomes, rounds
from credits.models import Payment
from credits.moves import Source, State
from credits.payments.charging import KEY_LIFE, apply_result, order_of
from subscriptions import activity, money
from subscriptions.models import User

_WAITING = frozenset({State.SUBMITTING, State.UNKNOWN})


class NotForAPerson(Exception):
    """The payment has its answer, or the program still looks for it by itself."""


class DoesNotFit(Exception):
    """The provider's answer is of another amount, currency, customer or charge than our record: a person decides."""

    def __init__(self, answer: gateway.Answer) -> None:
        super().__init__(answer.ref)
        self.answer = answer

    @property
    def is_over(self) -> bool:
        """If the provider has done with the charge: it took money, or it took none and will take none."""
        return self.answer.state in {"succeeded", "failed", "canceled"}


def close_unanswered(payment: Payment, *, actor: User, note: str, now: datetime) -> None:
    """The provider is asked once more; if it has no such charge, the payment has failed and charging goes on.

    Should money come for it after all, it is credited then. Raises NotForAPerson, DoesNotFit, gateway.Unreachable.
    """
    payment.refresh_from_db()
    since = payment.submitted_at or payment.created_at
    doubtful = payment.error_code == "mismatch"
    if payment.state not in _WAITING or not (doubtful or now - since >= KEY_LIFE):
        raise NotForAPerson
    answer = gateway.connect().find(order_of(payment), since=since)
    if answer is None:
        _end(payment, None, actor=actor, note=note, now=now)
    elif not apply_result(payment, answer, source=Source.LOOK_UP, now=now):
        raise DoesNotFit(answer)


def close_despite(payment: Payment, *, actor: User, note: str, now: datetime) -> None:
    """`close_unanswered`; an answer that does not fit ends the payment as failed, if the provider has done with it.

    Money that it took is not believed, and stays open as a difference. Raises NotForAPerson, DoesNotFit (the charge may
    still take money), gateway.Unreachable.
    """
    try:
        close_unanswered(payment, actor=actor, note=note, now=now)
    except DoesNotFit as doubt:
        if not doubt.is_over:
            raise
        _end(payment, doubt.answer, actor=actor, note=note, now=now)


def _end(payment: Payment, doubtful: gateway.Answer | None, *, actor: User, note: str, now: datetime) -> None:
    """All or nothing of the payment's end, who ended it and why, and what the provider took all the same."""
    with accounts.changing(payment.account_id, now=now) as account:
        payment.refresh_from_db()
        if payment.state not in _WAITING:
            raise NotForAPerson
        code = "mismatch" if doubtful else "unanswered"
        took_money = doubtful is not None and doubtful.state == "succeeded"
        if took_money and payment.recharge is not None:
            # A card has paid something for this round: no other one is charged for it until a person has cleared it up.
            rounds.halt(account, payment.recharge, code=code, card=str(payment.method), now=now)
        outcomes.apply(account, payment, _never(payment, code), source=Source.PERSON, now=now)
        if doubtful and took_money:
            comparison.note(comparison.unsettled(comparison.of_charge(doubtful, payment)), now=now)
        activity.record(
            account.organization,
            "payment.closed" if doubtful else "payment.given_up",
            now=now,
            actor=actor,
            why=note,
            payment=str(payment.key),
            amount=str(payment.amount),
            currency=payment.currency,
        )


def _never(payment: Payment, code: str) -> gateway.Answer:
    """What a provider says that took nothing for it."""
    return gateway.Answer(
        state="failed",
        ref="",
        key=str(payment.key),
        minor=money.to_minor(payment.total, payment.currency),
        currency=payment.currency,
        code=code,
    )
