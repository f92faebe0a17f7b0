"""The ledger once more, as simple as can be: lists, dictionaries and loops, in whole millionths.

Written from the decisions about money alone, to be compared with the real one after every step. It knows no database,
no lock and no other organization; its lots are named by their place in the order in which they were made.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

RANKS: Final = {"promotion": 0, "adjustment": 1, "correction": 1, "purchase": 2}


class Refused(Exception):
    """What the real ledger must refuse too, by the error of this name."""


@dataclass
class Lot:
    amount: int
    left: int
    rank: int
    begins: datetime
    ends: datetime
    held: int = 0
    expired: int = 0
    voided: int = 0
    given_back: int = 0  # of its payment: refunds and lost disputes, what they made owed included
    owed_back: int = 0  # that part
    frozen: bool = False


@dataclass
class Hold:
    amount: int
    until: datetime
    kept: dict[int, int] = field(default_factory=dict)  # lot -> micros, the first taken first
    state: str = "live"
    cost: int = 0


class Book:
    """One account. Every method takes the moment at which it happens, and leaves nothing owed while credit is free."""

    def __init__(self) -> None:
        self.lots: list[Lot] = []
        self.debts: dict[str, int] = {}  # charge -> still owed, the oldest first
        self.paid: dict[str, dict[int, int]] = {}  # charge -> lot -> micros, the one that paid last is last
        self.holds: dict[str, Hold] = {}
        self.movements: list[tuple[datetime, int]] = []

    # What it shows

    def balance(self) -> int:
        return sum(lot.left for lot in self.lots) - sum(self.debts.values())

    def balance_at(self, instant: datetime) -> int:
        return sum(micros for at, micros in self.movements if at <= instant)

    def usable(self, now: datetime) -> list[int]:
        good = [n for n, lot in enumerate(self.lots) if not lot.frozen and lot.begins <= now < lot.ends and lot.left]
        return sorted(good, key=lambda n: (self.lots[n].ends, self.lots[n].rank, n))

    def free(self, lot: int) -> int:
        return self.lots[lot].left - self.lots[lot].held

    def available(self, now: datetime) -> int:
        return sum(self.free(lot) for lot in self.usable(now)) - sum(self.debts.values())

    def charged(self, key: str) -> int:
        """What the charge still takes."""
        return self.debts.get(key, 0) + sum(self.paid.get(key, {}).values())

    def picture(self, now: datetime) -> dict[str, Any]:
        """Everything that can be compared."""
        return {
            "balance": self.balance(),
            "overdraft": sum(self.debts.values()),
            "held": sum(lot.held for lot in self.lots),
            "available": self.available(now),
            "debts": list(self.debts.items()),
            "lots": [(lot.left, lot.held, lot.expired, lot.voided, lot.frozen, lot.ends) for lot in self.lots],
            "holds": {key: (hold.state, hold.amount, sum(hold.kept.values())) for key, hold in self.holds.items()},
        }

    # Money in

    def add(self, micros: int, *, kind: str, ends: datetime, now: datetime) -> None:
        self._lot(micros, kind, ends, now)
        self.movements.append((now, micros))
        self._settle(now)

    def _lot(self, micros: int, kind: str, ends: datetime, now: datetime) -> None:
        self.lots.append(Lot(amount=micros, left=micros, rank=RANKS[kind], begins=now, ends=ends))

    def _settle(self, now: datetime) -> None:
        for charge in list(self.debts):
            for lot in self.usable(now):
                self.debts[charge] -= self._pay(charge, lot, min(self.free(lot), self.debts[charge]))
        self.debts = {charge: owed for charge, owed in self.debts.items() if owed}

    # Money out

    def _pay(self, charge: str, lot: int, micros: int) -> int:
        if micros:
            self.lots[lot].left -= micros
            paid = self.paid.setdefault(charge, {})
            paid[lot] = paid.pop(lot, 0) + micros
        return micros

    def _charge(self, key: str, micros: int, now: datetime, own: Iterable[tuple[int, int]] = ()) -> None:
        due = micros
        for lot, kept in own:
            due -= self._pay(key, lot, min(kept, due))
        for lot in self.usable(now):
            due -= self._pay(key, lot, min(self.free(lot), due))
        if due:
            self.debts[key] = due
        self.movements.append((now, -micros))

    def debit(self, charges: dict[str, int], *, now: datetime) -> None:
        for key, micros in charges.items():
            self._charge(key, micros, now)
        self._settle(now)

    def take(self, key: str, micros: int, *, now: datetime) -> None:
        self.debit({key: micros}, now=now)

    def correct(self, key: str, micros: int, *, now: datetime) -> None:
        if not 0 < micros <= self.charged(key):
            raise Refused("NothingToCorrect")
        self.movements.append((now, micros))
        waived = min(self.debts.get(key, 0), micros)
        if waived:
            self.debts[key] -= waived
        due, lapsed = micros - waived, 0
        paid = self.paid.get(key, {})
        for lot in reversed(paid):
            back = min(paid[lot], due)
            paid[lot] -= back
            due -= back
            if self.lots[lot].ends <= now:
                lapsed += back
            else:
                self.lots[lot].left += back
        if lapsed:
            self._lot(lapsed, "correction", now + timedelta(days=30), now)
        self._settle(now)

    # Taken back

    def expire(self, *, now: datetime) -> None:
        for lot in self.lots:
            if lot.ends <= now and not lot.frozen:
                self._forfeit(lot, lot.left - lot.held, now, expired=True)
        self._settle(now)

    def _forfeit(self, lot: Lot, micros: int, now: datetime, *, expired: bool = False) -> None:
        lot.left -= micros
        lot.expired += micros if expired else 0
        lot.voided += 0 if expired else micros
        self.movements.append((now, -micros))

    def refund(self, lot: int, micros: int, *, now: datetime) -> None:
        bought = self.lots[lot]
        if now - bought.begins > timedelta(days=14) or bought.frozen or not 0 < micros <= self.free(lot):
            raise Refused("NotRefundable")
        self._forfeit(bought, micros, now)
        bought.given_back += micros
        self._settle(now)

    def void(self, lot: int, *, now: datetime) -> None:
        self._forfeit(self.lots[lot], self.free(lot), now)
        self._settle(now)

    def freeze(self, lot: int, *, now: datetime) -> None:
        self.lots[lot].frozen = True
        self._settle(now)

    def thaw(self, lot: int, *, now: datetime) -> None:
        self.lots[lot].frozen = False
        self._settle(now)

    def lose(self, key: str, lot: int, micros: int | None = None, *, now: datetime) -> None:
        """First what is left, then what was spent; never more of a payment than it was, whoever took it before."""
        lost = self.lots[lot]
        spent = lost.amount - lost.left - lost.expired - lost.voided
        most = max(0, lost.amount - lost.given_back)
        most = most if micros is None else min(micros, most)
        left = min(most, lost.left)
        self._drop_holds(lot, left - self.free(lot))
        self._forfeit(lost, left, now)
        owed = max(0, min(most - left, spent - lost.owed_back))
        if owed:
            self.debts[key] = owed
            self.movements.append((now, -owed))
        lost.given_back += left + owed
        lost.owed_back += owed
        lost.frozen = False
        self._settle(now)

    def _drop_holds(self, lot: int, micros: int) -> None:
        for hold in reversed(self.holds.values()):
            cut = max(0, min(micros, hold.kept.get(lot, 0)))
            if cut:
                hold.kept[lot] -= cut
                hold.amount -= cut
                self.lots[lot].held -= cut
                micros -= cut

    # Holds

    def reserve(self, key: str, micros: int, *, until: datetime, now: datetime) -> None:
        if micros <= 0:
            raise Refused("Conflict")
        known = self.holds.get(key)
        if known is not None:
            if (known.amount, known.until) != (micros, until):
                raise Refused("Conflict")
        else:
            if self.available(now) < micros:
                raise Refused("NotEnoughCredit")
            self.holds[key] = Hold(micros, until)
            self._keep(self.holds[key], micros, now)
        self._settle(now)

    def _keep(self, hold: Hold, micros: int, now: datetime) -> None:
        for lot in self.usable(now):
            kept = min(self.free(lot), micros)
            if kept:
                hold.kept[lot] = hold.kept.get(lot, 0) + kept
                self.lots[lot].held += kept
                micros -= kept

    def extend(self, key: str, micros: int, *, until: datetime, now: datetime) -> None:
        hold = self._found(key)
        if hold.state != "live":
            raise Refused("Closed")
        more = max(0, micros - hold.amount)
        if more and self.available(now) < more:
            raise Refused("NotEnoughCredit")
        self._keep(hold, more, now)
        hold.amount, hold.until = hold.amount + more, until
        self._settle(now)

    def settle(self, key: str, micros: int, *, now: datetime) -> None:
        hold = self._found(key)
        if hold.state == "settled":
            if hold.cost != micros:
                raise Refused("Conflict")
            return
        own = self._let_go(hold, "settled")
        hold.cost = micros
        if micros:
            self._charge(f"hold:{key}", micros, now, own.items())
        self._settle(now)

    def release(self, key: str, *, now: datetime) -> None:
        hold = self._found(key)
        if hold.state == "live":
            self._let_go(hold, "released")
        self._settle(now)

    def lapse(self, *, now: datetime) -> None:
        for hold in self.holds.values():
            if hold.state == "live" and hold.until <= now:
                self._let_go(hold, "lapsed")
        self._settle(now)

    def _found(self, key: str) -> Hold:
        if key not in self.holds:
            raise Refused("NoSuchHold")
        return self.holds[key]

    def _let_go(self, hold: Hold, state: str) -> dict[int, int]:
        own, hold.kept, hold.state = hold.kept, {}, state
        for lot, kept in own.items():
            self.lots[lot].held -= kept
        return own
