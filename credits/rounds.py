"""How a round of automatic charges goes on after an attempt, and how it ends; whoever must know is told once.

Called inside `accounts.changing` (docs/recharge-states.md, "Rounds").
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from credits import evaluations, figures, moves
from credits.models import Account, AutoRecharge, Evaluation, Payment, Recharge
from credits.moves import Source, State
from notifications import outbox
from notifications.models import Notice
from subscriptions import activity

Outcome = Evaluation.Outcome

#: After how many days the next round follows the first, second, ... failed one; then the terms pause.
ROUNDS: Final = (timedelta(days=1), timedelta(days=2))


def looked_at(account: Account, *, days_ahead: int | None, now: datetime) -> Decimal:
    """What is available, as the trigger sees it: what expires within `days_ahead` days, if that is given, is gone."""
    available = figures.of(account, now=now).available
    if days_ahead is None:
        return available
    return min(available, figures.of(account, now=now + timedelta(days=days_ahead)).available)


def obstacle(account: Account, terms: AutoRecharge, *, available: Decimal, now: datetime) -> Outcome | None:
    """What forbids an automatic charge now, or makes it needless; None while it is wanted."""
    if not terms.enabled:
        return Outcome.OFF
    if terms.paused_at is not None:
        return Outcome.PAUSED
    if account.frozen_at is not None:
        return Outcome.FROZEN
    if not terms.may_charge(at=now):
        return Outcome.WAITING
    return Outcome.ABOVE_TRIGGER if available >= terms.trigger_amount else None


def withdraw(account: Account, payment: Payment, cause: Outcome, *, source: Source, now: datetime) -> bool:
    """Give up an attempt before it was sent, and its round with it: no other card is tried. False: it was sent."""
    fields = {"closed_at": now, "error_code": "canceled"}
    if payment.recharge is None or not moves.move(
        payment, State.CANCELLED, only_from=State.PENDING, source=source, now=now, detail=cause.value, **fields
    ):
        return False
    give_up(payment.recharge, cause, now=now)
    remember(account, cause, recharge=payment.recharge, now=now)
    facts = {"amount": str(payment.amount), "currency": payment.currency, "payment": str(payment.key)}
    activity.record(account.organization, "payment.cancelled", now=now, actor=None, cause=cause.value, **facts)
    return True


def give_up(recharge: Recharge, cause: Outcome, *, now: datetime) -> None:
    """End a round that is no longer wanted, or not allowed."""
    why = "above_trigger" if cause == Outcome.ABOVE_TRIGGER else "not_allowed"
    close(recharge, Recharge.State.CANCELLED, why=why, now=now)


def untried(account: Account, recharge: Recharge) -> bool:
    """If a card is left that this round has not tried."""
    return account.payment_methods.chargeable().exclude(payments__recharge=recharge).exists()


def go_on(account: Account, payment: Payment, *, code: str, now: datetime) -> None:
    """After an attempt that brought no money: the next card, or the round has failed."""
    recharge = account.recharges.filter(payments=payment, state=Recharge.State.OPEN).first()
    if recharge is None:
        return
    remember(account, Evaluation.Outcome.DECLINED, recharge=recharge, detail=code, now=now)
    if untried(account, recharge):
        Recharge.objects.filter(pk=recharge.pk).update(due_at=now)
    else:
        fail(account, recharge, code=code, card=str(payment.method), now=now)


def fail(account: Account, recharge: Recharge, *, code: str, card: str, now: datetime) -> None:
    """Close the round as failed, set when the next one may begin, or pause after the third; tell the admins."""
    terms = AutoRecharge.objects.get(account=account)
    terms.failed_rounds += 1
    if terms.failed_rounds > len(ROUNDS):
        terms.paused_at = terms.paused_at or now
    terms.next_try_at = now + ROUNDS[terms.failed_rounds - 1] if terms.paused_at is None else None
    terms.save(update_fields=["failed_rounds", "next_try_at", "paused_at"])
    close(recharge, Recharge.State.FAILED, why=code, now=now)
    tell_failure(account, recharge, code=code, card=card, terms=terms, now=now)


def halt(account: Account, recharge: Recharge, *, code: str, card: str, now: datetime) -> None:
    """Close an open round as failed and pause at once: no other card is charged until somebody resumes."""
    terms = AutoRecharge.objects.get(account=account)
    terms.paused_at, terms.next_try_at = terms.paused_at or now, None
    terms.save(update_fields=["paused_at", "next_try_at"])
    close(recharge, Recharge.State.FAILED, why=code, now=now)
    tell_failure(account, recharge, code=code, card=card, terms=terms, now=now)


def refuse(account: Account, recharge: Recharge, *, until: datetime, now: datetime) -> None:
    """A cap leaves no room: no charge, one notice, and no other round before `until`, when the cap's period is over."""
    terms = AutoRecharge.objects.get(account=account)
    terms.next_try_at = until
    terms.save(update_fields=["next_try_at"])
    close(recharge, Recharge.State.CANCELLED, why="cap_reached", now=now)
    tell_failure(account, recharge, code="cap_reached", card="", terms=terms, now=now)


def tell_failure(
    account: Account, recharge: Recharge, *, code: str, card: str, terms: AutoRecharge, now: datetime
) -> None:
    """One notice for a round that brought no money: the cause, and when the next try is, or that it is paused."""
    facts = {
        "amount": recharge.amount or recharge.recharge_amount,
        "currency": account.currency,
        "card": card,
        "cause": code,
    }
    if terms.paused_at is None:
        kind, key = Notice.Kind.RECHARGE_FAILED, f"failed:{recharge.pk}"
        facts["next_try_at"] = terms.next_try_at
    else:
        kind, key = Notice.Kind.RECHARGE_PAUSED, f"paused:{recharge.pk}"
    outbox.post(kind, to=account.organization, key=key, facts=facts, now=now)


def close(recharge: Recharge, state: Recharge.State, *, why: str = "", now: datetime) -> None:
    """End an open round; one that is over stays as it is."""
    Recharge.objects.filter(pk=recharge.pk, state=Recharge.State.OPEN).update(state=state, closed_at=now, why=why)


def succeed(recharge: Recharge, *, now: datetime) -> None:
    """Money came in for the round, and be it after the round was given up."""
    over = Recharge.objects.filter(pk=recharge.pk).exclude(state=Recharge.State.SUCCEEDED)
    over.update(state=Recharge.State.SUCCEEDED, closed_at=Coalesce(F("closed_at"), now), why="")


def forgive(account: Account) -> None:
    """A success or a new card: failed rounds no longer count, nor hold the next one back. What a cap refused waits."""
    held_back = Q(failed_rounds__gt=0) | Q(paused_at__isnull=False)
    AutoRecharge.objects.filter(held_back, account=account).update(failed_rounds=0, next_try_at=None, paused_at=None)


def remember(
    account: Account, outcome: Evaluation.Outcome, *, recharge: Recharge | None, now: datetime, detail: str = ""
) -> None:
    """Put it on the timeline of why auto-recharge did (not) charge."""
    terms = AutoRecharge.objects.get(account=account)
    available = figures.of(account, now=now).available
    evaluations.record(
        account, outcome, available=available, trigger=terms.trigger_amount, now=now, recharge=recharge, detail=detail
    )
