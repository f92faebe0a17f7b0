"""What an admin chooses for auto-recharge, as a value, and what may not be chosen."""

from dataclasses import asdict, dataclass
from decimal import Decimal
from itertools import combinations
from typing import Final

from credits import limits
from credits.models import Account, AutoRecharge

#: Each cap with the calendar period, in the organization's zone, in which it counts.
CAPS: Final = {"daily_cap": "day", "weekly_cap": "week", "monthly_cap": "month"}
#: So many days before credit expires a recharge may be asked for.
DAYS_AHEAD: Final = range(1, 61)


class NoCard(Exception):
    """Auto-recharge cannot be on without a card that may be charged."""


class CapTooSmall(Exception):
    """The cap of that name leaves no room for even one recharge."""

    def __init__(self, cap: str = "monthly_cap") -> None:
        super().__init__(cap)
        self.cap = cap


class CapsContradict(Exception):
    """The cap of a shorter period is above that of a longer one, and would never count."""

    def __init__(self, shorter: str, longer: str) -> None:
        super().__init__(f"{shorter} above {longer}")
        self.shorter, self.longer = shorter, longer


class TooFarAhead(ValueError):
    """A recharge before expiry can be asked for 1 to 60 days before it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """When available falls below `trigger_amount`, charge in steps of `recharge_amount`; never beyond a cap.

    With `before_expiry_days`, credit that expires within so many days counts as gone.
    """

    enabled: bool
    trigger_amount: Decimal
    recharge_amount: Decimal
    daily_cap: Decimal | None = None
    weekly_cap: Decimal | None = None
    monthly_cap: Decimal | None = None
    before_expiry_days: int | None = None


def terms_of(row: AutoRecharge) -> Terms:
    """The stored terms as a value."""
    return Terms(**{name: getattr(row, name) for name in Terms.__slots__})


def plain(terms: Terms) -> dict[str, str]:
    """As the activity record and the notice have them."""
    return {name: str(value) for name, value in asdict(terms).items()}


def contradictions(terms: Terms) -> list[tuple[str, str]]:
    """The caps that are above that of a longer period, each with that one."""
    caps = [(cap, most) for cap in CAPS if (most := getattr(terms, cap)) is not None]
    return [(cap, after) for (cap, most), (after, later) in combinations(caps, 2) if most > later]


def check(account: Account, terms: Terms) -> None:
    """Raises NoCard, CapTooSmall, CapsContradict, TooFarAhead, limits.OutsideLimits unless these may be its terms."""
    limits.check(terms.recharge_amount, account.currency)
    allowed = limits.of(account.currency)
    if not 0 <= terms.trigger_amount <= allowed.maximum:
        raise limits.OutsideLimits(allowed)
    for cap in CAPS:
        most: Decimal | None = getattr(terms, cap)
        if most is not None and most < terms.recharge_amount:
            raise CapTooSmall(cap)
    # Turning off is always possible, and be it with caps of the time before they had to agree.
    if terms.enabled and (found := contradictions(terms)):
        raise CapsContradict(*found[0])
    if terms.before_expiry_days is not None and terms.before_expiry_days not in DAYS_AHEAD:
        raise TooFarAhead
    if terms.enabled and not account.payment_methods.chargeable().exists():
        raise NoCard
