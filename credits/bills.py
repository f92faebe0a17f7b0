"""The payments of an account as people look for them: a list in pages, and a file of all."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from django.db.models import QuerySet

from credits import csv_export
from credits.models import Account, Payment, Receipt
from subscriptions.money import shown

#: The columns of the file, in the words of programs: they stay as they are in every language.
COLUMNS: Final = (
    "Payment", "Ordered", "Ended", "Kind", "State", "Currency", "Amount", "Tax rate", "Tax", "Total", "Refunded",
    "Card", "Purchase-order number", "Receipt", "Credit notes", "Ordered by", "Provider reference", "Decline code",
)  # fmt: skip
_CHUNK: Final = 2_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Payments ordered in [since, until), of a kind, in a state; what is empty asks for any."""

    since: datetime | None = None
    until: datetime | None = None
    kind: str = ""
    state: str = ""


def payments(account: Account, wanted: Wanted) -> QuerySet[Payment]:
    """The payments asked for, in no order."""
    found = account.payments.select_related("method", "ordered_by").prefetch_related("receipts")
    if wanted.since:
        found = found.filter(created_at__gte=wanted.since)
    if wanted.until:
        found = found.filter(created_at__lt=wanted.until)
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    return found.filter(state=wanted.state) if wanted.state else found


def newest_first(found: QuerySet[Payment], *, limit: int) -> list[Payment]:
    """The first so many, the newest order first."""
    return list(found.order_by("-pk")[:limit])


def older(found: QuerySet[Payment], place: int, *, limit: int) -> list[Payment]:
    """Those behind the payment of that id, the newest first."""
    return newest_first(found.filter(pk__lt=place), limit=limit)


def newer(found: QuerySet[Payment], place: int, *, limit: int) -> list[Payment]:
    """Those before it, the oldest first: the nearest to it."""
    return list(found.filter(pk__gt=place).order_by("pk")[:limit])


def as_csv(found: QuerySet[Payment]) -> Iterator[str]:
    """The payments line by line, the newest first. Times are UTC, amounts in the currency's own places."""
    rows = found.order_by("-pk").iterator(chunk_size=_CHUNK)
    return csv_export.lines(COLUMNS, map(_fields, rows))


def _fields(payment: Payment) -> list[object]:
    issued: dict[str, list[int]] = {kind: [] for kind in Receipt.Kind.values}
    for receipt in payment.receipts.all():
        issued[receipt.kind].append(receipt.number)
    sums = (payment.amount, payment.tax, payment.total, payment.refunded)
    amount, tax, total, refunded = (shown(each, payment.currency) for each in sums)
    return [
        str(payment.key),
        _instant(payment.created_at),
        _instant(payment.closed_at),
        payment.kind,
        payment.state,
        payment.currency,
        amount,
        Decimal(f"{payment.tax_percent.normalize():f}"),
        tax,
        total,
        refunded,
        str(payment.method),
        payment.purchase_order,
        *(" ".join(map(str, sorted(issued[kind]))) for kind in (Receipt.Kind.RECEIPT, Receipt.Kind.CREDIT_NOTE)),
        payment.ordered_by.email if payment.ordered_by else "",
        payment.provider_ref or "",
        payment.error_code,
    ]


def _instant(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else ""
