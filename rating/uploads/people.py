"""License files: what one would change, and changing it."""

from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction

from rating import sheets
from rating.intake import columns
from rating.uploads.findings import Findings
from rating.uploads.job import Heart, Job
from subscriptions import licence_files, licences
from subscriptions.licence_files import NotALicenceFile, Person
from subscriptions.licences import Imported
from subscriptions.models import Plan


def check(job: Job) -> dict[str, Any]:
    """What importing it would change: it is done, and undone. Raises sheets.Refused."""
    people, findings = _read(job.path, job.heart)
    with transaction.atomic():
        done = _import(job, people)
        transaction.set_rollback(True)
    return {"rows": len(people) + findings.bad, **_told(done), **findings.told()}


def brings_something(found: dict[str, Any]) -> bool:
    """If there is anything to import."""
    return bool(found["new"] or found["changed"])


def take(job: Job) -> None:
    """Change it, all or nothing, together with what came of it. Raises sheets.Refused."""
    people, findings = _read(job.path, job.heart)
    with transaction.atomic():
        done = _import(job, people)
        job.finish({"rows": len(people) + findings.bad, **_told(done), "bad": findings.bad})


def _read(path: Path, heart: Heart) -> tuple[list[Person], Findings]:
    sheets.refuse_other_kinds(path)
    if columns.ID in sheets.columns_of(path):
        raise sheets.Refused("This is a usage file. Upload it under Uploads > Upload usage.")
    codes = frozenset(Plan.objects.values_list("code", flat=True))
    people, findings = list[Person](), Findings()
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for each in licence_files.read(lines, known=codes):
                heart.did(1)
                if isinstance(each, Person):
                    people.append(each)
                else:
                    findings.add(each.line, each.column, each.given, each.reason)
    except NotALicenceFile as error:
        raise sheets.Refused(str(error)) from error
    if not people and not findings.bad:
        raise sheets.Refused("The file has no rows.")
    return people, findings


def _import(job: Job, people: list[Person]) -> Imported:
    since = job.upload.options.get("since")
    return licences.import_people(
        job.organization,
        people,
        since=date.fromisoformat(since) if since else None,
        actor=job.actor,
        now=job.heart.now,
    )


def _told(done: Imported) -> dict[str, Any]:
    return {"new": done.new, "changed": done.changed, "unchanged": done.unchanged}
