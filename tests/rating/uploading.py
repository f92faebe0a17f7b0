"""Files handed in as a page hands them in, and the worker that looks for them."""

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from rating import uploads
from rating.models import Upload
from rating.uploads import heart
from subscriptions.models import Organization, User
from tests.factories import NOW, UserFactory
from tests.rating import cast


@pytest.fixture
def no_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step says nothing while it runs: its own connection would not see rows of a test that are not committed."""
    monkeypatch.setattr(heart, "_BEAT", 3600.0)


PEOPLE = "UPN,User Display Name,Usage location,Licences"


def hand_in(
    organization: Organization | None,
    content: bytes,
    *,
    name: str = "usage.csv",
    kind: Upload.Kind = Upload.Kind.USAGE,
    actor: User | None = None,
    **options: Any,
) -> Upload:
    """The content as an upload of the organization, by somebody."""
    stream = io.BytesIO(content)
    return uploads.receive(
        iter(lambda: stream.read(70_000), b""),
        name=name,
        kind=kind,
        organization=organization,
        options=options,
        actor=actor or UserFactory.create(),
        now=NOW,
    )


def usage(folder: Path, *rows: dict[str, str]) -> bytes:
    """The bytes of a usage file of those rows."""
    return cast.usage_file(folder, rows).read_bytes()


def people(*lines: str) -> bytes:
    """The bytes of a license file of those lines."""
    return "\n".join((PEOPLE, *lines, "")).encode()


def ask(client: Client, address: str, seen: str) -> Any:
    """What a page that has seen so much is answered when it asks again by itself."""
    return client.get(address, {"seen": seen}, headers={"HX-Request": "true"})


def work(upload: Upload, *, rounds: Iterable[int] = range(5)) -> Upload:
    """The upload after a worker has done all that is due."""
    for _ in rounds:
        if not uploads.work_due(now=NOW):
            break
    upload.refresh_from_db()
    return upload
