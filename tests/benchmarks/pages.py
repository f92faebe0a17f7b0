"""Every page of an organization with much on it, beside the emptiest page with the same shell and the same person."""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from django.core.exceptions import ObjectDoesNotExist
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import path
from django.utils import timezone

from config.urls import urlpatterns as product
from subscriptions.models import Membership, Organization
from subscriptions.permissions import Action, required
from tests import factories
from tests.benchmarks import rounds
from tests.benchmarks.figures import Curve, Goal, Plan, Report, Sample, summarize
from tests.pages import billing, estates, using
from tests.rating import cast

ROWS: Final = 50
#: Requests of one page in a round.
ASKED: Final = 6
GOAL: Final = Goal(4, at_least=False)
_TRIVIAL: Final = '{% extends "base.html" %}{% block heading %}{{ request.organization.name }}{% endblock %}'


@required(Action.VIEW)
def trivial(request: HttpRequest, slug: str) -> HttpResponse:
    """The shell with a heading."""
    return HttpResponse(engines["django"].from_string(_TRIVIAL).render({}, request))


urlpatterns = [*product, path("o/<slug:slug>/bench/", trivial, name="bench")]


def run(plan: Plan) -> Report:
    """A time against a time, page by page; the ratio is that of the worst page."""
    with TemporaryDirectory() as folder, override_settings(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["testserver"]):
        organization = _prepare(Path(folder), plan.of(ROWS))
        client = Client(headers={"host": "testserver"})
        client.force_login(organization.memberships.get(role=Membership.Role.OWNER).user)
        reference = f"/o/{organization.slug}/bench/"
        found = []
        for name, address in _addresses(organization).items():
            pairs = rounds.alternate(plan, _reader(client, address), _reader(client, reference))
            found.append((summarize(name, "ms", pairs, goal=GOAL), _in_database(client, address)))
    found.sort(key=lambda one: one[0].ratio, reverse=True)
    curve = Curve(
        f"Every page, with {ROWS} rows of everything; the database's share is that of one request",
        ("page", "ms", "the shell, ms", "ratio", "queries", "in the database, ms"),
        [
            (f"`{one.name}`", f"{one.ours:.1f}", f"{one.reference:.1f}", f"{one.ratio:.2f}", str(count), f"{took:.1f}")
            for one, (count, took) in found
        ],
    )
    worst = found[0][0]
    for row in curve.rows:
        print(*row, flush=True)
    missed = sum(one.reached is False for one, _ in found)
    said = f"The worst page is `{worst.name}`; {missed} of {len(found)} miss the goal."
    named = summarize("pages", "ms", [(Sample(worst.ours, worst.n), Sample(worst.reference, worst.n))], goal=GOAL)
    return Report([named], [curve], [said])


def _prepare(folder: Path, rows: int) -> Organization:
    cast.publish_samples()
    organization = factories.contoso()
    estates.fill(organization, folder, rows=rows, now=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return organization


def _addresses(organization: Organization) -> dict[str, str]:
    card, found = organization.account.payment_methods.earliest("pk").pk, {}
    for page in [*billing.PAGES, *using.PAGES]:
        try:
            found[page.name] = page.address(organization) + page.ask.format(card=card)
        except ObjectDoesNotExist:
            continue
    return found


def _reader(client: Client, address: str) -> Callable[[int], Sample]:
    def read(_: int) -> Sample:
        latencies = []
        for _each in range(ASKED):
            before = time.perf_counter()
            answer = client.get(address)
            latencies.append((time.perf_counter() - before) * 1000)
            if answer.status_code != 200:
                raise RuntimeError(f"{address}: {answer.status_code}")
        return Sample(median(latencies), ASKED, latencies)

    return read


def _in_database(client: Client, address: str) -> tuple[int, float]:
    """How many queries, and their milliseconds, as Django measured them."""
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    return len(queries), sum(float(query["time"]) for query in queries) * 1000
