"""The account that is lived through, its provider and its clock; and the reference that must always say the same."""

import random
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from django.db import connection

from credits import history, statements, tax
from credits import invariants as of_credits
from credits.invariants import ledger, lots
from credits.models import AutoRecharge, Payment
from notifications import invariants as of_notifications
from rating import invariants as of_rating
from subscriptions import money, periods
from tests import factories
from tests.credits.reference import Book, Refused
from tests.rating import cast
from tests.simulation import crashes
from tests.simulation.crashes import Crash
from tests.simulation.desk import UsageDesk
from tests.simulation.provider import Provider

#: Checks that are quick enough for every step, asked in one statement; all of them are made every so many steps.
QUICK: Final = ("L01", "L04", "L05", "L06", "L07")
_QUICK: Final = " UNION ALL ".join(
    f"SELECT '{name}' AS name, to_jsonb(broken) AS row FROM ({query}) AS broken"  # noqa: S608  # the checks' own text
    for name, query in (ledger.QUERIES | lots.QUERIES).items()
    if name in QUICK
)
ALL_EVERY: Final = 20
#: So many past instants are looked at when a run ends.
INSTANTS: Final = 30
#: What Tailspin, British, pays for credit of 1.
WITH_TAX: Final = Decimal("1.2")
#: What a minute costs to the country that is called.
PER_MINUTE: Final = "0.35"

#: The keys of payments that we say have succeeded, in the order in which their money came in.
_PAID: Final = """
    SELECT payment.key::text FROM credits_payment AS payment
      LEFT JOIN credits_lot AS lot ON lot.payment_id = payment.id
     WHERE payment.account_id = %s AND payment.state = 'succeeded' ORDER BY lot.id"""


class Wrong(AssertionError):
    """The books and the reference differ, or a check does not hold."""


class World:
    """Everything there is in one run; `chance` decides whatever is not determined."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.chance = random.Random(seed)  # noqa: S311  # repeatable on purpose
        self.folder = folder
        self.now = factories.NOW
        self.provider = Provider(self.chance)
        tax.seed()
        organization = factories.tailspin()
        self.desk = UsageDesk(organization)
        self.book = Book()
        cast.deck({"44 GB": PER_MINUTE})
        factories.MethodFactory.create(account=self.desk.account)
        AutoRecharge.objects.filter(account=self.desk.account).update(
            enabled=True,
            daily_cap=self.chance.choice([None, None, Decimal(100)]),
            monthly_cap=self.chance.choice([None, Decimal(300)]),
            before_expiry_days=self.chance.choice([None, 3, 30]),
        )
        self.charges: list[str] = []
        self.paid: set[str] = set()
        self.minted = 0
        self.crashes = Counter[str]()

    # What operations need

    def fresh(self, what: str) -> str:
        """A key that was never used."""
        self.minted += 1
        return f"{what}:{self.minted}"

    def key(self) -> uuid.UUID:
        return uuid.UUID(int=self.chance.getrandbits(128))

    def cost(self) -> int:
        """Some amount in millionths: mostly of calls, sometimes of whole dollars, sometimes as small as can be."""
        return self.chance.choice(
            [1, 10**6, 5 * 10**6, self.chance.randint(1, 3 * 10**6), self.chance.randint(1, 40 * 10**6)]
        )

    def year_from_now(self) -> datetime:
        return periods.lot_expiry(self.now, self.desk.account.organization.zone)

    def do(self, act: Callable[[], object]) -> object:
        """Do it; now and then the process dies on the way, and what it was about is delivered again."""
        if self.chance.random() < 0.15:
            try:
                with crashes.dying_at(crashes.some(self.chance)):
                    return act()
            except Crash as crash:
                self.crashes[str(crash)] += 1
        return act()

    def both(self, operation: str, *given: Any, way: str = "", **named: Any) -> str:
        """Do it to the books and to the reference; both must take it or refuse it alike. Answers the refusal.

        `way` is what it is called at the desk, where the reference has one word for several ways.
        """
        at_desk = getattr(self.desk, way or operation)
        expected = said(lambda: getattr(self.book, operation)(*given, now=self.now, **named))
        answered = said(lambda: self.do(lambda: at_desk(*given, now=self.now, **named)))
        if answered != expected:
            raise Wrong(f"{way or operation} {given} {named}: {answered or 'done'}, expected {expected or 'done'}")
        return expected

    # What must be so

    def learn_of_payments(self) -> None:
        """Tell the reference of money that came in: what the provider has on record, of payments that we know paid."""
        for (key,) in statements.rows(_PAID, [self.desk.account.pk]):
            if key in self.paid:
                continue
            answer = self.provider.charges[key]
            if answer.state != "succeeded":
                raise Wrong(f"payment {key} succeeded here and is {answer.state} at the provider")
            self.paid.add(key)
            micros = money.to_micros(money.from_minor(answer.minor, answer.currency) / WITH_TAX)
            self.book.add(micros, kind="purchase", ends=self.year_from_now(), now=self.now)

    def check(self, *, everything: bool) -> None:
        """Raises Wrong unless books and reference agree, no money is lost on the way, and every check holds."""
        found, expected = self.desk.picture(self.now), self.book.picture(self.now)
        if found != expected:
            different = {name: (found[name], expected[name]) for name in found if found[name] != expected[name]}
            raise Wrong(f"books and reference differ: {different}")
        taken = {key for key, answer in self.provider.charges.items() if answer.state == "succeeded"}
        if lost := taken - self.paid and taken - self.paid - self.in_flight():
            raise Wrong(f"the provider took money for {lost} and we neither have it nor look for it")
        if everything:
            checks = {**of_credits.CHECKS, **of_rating.CHECKS, **of_notifications.CHECKS}
            broken = [(name, rows) for name, check in checks.items() if (rows := check(None, self.now))]
        else:
            broken = quick_violations()
        if broken:
            raise Wrong(f"checks do not hold: {broken}")

    def check_history(self) -> None:
        """Raises Wrong unless the balance at each of some past instants is what the reference remembers."""
        instants = [at for at, _ in self.book.movements]
        for instant in self.chance.sample(instants, min(INSTANTS, len(instants))):
            found, expected = history.balance_at(self.desk.account, instant), self.book.balance_at(instant)
            if money.to_micros(found) != expected:
                raise Wrong(f"the balance at {instant} was {found}, expected {money.from_micros(expected)}")

    def in_flight(self) -> set[str]:
        """The keys of payments that we still ask after."""
        return {str(key) for key in Payment.objects.in_flight().values_list("key", flat=True)}

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)


def quick_violations() -> list[tuple[str, Any]]:
    """What the quick checks find, of all accounts: the name of the check and a row."""
    with connection.cursor() as cursor:
        cursor.execute(_QUICK)
        found: list[tuple[str, Any]] = cursor.fetchall()
    return found


def said(act: Callable[[], object]) -> str:
    """The name of the refusal, or nothing when it was done."""
    try:
        act()
    except Refused as refused:
        return str(refused)
    except Exception as error:
        return type(error).__name__
    return ""
