"""Take one charge now: in one round trip when nothing follows from it, and together with others that wait meanwhile.

Whoever finds an account's till free debits alone. Whoever comes while it is busy waits; the next of them takes all that
wait in one transaction. Only threads of one process meet here; processes meet at the lock on the account's row.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Lock
from typing import Any

from django.db import IntegrityError, connection

from credits import accounts, ledger
from credits.ledger import AlreadyBooked, Charge


@dataclass(slots=True)
class _Ticket:
    """One caller in the queue: what it wants, and what came of it."""

    charge: Charge
    now: datetime
    called: Event = field(default_factory=Event)
    journal: int | None = None
    error: BaseException | None = None
    served: bool = False


_queues: dict[int, deque[_Ticket]] = {}
_guard = Lock()


def take(account_id: int, charge: Charge, *, now: datetime) -> int:
    """Book one charge; the id of its journal. Committed when this returns. Raises AlreadyBooked."""
    ticket = _Ticket(charge, now)
    if not _is_first(account_id, ticket):
        ticket.called.wait()
        if ticket.served:
            return _answer(ticket)
        return _take_all(account_id, ticket)
    try:
        return alone(account_id, charge, now=now)
    finally:
        _call_next(account_id)


def alone(account_id: int, charge: Charge, *, now: datetime) -> int:
    """Book one charge without looking at who else waits. Raises AlreadyBooked."""
    quick = _in_one_trip(account_id, charge, now=now)
    return quick if quick is not None else _book(account_id, [charge], now=now)[0]


def _in_one_trip(account_id: int, charge: Charge, *, now: datetime) -> int | None:
    """The journal's id, or None when something would follow from the debit and nothing was booked."""
    arguments: list[Any] = [account_id, charge.key, charge.micros, charge.why, now]
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT debit_without_consequences(%s, %s, %s, %s, %s)", arguments)
            booked: int | None = cursor.fetchone()[0]
            return booked
    except IntegrityError as error:
        if "one_journal_per_key" in str(error):
            raise AlreadyBooked(charge.key) from error
        raise


def _book(account_id: int, charges: list[Charge], *, now: datetime) -> list[int]:
    with accounts.changing(account_id, now=now) as account:
        return ledger.debit(account, charges, now=now)


def _is_first(account_id: int, ticket: _Ticket) -> bool:
    with _guard:
        queue = _queues.get(account_id)
        if queue is None:
            _queues[account_id] = deque()
            return True
        queue.append(ticket)
        return False


def _take_all(account_id: int, leader: _Ticket) -> int:
    """Serve everybody who waits, the leader among them; then call whoever has come since."""
    with _guard:
        queue = _queues[account_id]
        tickets = [leader, *queue]
        queue.clear()
    try:
        _serve(account_id, tickets)
    finally:
        for ticket in tickets:
            ticket.served = True
            ticket.called.set()
        _call_next(account_id)
    return _answer(leader)


def _serve(account_id: int, tickets: list[_Ticket]) -> None:
    """All in one transaction; if that fails, each by itself, so that one's trouble is only its own."""
    try:
        journals = _book(account_id, [ticket.charge for ticket in tickets], now=max(t.now for t in tickets))
    except Exception:  # each ticket gets its own answer below
        for ticket in tickets:
            try:
                ticket.journal = alone(account_id, ticket.charge, now=ticket.now)
            except Exception as error:  # handed to the caller it belongs to
                ticket.error = error
        return
    for ticket, journal in zip(tickets, journals, strict=True):
        ticket.journal = journal


def _call_next(account_id: int) -> None:
    with _guard:
        queue = _queues[account_id]
        if queue:
            queue.popleft().called.set()
        else:
            del _queues[account_id]


def _answer(ticket: _Ticket) -> int:
    if ticket.error is not None:
        raise ticket.error
    if ticket.journal is None:
        raise RuntimeError("the till was left before this charge was served")
    return ticket.journal
