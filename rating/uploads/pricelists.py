"""Rate decks: what one would change, and publishing it."""

from datetime import date
from typing import Any, Final

from django.db import transaction

from rating import charging, decks
from rating.decks import Comparison, Publication, Ruined, telling
from rating.models import RateDeck, Upload
from rating.uploads.findings import Findings
from rating.uploads.job import Job

#: So many changes are shown.
_SHOWN: Final = 100


class Unsound(Exception):
    """Lines of the file can't be published: `found` names the first of them."""

    def __init__(self, found: dict[str, Any]) -> None:
        super().__init__(f"{found['bad']} lines can't be published")
        self.found = found


def publication(upload: Upload) -> Publication:
    """What the deck is to be."""
    said = {name: upload.options[name] for name in ("service", "currency", "name", "sample", "zone")}
    return Publication(**said, effective_on=date.fromisoformat(upload.options["effective_on"]))


def check(job: Job) -> dict[str, Any]:
    """The file beside the deck it comes after. Writes nothing. Raises sheets.Refused, or Unsound."""
    wanted = publication(job.upload)
    decks.refuse_unknown(wanted)
    try:
        found = decks.dry_run(job.path, wanted)
    except Ruined as ruined:
        raise Unsound(_ruins(ruined)) from ruined
    job.heart.did(found.rows)
    return {**_compared(found), "replaces": _replaced(found, wanted), "bad": 0, "errors": []}


def brings_something(found: dict[str, Any]) -> bool:
    """If there is anything to publish: a deck without changes may still be wanted, as another day's."""
    return not (found["replaces"] and not any(found["counts"].values()))


def take(job: Job) -> None:
    """Publish it together with what came of it; calls that waited for a rate are tried again.

    What it takes the place of is what the check had found. Raises sheets.Refused.
    """
    upload, heart = job.upload, job.heart
    replaces = upload.found.get("replaces")
    with transaction.atomic():
        deck, is_new = decks.publish(
            job.path,
            publication(upload),
            now=heart.now,
            replaces=RateDeck.objects.get(pk=replaces) if replaces else None,
            actor=job.actor,
            why=upload.options["why"],
        )
        if is_new:
            charging.try_again(now=heart.now)
        job.finish({"deck": deck.pk, "is_new": is_new, "rows": upload.found["rows"]})


def _ruins(ruined: Ruined) -> dict[str, Any]:
    findings = Findings()
    for problem in ruined.problems:
        findings.add(problem.line, problem.column, problem.given, problem.reason)
    return findings.told()


def _compared(found: Comparison) -> dict[str, Any]:
    return {
        "rows": found.rows,
        "against": found.against.pk if found.against else None,
        "counts": {kind: getattr(found, kind).height for kind in ("gone", "added", "changed", "effective")},
        "changes": [_without_places(row) for row in telling.effects(found, _SHOWN)],
        "summary": [_without_places(row) for row in found.by_destination.head(_SHOWN).to_dicts()],
    }


def _without_places(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in ("begin", "end")}


def _replaced(found: Comparison, wanted: Publication) -> int | None:
    against = found.against
    return against.pk if against is not None and against.effective_on == wanted.effective_on else None
