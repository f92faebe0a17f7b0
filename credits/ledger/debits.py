"""Take what calls cost from the lots, and what no lot covers from the overdraft; let money pay old debts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from credits import spending
from credits.ledger import book, lots
from credits.ledger.posting import Kind, Posting, bookable
from credits.models import Account
from credits.spending import Part
from subscriptions import money


@dataclass(frozen=True, slots=True)
class Charge:
    """One thing to pay for: a key that no other charge of the account has, whole millionths above zero, and why.

    Raises NotBookable when made with another amount.
    """

    key: str
    micros: int
    why: str

    def __post_init__(self) -> None:
        bookable(self.micros)


def debit(account: Account, charges: Sequence[Charge], *, now: datetime) -> list[int]:
    """Book the charges in the order given, from lots in spending order, the rest as overdraft.

    All or nothing; the ids of their journals in the same order. Raises AlreadyBooked when a key is known.
    """
    if not charges:
        return []
    split = spending.allocate(lots.free(account, now=now), [charge.micros for charge in charges])
    postings = [
        Posting(Kind.USAGE, charge.key, parts=taken(parts), why=charge.why)
        for charge, parts in zip(charges, split, strict=True)
    ]
    return book.write(account, postings, now=now)


def taken(parts: Sequence[Part]) -> list[Part]:
    """An allocation as the signed parts of a journal: what it takes is negative, each lot named once."""
    if len(parts) == 1:  # nearly always
        return [Part(parts[0].lot, -parts[0].micros)]
    sums: dict[int | None, int] = {}
    for part in parts:
        # A hold's lot may pay first and again last: it stands where it paid last, for a correction begins there.
        sums[part.lot] = sums.pop(part.lot, 0) - part.micros
    return [Part(lot, micros) for lot, micros in sums.items()]


def settle_overdraft(account: Account, *, now: datetime) -> None:
    """Pay what is owed from whatever is free, oldest debt first; each journal names the charge it pays.

    Called on leaving `accounts.changing`, so that nothing is owed while credit is free, wherever that came from.
    """
    if not account.overdraft:
        return
    free = lots.free(account, now=now)
    if not free:
        return
    debts = list(account.debts.oldest_first().values_list("journal_id", "remaining"))
    owed = [money.to_micros(remaining) for _, remaining in debts]
    postings = []
    for (journal, _), micros, parts in zip(debts, owed, spending.allocate(free, owed), strict=True):
        paying = [part for part in parts if part.lot is not None]
        if paying:
            back = Part(None, sum(part.micros for part in paying))
            # What was owed before makes the key: it only ever falls.
            key = f"settle:{journal}:{micros}"
            postings.append(Posting(Kind.SETTLEMENT, key, parts=[*taken(paying), back], origin=journal))
    book.write(account, postings, now=now)
