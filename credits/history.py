"""Look back: the balance as of any instant, which lots paid a charge, which charges a lot paid."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, Sum

from credits.models import Account, Entry, Journal, Lot


@dataclass(frozen=True, slots=True)
class Share:
    """So much of one charge came from one lot (None: it is still owed). `journal` is the charge."""

    journal: int
    lot: int | None
    amount: Decimal


def balance_at(account: Account, instant: datetime) -> Decimal:
    """The settled balance after everything booked up to and including that instant."""
    booked = account.entries.filter(journal__at__lte=instant).aggregate(total=Sum("amount"))["total"]
    return booked or Decimal(0)


def lots_of(charge: Journal) -> list[Share]:
    """Who paid for the charge, settlements and corrections included; what is owed has no lot."""
    # By journals: a condition on either the entry or its journal's origin would read every entry.
    journals = Journal.objects.filter(Q(pk=charge.pk) | Q(origin=charge.pk))
    return _shares(Q(journal__in=journals.values("pk")), charge.pk)


def _shares(which: Q, journal: int) -> list[Share]:
    sums = Entry.objects.filter(which).values("lot").annotate(total=Sum("amount")).order_by("lot")
    return [Share(journal, row["lot"], -row["total"]) for row in sums if row["total"]]


def charges_of(lot: Lot) -> list[Share]:
    """What the lot paid for, by charge, settlements of older charges included."""
    usage = (Journal.Kind.USAGE, Journal.Kind.SETTLEMENT, Journal.Kind.CORRECTION)
    sums: dict[int, Decimal] = {}
    for journal, origin, amount in lot.entries.filter(journal__kind__in=usage).values_list(
        "journal_id", "journal__origin_id", "amount"
    ):
        charge = origin or journal
        sums[charge] = sums.get(charge, Decimal(0)) - amount
    return [Share(charge, lot.pk, amount) for charge, amount in sorted(sums.items()) if amount]
