"""What no linter knows of the house: sizes, keys downstairs, mails of notices, task names, bounded amounts."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from config.celery import TIMETABLE, app
from config.sentences import SENTENCES
from notifications.models import Notice
from subscriptions.fields import AmountField

ROOT = Path(settings.BASE_DIR)
FLOORS = ["subscriptions", "notifications", "credits", "rating", "config"]
OUR_MODELS = [model for floor in FLOORS for model in apps.get_app_config(floor).get_models()]
LIMITS = {".py": 300, ".html": 120, ".css": 200, ".js": 200}
UNWANTED = {"services", "selectors", "utils", "helpers", "managers", "constants", "exceptions", "signals", "mixins"}


def our_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and "migrations" not in path.parts:
                yield path


def test_no_module_template_or_sheet_is_longer_than_the_house_allows() -> None:
    too_long = {
        str(path.relative_to(ROOT)): lines
        for path in our_files(*FLOORS, "templates", "static")
        if path.suffix in LIMITS and (lines := len(path.read_text().splitlines())) > LIMITS[path.suffix]
    }

    assert too_long == {}


def test_no_view_is_longer_than_twenty_lines() -> None:
    too_long = []
    for path in our_files(*FLOORS):
        if "views" not in str(path.relative_to(ROOT)):
            continue
        for block in re.split(r"\n(?=@|def |class )", path.read_text()):
            body = [line for line in block.rstrip().splitlines() if line.strip()]
            if block.startswith(("@", "def ")) and "request" in block[:400] and len(body) > 26:
                too_long.append(f"{path.relative_to(ROOT)}: {body[0]}")

    assert too_long == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [path for path in our_files(*FLOORS) if path.stem in UNWANTED] == []


@pytest.mark.parametrize("model", OUR_MODELS, ids=lambda model: model._meta.label)
def test_foreign_keys_point_downstairs(model: type[models.Model]) -> None:
    here = FLOORS.index(model._meta.app_label)
    for field in model._meta.get_fields():
        target = getattr(field, "related_model", None)
        if (
            field.concrete
            and isinstance(target, type)
            and issubclass(target, models.Model)
            and target._meta.app_label in FLOORS
        ):
            assert FLOORS.index(target._meta.app_label) <= here, field


@pytest.mark.parametrize("model", OUR_MODELS, ids=lambda model: model._meta.label)
def test_every_amount_has_a_lower_and_an_upper_bound(model: type[models.Model]) -> None:
    checks = [str(constraint.condition) for constraint in model._meta.constraints if hasattr(constraint, "condition")]
    for field in model._meta.concrete_fields:
        if isinstance(field, AmountField):
            assert any(f"('{field.name}__gte'" in check and f"('{field.name}__lt'" in check for check in checks), field
        assert not isinstance(field, models.FloatField)


@pytest.mark.parametrize("model", OUR_MODELS, ids=lambda model: model._meta.label)
def test_every_model_is_in_the_admin(model: type[models.Model]) -> None:
    assert admin.site.is_registered(model)


@pytest.mark.django_db
@pytest.mark.parametrize("model", OUR_MODELS, ids=lambda model: model._meta.label)
def test_no_model_asks_the_database_for_its_name(model: type[models.Model]) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        str(model(pk=1))

    assert len(queries) == 0


@pytest.mark.parametrize("kind", [*Notice.Kind.values, "invitation"])
@pytest.mark.parametrize("part", ["subject.txt", "body.txt", "body.html"])
def test_every_notice_has_its_three_templates(kind: str, part: str) -> None:
    assert (ROOT / "templates" / "notices" / kind / part).is_file()


@pytest.mark.parametrize("name", [beat.task for beat in TIMETABLE])
def test_every_beat_entry_names_a_registered_task_without_arguments(name: str) -> None:
    app.loader.import_default_modules()

    assert app.tasks[name].run.__code__.co_argcount == 0


def test_every_template_starts_with_what_it_needs() -> None:
    silent = []
    for path in our_files("templates"):
        inside = path.relative_to(ROOT / "templates").parts
        if path.suffix == ".html" and inside[0] not in ("allauth", "account", "admin", "bootstrap5"):
            head = path.read_text()[:400]
            if "{#" not in head and "{% comment" not in head:
                silent.append("/".join(inside))

    assert silent == []


def routes(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in patterns:
        if isinstance(entry, URLResolver):
            yield from routes(entry.url_patterns, before + str(entry.pattern))
        else:
            yield before + str(entry.pattern), entry


ORGANIZATION_ROUTES = [
    pytest.param(entry, id=route) for route, entry in routes(get_resolver().url_patterns) if "<slug:slug>" in route
]


@pytest.mark.parametrize("entry", ORGANIZATION_ROUTES)
def test_every_page_of_an_organization_names_its_action(entry: URLPattern) -> None:
    assert getattr(entry.callback, "action", None) is not None, entry


def test_every_recorded_action_has_its_sentence() -> None:
    recorded = {
        action
        for path in our_files(*FLOORS)
        if path.suffix == ".py"
        for action in re.findall(r'(?:activity\.record|_record)\(\s*[^"()]*?"([a-z_]+\.[a-z_]+)"', path.read_text())
    }

    assert len(recorded) > 10
    assert recorded - set(SENTENCES) == set()


def test_rules_do_not_read_the_clock() -> None:
    doors = {"views", "api", "tasks", "admin", "management", "context", "middleware", "forms", "embedded"}
    reading = [
        str(path.relative_to(ROOT))
        for path in our_files(*FLOORS)
        if path.suffix == ".py"
        and not doors.intersection(path.relative_to(ROOT).with_suffix("").parts)
        and re.search(r"timezone\.now\(|datetime\.now\(|date\.today\(|time\.time\(", path.read_text())
    ]

    assert reading == []
