"""One import in a process of its own: `python -m tests.benchmarks.importing FILE SLUG STEP LANES`; one JSON object.

In it: seconds from the file to the last call charged, the longest of the transactions that charge (seconds, with what
comes before their locks), the processor time of the process (seconds), and the most memory it ever held (bytes).
"""

import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django


def main(path: Path, slug: str, step: int, lanes: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.utils import timezone

    from credits import accounts
    from rating import backfill
    from subscriptions.models import Organization

    longest = 0.0
    changing = accounts.changing

    @contextmanager
    def timed(*words: Any, **named: Any) -> Iterator[Any]:
        nonlocal longest
        begun = time.monotonic()
        with changing(*words, **named) as account:
            yield account
        longest = max(longest, time.monotonic() - begun)

    accounts.changing = timed
    organization = Organization.objects.get(slug=slug)
    begun, own = time.monotonic(), time.process_time()
    file = backfill.take_file(path, organization, now=timezone.now(), pace=backfill.Pace(step, lanes))
    seconds = time.monotonic() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    own = time.process_time() - own
    print(
        json.dumps(
            {
                "own": own,
                "seconds": seconds,
                "longest": longest,
                "peak": peak,
                "rows": file.rows,
                "new": file.new,
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
