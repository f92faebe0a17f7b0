"""What the tests of charges do again and again: spend, let the worker sweep, let the provider send its events."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from credits import accounts, events, ledger, payments, recharges
from credits.gateway import PAYMENT_KEY, Answer, Dispute, RefundAnswer
from credits.ledger import Charge
from credits.models import Account, Payment, PaymentMethod, PaymentStep, ProviderEvent
from subscriptions.models import User
from tests import factories

_STATUS = {"succeeded": "succeeded", "failed": "requires_payment_method"}


def spend(account: Account, amount: str, *, now: datetime) -> None:
    with accounts.changing(account.pk, now=now) as locked:
        charge = Charge(key=f"call:{uuid.uuid4()}", micros=int(Decimal(amount) * 10**6), why="")
        ledger.debit(locked, [charge], now=now)


def sweep(now: datetime) -> None:
    """What the worker does, until nothing is due."""
    while recharges.charge_due(now=now) + payments.look_up_due(now=now) + payments.give_up_due(now=now):
        pass


def balance(account: Account) -> Decimal:
    found: Decimal = Account.objects.get(pk=account.pk).balance
    return found


def buy(account: Account, amount: str, *, actor: User, now: datetime, method: PaymentMethod | None = None) -> Payment:
    """Ordered by hand, and not sent yet."""
    card = method or account.payment_methods.active()[0]
    key = uuid.uuid4()
    return payments.place_order(account, amount=Decimal(amount), key=key, method=card, actor=actor, now=now)


def another_card(account: Account, *, ref: str = "pm_second") -> PaymentMethod:
    return factories.MethodFactory.create(account=account, provider_ref=ref, last4="0002", position=1)


def told(payment: Payment) -> list[tuple[str, str]]:
    """The timeline: what it came to, and by whom."""
    return list(PaymentStep.objects.filter(payment=payment).values_list("state", "source"))


def intent(answer: Answer, **differs: Any) -> dict[str, Any]:
    """The provider's object of a charge, with whatever differs in it."""
    return {
        "id": answer.ref,
        "status": _STATUS.get(answer.state, answer.state),
        "amount": answer.minor,
        "amount_received": answer.minor if answer.state == "succeeded" else 0,
        "currency": answer.currency.lower(),
        "customer": answer.customer or None,
        "metadata": {PAYMENT_KEY: answer.key},
        "last_payment_error": {"code": answer.code} if answer.code else None,
        **differs,
    }


def complaint(dispute: Dispute, **differs: Any) -> dict[str, Any]:
    status = {"open": "needs_response"}.get(dispute.status, dispute.status)
    return {
        "id": dispute.ref,
        "payment_intent": dispute.charge_ref,
        "amount": dispute.minor,
        "currency": dispute.currency.lower(),
        "status": status,
        "reason": dispute.reason,
        **differs,
    }


def giving_back(refund: RefundAnswer, **differs: Any) -> dict[str, Any]:
    return {
        "id": refund.ref,
        "payment_intent": refund.charge_ref,
        "amount": refund.minor,
        "currency": refund.currency.lower(),
        "status": refund.state,
        "metadata": {},
        **differs,
    }


def event(kind: str, thing: object, *, now: datetime) -> ProviderEvent:
    """An event that the provider sends of it, received and handled; its row as it is then."""
    row = ProviderEvent.objects.create(
        event_ref=f"evt_{uuid.uuid4().hex}", kind=kind, payload={"data": {"object": thing}}, received_at=now, due_at=now
    )
    events.handle(row, now=now)
    row.refresh_from_db()
    return row
