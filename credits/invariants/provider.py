"""P06: the provider's charges of the last five weeks and our succeeded payments are the same, both ways.

Charges only; refunds and disputes are for the reconciliation that mends what this finds.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from credits import gateway
from credits.gateway import Answer
from credits.models import Payment
from subscriptions import money

#: How far back the provider is asked.
SINCE: Final = timedelta(days=35)


def differences(account_id: int | None, now: datetime) -> list[dict[str, Any]]:
    """Where the two lists differ. A charge whose answer we still wait for is no difference.

    Raises gateway.Unreachable. To be called outside of any transaction.
    """
    theirs = [answer for answer in gateway.connect().charges_made(since=now - SINCE) if answer.state == "succeeded"]
    ours = _ours([answer.key for answer in theirs if _is_key(answer.key)], now)
    found = [*_theirs_against_ours(theirs, ours), *_ours_against_theirs({answer.key for answer in theirs}, ours, now)]
    return [row for row in found if account_id in (None, row["account_id"])]


def _is_key(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _ours(keys: list[str], now: datetime) -> dict[str, Payment]:
    """The payments that the provider names, whenever they are from, and those that it should name."""
    should = Payment.objects.filter(state=Payment.State.SUCCEEDED, submitted_at__gte=now - SINCE)
    return {str(payment.key): payment for query in (Payment.objects.filter(key__in=keys), should) for payment in query}


def _theirs_against_ours(theirs: list[Answer], ours: dict[str, Payment]) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    for answer in theirs:
        payment = ours.get(answer.key)
        if answer.key in seen:
            yield _row(payment, answer.key, "they took money twice", answer)
        elif payment is None:
            yield _row(None, answer.key, "they took money for a payment that we do not have", answer)
        elif payment.state != Payment.State.SUCCEEDED and payment.state not in Payment.IN_FLIGHT:
            yield _row(payment, answer.key, f"they took money, ours is {payment.state}", answer)
        elif payment.state == Payment.State.SUCCEEDED and not _is_same(payment, answer):
            yield _row(payment, answer.key, "reference, amount or currency differ", answer)
        seen.add(answer.key)


def _is_same(payment: Payment, answer: Answer) -> bool:
    total = money.to_minor(payment.total, payment.currency)
    return (payment.provider_ref, total, payment.currency) == (answer.ref, answer.minor, answer.currency)


def _ours_against_theirs(theirs: set[str], ours: dict[str, Payment], now: datetime) -> Iterator[dict[str, Any]]:
    for key, payment in ours.items():
        # What has succeeded while we asked may have been too late for their list.
        known_by_then = payment.closed_at is not None and payment.closed_at <= now
        if payment.state == Payment.State.SUCCEEDED and known_by_then and key not in theirs:
            yield _row(payment, key, "we count it, they took no money", None)


def _row(payment: Payment | None, key: str, why: str, answer: Answer | None) -> dict[str, Any]:
    return {
        "account_id": payment.account_id if payment else None,
        "key": key,
        "why": why,
        "provider_ref": answer.ref if answer else None,
        "minor": answer.minor if answer else None,
    }
