"""What works: in public, for staff, and what is said when something breaks or is not theirs."""

import json
import logging
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from unittest import mock

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client, RequestFactory
from django.urls import reverse
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from config import health
from config.celery import TIMETABLE
from config.health import Level
from config.views import incident
from credits.models import Brake
from subscriptions.models import Membership, Organization
from tests.factories import NOW, UserFactory
from tests.notifications import samples

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

SignIn = Callable[..., Client]


def rang(*, ago: timedelta) -> None:
    schedule = CrontabSchedule.objects.create()
    for beat in TIMETABLE:
        PeriodicTask.objects.create(name=beat.task, task=beat.task, crontab=schedule, last_run_at=NOW - ago)


def public(client: Client) -> tuple[int, dict[str, str]]:
    answer = client.get(reverse("status"), {"format": "json"})
    said = json.loads(answer.content)
    return answer.status_code, {part["name"]: part["status"] for part in said["parts"]} | {"all": said["status"]}


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The database does not answer."""
    gone = OperationalError("connection refused")
    with mock.patch.object(connection, "cursor", side_effect=gone):
        yield


def test_all_is_well_in_public(client: Client) -> None:
    rang(ago=timedelta(minutes=1))

    code, parts = public(client)

    assert (code, set(parts.values())) == (200, {"fine"})
    assert "Everything works" in client.get(reverse("status")).content.decode()


def test_programs_may_ask_for_json(client: Client) -> None:
    answer = client.get(reverse("status"), headers={"Accept": "application/json"})

    assert answer["Content-Type"] == "application/json"
    assert "no-store" in answer["Cache-Control"]


def test_work_that_waits_is_said_in_public_without_a_figure(client: Client, contoso: Organization) -> None:
    rang(ago=timedelta(minutes=1))
    samples.post(contoso, now=NOW - timedelta(hours=1))

    code, parts = public(client)
    html = client.get(reverse("status")).content.decode()

    assert code == 200
    assert parts["Notices by mail"] == "late"
    assert "Contoso" not in html
    assert not re.search(r"[0-9]", re.sub(r"<[^>]*>", "", html[html.index("<main") :]))


def test_a_timetable_that_stands_still_is_seen(client: Client) -> None:
    rang(ago=timedelta(hours=1))

    assert public(client)[1]["all"] == "late"


def test_a_broker_that_is_away_is_seen_soon_and_what_still_works_is_said(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "REDIS_URL", "redis://127.0.0.1:1/0")

    found = health.broker()

    assert found.level == Level.DOWN
    assert "Pages and calls go on." in str(found.then)
    assert public(client)[1]["Pages of the admin center"] == "fine"


@pytest.mark.usefixtures("away")
def test_the_public_page_answers_without_the_database(client: Client) -> None:
    client.cookies[settings.SESSION_COOKIE_NAME] = "somebody"

    answer = client.get(reverse("status"))

    assert answer.status_code == 503
    assert "Something does not work" in answer.content.decode()


@pytest.mark.usefixtures("away")
def test_other_pages_say_without_the_database_that_they_are_away(client: Client) -> None:
    client.cookies[settings.SESSION_COOKIE_NAME] = "somebody"
    client.raise_request_exception = False

    answer = client.get("/o/contoso/")

    assert answer.status_code == 503
    assert "We are away for a moment" in answer.content.decode()


def test_only_staff_see_the_health(client: Client, contoso: Organization, sign_in: SignIn) -> None:
    assert client.get(reverse("health"))["Location"].startswith(reverse("account_login"))
    assert sign_in(contoso, role=Membership.Role.OWNER).get(reverse("health")).status_code == 404

    client.force_login(UserFactory.create(is_staff=True))

    assert client.get(reverse("health")).status_code == 200


def test_the_health_names_what_waits_and_what_is_stopped(client: Client, contoso: Organization) -> None:
    rang(ago=timedelta(minutes=1))
    samples.post(contoso, now=NOW - timedelta(hours=1))
    Brake.objects.create(what="charges", pulled_at=NOW, why="Test")
    client.force_login(UserFactory.create(is_staff=True))

    answer = client.get(reverse("health"))

    late = {str(each.label) for name in ("sweeps", "watched") for each in answer.context[name] if each.level == "late"}
    assert late == {"Notices to address", "Brakes pulled"}
    assert "1 hour" in answer.content.decode().replace("\xa0", " ")
    assert len(answer.context["tasks"]) == len(TIMETABLE)


def test_a_task_that_never_rang_is_said_so(client: Client) -> None:
    client.force_login(UserFactory.create(is_staff=True))

    assert "not yet" in client.get(reverse("health")).content.decode()


def number_in(html: str, log: str) -> bool:
    """If the page has the number that is in the log."""
    found = re.search(r"incident ([0-9a-f]{8})", log)
    return found is not None and found[1] in html


@pytest.mark.parametrize("status", [400, 403, 404])
def test_what_cannot_be_done_has_a_number_that_is_in_the_log(
    contoso: Organization, sign_in: SignIn, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    client = sign_in(contoso, role=Membership.Role.READER)
    page = {403: reverse("subscriptions:keys", args=["contoso"])}.get(status, "/nothing/")

    with caplog.at_level(logging.INFO, logger="config.views.incident"):
        answer = client.get(page, headers={"Host": "evil.example"} if status == 400 else {})

    assert answer.status_code == status
    assert number_in(answer.content.decode(), caplog.text)


def test_who_may_not_is_told_who_may(contoso: Organization, sign_in: SignIn) -> None:
    answer = sign_in(contoso, role=Membership.Role.READER).get(reverse("subscriptions:keys", args=["contoso"]))

    owner = contoso.memberships.get(role="owner").user.get_full_name()
    assert f"Those who may: {owner}." in answer.content.decode()


def test_an_error_leads_back_to_where_one_was(contoso: Organization, sign_in: SignIn) -> None:
    client, home = sign_in(contoso), "http://testserver/o/contoso/"

    mine = client.get("/nothing/", headers={"Referer": home}).content.decode()
    theirs = client.get("/nothing/", headers={"Referer": "https://evil.example/"}).content.decode()

    assert f'href="{home}">Go back' in mine
    assert "evil.example" not in theirs
    assert "Go to the start page" in theirs


def test_a_stale_form_says_that_nothing_was_done(contoso: Organization) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(contoso.memberships.get(role="owner").user)

    answer = client.post(reverse("notifications:news", args=["contoso"]))

    assert answer.status_code == 403
    assert "This form is too old to be sent" in answer.content.decode()


@pytest.mark.usefixtures("away")
def test_without_the_database_people_are_asked_to_come_back(rf: RequestFactory) -> None:
    try:
        connection.cursor()
    except OperationalError:
        answer = incident.server_error(rf.get("/o/contoso/"))

    assert answer.status_code == 503
    assert answer["Retry-After"] == "30"
    assert "We are away for a moment" in answer.content.decode()
