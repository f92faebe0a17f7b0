"""Fixtures of every test: a frozen clock, the cast, and a broker prefix for each process."""

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import translation

from credits import tax
from credits.models import TaxRate
from subscriptions import catalogue, keys
from subscriptions.models import Membership, Organization, Plan
from tests import factories


@pytest.fixture(autouse=True)
def _language_of_nobody() -> None:
    """A request leaves its language behind in the thread; the next test is not that person."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def _rows_of_migrations(request: pytest.FixtureRequest) -> None:
    """A transactional test empties every table when it ends, the migrations' own rows too: put them back."""
    mark = request.node.get_closest_marker("django_db")
    asked = {"db", "transactional_db", "live_server"}.intersection(request.fixturenames)
    if mark is None and not asked:
        return
    transactional = (mark is not None and mark.kwargs.get("transaction", False)) or asked - {"db"}
    request.getfixturevalue("transactional_db" if transactional else "db")
    if not Plan.objects.exists():
        catalogue.seed()
    if not TaxRate.objects.exists():
        tax.seed()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    chromium = shutil.which("chromium")
    assert chromium, "browser tests need Chromium: apt-get install chromium"
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    return {**browser_type_launch_args, "executable_path": chromium, "args": quiet}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A process that a test killed may be slow to hang up; the database cannot be dropped before it has."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )


@pytest.fixture
def now() -> datetime:
    """The moment at which a test stands; hand it to the rules."""
    return factories.NOW


@pytest.fixture
def frozen(now: datetime) -> Iterator[time_machine.Traveller]:
    """The clock that doors read, stopped at `now`; `frozen.move_to(...)` moves it."""
    with time_machine.travel(now, tick=False) as traveller:
        yield traveller


@pytest.fixture
def contoso(db: None) -> Organization:
    return factories.contoso()


@pytest.fixture
def fabrikam(db: None) -> Organization:
    return factories.fabrikam()


@pytest.fixture
def tailspin(db: None) -> Organization:
    return factories.tailspin()


@pytest.fixture
def northwind(db: None) -> Organization:
    return factories.northwind()


@pytest.fixture
def sign_in(client: Client) -> Callable[..., Client]:
    """`sign_in(organization, role=...)` answers a client signed in as that member."""

    def as_member(organization: Organization, role: str = Membership.Role.BILLING_ADMIN) -> Client:
        client.force_login(organization.memberships.get(role=role).user)
        return client

    return as_member


@pytest.fixture
def program(now: datetime) -> Callable[..., Client]:
    """`program(organization, scope...)` answers a client that comes in by a key of these scopes."""

    def with_key(organization: Organization, *scopes: str) -> Client:
        _, secret = keys.make(organization, "program", scopes or list(keys.Scope), actor=None, now=now)
        return Client(headers={"Authorization": f"Bearer {secret}"})

    return with_key
