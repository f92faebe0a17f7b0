"""The balance as a card says it: amount, currency, about how many days it lasts, what expires next and when.

(Pages, rule 1.) `token` tells two cards apart, so that a page may ask cheaply whether there is anything new.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import blake2s

from django.db.models import Sum

from credits import figures
from credits.figures import Figures
from credits.models import Account
from subscriptions.money import shown


@dataclass(frozen=True, slots=True)
class BalanceCard:
    """The four figures, and how much lapses next; at which instant, `figures` says."""

    figures: Figures
    next_expiry: Decimal
    currency: str

    @property
    def available(self) -> Decimal:
        """What a page shows as the balance."""
        return shown(self.figures.available, self.currency)

    @property
    def token(self) -> str:
        """Begins with the balance as it is shown, so that its changes can be told from those of other figures."""
        read = self.figures
        amounts = (read.settled, read.held, read.expiring, self.next_expiry)
        parts = [shown(Decimal(part), self.currency) for part in amounts]
        rest = blake2s(f"{parts}{read.next_expiry_at}".encode(), digest_size=6).hexdigest()
        return f"{self.available}_{rest}"

    def has_moved(self, seen: str) -> bool:
        """If the balance is another one than in the card of that token."""
        return seen.partition("_")[0] != str(self.available)


def of(account: Account, *, now: datetime) -> BalanceCard:
    """Read it in one short query over the open lots, and another where anything expires."""
    read = figures.of(account, now=now)
    next_expiry = Decimal(0)
    if read.next_expiry_at is not None:
        lapsing = account.lots.usable(at=now).filter(expires_at=read.next_expiry_at)
        next_expiry = lapsing.aggregate(left=Sum("remaining"))["left"] or next_expiry
    return BalanceCard(read, next_expiry, account.currency)
