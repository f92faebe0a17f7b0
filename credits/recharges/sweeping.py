"""The worker's side of a round: give it its next attempt, or say why it gets none."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from credits import accounts, brakes, evaluations, payments, rounds, sweeps
from credits.models import Account, AutoRecharge, Brake, Evaluation, Payment, Recharge
from credits.moves import Source
from credits.recharges import sizing
from credits.recharges.terms import terms_of

Outcome = Evaluation.Outcome
#: While another charge of the account is on its way, or all are stopped, look again after this.
_WAIT: Final = timedelta(seconds=30)


def begin(recharge: Recharge, *, now: datetime) -> None:
    """Give an open round its next attempt: a payment in the size that was right when it began, to an untried card."""
    if not Recharge.objects.due(at=now).filter(pk=recharge.pk).exists():
        return  # another worker was first: no need to wait for the account
    with accounts.changing(recharge.account_id, now=now) as account:
        recharge.refresh_from_db()
        if recharge.state != Recharge.State.OPEN or recharge.due_at > now:
            return
        row = AutoRecharge.objects.get(account=account)
        available = sizing.looked_at(account, terms_of(row), now=now)
        obstacle = _obstacle(account, recharge, row, available=available, now=now)
        if obstacle is None:
            obstacle = _attempt(account, recharge, row, available=available, now=now)
        if obstacle is not None:
            evaluations.record(
                account, obstacle, available=available, trigger=row.trigger_amount, now=now, recharge=recharge
            )


def _obstacle(
    account: Account, recharge: Recharge, row: AutoRecharge, *, available: Decimal, now: datetime
) -> Outcome | None:
    """Why there can be no attempt now, having put the round off or closed it; None when there can be one."""
    # First: while its own charge may still bring money, however late, the round is not over.
    if account.payments.in_flight().exists():
        return _put_off(recharge, Outcome.IN_FLIGHT, now=now)
    if brakes.is_pulled(Brake.What.CHARGES):
        return _put_off(recharge, Outcome.BRAKE, now=now)
    obstacle = rounds.obstacle(account, row, available=available, now=now)
    if obstacle is not None:
        rounds.give_up(recharge, obstacle, now=now)
    return obstacle


def _put_off(recharge: Recharge, why: Outcome, *, now: datetime) -> Outcome:
    Recharge.objects.filter(pk=recharge.pk).update(due_at=now + _WAIT)
    return why


def _attempt(
    account: Account, recharge: Recharge, row: AutoRecharge, *, available: Decimal, now: datetime
) -> Outcome | None:
    """Reserve the amount and store the payment, under the lock that every other charge has to wait for."""
    method = account.payment_methods.chargeable().exclude(payments__recharge=recharge).first()
    if method is None:
        rounds.fail(account, recharge, code="no_method", card="", now=now)
        return Outcome.NO_CARD
    terms = terms_of(row)
    amount = recharge.amount or sizing.size(account, terms, available=available, now=now)
    until = sizing.full_until(account, terms, amount or terms.recharge_amount, now=now, but=recharge)
    if until is not None or amount is None:  # they go together: nothing but a cap leaves less than one step
        rounds.refuse(account, recharge, until=until or now + _WAIT, now=now)
        return Outcome.CAP_REACHED
    # The lease keeps the round from being begun again while its payment is on the way.
    Recharge.objects.filter(pk=recharge.pk).update(amount=amount, due_at=now + payments.KEY_LIFE)
    order = Payment(recharge=recharge, kind=Payment.Kind.AUTOMATIC, method=method, amount=amount)
    payments.begin(account, order, source=Source.WORKER, now=now)
    return None


def begin_due(*, now: datetime, limit: int = 50) -> int:
    """Begin every open round that is due; answers how many."""
    due = list(Recharge.objects.due(at=now).order_by("due_at")[:limit])
    return sweeps.each(due, lambda recharge: begin(recharge, now=now))


def try_again_due(*, now: datetime, limit: int = 50) -> int:
    """Where the next try has come, forget the waiting and let the trigger be evaluated; answers how many."""
    waiting = AutoRecharge.objects.filter(next_try_at__lte=now).order_by("next_try_at")
    due = list(waiting.values_list("account_id", flat=True)[:limit])
    return sweeps.each(due, lambda account_id: _try_again(account_id, now=now))


def _try_again(account_id: int, *, now: datetime) -> None:
    with accounts.changing(account_id, now=now) as account:
        AutoRecharge.objects.filter(account=account, next_try_at__lte=now).update(next_try_at=None)


def charge_due(*, now: datetime) -> int:
    """The whole sweep: next tries, rounds to begin, payments to send; answers how many rows moved."""
    return try_again_due(now=now) + begin_due(now=now) + payments.charge_due(now=now)
