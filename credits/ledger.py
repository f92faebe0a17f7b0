"""Book what happens to an account: grants, debits, settlements, expiries.

Every function here is called inside `accounts.changing`, which holds the lock on the account row. The account object is
changed in memory; `changing` stores it on leaving. Journals and entries are only ever added.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from credits import spending
from credits.models import Account, Debt, Entry, Journal, Lot, Payment
from subscriptions import money, periods
from subscriptions.models import User


class AlreadyBooked(Exception):
    """The account has a journal under that key; twice is the same as once, and this was the second time."""


@dataclass(frozen=True, slots=True)
class Charge:
    """One thing to pay for: a key that no other charge of the account has, whole millionths above zero, and why."""

    key: str
    micros: int
    why: str


def debit(account: Account, charges: Sequence[Charge], *, now: datetime) -> list[Journal]:
    """Book the charges in the order given, from lots in spending order, the rest as overdraft.

    All or nothing; one journal each, in the same order. Raises AlreadyBooked when a key is known.
    """
    if not charges:
        return []
    lots = {lot.pk: lot for lot in account.lots.usable(at=now).in_spending_order()}
    free = [spending.Free(pk, money.to_micros(lot.remaining - lot.held)) for pk, lot in lots.items()]
    split = spending.allocate(free, [charge.micros for charge in charges])
    journals = _add_journals(
        [
            Journal(
                account=account,
                kind=Journal.Kind.USAGE,
                key=charge.key,
                at=now,
                movement=-money.from_micros(charge.micros),
                why=charge.why,
            )
            for charge in charges
        ]
    )
    entries: list[Entry] = []
    debts: list[Debt] = []
    taken: Counter[int] = Counter()
    for journal, parts in zip(journals, split, strict=True):
        for part in parts:
            amount = money.from_micros(part.micros)
            entries.append(Entry(account=account, journal=journal, lot_id=part.lot, amount=-amount))
            if part.lot is None:
                debts.append(Debt(journal=journal, account=account, amount=amount, remaining=amount))
            else:
                taken[part.lot] += part.micros
    Entry.objects.bulk_create(entries)
    Debt.objects.bulk_create(debts)
    _take(lots, taken)
    account.balance -= money.from_micros(sum(charge.micros for charge in charges))
    account.overdraft += sum((debt.amount for debt in debts), Decimal(0))
    return journals


def _add_journals(journals: list[Journal]) -> list[Journal]:
    """Insert them; under the account's lock a known key can only be an earlier booking."""
    account = journals[0].account_id
    keys = [journal.key for journal in journals]
    if len(set(keys)) < len(keys) or Journal.objects.filter(account_id=account, key__in=keys).exists():
        raise AlreadyBooked(keys[0] if len(keys) == 1 else f"one of {len(keys)} keys")
    return Journal.objects.bulk_create(journals)


def _take(lots: dict[int, Lot], taken: Counter[int]) -> None:
    touched = [lots[pk] for pk in taken]
    for lot in touched:
        lot.remaining -= money.from_micros(taken[lot.pk])
        lot.open = lot.remaining > 0
    Lot.objects.bulk_update(touched, ["remaining", "open"])


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
    """Add a full lot, then settle the overdraft from it, oldest debt first. Raises AlreadyBooked.

    Without `expires_at` the lot lapses at the end of the day twelve calendar months later, in the organization's zone.
    """
    journal_kind = Journal.Kind.PURCHASE if kind == Lot.Kind.PURCHASE else Journal.Kind.GRANT
    journal = Journal(
        account=account, kind=journal_kind, key=key, at=now, movement=amount, why=why, payment=payment, actor=actor
    )
    _add_journals([journal])
    lot = Lot.objects.create(
        account=account,
        kind=kind,
        rank=Lot.RANKS[kind],
        amount=amount,
        remaining=amount,
        purchased_at=now,
        effective_at=now,
        expires_at=expires_at or periods.lot_expiry(now, account.organization.zone),
        payment=payment,
    )
    Entry.objects.create(account=account, journal=journal, lot=lot, amount=amount)
    account.balance += amount
    _settle(account, lot, now=now)
    return lot


def _settle(account: Account, lot: Lot, *, now: datetime) -> None:
    """Pay debts from the lot, oldest first; one journal for each, naming the charge it pays. The balance stays."""
    if not account.overdraft:
        return
    debts = {debt.pk: debt for debt in account.debts.oldest_first()}
    owed = [spending.Owed(pk, money.to_micros(debt.remaining)) for pk, debt in debts.items()]
    paid = spending.settle(owed, money.to_micros(lot.remaining - lot.held))
    journals = _add_journals(
        [
            Journal(
                account=account,
                kind=Journal.Kind.SETTLEMENT,
                key=f"settle:{part.journal}:{lot.pk}",
                at=now,
                movement=Decimal(0),
                settles_id=part.journal,
            )
            for part in paid
        ]
    )
    entries: list[Entry] = []
    for journal, part in zip(journals, paid, strict=True):
        amount = money.from_micros(part.micros)
        entries.append(Entry(account=account, journal=journal, lot=lot, amount=-amount))
        entries.append(Entry(account=account, journal=journal, lot=None, amount=amount))
        debts[part.journal].remaining -= amount
        debts[part.journal].open = debts[part.journal].remaining > 0
    Entry.objects.bulk_create(entries)
    Debt.objects.bulk_update([debts[part.journal] for part in paid], ["remaining", "open"])
    micros = sum(part.micros for part in paid)
    _take({lot.pk: lot}, Counter({lot.pk: micros}))
    account.overdraft -= money.from_micros(micros)


def expire(account: Account, *, now: datetime) -> list[Lot]:
    """Book the forfeit of every lot past its expiry: all that is left but what holds keep. Answers those lots."""
    lapsed = list(account.lots.lapsed(at=now).in_spending_order())
    if not lapsed:
        return []
    lost = [lot.remaining - lot.held for lot in lapsed]
    journals = _add_journals(
        [
            Journal(account=account, kind=Journal.Kind.EXPIRY, key=f"expiry:{lot.pk}", at=now, movement=-amount)
            for lot, amount in zip(lapsed, lost, strict=True)
        ]
    )
    for lot, amount in zip(lapsed, lost, strict=True):
        lot.remaining -= amount
        lot.expired += amount
        lot.open = lot.remaining > 0
    Entry.objects.bulk_create(
        Entry(account=account, journal=journal, lot=lot, amount=-amount)
        for journal, lot, amount in zip(journals, lapsed, lost, strict=True)
    )
    Lot.objects.bulk_update(lapsed, ["remaining", "expired", "open"])
    account.balance -= sum(lost, Decimal(0))
    return lapsed
