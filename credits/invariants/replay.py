"""X01 and U07: live through the journals again, one after the other, with nothing but dictionaries.

Nothing here trusts a figure kept beside the entries: lots and debts are built up from them, and compared at the end.
One pass, in memory only what one account has open.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any, Final, NamedTuple

from django.db import connection
from django.db.models import Q, Sum

from credits.models import Account, Entry, Hold

_ZERO: Final = Decimal(0)
_TAKEN_BACK: Final = frozenset({"refund", "void", "dispute"})

_STEPS: Final = """
    SELECT journal.account_id, journal.id, journal.kind, journal.at, coalesce(journal.origin_id, journal.id),
           EXISTS (SELECT 1 FROM credits_hold AS hold WHERE hold.journal_id = journal.id),
           entry.amount, entry.lot_id, lot.priority, lot.expires_at, lot.rank, lot.effective_at, lot.disputed_at,
           lot.remaining, lot.expired, lot.voided, debt.remaining
      FROM credits_entry AS entry
      JOIN credits_journal AS journal ON journal.id = entry.journal_id
      LEFT JOIN credits_lot AS lot ON lot.id = entry.lot_id
      LEFT JOIN credits_debt AS debt ON entry.lot_id IS NULL
                                    AND debt.journal_id = coalesce(journal.origin_id, journal.id)
     WHERE %(of)s::bigint IS NULL OR journal.account_id = %(of)s
     ORDER BY journal.account_id, journal.id, entry.id"""


class Step(NamedTuple):
    """One entry with its journal, and what is stored today of its lot or its debt."""

    account: int
    journal: int
    kind: str
    at: datetime
    charge: int
    of_hold: bool
    amount: Decimal
    lot: int | None
    priority: int
    expires_at: datetime
    rank: int
    effective_at: datetime
    disputed_at: datetime | None
    remaining: Decimal
    expired: Decimal
    voided: Decimal
    owed: Decimal | None

    @property
    def place(self) -> tuple[int, datetime, int, int]:
        """The lot's place in the spending order."""
        return self.priority, self.expires_at, self.rank, self.lot or 0

    def usable(self, at: datetime) -> bool:
        """If a charge posted then could take from the lot; one that was disputed by then may have been frozen."""
        disputed = self.disputed_at is not None and self.disputed_at <= at
        return self.effective_at <= at < self.expires_at and not disputed


def _accounts(of: int | None) -> Iterator[tuple[int, Iterator[Step]]]:
    """The entries of each account in the order in which they were booked."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(_STEPS, {"of": of})
        yield from groupby(map(Step._make, cursor), key=attrgetter("account"))


@dataclass
class _Books:
    """What the entries so far add up to."""

    left: defaultdict[int, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    expired: defaultdict[int, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    voided: defaultdict[int, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    debts: defaultdict[int, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    lots: dict[int, Step] = field(default_factory=dict)
    owed: dict[int, Decimal | None] = field(default_factory=dict)

    def book(self, step: Step) -> str | None:
        """Take one entry in; answers what cannot be, if it cannot."""
        if step.lot is None:
            self.debts[step.charge] -= step.amount
            self.owed[step.charge] = step.owed
            return "more paid than owed" if self.debts[step.charge] < 0 else None
        self.left[step.lot] += step.amount
        self.lots[step.lot] = step
        if step.kind == "expiry":
            self.expired[step.lot] -= step.amount
        elif step.kind in _TAKEN_BACK:
            self.voided[step.lot] -= step.amount
        return "more taken than left" if self.left[step.lot] < 0 else None

    def stored_otherwise(self) -> Iterator[dict[str, Any]]:
        """Where the lots and debts as stored are not what they add up to."""
        for lot, last in self.lots.items():
            lived = self.left[lot], self.expired[lot], self.voided[lot]
            stored = last.remaining, last.expired, last.voided
            if lived != stored:
                yield {"what": f"lot {lot}", "lived": str(lived), "stored": str(stored)}
        for charge, lived_debt in self.debts.items():
            if self.owed[charge] != lived_debt:
                yield {"what": f"debt {charge}", "lived": str(lived_debt), "stored": str(self.owed[charge])}


def differences(account_id: int | None, now: datetime) -> list[dict[str, Any]]:
    """X01: no lot ever gave more than it had, no debt was paid beyond what it was, and the end is what is stored."""
    accounts = Account.objects.filter(**({} if account_id is None else {"pk": account_id}))
    stored = {pk: (balance, owed) for pk, balance, owed in accounts.values_list("pk", "balance", "overdraft")}
    found: list[dict[str, Any]] = []
    for account, steps in _accounts(account_id):
        books = _Books()
        found += [
            {"account_id": account, "what": wrong, "journal": step.journal, "lot": step.lot}
            for step in steps
            if (wrong := books.book(step))
        ]
        found += [{"account_id": account, **row} for row in books.stored_otherwise()]
        overdraft = sum(books.debts.values(), _ZERO)
        found += _compared(account, (sum(books.left.values(), _ZERO) - overdraft, overdraft), stored.pop(account))
    for account, figures in stored.items():
        found += _compared(account, (_ZERO, _ZERO), figures)
    return found


def _compared(account: int, lived: tuple[Decimal, Decimal], stored: tuple[Decimal, Decimal]) -> list[dict[str, Any]]:
    if lived == stored:
        return []
    return [{"account_id": account, "what": "balance, overdraft", "lived": str(lived), "stored": str(stored)}]


def out_of_order(account_id: int | None, now: datetime) -> list[dict[str, Any]]:
    """U07: no charge takes from a lot while one that goes before it still has credit that it could have used.

    What a hold had kept is its call's own, and its settlement begins with it.
    """
    found: list[dict[str, Any]] = []
    for account, steps in _accounts(account_id):
        left: dict[int, Decimal] = {}
        lots: dict[int, Step] = {}
        for journal, entries in groupby(steps, key=attrgetter("journal")):
            taken = [step for step in entries if _moved(step, left, lots)]
            skipped = _skipped(taken, left, lots) if taken else []
            if skipped and (lot := _free_one(account, {lot: left[lot] for lot in skipped}, taken[0].at)):
                found.append({"account_id": account, "journal": journal, "lot": taken[-1].lot, "passed_over": lot})
    return found


def _moved(step: Step, left: dict[int, Decimal], lots: dict[int, Step]) -> bool:
    """Book the entry on its lot; answers if a charge took it. Lots with nothing left are forgotten."""
    if step.lot is None:
        return step.kind == "usage" and not step.of_hold
    left[step.lot] = left.get(step.lot, _ZERO) + step.amount
    lots[step.lot] = step
    if not left[step.lot]:
        del left[step.lot], lots[step.lot]
    return step.amount < 0 and not step.of_hold and step.kind in ("usage", "settlement", "adjustment")


def _skipped(taken: list[Step], left: dict[int, Decimal], lots: dict[int, Step]) -> list[int]:
    """The lots with credit that were still to be used before the last of these: any, when one of them is overdraft."""
    owing = any(step.lot is None for step in taken)
    last = max(step.place for step in taken if step.lot is not None) if not owing else None
    return [lot for lot, step in lots.items() if (last is None or step.place < last) and step.usable(taken[0].at)]


def _free_one(account: int, left: dict[int, Decimal], at: datetime) -> int | None:
    """The fullest of the lots that had more left than can have been out of reach."""
    fullest = max(left.values())
    kept = _kept(account, at)
    if fullest <= kept:
        return None
    lost, refunded = _lost_since(list(left), at), _kept_for_refunds(list(left), at)
    free = [lot for lot in left if left[lot] > kept + lost.get(lot, _ZERO) + refunded.get(lot, _ZERO)]
    return max(free, key=left.__getitem__, default=None)


def _kept(account: int, at: datetime) -> Decimal:
    """All that the holds of calls kept at that moment, of whichever lots: more cannot have been out of reach."""
    calls = Hold.objects.filter(_live(at), account=account, refund=None)
    return calls.aggregate(kept=Sum("amount"))["kept"] or _ZERO


def _kept_for_refunds(lots: list[int], at: datetime) -> dict[int, Decimal]:
    """What refunds kept then of each of the lots: their own, and no other."""
    asked = Hold.objects.filter(_live(at), refund__payment__lot__in=lots).values("refund__payment__lot")
    return {row["refund__payment__lot"]: row["kept"] for row in asked.annotate(kept=Sum("amount"))}


def _live(at: datetime) -> Q:
    return Q(closed_at=None, created_at__lte=at) | Q(closed_at__gte=at, created_at__lte=at)


def _lost_since(lots: list[int], at: datetime) -> dict[int, Decimal]:
    """What disputes took of each of the lots later: a hold may have kept that, and says less since it was lost."""
    lost = Entry.objects.filter(lot__in=lots, journal__kind="dispute", journal__at__gte=at)
    return {row["lot"]: -row["lost"] for row in lost.values("lot").annotate(lost=Sum("amount"))}
