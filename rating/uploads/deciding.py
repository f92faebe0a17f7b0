"""From one state of an upload to the next, each once: by a conditional UPDATE, with its line in the activity record."""

from datetime import datetime
from typing import Any, Final

from django.db import transaction

from rating.models import Upload
from rating.uploads import storing
from rating.uploads.heart import Heart, Lost
from subscriptions import activity
from subscriptions.doorbell import ring
from subscriptions.models import User

State = Upload.State
#: What of a check the list of uploads tells; the rest is long, and stays with the page of the upload.
_COUNTS: Final = ("rows", "new", "repeated", "changed", "unchanged", "bad")


class NotWaiting(Exception):
    """The upload does not wait for anybody's decision: it is at work, or over."""


def confirm(upload: Upload, *, actor: User, now: datetime, **options: Any) -> None:
    """Let a worker take it in. Raises NotWaiting."""
    said = {**upload.options, **options, "confirmed_by": actor.pk, "confirmed_at": now.isoformat()}
    with transaction.atomic():
        told = {"due_at": now, "options": said, "done_lines": 0, "outcome": {}}
        _move(upload, State.CHECKED, State.TAKING, **told)
        _record(upload, "upload.confirmed", actor=actor, now=now)
        ring("rating.uploads_due")


def drop(upload: Upload, *, actor: User | None, now: datetime) -> None:
    """Forget its content; nothing of it was taken. Raises NotWaiting."""
    with transaction.atomic():
        _move(upload, State.CHECKED, State.DROPPED, finished_at=now, emptied_at=now)
        storing.empty(upload)
        _record(upload, "upload.dropped", actor=actor, now=now)


def drop_forgotten(*, now: datetime) -> int:
    """Drop what nobody has decided on for thirty days; how many."""
    forgotten = Upload.objects.filter(state=State.CHECKED, uploaded_at__lt=now - storing.KEPT)
    done = 0
    for upload in forgotten.select_related("organization").defer("found")[:100]:
        try:
            drop(upload, actor=None, now=now)
        except NotWaiting:
            continue
        done += 1
    return done


def checked(upload: Upload, heart: Heart, found: dict[str, Any], *, brings_something: bool) -> int:
    """It waits for somebody now; one that would change nothing is over."""
    counts = {name: found[name] for name in _COUNTS if name in found}
    if brings_something:
        _mine(upload, heart, state=State.CHECKED, found=found, outcome=counts, done_lines=0)
        return 1
    with transaction.atomic():
        _over(upload, heart, State.DONE, found=found, outcome=counts | {"nothing_new": True})
    return 1


def finish(upload: Upload, heart: Heart, outcome: dict[str, Any]) -> None:
    """It is taken in. Inside the transaction that took it, where there was one. Raises Lost."""
    with transaction.atomic():
        _over(upload, heart, State.DONE, outcome=outcome)
        ring("rating.rate_due", "credits.charge_due", "notifications.deliver_due")


def refuse(upload: Upload, why: str, *, now: datetime, found: dict[str, Any] | None = None) -> int:
    """It is refused, whole."""
    with transaction.atomic():
        told = {"finished_at": now, "emptied_at": now, "refusal": why, "outcome": {}}
        try:
            _move(upload, State(upload.state), State.REFUSED, **told, **({"found": found} if found else {}))
        except NotWaiting:
            return 0
        storing.empty(upload)
        _record(upload, "upload.refused", actor=None, now=now)
    return 1


def _over(upload: Upload, heart: Heart, state: State, **told: Any) -> None:
    now = heart.now
    _mine(upload, heart, state=state, finished_at=now, emptied_at=now, done_lines=0, **told)
    storing.empty(upload)


def _mine(upload: Upload, heart: Heart, **told: Any) -> None:
    """Change it, if the lease is still this worker's. Raises Lost."""
    mine = Upload.objects.filter(pk=upload.pk, state=upload.state, due_at=heart.due_at)
    if not mine.update(**told):
        raise Lost
    for name, value in told.items():
        setattr(upload, name, value)


def _move(upload: Upload, before: State, after: State, **told: Any) -> None:
    if not Upload.objects.filter(pk=upload.pk, state=before).update(state=after, **told):
        raise NotWaiting
    for name, value in {"state": after, **told}.items():
        setattr(upload, name, value)


def _record(upload: Upload, action: str, *, actor: User | None, now: datetime) -> None:
    if upload.organization is not None:
        activity.record(upload.organization, action, now=now, actor=actor, file=upload.name)
