"""Make lots: purchases, grants, adjustments."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from credits import spending
from credits.ledger import book, lots
from credits.ledger.debits import taken
from credits.ledger.posting import Kind, Posting, bookable
from credits.models import Account, Lot, Payment
from credits.spending import Part
from subscriptions import money, periods
from subscriptions.models import User

_KINDS: Final = {Lot.Kind.PURCHASE: Kind.PURCHASE, Lot.Kind.ADJUSTMENT: Kind.ADJUSTMENT}


@dataclass(frozen=True, slots=True)
class Terms:
    """When a lot begins and ends, and its place in the spending order; unset: now, twelve months, and by kind."""

    effective_at: datetime | None = None
    expires_at: datetime | None = None
    priority: int = 0


def grant(
    account: Account,
    *,
    kind: Lot.Kind,
    amount: Decimal,
    key: str,
    why: str,
    now: datetime,
    expires_at: datetime | None = None,
    payment: Payment | None = None,
    actor: User | None = None,
) -> Lot:
    """Add a full lot; the overdraft is settled from it before the transaction ends.

    Without `expires_at` the lot lapses at the end of the day twelve calendar months later, in the organization's zone.
    Raises AlreadyBooked, NotBookable, money.NotExact.
    """
    micros = bookable(money.to_micros(amount))
    lot = make_lot(account, kind, amount, Terms(expires_at=expires_at), now=now, payment=payment)
    posting = Posting(
        _KINDS.get(kind, Kind.GRANT),
        key,
        parts=[Part(lot.pk, micros)],
        why=why,
        payment=payment.pk if payment else None,
        actor=actor.pk if actor else None,
    )
    book.write(account, [posting], now=now)
    lot.remaining, lot.open = amount, True
    return lot


def make_lot(
    account: Account, kind: Lot.Kind, amount: Decimal, terms: Terms, *, now: datetime, payment: Payment | None = None
) -> Lot:
    """An empty lot, which the posting that names it fills."""
    return Lot.objects.create(
        account=account,
        kind=kind,
        rank=Lot.RANKS[kind],
        priority=terms.priority,
        amount=amount,
        remaining=Decimal(0),
        open=False,
        purchased_at=now,
        effective_at=terms.effective_at or now,
        expires_at=terms.expires_at or periods.lot_expiry(now, account.organization.zone),
        payment=payment,
    )


def adjust(account: Account, amount: Decimal, *, key: str, why: str, actor: User, now: datetime) -> None:
    """A person's correction of the balance, up (a lot of its own) or down (from the lots, then the overdraft).

    Needs a reason; the database refuses an adjustment without one.

    Raises AlreadyBooked, NotBookable, money.NotExact.
    """
    micros = money.to_micros(amount)
    if micros > 0:
        grant(account, kind=Lot.Kind.ADJUSTMENT, amount=amount, key=key, why=why, now=now, actor=actor)
        return
    (parts,) = spending.allocate(lots.free(account, now=now), [bookable(-micros)])
    book.write(account, [Posting(Kind.ADJUSTMENT, key, parts=taken(parts), why=why, actor=actor.pk)], now=now)
