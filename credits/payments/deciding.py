"""A charge that nobody answered for a day: a person looks, and ends the waiting (reliability: fault F30)."""

from datetime import datetime

from credits import accounts, gateway, outcomes
from credits.models import Payment
from credits.moves import Source, State
from credits.payments.charging import KEY_LIFE, apply_result, order_of
from subscriptions import activity, money
from subscriptions.models import User


class NotForAPerson(Exception):
    """The payment has its answer, or the program still looks for it by itself."""


def close_unanswered(payment: Payment, *, actor: User, note: str, now: datetime) -> None:
    """The provider is asked once more; if it has no such charge, the payment has failed and charging goes on.

    Should money come for it after all, it is credited then. Raises NotForAPerson, gateway.Unreachable.
    """
    payment.refresh_from_db()
    since = payment.submitted_at or payment.created_at
    if payment.state not in {State.SUBMITTING, State.UNKNOWN} or now - since < KEY_LIFE:
        raise NotForAPerson
    answer = gateway.connect().find(order_of(payment), since=since)
    if answer is not None:
        apply_result(payment, answer, source=Source.LOOK_UP, now=now)
        return
    never = gateway.Answer(
        state="failed",
        ref="",
        key=str(payment.key),
        minor=money.to_minor(payment.total, payment.currency),
        currency=payment.currency,
        code="unanswered",
    )
    with accounts.changing(payment.account_id, now=now) as account:
        outcomes.apply(account, payment, never, source=Source.PERSON, now=now)
        activity.record(
            account.organization,
            "payment.given_up",
            now=now,
            actor=actor,
            why=note,
            payment=str(payment.key),
            amount=str(payment.amount),
            currency=payment.currency,
        )
