"""The four figures of an account: settled, held, available, expiring (decision: money, "four figures")."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db.models import F, Min, Q, Sum

from credits.models import Account

#: "Expiring" is what lapses within so many days.
EXPIRING_WITHIN: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Figures:
    """All in the account's currency. `usable` is what usable lots have left, less the overdraft, holds not regarded."""

    settled: Decimal
    held: Decimal
    available: Decimal
    expiring: Decimal
    usable: Decimal
    next_expiry_at: datetime | None


def of(account: Account, *, now: datetime) -> Figures:
    """Read them in one query over the open lots; expired credit does not count, whether or not its sweep has run."""
    soon = Q(expires_at__lte=now + EXPIRING_WITHIN)
    sums = account.lots.usable(at=now).aggregate(
        left=Sum("remaining"),
        free=Sum(F("remaining") - F("held")),
        lapsing=Sum("remaining", filter=soon),
        first=Min("expires_at"),
    )
    zero = Decimal(0)
    return Figures(
        settled=account.balance,
        held=account.held,
        available=(sums["free"] or zero) - account.overdraft,
        expiring=sums["lapsing"] or zero,
        usable=(sums["left"] or zero) - account.overdraft,
        next_expiry_at=sums["first"],
    )
