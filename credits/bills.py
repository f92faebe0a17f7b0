"""The payments of an account as people look for them: a list in pages, and a file of all."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from credits.models import Account, Lot, Payment, Receipt
from notifications import causes
from subscriptions import csv_export
from subscriptions.money import shown

#: The columns of the file.
COLUMNS: Final = (
    _("Payment"), _("Ordered"), _("Ended"), _("Kind"), _("State"), _("Currency"), _("Amount"), _("Tax rate"), _("Tax"),
    _("Total"), _("Refunded"), _("Card"), _("Purchase-order number"), _("Receipt"), _("Credit notes"), _("Ordered by"),
    _("Provider's reference"), _("Cause"),
)  # fmt: skip
_CHUNK: Final = 2_000

#: What a succeeded payment may have come to since: its money, or a part of it, given back; or its bank is asked.
REFUNDED: Final = "refunded"
DISPUTED: Final = "disputed"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Payments ordered in [since, until), of a kind, in a state; what is empty asks for any.

    A state is one of a payment's own, or REFUNDED or DISPUTED: what became of one that succeeded.
    """

    since: datetime | None = None
    until: datetime | None = None
    kind: str = ""
    state: str = ""


def payments(account: Account, wanted: Wanted) -> QuerySet[Payment]:
    """The payments asked for, in no order; each knows if it is `disputed`."""
    waiting = Lot.objects.filter(payment=OuterRef("pk"), frozen_at__isnull=False)
    found = account.payments.select_related("method", "ordered_by").prefetch_related("receipts")
    found = found.annotate(disputed=Exists(waiting))
    if wanted.since:
        found = found.filter(created_at__gte=wanted.since)
    if wanted.until:
        found = found.filter(created_at__lt=wanted.until)
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    if wanted.state == REFUNDED:
        return found.filter(refunded__gt=0)
    if wanted.state == DISPUTED:
        return found.filter(Exists(waiting))
    return found.filter(state=wanted.state) if wanted.state else found


def outcome(payment: Payment) -> str:
    """What the payment came to, in a word or two: what was given back counts before that it succeeded."""
    if not payment.refunded:
        return payment.get_state_display()
    return gettext("Refunded") if payment.refunded >= payment.amount else gettext("Partly refunded")


@dataclass(frozen=True, slots=True)
class Order:
    """In which order payments are listed: by their id (the time of the order) or by their amount, then by id."""

    field: str
    descending: bool

    def behind(self, found: QuerySet[Payment], place: int, *, limit: int) -> list[Payment]:
        """The first so many behind the payment of that id; from the beginning where there is none."""
        return self._from(found, place, descending=self.descending, limit=limit)

    def before(self, found: QuerySet[Payment], place: int, *, limit: int) -> list[Payment]:
        """Those before it, the nearest first."""
        return self._from(found, place, descending=not self.descending, limit=limit)

    def first(self, found: QuerySet[Payment], *, limit: int) -> list[Payment]:
        """The first so many of all."""
        return list(self._sorted(found, descending=self.descending)[:limit])

    def _from(self, found: QuerySet[Payment], place: int, *, descending: bool, limit: int) -> list[Payment]:
        than = "lt" if descending else "gt"
        rest = Q(**{f"pk__{than}": place})
        if self.field != "pk":
            # A place that is no payment of this account has no amount, and nothing is behind it.
            amount = Payment.objects.filter(pk=place, account=OuterRef("account")).values(self.field)[:1]
            rest = Q(**{f"{self.field}__{than}": amount}) | (rest & Q(**{self.field: amount}))
        return list(self._sorted(found.filter(rest), descending=descending)[:limit])

    def _sorted(self, found: QuerySet[Payment], *, descending: bool) -> QuerySet[Payment]:
        sign = "-" if descending else ""
        return found.order_by(*dict.fromkeys((f"{sign}{self.field}", f"{sign}pk")))


#: The orders by their names in addresses; the first is the usual one.
ORDERS: Final = {
    "newest": Order("pk", descending=True),
    "oldest": Order("pk", descending=False),
    "most": Order("amount", descending=True),
    "least": Order("amount", descending=False),
}


def as_csv(found: QuerySet[Payment], *, zone: ZoneInfo) -> Iterator[str]:
    """The payments line by line, the newest first, in the language of the moment at which each line is asked for.

    Times are those of the zone, with its offset; amounts have the currency's own places.
    """
    rows = found.order_by("-pk").iterator(chunk_size=_CHUNK)
    return csv_export.lines(COLUMNS, (_fields(payment, zone) for payment in rows))


def _fields(payment: Payment, zone: ZoneInfo) -> list[object]:
    issued: dict[str, list[int]] = {kind: [] for kind in Receipt.Kind.values}
    for receipt in payment.receipts.all():
        issued[receipt.kind].append(receipt.number)
    sums = (payment.amount, payment.tax, payment.total, payment.refunded)
    amount, tax, total, refunded = (shown(each, payment.currency) for each in sums)
    return [
        str(payment.key),
        csv_export.instant(payment.created_at, zone),
        csv_export.instant(payment.closed_at, zone),
        payment.get_kind_display(),
        outcome(payment),
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
        causes.words(payment.error_code) if payment.error_code else "",
    ]
