"""Load the demo organizations once, through the same rules as everything else."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

import requests
from django.conf import settings

from config.demo import days
from config.demo.cast import COMPANIES, PASSWORD, STAFF, Company
from config.embedded import addresses
from config.embedded.provider.calls import Settings
from config.embedded.provider.server import Provider
from credits import accounts, ledger, methods, payments, recharges, sums
from credits.gateway import Card
from credits.models import Account, Lot, PaymentMethod
from rating import decks, rollups
from rating.decks import Publication
from rating.models import RateDeck
from subscriptions import licence_files, licences, lifecycle
from subscriptions.licence_files import Person
from subscriptions.models import Membership, Organization, Plan, ServiceNumber, Subscription, User

DATA: Final = Path(settings.BASE_DIR) / "rating" / "data"
DECKS: Final = (
    ("acs-pstn-rates-2025-10-15.csv", RateDeck.Service.OUTBOUND, "Sample outbound rates"),
    ("inbound-toll-free-2025-10-15.csv", RateDeck.Service.INBOUND_TOLL_FREE, "Sample inbound toll-free rates"),
)
DECK_DAY: Final = date(2025, 10, 15)
#: The sample calls are of September and October 2026. Whenever the demo is loaded, everybody came just before them.
BEGAN_AT: Final = datetime(2026, 8, 30, 15, tzinfo=UTC)


def is_loaded() -> bool:
    """If this installation has the demo organizations."""
    return Organization.objects.filter(slug=COMPANIES[-1].slug).exists()


def load(*, now: datetime) -> None:
    """Everything, from rate decks to the last call charged, as if it had happened day by day until now.

    The last organization is founded when all calls are charged: until it is there, loading again goes on.
    """
    for name, service, title in DECKS:
        decks.publish(
            DATA / name,
            Publication(service=service, currency="USD", effective_on=DECK_DAY, name=title, sample=True),
            now=BEGAN_AT,
        )
    if not User.objects.filter(email=STAFF).exists():
        User.objects.create_superuser(STAFF, PASSWORD, name="Sam Staff")
    clock = days.Clock(BEGAN_AT)
    with _provider(clock):
        for company in COMPANIES[:-1]:
            _found(company, now=now)
        days.sweep(now=BEGAN_AT)
        days.live([_calls(company) for company in COMPANIES if company.files], clock=clock, now=now)
        clock.now = BEGAN_AT
        _found(COMPANIES[-1], now=now)
        days.sweep(now=BEGAN_AT)
    rollups.build_due(now=now)
    sums.sum_due(now=now)


@contextmanager
def _provider(clock: days.Clock) -> Iterator[None]:
    """The sandbox provider for the length of the loading, with that clock, unless one runs already, with its own."""
    where = urlsplit(settings.STRIPE_API_BASE)
    with socket.socket() as probe:
        runs = probe.connect_ex((where.hostname or "", where.port or 0)) == 0
    if runs:
        yield
        return
    stand_in = Settings(store=addresses.provider_store(), secret_key=settings.STRIPE_SECRET_KEY)
    with Provider(stand_in, port=where.port or 0, clock=clock):
        yield


def _calls(company: Company) -> days.Calls:
    return days.read(DATA / f"usage-{company.slug}-2026-09-10.csv", Organization.objects.get(slug=company.slug))


def _found(company: Company, *, now: datetime) -> None:
    """The organization, its people, card and first credit, as of the beginning; only gifts end counted from now."""
    if Organization.objects.filter(slug=company.slug).exists():
        return
    owner_email, owner_name = company.people["owner"]
    organization = lifecycle.create_organization(
        name=company.name,
        slug=company.slug,
        country=company.country,
        currency="USD",
        time_zone=company.time_zone,
        language=company.language,
        owner_email=owner_email,
        actor=None,
        now=BEGAN_AT,
    )
    owner = _admit(organization, owner_email, owner_name, now=BEGAN_AT)
    for role, (email, name) in company.people.items():
        if role != "owner":
            lifecycle.invite(organization, email, Membership.Role(role), actor=owner, now=BEGAN_AT)
            _admit(organization, email, name, now=BEGAN_AT)
    for number, country, kind, label in company.numbers:
        ServiceNumber.objects.create(organization=organization, number=number, country=country, kind=kind, label=label)
    _subscribe(organization, now=BEGAN_AT)
    account = accounts.open_account(organization, now=BEGAN_AT)
    _fund(company, account, owner, now=BEGAN_AT)
    _give(company, account, now=now)
    if company.files:
        _license(organization, company.slug, now=BEGAN_AT)


def _admit(organization: Organization, email: str, name: str, *, now: datetime) -> User:
    invitation = organization.invitations.get(email=email)
    invitation.sent_at = now  # the demo's people know their password already
    invitation.save(update_fields=["sent_at"])
    person = lifecycle.accept(invitation, name=name, password=PASSWORD, now=now)
    if organization.language != "en":
        person.language = organization.language
        person.save(update_fields=["language"])
    return person


def _subscribe(organization: Organization, *, now: datetime) -> None:
    Subscription.objects.get_or_create(
        organization=organization,
        plan=Plan.objects.get(code="MCOPSTNPP"),
        defaults={"quantity": None, "started_at": now},
    )


def _fund(company: Company, account: Account, owner: User, *, now: datetime) -> None:
    """Cards and the first credit, charged at the sandbox like any other."""
    if company.card:
        method = _card(account, company.card, owner, now=now)
        if company.starts_with:
            amount = Decimal(company.starts_with)
            payment = payments.place_order(account, amount=amount, key=uuid4(), method=method, actor=owner, now=now)
            payments.charge(payment, now=now)
    if company.recharges:
        terms = recharges.Terms(enabled=True, trigger_amount=Decimal(20), recharge_amount=Decimal(50))
        recharges.change_terms(account, terms, actor=owner, now=now)


def _card(account: Account, named: str, owner: User, *, now: datetime) -> PaymentMethod:
    """Attach one of the sandbox's named test cards, as its hosted page would."""
    methods.add_page(account, success_url=settings.SITE_URL, cancel_url=settings.SITE_URL, email=owner.email)
    asked = {"customer": account.customer_ref, "card": named}
    answer = requests.post(f"{settings.STRIPE_API_BASE}/sandbox/cards", json=asked, timeout=10)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    card = Card(
        ref=found["id"],
        customer=account.customer_ref,
        brand=found["card"]["brand"],
        last4=found["card"]["last4"],
        exp_month=found["card"]["exp_month"],
        exp_year=found["card"]["exp_year"],
    )
    return methods.add_card(account, card, actor=owner, now=now)


def _give(company: Company, account: Account, *, now: datetime) -> None:
    """Promotional credit. It was given in the beginning, whenever it expires."""
    for amount, days_left, key in company.gifts:
        with accounts.changing(account.pk, now=BEGAN_AT) as locked:
            ledger.grant(
                locked,
                kind=Lot.Kind.PROMOTION,
                amount=Decimal(amount),
                key=f"demo:{key}",
                why="",
                now=BEGAN_AT,
                expires_at=now + timedelta(days=days_left),
            )


def _license(organization: Organization, slug: str, *, now: datetime) -> None:
    """The sample people and their licences."""
    known = frozenset(Plan.objects.values_list("code", flat=True))
    with (DATA / f"licences-{slug}.csv").open(encoding="utf-8", newline="") as lines:
        people = [row for row in licence_files.read(lines, known=known) if isinstance(row, Person)]
    licences.import_people(organization, people, since=None, actor=None, now=now)
