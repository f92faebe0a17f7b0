"""What a charge's answer does: one function for the provider's answer, the webhook and the look-up.

Called inside `accounts.changing`; moves a payment only along its arrows and only once.
"""

import logging
from datetime import datetime, timedelta
from typing import Final

from credits import ledger
from credits.gateway import Answer
from credits.models import Account, AutoRecharge, Lot, Payment, Recharge
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
#: After how many days the next round follows the first, second, ... failed one; then the terms pause.
ROUNDS: Final = (timedelta(days=1), timedelta(days=2))
#: What does not fit our record is left for a person; looked at again after this.
_DOUBT: Final = timedelta(hours=1)


def apply(account: Account, payment: Payment, answer: Answer, *, now: datetime) -> None:
    """Move the payment to what the provider says; money in becomes a lot. Twice is the same as once."""
    payment.refresh_from_db()
    if payment.state not in Payment.IN_FLIGHT:
        return
    if not _fits(payment, answer):
        logger.error("payment %s: the provider's answer does not fit our record", payment.key)
        _move(payment, Payment.State.UNKNOWN, error_code="mismatch", due_at=now + _DOUBT)
        return
    if answer.state == "succeeded":
        _succeed(account, payment, answer, now=now)
    elif answer.state == "failed":
        _fail(account, payment, answer.code, ref=answer.ref, now=now)
    elif answer.state == "requires_action":
        # Nobody is present: as good as a decline until an admin brings the bank on session.
        _fail(account, payment, "authentication_required", ref=answer.ref, now=now)
    else:
        _move(payment, Payment.State.UNKNOWN, due_at=now + timedelta(minutes=1))


def _fits(payment: Payment, answer: Answer) -> bool:
    same_money = answer.minor == money.to_minor(payment.total, payment.currency) and answer.currency == payment.currency
    return same_money and answer.key == str(payment.key)


def _move(payment: Payment, state: Payment.State, **fields: object) -> None:
    moved = Payment.objects.filter(pk=payment.pk, state__in=Payment.IN_FLIGHT).update(state=state, **fields)
    assert moved == 1, "the account's lock lets nobody else close a payment"  # noqa: S101
    payment.refresh_from_db()


def _succeed(account: Account, payment: Payment, answer: Answer, *, now: datetime) -> None:
    _move(payment, Payment.State.SUCCEEDED, provider_ref=answer.ref, closed_at=now, error_code="")
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
    AutoRecharge.objects.filter(account=account).update(failed_rounds=0, next_try_at=None, paused_at=None)
    _record(account, payment, "payment.succeeded", now=now)
    if payment.recharge is None:
        return
    _close(payment.recharge, Recharge.State.SUCCEEDED, why="", now=now)
    outbox.post(
        Notice.Kind.RECHARGE_PAID,
        to=account.organization,
        key=f"paid:{payment.key}",
        facts={
            "amount": str(payment.amount),
            "currency": payment.currency,
            "balance": str(shown(account.balance, account.currency)),
            "card": str(payment.method),
            "payment": str(payment.key),
            "expires_on": periods.last_day(lot.expires_at, account.organization.zone).isoformat(),
        },
        now=now,
    )


def _fail(account: Account, payment: Payment, code: str, *, ref: str, now: datetime) -> None:
    _move(payment, Payment.State.FAILED, provider_ref=ref or None, closed_at=now, error_code=code)
    if code in HARD_DECLINES:
        payment.method.refused_at = now
        payment.method.save(update_fields=["refused_at"])
    _record(account, payment, "payment.failed", now=now, cause=code)
    if payment.recharge is None:
        return
    if untried(account, payment.recharge):
        Recharge.objects.filter(pk=payment.recharge.pk).update(due_at=now)
        return
    fail_round(account, payment.recharge, code=code, card=str(payment.method), now=now)


def untried(account: Account, recharge: Recharge) -> bool:
    """If a card is left that this round has not tried."""
    return account.payment_methods.chargeable().exclude(payments__recharge=recharge).exists()


def fail_round(account: Account, recharge: Recharge, *, code: str, card: str, now: datetime) -> None:
    """Close the round as failed, set when the next one may begin, or pause after the third; tell the admins."""
    terms = AutoRecharge.objects.get(account=account)
    terms.failed_rounds += 1
    paused = terms.failed_rounds > len(ROUNDS)
    terms.next_try_at = None if paused else now + ROUNDS[terms.failed_rounds - 1]
    terms.paused_at = now if paused else None
    terms.save(update_fields=["failed_rounds", "next_try_at", "paused_at"])
    _close(recharge, Recharge.State.FAILED, why=code, now=now)
    tell_failure(account, recharge, code=code, card=card, terms=terms, now=now)


def tell_failure(
    account: Account, recharge: Recharge, *, code: str, card: str, terms: AutoRecharge, now: datetime
) -> None:
    """One notice for a round that brought no money: the cause, and what happens next."""
    outbox.post(
        Notice.Kind.RECHARGE_FAILED,
        to=account.organization,
        key=f"failed:{recharge.pk}",
        facts={
            "amount": str(recharge.amount or recharge.recharge_amount),
            "currency": account.currency,
            "card": card,
            "cause": code,
            "next_try_at": terms.next_try_at.isoformat() if terms.next_try_at else None,
            "paused": terms.paused_at is not None,
        },
        now=now,
    )


def _close(recharge: Recharge, state: Recharge.State, *, why: str, now: datetime) -> None:
    Recharge.objects.filter(pk=recharge.pk, state=Recharge.State.OPEN).update(state=state, closed_at=now, why=why)


def _record(account: Account, payment: Payment, action: str, *, now: datetime, **facts: str) -> None:
    activity.record(
        account.organization,
        action,
        now=now,
        actor=payment.ordered_by,
        amount=str(payment.amount),
        currency=payment.currency,
        payment=str(payment.key),
        **facts,
    )
