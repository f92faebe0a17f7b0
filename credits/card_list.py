"""The cards of an account as a page shows them: their order, what uses each, and which of them ends soon."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from credits.models import Account, PaymentMethod
from subscriptions import periods

#: A card that expires so soon is warned of (pages: payment methods).
_SOON: Final = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class CardRow:
    """A card and what hangs on it. `needed`: auto-recharge has no other; `turn` is its place in a round, from 1."""

    method: PaymentMethod
    default: bool
    turn: int
    needed: bool
    last_day: date
    expired: bool
    expiring: bool

    @property
    def backup(self) -> bool:
        """If auto-recharge charges it when the cards before it are refused."""
        return self.turn > 1


def rows(account: Account, *, now: datetime) -> list[CardRow]:
    """The cards in the order in which they are charged."""
    cards = list(account.payment_methods.active())
    usable = [card.pk for card in cards if card.refused_at is None]
    recharging = account.auto_recharge.enabled
    today = now.astimezone(account.organization.zone).date()
    found = []
    for card in cards:
        # A card is good through the last day of its month.
        last_day = periods.add_months(date(card.exp_year, card.exp_month, 1), 1) - timedelta(days=1)
        found.append(
            CardRow(
                method=card,
                default=usable[:1] == [card.pk],
                turn=usable.index(card.pk) + 1 if recharging and card.pk in usable else 0,
                needed=recharging and usable == [card.pk],
                last_day=last_day,
                expired=last_day < today,
                expiring=today <= last_day <= today + _SOON,
            )
        )
    return found
