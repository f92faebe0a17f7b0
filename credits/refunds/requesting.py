"""An admin of the organization asks for a payment back; staff give it (`asking`) or decline, once, and say why."""

from datetime import datetime

from django.db import IntegrityError, transaction

from credits import accounts, ledger
from credits.models import Payment, RefundRequest
from credits.refunds.asking import at_most
from notifications import outbox
from notifications.models import Notice
from subscriptions import activity
from subscriptions.models import User

Answer = RefundRequest.Answer


class AskedAlready(Exception):
    """A request for this payment waits for its answer, or its refund is on its way."""


class AnsweredAlready(Exception):
    """Somebody has answered this request."""


def request(payment: Payment, *, why: str, actor: User, now: datetime) -> RefundRequest:
    """Ask staff to give the payment back, in whole or what is left of it. Nothing is kept of the credit for it.

    Raises ledger.NotRefundable (also where nothing is left), AskedAlready.
    """
    with accounts.changing(payment.account_id, now=now) as account:
        if payment.refunds.in_flight().exists():
            raise AskedAlready
        if not at_most(payment, now=now):
            raise ledger.NotRefundable
        try:
            with transaction.atomic():
                asked = RefundRequest.objects.create(
                    account=account, payment=payment, why=why, asked_at=now, asked_by=actor
                )
        except IntegrityError:
            raise AskedAlready from None
        _record(payment, "refund.requested", actor=actor, now=now, why=why)
        return asked


def decline(asked: RefundRequest, *, said: str, actor: User, now: datetime) -> None:
    """Answer no; the organization is told in these words. Raises AnsweredAlready."""
    with accounts.changing(asked.account_id, now=now) as account:
        waiting = RefundRequest.objects.filter(pk=asked.pk, answered_at=None)
        if not waiting.update(answer=Answer.DECLINED, said=said, answered_at=now, answered_by=actor):
            raise AnsweredAlready
        payment = asked.payment
        _record(payment, "refund.declined", actor=None, now=now, said=said)
        facts = {
            "amount": payment.total,
            "currency": payment.currency,
            "card": str(payment.method),
            "payment": payment.key,
            "said": said,
        }
        outbox.post(
            Notice.Kind.REFUND_DECLINED, to=account.organization, key=f"declined:{asked.pk}", facts=facts, now=now
        )


def _record(payment: Payment, action: str, *, actor: User | None, now: datetime, **facts: str) -> None:
    activity.record(
        payment.account.organization,
        action,
        now=now,
        actor=actor,
        amount=str(payment.total),
        currency=payment.currency,
        payment=str(payment.key),
        **facts,
    )
