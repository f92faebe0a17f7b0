"""The last activity of an account: its newest journals, those of one booking taken together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Max, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from credits.models import Account, Entry, Journal, Payment

#: Lines shown.
SHOWN: Final = 5
#: They are made of no more than so many journals, so that the page costs the same for ever.
_WINDOW: Final = 2000

Kind = Journal.Kind


@dataclass(frozen=True, slots=True)
class Happening:
    """One line: what, when, how much the balance moved (for a settlement: how much was settled), and by whom."""

    title: str
    at: datetime
    amount: Decimal
    icon: str
    tone: str
    by: str
    payment: UUID | None
    #: If the amount moved the balance; a settlement only says how much of a debt was paid.
    moves: bool


def latest(account: Account) -> list[Happening]:
    """The newest lines, newest first. Two queries, and a third where debts were settled."""
    window = account.journals.order_by("-pk").values("pk")[:_WINDOW]
    rows = list(
        Journal.objects.filter(pk__in=window)
        .values("kind", "at", "payment__key", "payment__kind", "actor__name", "actor__email")
        .annotate(count=Count("pk"), total=Sum("movement"), newest=Max("pk"), said=Max("why"))
        .order_by("-at", "-newest")[:SHOWN]
    )
    settled = _settled(account, [row["at"] for row in rows if row["kind"] == Kind.SETTLEMENT])
    return [_line(row, settled) for row in rows]


def _settled(account: Account, times: list[datetime]) -> dict[datetime, Decimal]:
    """How much overdraft the settlements booked at those times paid."""
    if not times:
        return {}
    entries = Entry.objects.filter(account=account, journal__kind=Kind.SETTLEMENT, journal__at__in=times, lot=None)
    return dict(entries.values_list("journal__at").annotate(Sum("amount")))


def _line(row: Mapping[str, Any], settled: dict[datetime, Decimal]) -> Happening:
    icon, tone = _LOOKS.get(row["kind"], ("adjustments-horizontal", ""))
    amount = settled.get(row["at"], Decimal(0)) if row["kind"] == Kind.SETTLEMENT else row["total"]
    return Happening(
        title=_title(row),
        at=row["at"],
        amount=amount,
        icon=icon,
        tone=tone,
        by=row["actor__name"] or row["actor__email"] or "",
        payment=row["payment__key"],
        moves=row["kind"] != Kind.SETTLEMENT,
    )


#: Icon and tone of each kind that has its own.
_LOOKS: Final[dict[str, tuple[str, str]]] = {
    Kind.PURCHASE: ("plus", "success"),
    Kind.GRANT: ("gift", "success"),
    Kind.USAGE: ("phone", ""),
    Kind.SETTLEMENT: ("scale", ""),
    Kind.EXPIRY: ("clock", "warning"),
    Kind.REFUND: ("receipt-refund", ""),
    Kind.DISPUTE: ("scale", "danger"),
}


_TOLD: Final = (Kind.GRANT, Kind.ADJUSTMENT, Kind.CORRECTION)


def _title(row: Mapping[str, Any]) -> str:
    count = row["count"]
    if row["kind"] == Kind.PURCHASE:
        return _("Recharged") if row["payment__kind"] == Payment.Kind.AUTOMATIC else _("Funds added")
    if row["kind"] == Kind.USAGE:
        return ngettext("%(count)d call charged", "%(count)d calls charged", count) % {"count": count}
    if row["kind"] == Kind.SETTLEMENT:
        return _("What was owed is paid")
    if row["kind"] == Kind.DISPUTE:
        return _("Taken back: the dispute of a payment was lost")
    if row["kind"] == Kind.EXPIRY:
        return ngettext("%(count)d lot expired", "%(count)d lots expired", count) % {"count": count}
    # Grants and adjustments tell the customer what they are for; why staff took money back stays with staff.
    told = row["said"] if row["kind"] in _TOLD else ""
    return told or str(Kind(row["kind"]).label)
