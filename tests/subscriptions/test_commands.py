"""`create_organization` and `import_licences` as an operator types them."""

import re
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client

from subscriptions.models import Licence, Organization, Subscriber

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parents[2] / "rating" / "data"


def _run(*args: str, **options: Any) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command(*args, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


@pytest.mark.usefixtures("frozen")
def test_create_organization_prints_a_link_that_leads_in(client: Client, settings: Any) -> None:
    said, _ = _run("create_organization", "Woodgrove Bank", "--owner", "olga@woodgrove.example", "--country", "us")

    organization = Organization.objects.get(slug="woodgrove-bank")
    assert (organization.country, organization.currency) == ("US", "USD")
    link = said.splitlines()[-1]
    assert link.startswith(settings.SITE_URL)
    path = "/" + link.removeprefix(settings.SITE_URL).lstrip("/")
    assert client.get(path).status_code == 200


def test_create_organization_tells_what_is_wrong(contoso: Organization) -> None:
    with pytest.raises(CommandError, match="slug: "):
        _run("create_organization", "Contoso", "--owner", "olga@woodgrove.example")
    with pytest.raises(CommandError, match="time_zone: Mars"):
        _run("create_organization", "W", "--owner", "olga@woodgrove.example", "--time-zone", "Mars")
    with pytest.raises(CommandError, match="email"):
        _run("create_organization", "W", "--owner", "nobody")


@pytest.mark.parametrize(
    ("slug", "people", "held"),
    [
        ("contoso", 40, {"MCOPSTN1": 16, "MCOPSTN2": 12, "MCOPSTN_PAYG_1": 2, "MCOPSTN_PAYG_2": 1, "MCOMEETADD": 31}),
        ("tailspin", 6, {"MCOPSTN5": 5, "MCOMEETADD": 2}),
    ],
)
def test_the_sample_files_are_taken_over_whole_and_once(
    slug: str, people: int, held: dict[str, int], request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(slug)
    file = str(DATA / f"licences-{slug}.csv")

    first, _ = _run("import_licences", file, "--organization", slug)
    again, _ = _run("import_licences", file, "--organization", slug)

    assert first.splitlines()[-1] == f"{people} subscribers: {people} new, 0 changed, 0 unchanged, 0 refused"
    assert again.splitlines()[-1] == f"{people} subscribers: 0 new, 0 changed, {people} unchanged, 0 refused"
    assert {code: Licence.objects.filter(plan__code=code, assigned_on=None).count() for code in held} == held


def test_bad_lines_are_reported_and_the_rest_is_imported(contoso: Organization, tmp_path: Path) -> None:
    file = tmp_path / "licences.csv"
    file.write_text(
        "\ufeffUPN,User Display Name,Usage location,Licences\r\n"
        "ann@contoso.example,Ann,US,MCOPSTN1\r\n"
        "ben@contoso.example,Ben,US,MCOPSTN1 WRONG\r\n"
    )

    said, wrong = _run("import_licences", str(file), "--organization", "contoso", "--since", "2026-10-01")

    assert wrong.strip() == "line 3, Licences: WRONG is not in the catalogue"
    assert said.strip() == "2 subscribers: 1 new, 0 changed, 0 unchanged, 1 refused"
    assert Subscriber.objects.get().upn == "ann@contoso.example"
    assert str(Licence.objects.get().assigned_on) == "2026-10-01"


def test_import_licences_tells_what_it_cannot_read(contoso: Organization, tmp_path: Path) -> None:
    wrong = tmp_path / "zip.csv"
    wrong.write_bytes(b"PK\x03\x04\xff\xfe")

    for file, slug, said in (
        ("none.csv", "contoso", "No such file"),
        (str(wrong), "contoso", "UTF-8"),
        (str(wrong), "nobody", "no organization is called nobody"),
    ):
        with pytest.raises(CommandError, match=re.escape(said)):
            _run("import_licences", file, "--organization", slug)


def test_an_invitation_of_the_command_lasts_a_week(now: datetime) -> None:
    with time_machine.travel(now, tick=False):
        said, _ = _run("create_organization", "W", "--owner", "olga@woodgrove.example")

    assert "until 2026-11-09 09:00 UTC" in said
