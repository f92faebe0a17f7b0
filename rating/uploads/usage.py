"""Usage files: what one would bring, read by the very judge that takes it in; and taking it in."""

from datetime import datetime
from typing import Any

from django.db import transaction

from rating import backfill, intake, sheets
from rating.intake import graph
from rating.intake.judging import Judge
from rating.models import Upload, UsageFile
from rating.uploads.findings import Findings
from rating.uploads.job import Heart, Job
from subscriptions import licence_files


def check(job: Job) -> dict[str, Any]:
    """Counts, the first rows that can't be taken, and the days of the new calls. Writes nothing. Raises Refused."""
    if {licence_files.UPN, licence_files.LICENCES} <= sheets.columns_of(job.path):
        raise sheets.Refused("This is a license file. Upload it under Uploads > Upload licenses.")
    organization = job.organization
    judge = Judge(organization, now=job.heart.now, remembers=True)
    findings, days = Findings(), list[str]()
    rows = new = repeated = 0
    with intake.opened(job.path) as table:
        for batch in intake.batches(table):
            judged = judge.judge(batch)
            rows, new, repeated = rows + len(batch), new + len(judged.new), repeated + judged.repeated
            for row, wrong in judged.bad:
                findings.add(row.line, wrong.column, wrong.given, wrong.reason)
            began = [sound.call.started_at.astimezone(organization.zone).date().isoformat() for sound in judged.new]
            days = [min(days + began), max(days + began)] if began else days
            job.heart.did(len(batch))
    return {"rows": rows, "new": new, "repeated": repeated, "days": days, **findings.told()}


def brings_something(found: dict[str, Any]) -> bool:
    """If there is anything to import."""
    return bool(found["new"])


def take(job: Job) -> None:
    """Take it in: a small file at once with what came of it, a large one in steps. Raises Refused, OSError."""
    heart = job.heart
    if not backfill.is_large(job.path) or graph.is_page(job.path):
        with transaction.atomic():
            job.finish(_told(intake.take_file(job.path, job.organization, now=heart.now, on_progress=heart.did)))
        return
    file = _taken_before(job.upload) or backfill.take_file(
        job.path, job.organization, now=heart.now, on_progress=heart.did, on_charge=_Charges(heart)
    )
    job.finish(_told(file))


class _Charges:
    """Tells the heart how many calls are charged of how many."""

    def __init__(self, heart: Heart) -> None:
        self._heart, self._began = heart, False

    def __call__(self, calls: int, of: int) -> None:
        if not self._began:
            self._began = True
            self._heart.begins("charging", lines=of)
        self._heart.did(calls)


def _taken_before(upload: Upload) -> UsageFile | None:
    """The file as a worker had taken it who was stopped before it could say so."""
    confirmed_at = datetime.fromisoformat(upload.options["confirmed_at"])
    files = UsageFile.objects.filter(organization=upload.organization, checksum=upload.checksum)
    return files.filter(finished_at__gte=confirmed_at).first()


def _told(file: UsageFile) -> dict[str, Any]:
    counts = {"rows": file.rows, "new": file.new, "repeated": file.repeated, "bad": file.quarantined}
    return {**counts, "file": file.pk}
