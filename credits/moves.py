"""Every change of a payment's state: along the arrows only, once, and with a line on its timeline that says by whom.

A payment moves under its account's lock: `accounts.changing`, or the one taken here by what must be short.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from credits.models import Account, Payment, PaymentStep

Source = PaymentStep.Source
State = Payment.State


def begin(payment: Payment, *, source: Source, now: datetime) -> None:
    """The first line: the payment was stored, with its key, and nobody has been asked for money yet."""
    _tell(payment, "", payment.state, source=source, now=now)


def move(
    payment: Payment,
    to: State,
    *,
    source: Source,
    now: datetime,
    only_from: State | None = None,
    detail: str = "",
    **fields: Any,
) -> bool:
    """Bring the payment to that state, if an arrow leads there from where it is now; `fields` change with it.

    All or nothing of the row and its line. False: somebody else was first, and nothing has changed.
    """
    with transaction.atomic(savepoint=False):
        # The account first, like everybody: a line names its account, and waits for whoever has it.
        Account.objects.select_for_update().only("pk").get(pk=payment.account_id)
        starts = Payment.ARROWS[to] if only_from is None else (only_from,)
        here = Payment.objects.filter(pk=payment.pk, state__in=starts)
        was = here.values_list("state", flat=True).first()
        if was is None or not here.filter(state=was).update(state=to, **fields):
            return False
        _tell(payment, was, to, source=source, now=now, detail=detail)
    for name, value in {"state": to, **fields}.items():
        setattr(payment, name, value)
    return True


def _tell(payment: Payment, was: str, state: str, *, source: Source, now: datetime, detail: str = "") -> None:
    PaymentStep.objects.create(
        account_id=payment.account_id,
        payment=payment,
        at=now,
        was=was,
        state=state,
        source=source,
        detail=detail[: PaymentStep._meta.get_field("detail").max_length],
    )
