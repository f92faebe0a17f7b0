"""Every page x state: it is there, says what it has to, is well made, and asks the database no more for more rows."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from subscriptions.models import Membership, Organization
from tests.pages import billing, using
from tests.pages.conftest import MANY, Cast
from tests.pages.reading import Reading, read
from tests.pages.table import STATES, Page, See
from tests.test_house import routes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

PAGES = [*billing.PAGES, *using.PAGES]
NAMED = [pytest.param(page, id=page.name) for page in PAGES]
SHOWN = [
    pytest.param(page, state, id=f"{page.name}-{state}")
    for page in PAGES
    for state in STATES
    if isinstance(page.state(state), See)
]
BYTES = 60_000


def member(organization: Organization, role: str = Membership.Role.OWNER, language: str = "en") -> Client:
    person = organization.memberships.filter(role=role).earliest("pk").user
    person.language = language
    person.save(update_fields=["language"])
    client = Client()
    client.force_login(person)
    return client


def ask(client: Client, page: Page, organization: Organization, see: See | None = None) -> Any:
    card = getattr(organization.account.payment_methods.first(), "pk", "")
    query = ((see.ask if see else "") or page.ask).format(card=card)
    where = page.address(organization) + query
    if see is not None and see.send is not None:
        return client.post(where, see.send)
    return client.get(where)


def seen(estate: Cast, entry: Page, state: str) -> tuple[Any, Reading]:
    see = entry.state(state)
    assert isinstance(see, See)
    whose = getattr(estate, see.of or {"reader": "full"}.get(state, state))
    role = Membership.Role.READER if state == "reader" else Membership.Role.OWNER
    answer = ask(member(whose, role), entry, whose, see)
    assert answer.status_code == see.status
    return answer, read(answer.content.decode())


@pytest.mark.parametrize(("entry", "state"), SHOWN)
def test_every_page_says_in_every_state_what_it_has_to(estate: Cast, entry: Page, state: str) -> None:
    see = entry.state(state)
    assert isinstance(see, See)

    _, reading = seen(estate, entry, state)

    assert see.words in reading.text


def test_every_address_of_an_organization_is_a_page_of_the_table_or_has_a_reason_not_to_be() -> None:
    found = {
        ":".join(filter(None, [app_of(entry), entry.name]))
        for route, entry in routes(get_resolver().url_patterns)
        if "<slug:slug>" in route
    }

    known = {page.name for page in PAGES} | set(using.OTHERS)
    assert found - known == set()
    assert known - found == set()


def app_of(entry: Any) -> str:
    """The namespace of an address: config has none."""
    floor = str(entry.callback.__module__).partition(".")[0]
    return "" if floor == "config" else floor


@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES])
@pytest.mark.parametrize("entry", NAMED)
def test_every_page_is_well_made_in_every_language(estate: Cast, entry: Page, language: str) -> None:
    client = member(estate.few, language=language)

    answer = ask(client, entry, estate.few)

    html = answer.content.decode()
    reading = read(html)
    assert answer.status_code == 200
    assert reading.language == language
    assert len(reading.headings) == 1
    assert reading.refused == []
    assert reading.title.partition(" · ")[0].strip()
    assert reading.crumbs
    assert len(reading.here) == (1 if entry.under else 0)


@pytest.mark.parametrize("entry", NAMED)
def test_every_page_has_its_heading_and_its_place_and_stays_small(estate: Cast, entry: Page) -> None:
    answer, reading = seen(estate, entry, "full")

    assert reading.headings == [entry.heading.format(name=estate.full.name, last=MANY - 1)]
    assert reading.here == ([entry.under] if entry.under else [])
    size = len(answer.content)
    assert size < BYTES


@pytest.mark.parametrize("entry", NAMED)
def test_no_page_asks_the_database_more_for_more_rows(estate: Cast, entry: Page) -> None:
    asked = {}
    for whose in (estate.few, estate.full):
        client = member(whose)
        ask(client, entry, whose)
        with CaptureQueriesContext(connection) as queries:
            ask(client, entry, whose)
        asked[whose.name] = [re.sub(r"'[^']*'|\d+", "?", query["sql"])[:300] for query in queries]

    few, many = asked.values()
    assert len(few) == len(many), "\n".join(sorted(set(many) ^ set(few)) or many)
