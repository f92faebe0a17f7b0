"""Take what is left of a lot without paying for anything: expiry, refund, void, a dispute; each of its own lot."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce, Least

from credits import statements
from credits.ledger import arrays, book
from credits.ledger.posting import Kind, Posting, bookable
from credits.models import Account, Entry, Hold, HoldPart, Lot, Payment
from credits.spending import Part
from subscriptions import money
from subscriptions.models import User

#: `expire` for many accounts at once. The keys and the order are the same; balances are stored here.
_EXPIRE_ALL: Final = """
WITH lapsed AS (
    SELECT id, account_id, remaining - held AS lost, priority, expires_at, rank,
           'expiry:' || id || ':' || (remaining * 1000000)::bigint AS key
      FROM credits_lot
     WHERE account_id = ANY(%s::bigint[]) AND open AND frozen_at IS NULL AND expires_at <= %s::timestamptz
       AND remaining > held
), journals AS (
    INSERT INTO credits_journal (account_id, at, kind, key, movement, why)
    SELECT account_id, %s::timestamptz, 'expiry', key, -lost, '' FROM lapsed
     ORDER BY account_id, priority, expires_at, rank, id
    RETURNING id, account_id, key
), entries AS (
    INSERT INTO credits_entry (account_id, journal_id, lot_id, amount)
    SELECT journals.account_id, journals.id, lapsed.id, -lapsed.lost FROM journals JOIN lapsed USING (key)
     ORDER BY journals.id
), lots AS (
    UPDATE credits_lot AS lot
       SET remaining = lot.remaining - lapsed.lost, open = lot.remaining > lapsed.lost,
           expired = lot.expired + lapsed.lost
      FROM lapsed WHERE lot.id = lapsed.id
), accounts AS (
    UPDATE credits_account AS account SET balance = balance - sums.lost
      FROM (SELECT account_id, sum(lost) AS lost FROM lapsed GROUP BY account_id) AS sums
     WHERE account.id = sums.account_id
)
SELECT count(*), coalesce(sum(lost), 0) FROM lapsed"""


class NotRefundable(Exception):
    """It brought no credit, was bought too long ago, has expired, or is disputed."""


def expire(account: Account, *, now: datetime) -> list[Lot]:
    """Book the forfeit of every lot past its expiry: all that is left but what holds keep. Answers those lots."""
    lapsed = list(account.lots.lapsed(at=now).in_spending_order())
    postings = [
        Posting(
            Kind.EXPIRY,
            # A hold may let go of more later: what was left before makes the key, and it only ever falls.
            f"expiry:{lot.pk}:{money.to_micros(lot.remaining)}",
            parts=[Part(lot.pk, -money.to_micros(lot.remaining - lot.held))],
        )
        for lot in lapsed
    ]
    book.write(account, postings, now=now)
    return lapsed


def expire_all(account_ids: Sequence[int], *, now: datetime) -> tuple[int, Decimal]:
    """`expire` for all these accounts, whose locks the caller holds, in one statement; answers lots and their sum.

    Nothing has to be decided, since all that is left of a lot goes; so the rows need not come here and go back.
    """
    ((lots, amount),) = statements.rows_of_many(_EXPIRE_ALL, [arrays.integers(account_ids), now, now])
    return int(lots), Decimal(amount)


def refundable(account: Account, payment: Payment, *, now: datetime) -> Lot:
    """The payment's lot, of which `remaining - held` may be refunded (decision: money, "refund").

    Raises NotRefundable: it brought no credit, is too long ago, has expired, or is disputed.
    """
    lot = account.lots.filter(payment=payment).first()
    if lot is None or lot.frozen_at is not None or lot.expires_at <= now:
        raise NotRefundable
    if now - lot.purchased_at > timedelta(days=settings.REFUND_DAYS):
        raise NotRefundable
    return lot


def refund(
    account: Account, payment: Payment, amount: Decimal, *, key: str, why: str, actor: User | None, now: datetime
) -> Decimal:
    """Book that so much of a payment was given back: from its lot, and what is no longer free there is owed.

    Whether it may be is asked before (`refundable`); what the provider has done is booked whatever was left. Answers
    what became overdraft. Raises AlreadyBooked, NotBookable.
    """
    lot = account.lots.get(payment=payment)
    micros = bookable(money.to_micros(amount))
    free = min(micros, money.to_micros(lot.remaining - lot.held))
    parts = [Part(lot.pk, -free), Part(None, free - micros)]
    posting = Posting(
        Kind.REFUND,
        key,
        parts=[part for part in parts if part.micros],
        why=why,
        payment=payment.pk,
        actor=actor.pk if actor else None,
    )
    book.write(account, [posting], now=now)
    # A provider may give back more than was paid; the debt then says so, and the payment is whole.
    Payment.objects.filter(pk=payment.pk).update(refunded=Least(F("amount"), F("refunded") + amount))
    return money.from_micros(micros - free)


def void(account: Account, lot: Lot, *, key: str, why: str, actor: User, now: datetime) -> None:
    """Take back all that is left of a lot but what holds keep. A lot with nothing to take is left alone."""
    fresh = account.lots.get(pk=lot.pk)
    micros = money.to_micros(fresh.remaining - fresh.held)
    if micros:
        posting = Posting(Kind.VOID, key, parts=[Part(lot.pk, -micros)], why=why, actor=actor.pk)
        book.write(account, [posting], now=now)


def freeze(account: Account, lot: Lot, *, now: datetime) -> None:
    """Keep a disputed lot's remainder from being spent, until the dispute is won or lost."""
    account.lots.filter(pk=lot.pk, frozen_at=None).update(frozen_at=now, disputed_at=Coalesce("disputed_at", now))


def thaw(account: Account, lot: Lot) -> None:
    """The dispute was won: the remainder may be spent again."""
    account.lots.filter(pk=lot.pk).update(frozen_at=None)


def lose(account: Account, lot: Lot, *, key: str, why: str, now: datetime, amount: Decimal | None = None) -> None:
    """The dispute was lost: so much of the payment is void as far as the lot reaches; what was spent of it is owed.

    `amount` is without tax; None is the whole payment. What earlier refunds and disputes of the payment took is not
    taken again. The rest of the lot may be spent. Live calls that counted on what is void lose that part of their hold;
    what they cost is found elsewhere when they end. Raises AlreadyBooked.
    """
    fresh = account.lots.get(pk=lot.pk)
    taken, owed = _taken_back(fresh)
    most = max(Decimal(0), fresh.amount - taken)
    lost = most if amount is None else min(amount, most)
    left = min(lost, fresh.remaining)
    spent = fresh.amount - fresh.remaining - fresh.expired - fresh.voided
    owing = max(Decimal(0), min(lost - left, spent - owed))
    _drop_holds(account, fresh, left + fresh.held - fresh.remaining)
    parts = [Part(fresh.pk, -money.to_micros(left)), Part(None, -money.to_micros(owing))]
    posting = Posting(
        Kind.DISPUTE, key, parts=[part for part in parts if part.micros], why=why, payment=fresh.payment_id
    )
    if posting.parts:
        book.write(account, [posting], now=now)
    thaw(account, fresh)


def _taken_back(lot: Lot) -> tuple[Decimal, Decimal]:
    """What refunds and lost disputes of the lot's payment have taken so far, and how much of that they made owed."""
    if lot.payment_id is None:
        return Decimal(0), Decimal(0)
    of = Entry.objects.filter(journal__payment=lot.payment_id, journal__kind__in=(Kind.REFUND, Kind.DISPUTE))
    sums = of.aggregate(taken=Sum("amount"), owed=Sum("amount", filter=Q(lot=None)))
    return -(sums["taken"] or Decimal(0)), -(sums["owed"] or Decimal(0))


def _drop_holds(account: Account, lot: Lot, short: Decimal) -> None:
    """Take so much from what calls hold of the lot, the newest first."""
    for part in HoldPart.objects.filter(lot=lot).order_by("-hold"):
        cut = min(part.amount, short)
        if cut <= 0:
            return
        Hold.objects.filter(pk=part.hold_id).update(amount=F("amount") - cut)
        account.lots.filter(pk=lot.pk).update(held=F("held") - cut)
        account.held -= cut
        short -= cut
        if cut == part.amount:
            part.delete()
        else:
            HoldPart.objects.filter(pk=part.pk).update(amount=F("amount") - cut)
