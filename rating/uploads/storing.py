"""A file that comes in is kept in parts until it has been taken in, refused or dropped; and then no longer."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction

from rating.models import Upload, UploadPart
from rating.models.uploads import UploadQuerySet
from rating.uploads.limiting import largest
from subscriptions import activity
from subscriptions.doorbell import ring
from subscriptions.models import Organization, User

#: So many bytes a part.
PART: Final = 2**20
#: So many files of an organization may be on their way at once.
MOST: Final = 5
#: What nobody has decided on is dropped after so long.
KEPT: Final = timedelta(days=30)
UNFINISHED: Final = (*Upload.WORKED_ON, Upload.State.CHECKED)
#: The first half of the advisory locks under which the files of an organization are counted.
_LOCKS: Final = 0x0F11E
_LONGEST_NAME: Final = 200
_ODD: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069/\\]")


class TooMany(Exception):
    """So many files are on their way already; one of them has to be imported or dropped first."""


class TooLarge(Exception):
    """The file is larger than settings allow."""


def receive(
    chunks: Iterable[bytes],
    *,
    name: str,
    kind: Upload.Kind,
    organization: Organization | None,
    options: dict[str, Any],
    actor: User,
    now: datetime,
) -> Upload:
    """The upload, on its way to be checked; the same bytes again, while they are on their way, are the same upload.

    All of it is stored or nothing. `chunks` are of any size; memory holds one part. Raises TooMany or TooLarge.
    """
    with transaction.atomic():
        _lock(organization)
        upload = Upload.objects.create(
            organization=organization,
            kind=kind,
            name=cleaned(name),
            size=0,
            checksum="",
            options=options,
            uploaded_at=now,
            uploaded_by=actor,
            due_at=now,
        )
        upload.size, upload.checksum = _store(upload, chunks)
        same = _unfinished(organization).exclude(pk=upload.pk)
        if (again := same.filter(kind=kind, checksum=upload.checksum, options__contains=options).first()) is not None:
            transaction.set_rollback(True)
            return again
        if same.count() >= MOST:
            raise TooMany
        upload.save(update_fields=["size", "checksum"])
        if organization is not None:
            activity.record(organization, "upload.received", now=now, actor=actor, file=upload.name)
        ring("rating.uploads_due")
    return upload


def cleaned(name: str) -> str:
    """The name without folders, and without signs that would not be seen or turn the text around."""
    base = _ODD.sub("", re.split(r"[/\\]", name)[-1]).strip(" .")
    while len(base.encode()) > _LONGEST_NAME:
        base = base[1:] if len(base) > len(Path(base).suffix) + 1 else base[:-1]
    return base or "file"


def write_out(upload: Upload, folder: Path) -> Path:
    """The content as a file in that folder, which has the upload's name."""
    path = folder / upload.name
    with path.open("wb") as file:
        for part in upload.parts.order_by("number").values_list("content", flat=True).iterator(chunk_size=1):
            file.write(part)
    return path


def empty(upload: Upload) -> None:
    """Throw the content away."""
    UploadPart.objects.filter(upload=upload).delete()


def _unfinished(organization: Organization | None) -> UploadQuerySet:
    return Upload.objects.filter(organization=organization, state__in=UNFINISHED)


def _lock(organization: Organization | None) -> None:
    """Until the transaction ends nobody else hands in a file of theirs."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCKS, organization.pk if organization else 0])


def _store(upload: Upload, chunks: Iterable[bytes]) -> tuple[int, str]:
    """Write the parts; how many bytes they are, and their sha-256."""
    digest, size = hashlib.sha256(), 0
    for number, part in enumerate(_parts(chunks)):
        digest.update(part)
        size += len(part)
        if size > largest():
            raise TooLarge
        UploadPart.objects.create(upload=upload, number=number, content=part)
    return size, digest.hexdigest()


def _parts(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, cut anew."""
    kept = bytearray()
    for chunk in chunks:
        kept += chunk
        while len(kept) >= PART:
            yield bytes(kept[:PART])
            del kept[:PART]
    if kept:
        yield bytes(kept)
