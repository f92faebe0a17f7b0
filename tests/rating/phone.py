"""A program that asks before, during and after calls, as tests need it; it numbers its requests by itself."""

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from credits import figures
from credits.models import Account
from rating import authorizing
from rating.authorizing import Answer, Released, Request, Settled
from rating.models import PoolUse
from subscriptions.models import Organization, Plan, Subscriber
from tests import factories
from tests.credits.desk import Desk
from tests.rating import cast

AMARA = "amara.obi@tailspin.example"
LONDON, PARIS, HAVANA = "+442079460000", "+33140000000", "+5371234567"


class Phone:
    """The calls of one organization. Amara has a credits licence, and a Calling Plan if `plan` names one."""

    def __init__(self, organization: Organization, now: datetime, *, plan: str = "MCOPSTN_PAYG_1") -> None:
        self.organization, self.now = organization, now
        self.desk = Desk(organization)
        codes = f"{plan} MCOPSTNPP".strip()
        self.amara: Subscriber = cast.person(organization, codes, upn=AMARA)
        self._numbers: Counter[str] = Counter()

    def number(self, session: str) -> int:
        self._numbers[session] += 1
        return self._numbers[session]

    def request(self, session: str = "call", **other: Any) -> Request:
        facts: dict[str, Any] = {
            "session": session,
            "number": 1,
            "call_type": "user_out",
            "destination": LONDON,
            "started_at": self.now,
            "upn": AMARA,
            "caller": "+442079461111",
            "requested_seconds": 600,
        }
        return Request(**facts | other)

    def asks(self, session: str = "call", **other: Any) -> Answer:
        number = other.pop("number", None) or self.number(session)
        return authorizing.authorize(self.organization, self.request(session, number=number, **other), now=self.now)

    def goes_on(self, used: int, requested: int = 600, session: str = "call", **other: Any) -> Answer:
        number = other.pop("number", None) or self.number(session)
        return authorizing.update(
            self.organization, session, number, used_seconds=used, requested_seconds=requested, now=self.now
        )

    def ends(self, seconds: int, session: str = "call", **other: Any) -> Settled:
        number = other.pop("number", None) or self.number(session)
        ended_at = other.pop("ended_at", self.now)
        return authorizing.settle(
            self.organization, session, number, seconds=seconds, ended_at=ended_at, now=self.now, **other
        )

    def gives_up(self, session: str = "call", **other: Any) -> Released:
        number = other.pop("number", None) or self.number(session)
        return authorizing.release(self.organization, session, number, now=self.now)

    def waits(self, **time: float) -> None:
        self.now += timedelta(**time)

    @property
    def account(self) -> Account:
        return Account.objects.get(organization=self.organization)

    def four(self) -> tuple[Decimal, Decimal, Decimal]:
        """Settled, held and available."""
        read = figures.of(self.account, now=self.now)
        return read.settled, read.held, read.available

    def pool(self) -> tuple[int, int]:
        """Minutes used and held of the only pool."""
        return PoolUse.objects.values_list("used", "held").get()


def phone(now: datetime, *, credit: str = "10", plan: str = "MCOPSTN_PAYG_1", price: str = "0.02") -> Phone:
    """Tailspin's, with that much credit, on a deck of three countries at 0.02, 0.10 and 1.00 a minute."""
    made = Phone(factories.tailspin(), now, plan=plan)
    cast.deck({"44 GB": price, "33 FR": "0.10", "53 CU": "1.00"})
    if Decimal(credit):
        made.desk.promote(credit, now=now)
    return made


def subscribe_to_credits(organization: Organization, now: datetime, **other: Any) -> None:
    plan = Plan.objects.get(code="MCOPSTNPP")
    organization.subscriptions.create(plan=plan, started_at=now, **other)
