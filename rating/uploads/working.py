"""What a worker does with uploads: check what came in, take what was confirmed, drop what nobody decided on.

One file at a time: of a worker's processes all others stay free for money. A worker may be killed at any moment: its
lease runs out, and the step is begun again by another; what it had stored is known by its keys.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any, Final

from django.db import OperationalError, connection
from psycopg.errors import DeadlockDetected, LockNotAvailable

from rating.models import Upload
from rating.sheets import Refused
from rating.uploads import deciding, people, pricelists, storing, usage
from rating.uploads.heart import LEASE, Heart, Lost
from rating.uploads.job import Job
from rating.uploads.pricelists import Unsound
from rating.uploads.wording import STOPPED
from subscriptions.models import User

logger = logging.getLogger(__name__)

State = Upload.State
#: How each kind is checked and taken.
KINDS: Final[dict[str, ModuleType]] = {
    Upload.Kind.USAGE: usage,
    Upload.Kind.LICENCES: people,
    Upload.Kind.DECK: pricelists,
}
#: A step that a worker has not survived so often is given up.
STARTS: Final = 3
_AGAIN: Final = timedelta(seconds=30)
_TURN: Final = (0x0F11E, -1)


def work_due(*, now: datetime) -> int:
    """Do the step that is due longest, if nobody is doing one; how many steps were done, or uploads dropped."""
    dropped = deciding.drop_forgotten(now=now)
    with _turn() as is_ours:
        if not is_ours:
            return dropped
        due = Upload.objects.due(at=now).select_related("organization").order_by("due_at", "pk")
        upload = next((each for each in due.defer("found")[:10] if _claim(each, now=now)), None)
        return dropped if upload is None else dropped + _step(upload, now=now)


@contextmanager
def _turn() -> Iterator[bool]:
    """If it is this worker's turn; it ends with the connection at the latest."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", _TURN)
        (is_ours,) = cursor.fetchone()
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", _TURN)


def _claim(upload: Upload, *, now: datetime) -> bool:
    """Take the lease, and count the start of the step."""
    seen, upload.due_at = upload.due_at, now + LEASE
    starts = upload.options.get("starts", {})
    upload.options["starts"] = {**starts, upload.state: starts.get(upload.state, 0) + 1}
    mine = Upload.objects.filter(pk=upload.pk, due_at=seen, state=upload.state)
    return mine.update(due_at=upload.due_at, options=upload.options, done_lines=0, all_lines=0, outcome={}) == 1


def _step(upload: Upload, *, now: datetime) -> int:
    if upload.options["starts"][upload.state] > STARTS:
        return deciding.refuse(upload, STOPPED, now=now)
    try:
        with TemporaryDirectory(prefix="upload-") as folder:
            path = storing.write_out(upload, Path(folder))
            upload.all_lines = _lines(path)
            with Heart(upload, now=now) as heart:
                return _done(upload, path, heart)
    except OperationalError as error:
        logger.warning("upload %s has to wait (%s)", upload.pk, error)
        if isinstance(error.__cause__, LockNotAvailable | DeadlockDetected):
            # Somebody else is importing for the organization: nothing is wrong with the file.
            upload.options["starts"][upload.state] -= 1
        Upload.objects.filter(pk=upload.pk, state=upload.state).update(due_at=now + _AGAIN, options=upload.options)
    except Lost:
        logger.warning("upload %s is somebody else's by now", upload.pk)
    return 0


def _done(upload: Upload, path: Path, heart: Heart) -> int:
    """Check it or take it; a file that is refused says why."""
    kind = KINDS[upload.kind]
    confirmed_by = User.objects.filter(pk=upload.options.get("confirmed_by")).first()

    def finish(outcome: dict[str, Any]) -> None:
        heart.stop()
        deciding.finish(upload, heart, outcome)

    job = Job(upload, path, heart, confirmed_by, finish)
    try:
        if upload.state == State.TAKING:
            kind.take(job)
            return 1
        found = kind.check(job)
        heart.stop()
        return deciding.checked(upload, heart, found, brings_something=kind.brings_something(found))
    except Unsound as unsound:
        heart.stop()
        return deciding.refuse(upload, str(unsound), now=heart.now, found=unsound.found)
    except Refused as refused:
        heart.stop()
        return deciding.refuse(upload, str(refused), now=heart.now)


def _lines(path: Path) -> int:
    """How many lines the file has: at least as many as it has rows."""
    ends = Counter[bytes]()
    with path.open("rb") as file:
        while block := file.read(2**20):
            ends.update({end: block.count(end) for end in (b"\n", b"\r")})
    return max(ends.values(), default=0) + 1
