"""One thing done with a deck, in a process: `python -m tests.benchmarks.decking {import,copy,build} FILE DAY`.

Prints one JSON object: seconds of the work alone, the most memory the process ever held, and how much of it the work
added (bytes). `import` publishes a deck file, `copy` sends ready rows to an equal deck by COPY, `build` makes the table
of the newest deck for look-ups.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Final

import django

_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
#: The deck that ready rows say they are of.
DECK: Final = 1_000_000
_COLUMNS: Final = (
    'deck_id, prefix, country, destination, kind, per_minute, connection_fee, slots, "window", rounding, decimals'
)
_BLOCK: Final = 1 << 16


def held() -> int:
    """The memory that the process holds now, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE


def most_held() -> int:
    """The most memory it has held since it began, in bytes. `getrusage` would count what its parent held."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def _import(path: Path, day: date) -> None:
    from django.utils import timezone

    from rating import decks

    wanted = decks.Publication("outbound", "USD", day, path.stem)
    decks.publish(path, wanted, now=timezone.now())


def _copy(path: Path, day: date) -> None:
    from django.db import connection, transaction
    from django.utils import timezone

    from rating.models import RateDeck

    now = timezone.now()
    with transaction.atomic(), connection.cursor() as cursor:
        deck = RateDeck.objects.create(
            pk=DECK, name=path.stem, service="outbound", currency="USD", effective_on=day, created_at=now
        )
        with path.open("rb") as file, cursor.copy(f"COPY rating_rate ({_COLUMNS}) FROM STDIN") as stream:
            while block := file.read(_BLOCK):
                stream.write(block)
        deck.published_at = now
        deck.save(update_fields=["published_at"])


def _build(path: Path, day: date) -> None:
    from rating import decks
    from rating.models import RateDeck

    decks.by_prefix(RateDeck.objects.get(effective_on=day, name=path.stem).pk)


WORK: Final[dict[str, Callable[[Path, date], None]]] = {"import": _import, "copy": _copy, "build": _build}


def main(what: str, path: Path, day: date) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.db import connection

    import rating.decks  # noqa: F401  # its modules are no part of the work

    connection.ensure_connection()
    before, begun = held(), time.monotonic()
    WORK[what](path, day)
    seconds = time.monotonic() - begun
    print(json.dumps({"seconds": seconds, "peak": most_held(), "added": held() - before}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), date.fromisoformat(sys.argv[3]))
