"""The worker's side of a round: give it its next attempt, or say why it gets none."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from credits import accounts, brakes, evaluations, payments, rounds, sweeps
from credits.models import Account, AutoRecharge, Brake, Evaluation, Payment, Recharge
from credits.moves import Source
from credits.recharges import sizing
from credits.recharges.terms import terms_of

Outcome = Evaluation.Outcome


class _NoAttempt(Exception):
    """The round gets no attempt now; why, and what more there is to say of it."""

    def __init__(self, outcome: Outcome, detail: str = "") -> None:
        super().__init__(outcome)
        self.outcome, self.detail = outcome, detail


#: While another charge of the account is on its way, or all are stopped, look again after this.
_WAIT: Final = timedelta(seconds=30)


def begin(recharge: Recharge, *, now: datetime) -> None:
    """Give an open round its next attempt: a payment in the size that was right when it began, to an untried card."""
    _begin(recharge, now=now)


def charge(recharge: Recharge, *, now: datetime) -> None:
    """`begin`, and send the attempt: stored, claimed and committed in one transaction before the provider is asked."""
    payment = _begin(recharge, now=now, then=lambda one: payments.claim(one, now=now))
    if payment is not None:
        payments.send(payment, now=now)


def _begin(
    recharge: Recharge, *, now: datetime, then: Callable[[Payment], object] = lambda payment: None
) -> Payment | None:
    """The attempt, `then` done with it in its transaction; None when there can be none, which is remembered."""
    if not Recharge.objects.due(at=now).filter(pk=recharge.pk).exists():
        return None  # another worker was first: no need to wait for the account
    with accounts.changing(recharge.account_id, now=now) as account:
        recharge.refresh_from_db()
        if recharge.state != Recharge.State.OPEN or recharge.due_at > now:
            return None
        row = AutoRecharge.objects.get(account=account)
        available = sizing.looked_at(account, terms_of(row), now=now)
        try:
            _demand_way(account, recharge, row, available=available, now=now)
            payment = _attempt(account, recharge, row, available=available, now=now)
        except _NoAttempt as none:
            facts = {"available": available, "trigger": row.trigger_amount}
            evaluations.record(account, none.outcome, recharge=recharge, detail=none.detail, now=now, **facts)
            return None
        then(payment)
        return payment


def _demand_way(account: Account, recharge: Recharge, row: AutoRecharge, *, available: Decimal, now: datetime) -> None:
    """Raises _NoAttempt where there can be none now, having put the round off or closed it."""
    # First: while its own charge may still bring money, however late, the round is not over.
    if account.payments.in_flight().exists():
        raise _put_off(recharge, Outcome.IN_FLIGHT, now=now)
    if brakes.is_pulled(Brake.What.CHARGES):
        raise _put_off(recharge, Outcome.BRAKE, now=now)
    obstacle = rounds.obstacle(account, row, available=available, now=now)
    if obstacle is not None:
        rounds.give_up(recharge, obstacle, now=now)
        raise _NoAttempt(obstacle)


def _put_off(recharge: Recharge, why: Outcome, *, now: datetime) -> _NoAttempt:
    Recharge.objects.filter(pk=recharge.pk).update(due_at=now + _WAIT)
    return _NoAttempt(why)


def _attempt(account: Account, recharge: Recharge, row: AutoRecharge, *, available: Decimal, now: datetime) -> Payment:
    """Reserve the amount and store the payment, under the lock that every other charge waits for. Raises _NoAttempt.

    `detail` of a cap that leaves no room: its name, its amount, and until when.
    """
    method = account.payment_methods.chargeable().exclude(payments__recharge=recharge).first()
    if method is None:
        rounds.fail(account, recharge, code="no_method", card="", now=now)
        raise _NoAttempt(Outcome.NO_CARD)
    terms = terms_of(row)
    amount = recharge.amount or sizing.size(account, terms, available=available, now=now)
    full = sizing.full(account, terms, amount or terms.recharge_amount, now=now, but=recharge)
    if full is not None or amount is None:  # they go together: nothing but a cap leaves less than one step
        cap, until = full or ("", now + _WAIT)
        rounds.refuse(account, recharge, until=until, now=now)
        raise _NoAttempt(Outcome.CAP_REACHED, f"{cap} {getattr(terms, cap)} {until.isoformat()}" if cap else "")
    # The lease keeps the round from being begun again while its payment is on the way.
    Recharge.objects.filter(pk=recharge.pk).update(amount=amount, due_at=now + payments.KEY_LIFE)
    order = Payment(recharge=recharge, kind=Payment.Kind.AUTOMATIC, method=method, amount=amount)
    return payments.begin(account, order, source=Source.WORKER, now=now)


def begin_due(*, now: datetime, limit: int = 50) -> int:
    """Begin every open round that is due; answers how many."""
    due = list(Recharge.objects.due(at=now).order_by("due_at")[:limit])
    return sweeps.each(due, lambda recharge: begin(recharge, now=now))


def _charge_rounds_due(*, now: datetime, limit: int = 50) -> int:
    due = list(Recharge.objects.due(at=now).order_by("due_at")[:limit])
    return sweeps.each(due, lambda recharge: charge(recharge, now=now))


def try_again_due(*, now: datetime, limit: int = 50) -> int:
    """Where the next try has come, forget the waiting and let the trigger be evaluated; answers how many."""
    waiting = AutoRecharge.objects.filter(next_try_at__lte=now).order_by("next_try_at")
    due = list(waiting.values_list("account_id", flat=True)[:limit])
    return sweeps.each(due, lambda account_id: _try_again(account_id, now=now))


def _try_again(account_id: int, *, now: datetime) -> None:
    with accounts.changing(account_id, now=now) as account:
        AutoRecharge.objects.filter(account=account, next_try_at__lte=now).update(next_try_at=None)


def charge_due(*, now: datetime) -> int:
    """The whole sweep: next tries, payments to send, rounds to begin and send; answers how many rows moved.

    What waits already goes first: a person may be looking at it. Each round is sent as soon as it has begun, while the
    other workers wait for the provider.
    """
    return try_again_due(now=now) + payments.charge_due(now=now) + _charge_rounds_due(now=now)
