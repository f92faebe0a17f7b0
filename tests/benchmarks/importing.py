"""One import in a process of its own: `python -m tests.benchmarks.importing FILE SLUG STEP`; one JSON object a line.

In it: seconds from the file to the last call charged, the longest of the transactions that charge (seconds), and the
most memory the process ever held (bytes).
"""

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

import django


def server_seconds(pid: int) -> float:
    """The processor time that a server process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main(path: Path, slug: str, step: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.db import connection
    from django.utils import timezone

    from rating import backfill
    from subscriptions.models import Organization

    longest = 0.0
    charge = backfill.charging.charge

    def timed(*words: Any, **named: Any) -> None:
        nonlocal longest
        begun = time.monotonic()
        charge(*words, **named)
        longest = max(longest, time.monotonic() - begun)

    backfill.charging.charge = timed
    organization = Organization.objects.get(slug=slug)
    begun, own = time.monotonic(), time.process_time()
    file = backfill.take_file(path, organization, now=timezone.now(), step=step)
    seconds = time.monotonic() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    own, server = time.process_time() - own, server_seconds(connection.connection.info.backend_pid)
    print(
        json.dumps(
            {
                "own": own,
                "server": server,
                "seconds": seconds,
                "longest": longest,
                "peak": peak,
                "rows": file.rows,
                "new": file.new,
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
