"""What the payment provider of the tests has on record, and what its people and banks do with it."""

from dataclasses import replace
from datetime import datetime
from typing import Final, Literal

from credits.gateway import Answer, Dispute, Order, RefundAnswer, RefundOrder

#: Outcomes a charge may be scripted with; any other word is a decline by that code.
PAID: Final = "paid"
PROCESSING: Final = "processing"
BANK: Final = "requires_action"  # the bank wants the person; declines with "authentication_required" off session
BUSY: Final = "busy"  # no money taken, and nothing known of it
LOST: Final = "lost"  # the request never arrived
PAID_UNANSWERED: Final = "paid_unanswered"  # money was taken, the answer got lost
#: Outcomes of a refund: BUSY and LOST, too; any other word is a failure by that code.
BACK: Final = "back"
PENDING: Final = "pending"
BACK_UNANSWERED: Final = "back_unanswered"  # money was given back, the answer got lost
#: How a charge that the bank wants confirmed is declined while nobody is there, and when the person refuses.
ASKED: Final = "authentication_required"
REFUSED: Final = "payment_intent_authentication_failure"


class Records:
    """Charges and refunds by key, disputes by ref."""

    def __init__(self) -> None:
        #: When what happens next happens; as long as it is not set, dates are unknown and listings have everything.
        self.at: datetime | None = None
        self.charges: dict[str, Answer] = {}
        self.refunds: dict[str, RefundAnswer] = {}
        self.complaints: dict[str, Dispute] = {}
        self.made: dict[str, datetime | None] = {}  # by ref of charge, refund or dispute: when it began

    @property
    def taken(self) -> int:
        """How much money was taken in all, in the smallest unit; what was given back is still counted."""
        return sum(answer.minor for answer in self.charges.values() if answer.state == "succeeded")

    @property
    def given_back(self) -> int:
        """How much money was refunded in all, in the smallest unit."""
        return sum(answer.refunded_minor for answer in self.charges.values())

    def finish(self, key: object, *, code: str = "") -> Answer:
        """What was processing or with the bank ends: paid, or declined by that code."""
        answer = self.charges[str(key)]
        return self.keep(ended(answer, "failed", code) if code else self._paid(answer))

    def finish_refund(self, key: object, *, code: str = "") -> RefundAnswer:
        """A pending refund ends: given back, or failed by that code, and then it can be given back again."""
        refund = self.refunds[str(key)]
        if code:
            self._count_back(refund.charge_ref, -refund.minor)
        self.refunds[str(key)] = replace(refund, state="failed" if code else "succeeded", code=code)
        return self.refunds[str(key)]

    def open_dispute(self, charge_ref: str, *, minor: int | None = None, reason: str = "fraudulent") -> Dispute:
        """The card's holder complains about a charge, or a part of it."""
        charge = self.named(charge_ref)
        if charge is None or charge.state != "succeeded":
            raise AssertionError(f"{charge_ref} took no money")
        ref = f"dp_{len(self.complaints) + 1}"
        self.complaints[ref] = Dispute(ref, charge_ref, minor or charge.minor, charge.currency, "open", reason)
        self.made[ref] = self.at
        self.keep(replace(charge, disputed=True))
        return self.complaints[ref]

    def close_dispute(self, ref: str, *, won: bool) -> Dispute:
        """The bank decides; twice is possible, as when it changes its mind."""
        self.complaints[ref] = replace(self.complaints[ref], status="won" if won else "lost")
        return self.complaints[ref]

    def named(self, ref: str) -> Answer | None:
        """The charge of this ref."""
        return next((answer for answer in self.charges.values() if answer.ref == ref), None)

    def keep(self, answer: Answer) -> Answer:
        """Write down a charge as it is now."""
        self.charges[answer.key] = answer
        return answer

    def is_since(self, ref: str, since: datetime) -> bool:
        """If it began since then, or nobody knows when."""
        made = self.made.get(ref)
        return made is None or made >= since

    def decide(self, answer: Answer, order: Order, outcome: str) -> Answer:
        """What becomes of a charge by an outcome; not written down yet."""
        if outcome in {PAID, PAID_UNANSWERED}:
            return self._paid(answer)
        if outcome == PROCESSING:
            return ended(answer, "processing")
        if outcome == BANK and order.present:
            page = f"https://bank.test/{answer.ref}?back={order.return_url}"
            return replace(ended(answer, "requires_action"), action_url=page)
        return ended(answer, "failed", ASKED if outcome == BANK else outcome)

    def _paid(self, answer: Answer) -> Answer:
        return replace(ended(answer, "succeeded"), charged_at=self.at)

    def give_back(self, order: RefundOrder, outcome: str) -> RefundAnswer:
        """What becomes of a refund by an outcome, written down unless it was refused at once."""
        key, ref = str(order.key), f"re_{order.key.hex[:16]}"
        refused = RefundAnswer("failed", "", key, order.charge_ref, order.minor, order.currency)
        problem = self._problem(self.named(order.charge_ref), order.minor)
        if problem:
            return replace(refused, code=problem)
        answer = replace(refused, ref=ref, code=outcome)
        if outcome in {BACK, PENDING, BACK_UNANSWERED}:
            answer = replace(answer, state="pending" if outcome == PENDING else "succeeded", code="")
            self._count_back(order.charge_ref, order.minor)
        self.refunds[key], self.made[ref] = answer, self.at
        return answer

    def _problem(self, charge: Answer | None, minor: int) -> str:
        """Why nothing can be given back of it, in the provider's words; "" when it can."""
        if charge is None:
            return "resource_missing"
        if any(each.charge_ref == charge.ref and each.status != "won" for each in self.complaints.values()):
            return "charge_disputed"
        if charge.state == "succeeded" and charge.refunded_minor == charge.minor:
            return "charge_already_refunded"
        fits = charge.state == "succeeded" and 0 < minor <= charge.minor - charge.refunded_minor
        return "" if fits else "invalid_request"

    def _count_back(self, charge_ref: str, minor: int) -> None:
        charge = self.named(charge_ref)
        if charge is not None:
            self.keep(replace(charge, refunded_minor=charge.refunded_minor + minor))


State = Literal["succeeded", "failed", "requires_action", "processing", "canceled"]


def ended(answer: Answer, state: State, code: str = "") -> Answer:
    """The charge in this state, with nobody to be asked any more."""
    return replace(answer, state=state, code=code, action_url="")
