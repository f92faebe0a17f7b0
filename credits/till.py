"""Take one charge now: in one round trip when nothing follows from it, and together with others that wait meanwhile.

Whoever finds an account's till free debits alone. Whoever comes while it is busy waits; the next of them takes all that
wait in one transaction. Only threads of one process meet here; processes meet at the lock on the account's row.
"""

import logging
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Final

from django.db import IntegrityError

from credits import accounts, ledger, statements
from credits.ledger import AlreadyBooked, Charge, arrays

#: Seconds.
_GATHERING: Final = 0.001
#: Both book nothing and answer NULL when something would follow: an overdraft, a recharge, a notice.
_DEBIT: Final = "SELECT debit_without_consequences(%s::bigint, %s, %s::bigint, %s, %s::timestamptz)"
_DEBITS: Final = "SELECT debits_without_consequences(%s::bigint, %s::text[], %s::bigint[], %s::text[], %s::timestamptz)"


def _shut() -> Lock:
    lock = Lock()
    lock.acquire()
    return lock


@dataclass(slots=True)
class _Ticket:
    """One caller in the queue: what it wants, and what came of it."""

    charge: Charge
    now: datetime
    #: Shut until somebody calls; a third of the price of an Event.
    turn: Lock = field(default_factory=_shut)
    journal: int | None = None
    error: BaseException | None = None
    served: bool = False


logger = logging.getLogger(__name__)
_queues: dict[int, deque[_Ticket]] = {}
_guard = Lock()


def take(account_id: int, charge: Charge, *, now: datetime) -> int:
    """Book one charge; the id of its journal. Committed when this returns. Raises AlreadyBooked."""
    ticket = _Ticket(charge, now)
    if not _is_first(account_id, ticket):
        ticket.turn.acquire()
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
    try:
        ((booked,),) = statements.rows(_DEBIT, [account_id, charge.key, charge.micros, charge.why, now])
    except IntegrityError as error:
        if "one_journal_per_key" in str(error):
            raise AlreadyBooked(charge.key) from error
        raise
    journal: int | None = booked
    return journal


def _together(account_id: int, charges: list[Charge], *, now: datetime) -> list[int]:
    """Book them all in one transaction, in one round trip if nothing follows. Raises what either way raises."""
    arguments: list[statements.Argument] = [
        account_id,
        arrays.texts([charge.key for charge in charges]),
        arrays.integers(charge.micros for charge in charges),
        arrays.texts([charge.why for charge in charges]),
        now,
    ]
    ((booked,),) = statements.rows(_DEBITS, arguments)
    return list(booked) if booked is not None else _book(account_id, charges, now=now)


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
            if ticket is not leader:
                ticket.turn.release()
        if len(tickets) > 1:
            # Who has come in a crowd comes again: let them gather, instead of letting the first go alone.
            time.sleep(_GATHERING)
        _call_next(account_id)
    return _answer(leader)


def _serve(account_id: int, tickets: list[_Ticket]) -> None:
    """All in one transaction; if that fails, each by itself, so that one's trouble is only its own."""
    try:
        journals = _together(account_id, [ticket.charge for ticket in tickets], now=max(t.now for t in tickets))
    except Exception as error:  # each ticket gets its own answer below
        if not isinstance(error, IntegrityError | AlreadyBooked):
            logger.warning("%d charges of account %s are taken one by one", len(tickets), account_id, exc_info=error)
        for ticket in tickets:
            try:
                ticket.journal = alone(account_id, ticket.charge, now=ticket.now)
            except Exception as own:  # handed to the caller it belongs to
                ticket.error = own
        return
    for ticket, journal in zip(tickets, journals, strict=True):
        ticket.journal = journal


def _call_next(account_id: int) -> None:
    with _guard:
        queue = _queues[account_id]
        if queue:
            queue.popleft().turn.release()
        else:
            del _queues[account_id]


def _answer(ticket: _Ticket) -> int:
    if ticket.error is not None:
        raise ticket.error
    if ticket.journal is None:
        raise RuntimeError("the till was left before this charge was served")
    return ticket.journal
