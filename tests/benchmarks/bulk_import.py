"""A million calls, from the file to charged, beside raw COPY of the same final rows into the same tables."""

from datetime import datetime, timedelta
from typing import Final

from rating import decks
from rating.decks import Publication
from rating.models import RateDeck
from subscriptions import catalogue
from subscriptions.models import Licence, Organization, Plan, Subscriber
from tests.benchmarks import books, calls_file
from tests.rating import cast as rates

LOTS: Final = 20
AMOUNT: Final = 100_000


def prepare(now: datetime) -> None:
    """One organization with people, licences, rates, and lots enough for every call."""
    catalogue.seed()
    books.open_accounts(1, lots=LOTS, amount=AMOUNT, at=now, expires_at=now + timedelta(days=365))
    organization = Organization.objects.get(slug="bench-1")
    plan = Plan.objects.get(code="MCOPSTN1")
    people = Subscriber.objects.bulk_create(
        Subscriber(organization=organization, upn=f"person{number}@bench.example", usage_location="US", created_at=now)
        for number in range(calls_file.PEOPLE)
    )
    Licence.objects.bulk_create(Licence(subscriber=person, plan=plan) for person in people)
    wanted = Publication(
        service=RateDeck.Service.OUTBOUND, currency="USD", effective_on=rates.SAMPLE_DAY, name=rates.OUTBOUND.stem
    )
    decks.publish(rates.OUTBOUND, wanted, now=now)
