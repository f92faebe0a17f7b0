"""What the provider says of a refund, and what follows: one function for its answer, the webhook and the look-up."""

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q

from credits import accounts, comparison, holds, ledger, receipts
from credits.gateway import RefundAnswer
from credits.models import Account, Hold, Payment, Refund
from credits.refunds.amounts import tax_within
from notifications import outbox
from notifications.models import Notice
from subscriptions import activity, money

logger = logging.getLogger(__name__)

#: A busy or silent provider is asked again after this.
PATIENCE: Final = timedelta(minutes=1)
#: What does not fit our record is left for a person; looked at again after this.
_DOUBT: Final = timedelta(hours=1)

State = Refund.State


class DoesNotFit(Exception):
    """The provider's word is of no purchase of ours, or not in its currency: a person decides."""


def apply(refund: Refund, answer: RefundAnswer, *, now: datetime) -> None:
    """Move a refund to what the provider says of it, under the account's lock; twice is the same as once.

    One that we gave up and that was done after all is booked all the same. That one which we booked has failed later
    is no rule's to mend: it is logged, and the reconciliation shows it to a person.
    """
    with accounts.changing(refund.account_id, now=now) as account:
        refund = Refund.objects.select_related("payment__method", "hold").get(pk=refund.pk)
        if not comparison.is_same_refund(refund, answer):
            logger.error("refund %s: the provider's answer does not fit our record", refund.key)
            _wait(refund, until=now + _DOUBT, error_code="mismatch")
        elif answer.state == "pending":
            _wait(refund, until=now + PATIENCE)
        elif answer.state == "succeeded":
            _succeed(account, refund, answer, now=now)
        else:
            _fail(account, refund, answer, now=now)


def _wait(refund: Refund, *, until: datetime, **fields: str) -> None:
    waiting = Refund.objects.filter(pk=refund.pk, state__in=Refund.IN_FLIGHT)
    waiting.update(state=State.UNKNOWN, due_at=until, **fields)


def _succeed(account: Account, refund: Refund, answer: RefundAnswer, *, now: datetime) -> None:
    if refund.state == State.SUCCEEDED:
        return
    refund.state, refund.closed_at, refund.error_code, refund.provider_ref = State.SUCCEEDED, now, "", answer.ref
    refund.save(update_fields=["state", "closed_at", "error_code", "provider_ref"])
    if refund.hold is not None:
        holds.let_go(account, refund.hold, Hold.State.SETTLED, now=now)
    _book(account, refund, "refund.succeeded", now=now)


def _fail(account: Account, refund: Refund, answer: RefundAnswer, *, now: datetime) -> None:
    if refund.state == State.SUCCEEDED:
        logger.error("refund %s: booked, and the provider says now that it failed", refund.key)
        return
    if refund.state == State.FAILED:
        return
    refund.state, refund.closed_at, refund.error_code = State.FAILED, now, answer.code[:64]
    refund.provider_ref = answer.ref or None
    refund.save(update_fields=["state", "closed_at", "error_code", "provider_ref"])
    if refund.hold is not None:
        holds.let_go(account, refund.hold, Hold.State.RELEASED, now=now)
    record(account, refund, "refund.failed", now=now, cause=answer.code)


def found_at_provider(answer: RefundAnswer, *, now: datetime) -> Refund | None:
    """What the provider tells of a refund, asked for by us or made in its own pages; the refund as it is then.

    One made there is taken from its lot as far as that reaches, and the rest is owed. None while that is not done
    (yet). Raises DoesNotFit: the charge is no purchase of ours, or in another currency.
    """
    known = _known(answer)
    if known is not None:
        apply(known, answer, now=now)
        return Refund.objects.get(pk=known.pk)
    payment = Payment.objects.filter(provider_ref=answer.charge_ref, state=Payment.State.SUCCEEDED).first()
    if payment is None or payment.currency != answer.currency or not answer.minor:
        raise DoesNotFit(f"{answer.ref} of {answer.charge_ref}")
    if answer.state != "succeeded":
        return None
    with accounts.changing(payment.account_id, now=now) as account:
        return _known(answer) or _take_in(account, payment.pk, answer, now=now)


def _known(answer: RefundAnswer) -> Refund | None:
    ours = Q(provider_ref=answer.ref)
    with suppress(ValueError):
        ours |= Q(key=UUID(answer.key))
    return Refund.objects.filter(ours).first()


def _take_in(account: Account, payment_id: int, answer: RefundAnswer, *, now: datetime) -> Refund:
    payment = account.payments.select_related("method").get(pk=payment_id)
    tax = tax_within(payment, answer.minor)
    refund = Refund.objects.create(
        account=account,
        payment=payment,
        origin=Refund.Origin.PROVIDER,
        state=State.SUCCEEDED,
        amount=money.from_minor(answer.minor - tax, payment.currency),
        tax=money.from_minor(tax, payment.currency),
        provider_ref=answer.ref,
        why="Made at the provider",
        created_at=now,
        due_at=now,
        closed_at=now,
    )
    logger.error("payment %s: refund %s was made at the provider", payment.key, answer.ref)
    _book(account, refund, "refund.found", now=now)
    return refund


def _book(account: Account, refund: Refund, action: str, *, now: datetime) -> None:
    """The ledger, the credit note, the notice: all in the transaction that says the refund succeeded."""
    payment = refund.payment
    owed = ledger.refund(
        account, payment, refund.amount, key=f"refund:{refund.key}", why=refund.why, actor=refund.asked_by, now=now
    )
    if owed:
        logger.error("refund %s: %s %s was not left any more and is owed", refund.key, owed, payment.currency)
    note = receipts.issue_credit_note(account, refund, now=now)
    record(account, refund, action, now=now)
    outbox.post(
        Notice.Kind.REFUNDED,
        to=account.organization,
        key=f"refund:{refund.key}",
        facts={
            "amount": refund.amount,
            "tax": refund.tax,
            "currency": payment.currency,
            "card": str(payment.method),
            "payment": str(payment.key),
            "receipt": note.number,
            "balance": money.shown(account.balance, account.currency),
        },
        now=now,
    )


def record(account: Account, refund: Refund, action: str, *, now: datetime, **facts: str) -> None:
    """One line of the organization's activity."""
    activity.record(
        account.organization,
        action,
        now=now,
        actor=refund.asked_by,
        amount=str(refund.amount),
        currency=refund.payment.currency,
        payment=str(refund.payment.key),
        refund=str(refund.key),
        why=refund.why,
        **facts,
    )
