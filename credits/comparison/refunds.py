"""Refunds: what the provider gave back, and what we booked, both ways."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from credits.comparison.finding import Finding, Told, is_same_refund
from credits.gateway import RefundAnswer
from credits.models import Difference, Payment, Refund

State = Refund.State


def refunds(told: Told, *, since: datetime, now: datetime) -> list[Finding]:
    """Where they differ. What names neither a payment nor a refund of ours is somebody else's.

    One that we do not know, and one that is on its way, wait: a rule applies them as soon as it hears of them.
    """
    known = _known(told.refunds)
    charged = {answer.charge_ref for answer in told.refunds}
    related = Payment.objects.select_related("account__organization")
    payments = {str(one.provider_ref): one for one in related.filter(provider_ref__in=charged)}
    found: list[Finding] = []
    for answer in told.refunds:
        refund = known.get(answer.ref) or known.get(answer.key)
        if refund is not None:
            found += _of_one(answer, refund)
        elif answer.state == "succeeded":
            found += _of_none(answer, payments.get(answer.charge_ref))
    return [*found, *_unknown_to_them(told, since, now)]


def _known(answers: list[RefundAnswer]) -> dict[str, Refund]:
    """Our refunds by the provider's reference and by our key."""
    keys = []
    for answer in answers:
        with suppress(ValueError):
            keys.append(UUID(answer.key))
    named = Q(provider_ref__in={answer.ref for answer in answers}) | Q(key__in=keys)
    rows = list(Refund.objects.filter(named).select_related("payment"))
    return {str(row.provider_ref): row for row in rows if row.provider_ref} | {str(row.key): row for row in rows}


def _of_one(answer: RefundAnswer, refund: Refund) -> Iterator[Finding]:
    told, in_flight = answer.state, refund.state in Refund.IN_FLIGHT
    if not is_same_refund(refund, answer):
        yield _finding(answer, "charge, amount or currency differ", refund=refund)
    elif refund.state == State.SUCCEEDED and told == "failed":
        yield _finding(answer, "we booked it, they say that it failed", refund=refund)
    elif refund.state != State.SUCCEEDED and (told == "succeeded" or (told == "failed" and in_flight)):
        yield _finding(answer, f"it has {told}, ours is {refund.state}", refund=refund, mends=True)


def _of_none(answer: RefundAnswer, payment: Payment | None) -> Iterator[Finding]:
    if payment is None:
        if answer.key:
            yield _finding(answer, "they gave money back for a refund that we do not have")
    elif payment.state != Payment.State.SUCCEEDED or payment.currency != answer.currency:
        yield _finding(answer, "they gave money back that we do not count as paid", payment=payment)
    else:
        yield _finding(answer, "they gave money back, and we did not know", payment=payment, mends=True)


def _unknown_to_them(told: Told, since: datetime, now: datetime) -> Iterator[Finding]:
    """Those that staff asked for; what was made at the provider we know by its own word."""
    theirs = {answer.ref for answer in told.refunds}
    ours = Refund.objects.filter(
        origin=Refund.Origin.STAFF, state=State.SUCCEEDED, submitted_at__gte=since, closed_at__lte=now
    )
    for refund in ours.select_related("payment"):
        if refund.provider_ref not in theirs:
            yield _finding(None, "we booked it, they gave nothing back", refund=refund)


def _finding(
    answer: RefundAnswer | None,
    why: str,
    *,
    payment: Payment | None = None,
    refund: Refund | None = None,
    mends: bool = False,
) -> Finding:
    payment = payment or (refund.payment if refund else None)
    ref = answer.ref if answer and answer.ref else str(refund.key) if refund else ""
    account_id = payment.account_id if payment else None
    return Finding(Difference.Kind.REFUND, ref, why, answer, payment, refund, account_id, mends=mends, waits=mends)
