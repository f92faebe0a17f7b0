"""Charges: what the provider took, and our payments, both ways."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from credits.comparison.finding import Finding, Told
from credits.gateway import Answer
from credits.models import Account, Difference, Payment
from subscriptions import money

State = Payment.State


def charges(told: Told, *, since: datetime, now: datetime) -> list[Finding]:
    """Where they differ. A charge whose answer we still wait for waits; one that took no money is no matter.

    A charge that names no payment of ours is a matter when its customer is ours.
    """
    taken = [answer for answer in told.charges if answer.state == "succeeded"]
    ours = _ours(taken, since)
    own = {payment.provider_ref for payment in ours.values()}
    # Where a payment was charged twice, the one that we count is looked at first.
    taken.sort(key=lambda answer: answer.ref not in own)
    return [*_theirs(taken, ours), *_by_hand(taken), *_unknown_to_them(taken, ours, now)]


def _ours(taken: list[Answer], since: datetime) -> dict[str, Payment]:
    """The payments that the provider names, whenever they are from, and those that it should name."""
    keys = []
    for answer in taken:
        with suppress(ValueError):
            keys.append(UUID(answer.key))
    payments = Payment.objects.select_related("account__organization", "method")
    should = payments.filter(state=State.SUCCEEDED, submitted_at__gte=since)
    return {str(payment.key): payment for query in (payments.filter(key__in=keys), should) for payment in query}


def _theirs(taken: list[Answer], ours: dict[str, Payment]) -> Iterator[Finding]:
    seen: set[str] = set()
    for answer in taken:
        if not answer.key:
            continue
        payment = ours.get(answer.key)
        if payment is None:
            yield _finding(answer, None, "they took money for a payment that we do not have")
        elif answer.key in seen:
            yield _finding(answer, payment, "they took money twice")
        else:
            yield from of_charge(answer, payment)
        seen.add(answer.key)


def of_charge(answer: Answer, payment: Payment) -> Iterator[Finding]:
    """Where a charge that took money differs from the payment that it names."""
    in_flight = payment.state in Payment.IN_FLIGHT
    same = (money.to_minor(payment.total, payment.currency), payment.currency) == (answer.minor, answer.currency)
    if payment.state == State.SUCCEEDED:
        if not same or payment.provider_ref != answer.ref:
            yield _finding(answer, payment, "reference, amount or currency differ")
    elif not same:
        yield _finding(answer, payment, "amount or currency differ")
    else:
        yield _finding(answer, payment, f"they took money, ours is {payment.state}", mends=True, waits=in_flight)


def _by_hand(taken: list[Answer]) -> Iterator[Finding]:
    loose = [answer for answer in taken if not answer.key and answer.customer]
    customers = {answer.customer for answer in loose}
    accounts = dict(Account.objects.filter(customer_ref__in=customers).values_list("customer_ref", "pk"))
    for answer in loose:
        if answer.customer in accounts:
            why = "they charged a customer of ours, and we had ordered nothing"
            yield Finding(Difference.Kind.CHARGE, answer.ref, why, answer, account_id=accounts[answer.customer])


def _unknown_to_them(taken: list[Answer], ours: dict[str, Payment], now: datetime) -> Iterator[Finding]:
    theirs = {answer.key for answer in taken}
    for key, payment in ours.items():
        # What has succeeded while we asked may have been too late for their list.
        known_by_then = payment.closed_at is not None and payment.closed_at <= now
        if payment.state == State.SUCCEEDED and known_by_then and key not in theirs:
            yield _finding(None, payment, "we count it, they took no money")


def _finding(
    answer: Answer | None, payment: Payment | None, why: str, *, mends: bool = False, waits: bool = False
) -> Finding:
    ref = answer.ref if answer else str(payment.key) if payment else ""
    account_id = payment.account_id if payment else None
    return Finding(Difference.Kind.CHARGE, ref, why, answer, payment, account_id=account_id, mends=mends, waits=waits)
