"""What a charge's answer does: one function for the provider's answer, the webhook, the look-up and reconciliation.

Called inside `accounts.changing`; moves a payment only along its arrows and only once (docs/recharge-states.md).
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from credits import ledger, moves, receipts, rounds
from credits.gateway import Answer
from credits.models import Account, Evaluation, Lot, Payment, PaymentMethod
from credits.moves import Source, State
from notifications import outbox
from notifications.models import Notice
from subscriptions import activity, money, periods
from subscriptions.money import shown

logger = logging.getLogger(__name__)

#: Declines after which the card is not tried again (decision: recharge, "declined").
HARD_DECLINES: Final = frozenset(
    {"stolen_card", "lost_card", "expired_card", "pickup_card", "invalid_account", "card_not_supported",
     "resource_missing", "fraudulent"}
)  # fmt: skip
#: The decline that the card's holder can turn into a payment by answering the bank.
ASKS_HOLDER: Final = "authentication_required"
#: How long an automatic charge waits for that, with a mailed link (decision: recharge, "needs the bank").
BANK_WAIT: Final = timedelta(hours=24)
#: Who orders by hand is there already; an order left lying must not hold back the automatic ones for long.
PRESENT_WAIT: Final = timedelta(hours=1)
#: What does not fit our record is left for a person; looked at again after this.
_DOUBT: Final = timedelta(hours=1)
#: What the provider is still processing is looked up again after this.
_PROCESSING: Final = timedelta(minutes=1)


class AskAgain(Exception):
    """What an event says was so once, and much hangs on it: only the provider's present word counts."""


class MovedMeanwhile(Exception):
    """Somebody moved the payment past the account's lock, which lets nobody: what was to be booked is not."""


@dataclass(frozen=True, slots=True)
class _Case:
    account: Account
    payment: Payment
    answer: Answer
    source: Source
    now: datetime

    def move(self, to: State, *, detail: str = "", **fields: Any) -> None:
        said = detail or self.answer.code
        if not moves.move(self.payment, to, source=self.source, now=self.now, detail=said, **fields):
            raise MovedMeanwhile(str(self.payment.key))


def apply(account: Account, payment: Payment, answer: Answer, *, source: Source, now: datetime) -> bool:
    """Move the payment to what the provider says; money in becomes a lot. Twice is the same as once.

    False: amount, currency, customer or reference differ from our record, nothing was believed, and a person has to
    look. Raises AskAgain.
    """
    payment.refresh_from_db()
    case = _Case(account, payment, answer, source, now)
    if not _fits(account, payment, answer):
        _doubt(case)
        return False
    if payment.state not in Payment.IN_FLIGHT:
        if payment.state != State.SUCCEEDED and answer.state == "succeeded":
            _revive(case)
        return True
    if payment.state == State.REQUIRES_ACTION and answer.state == "failed" and source == Source.WEBHOOK:
        raise AskAgain  # the person may have tried once more since, and been believed
    if answer.state in {"succeeded", "failed", "requires_action"}:
        _remember_sending(case)
    _ENDS[answer.state](case)
    return True


def _fits(account: Account, payment: Payment, answer: Answer) -> bool:
    same_money = answer.minor == money.to_minor(payment.total, payment.currency) and answer.currency == payment.currency
    same_payer = answer.customer in {"", account.customer_ref}
    same_charge = not (answer.ref and payment.provider_ref) or answer.ref == payment.provider_ref
    return answer.key == str(payment.key) and same_money and same_payer and same_charge


def _remember_sending(case: _Case) -> None:
    """The provider has what we say is yet to be sent: a database brought back from yesterday, say."""
    payment = case.payment
    if payment.state == State.PENDING:
        case.move(State.SUBMITTING, submitted_at=payment.submitted_at or payment.created_at)


def _doubt(case: _Case) -> None:
    """Nothing is credited. An event only says so; the provider's own word leaves the payment to a person, told once."""
    payment = case.payment
    if payment.error_code != "mismatch" or case.source == Source.WEBHOOK:
        logger.error("payment %s: the provider's answer does not fit our record", payment.key)
    if case.source == Source.WEBHOOK:
        return
    _remember_sending(case)
    fields = {"error_code": "mismatch", "due_at": case.now + _DOUBT}
    if payment.state == State.SUBMITTING:
        case.move(State.UNKNOWN, detail="mismatch", **fields)
    elif payment.state == State.UNKNOWN:
        Payment.objects.filter(pk=payment.pk).update(**fields)


def _revive(case: _Case) -> None:
    if case.source == Source.WEBHOOK:
        raise AskAgain
    logger.error("payment %s: had ended as %s, and the money came", case.payment.key, case.payment.state)
    _succeed(case)


def _succeed(case: _Case) -> None:
    account, payment, now = case.account, case.payment, case.now
    case.move(State.SUCCEEDED, provider_ref=case.answer.ref, closed_at=now, error_code="")
    lot = ledger.grant(
        account,
        kind=Lot.Kind.PURCHASE,
        amount=payment.amount,
        key=f"payment:{payment.key}",
        why=payment.get_kind_display(),
        now=now,
        payment=payment,
        actor=payment.ordered_by,
    )
    rounds.forgive(account)
    _record(case, "payment.succeeded")
    _withdraw_bank(case)
    if payment.recharge is not None:
        rounds.succeed(payment.recharge, now=now)
        amount = f"{payment.amount:f}"
        rounds.remember(account, Evaluation.Outcome.CHARGED, recharge=payment.recharge, detail=amount, now=now)
    _tell_paid(case, lot)


def _tell_paid(case: _Case, lot: Lot) -> None:
    account, payment = case.account, case.payment
    automatic = payment.kind == Payment.Kind.AUTOMATIC
    receipt = receipts.issue(account, payment, now=case.now)
    outbox.post(
        Notice.Kind.RECHARGE_PAID if automatic else Notice.Kind.FUNDS_ADDED,
        to=account.organization,
        key=f"{'paid' if automatic else 'funds'}:{payment.key}",
        facts={
            "amount": payment.amount,
            "currency": payment.currency,
            "balance": shown(account.balance, account.currency),
            "card": str(payment.method),
            "payment": payment.key,
            "expires_on": periods.last_day(lot.expires_at, account.organization.zone),
            "receipt": receipt.number,
            "reason": payment.recharge.reason if payment.recharge else "",
        },
        now=case.now,
    )


def _fail(case: _Case) -> None:
    payment, code = case.payment, case.answer.code or "card_declined"
    if code == ASKS_HOLDER and payment.kind == Payment.Kind.AUTOMATIC and case.answer.ref:
        _wait_for_bank(case)
        return
    case.move(
        State.FAILED,
        provider_ref=case.answer.ref or payment.provider_ref,
        closed_at=case.now,
        error_code=code[:64],
    )
    if code in HARD_DECLINES:
        PaymentMethod.objects.filter(pk=payment.method_id, refused_at=None).update(refused_at=case.now)
    _end_without_money(case, "payment.failed", code)


def _wait_for_bank(case: _Case) -> None:
    """The bank wants the card's holder: who ordered by hand is there; otherwise somebody is sent for."""
    payment, now = case.payment, case.now
    if payment.state == State.REQUIRES_ACTION:
        return
    automatic = payment.kind == Payment.Kind.AUTOMATIC
    until = now + (BANK_WAIT if automatic else PRESENT_WAIT)
    case.move(State.REQUIRES_ACTION, provider_ref=case.answer.ref, due_at=until, error_code="")
    if not automatic:
        return
    facts = {
        "amount": payment.amount,
        "currency": payment.currency,
        "card": str(payment.method),
        "payment": payment.key,
        "until": until,
    }
    outbox.post(Notice.Kind.NEEDS_BANK, to=case.account.organization, key=_bank(payment), facts=facts, now=now)
    rounds.remember(case.account, Evaluation.Outcome.NEEDS_BANK, recharge=payment.recharge, now=now)


def _process(case: _Case) -> None:
    """Neither yes nor no yet: looked up until it is."""
    later = case.now + _PROCESSING
    if case.payment.state in {State.SUBMITTING, State.REQUIRES_ACTION}:
        case.move(State.UNKNOWN, due_at=later)
    elif case.payment.state == State.UNKNOWN:
        Payment.objects.filter(pk=case.payment.pk).update(due_at=later)


def _cancel(case: _Case) -> None:
    """The intent is no more. Where we had asked the bank's question or nothing yet, that is what we wanted."""
    cause = "authentication_expired" if case.source == Source.WORKER else "canceled"
    if case.payment.state in Payment.ARROWS[State.CANCELLED]:
        case.move(State.CANCELLED, closed_at=case.now, error_code=cause)
        _end_without_money(case, "payment.cancelled", cause)
    else:
        case.move(State.FAILED, provider_ref=case.answer.ref or None, closed_at=case.now, error_code=cause)
        _end_without_money(case, "payment.failed", cause)


def _end_without_money(case: _Case, action: str, code: str) -> None:
    _record(case, action, cause=code)
    _withdraw_bank(case)
    if case.payment.recharge_id is not None:
        rounds.go_on(case.account, case.payment, code=code, now=case.now)


def _withdraw_bank(case: _Case) -> None:
    outbox.withdraw(Notice.Kind.NEEDS_BANK, to=case.account.organization, key=_bank(case.payment), now=case.now)


def _bank(payment: Payment) -> str:
    """The occasion of one question of the bank's."""
    return f"bank:{payment.key}"


def _record(case: _Case, action: str, **facts: str) -> None:
    payment = case.payment
    activity.record(
        case.account.organization,
        action,
        now=case.now,
        actor=payment.ordered_by,
        amount=str(payment.amount),
        currency=payment.currency,
        payment=str(payment.key),
        **facts,
    )


_ENDS: Final[Mapping[str, Callable[[_Case], None]]] = {
    "succeeded": _succeed,
    "failed": _fail,
    "requires_action": _wait_for_bank,
    "processing": _process,
    "canceled": _cancel,
}
