"""What the provider told, and one place where that and our record differ."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from credits import gateway
from credits.gateway import Answer, Dispute, RefundAnswer
from credits.models import Difference, Payment, Refund
from subscriptions import money

Word = Answer | RefundAnswer | Dispute


@dataclass(frozen=True, slots=True)
class Told:
    """The provider's lists, whole: what breaks off in the middle is not compared."""

    charges: list[Answer]
    refunds: list[RefundAnswer]
    disputes: list[Dispute]


@dataclass(frozen=True, slots=True)
class Finding:
    """One matter that differs. `word` is what the provider says of it, None when it says nothing.

    `mends`: a rule can bring ours up to date by that word. `waits`: that is on its way, and no sign of a fault.
    """

    kind: Difference.Kind
    ref: str
    why: str
    word: Word | None
    payment: Payment | None = None
    refund: Refund | None = None
    account_id: int | None = None
    mends: bool = False
    waits: bool = False

    @property
    def ours(self) -> Decimal | None:
        """What we have of it, tax included, in units of our currency."""
        if self.refund is not None:
            total: Decimal = self.refund.amount + self.refund.tax
            return total
        return self.payment.total if self.payment is not None and self.kind == Difference.Kind.CHARGE else None

    @property
    def theirs(self) -> Decimal | None:
        """What they have of it, in units of their currency."""
        return money.from_minor(self.word.minor, self.word.currency) if self.word else None

    @property
    def currency(self) -> str:
        """Theirs, or ours where they say nothing."""
        if self.word is not None:
            return self.word.currency
        return self.payment.currency if self.payment is not None else ""


def ask(*, since: datetime) -> Told:
    """The provider's charges, refunds and disputes since then. Raises gateway.Unreachable.

    To be called outside of any transaction.
    """
    provider = gateway.connect()
    return Told(
        charges=list(provider.charges_made(since=since)),
        refunds=list(provider.refunds_made(since=since)),
        disputes=list(provider.disputes(since=since)),
    )


def total_of(refund: Refund) -> int:
    """What a refund gives back with its tax, in the smallest unit."""
    return money.to_minor(refund.amount + refund.tax, refund.payment.currency)


def is_same_refund(refund: Refund, answer: RefundAnswer) -> bool:
    """If the provider speaks of this refund: of its charge, with its amount, in its currency."""
    payment = refund.payment
    ours = (payment.provider_ref, total_of(refund), payment.currency)
    return ours == (answer.charge_ref, answer.minor, answer.currency)
