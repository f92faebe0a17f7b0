"""While a step runs: says once a second how far it is, and that it is still alive, on a connection of its own.

The step may be inside a transaction, whose rows nobody else sees, or compute for minutes. A worker that is killed stops
saying so, and its lease runs out.
"""

import threading
import time
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final, Self

from django.db import Error, connection

from rating.models import Upload

#: A step whose worker has said nothing for so long is begun again by another.
LEASE: Final = timedelta(seconds=60)
_BEAT: Final = 1.0


class Lost(Exception):
    """The lease ran out, and somebody else may have begun the step: this one must not go on."""


class Heart:
    """The beat of one claimed upload. Not started inside a transaction that has the upload's row."""

    def __init__(self, upload: Upload, *, now: datetime) -> None:
        self._pk, self._state, self.due_at = upload.pk, upload.state, upload.due_at
        self._began, self._started = now, time.monotonic()
        self._done, self._all, self._stage = 0, upload.all_lines, ""
        self._is_lost = False
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"upload-{upload.pk}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def now(self) -> datetime:
        """The moment: so long after the step began as it has taken."""
        return self._began + timedelta(seconds=time.monotonic() - self._started)

    def did(self, lines: int) -> None:
        """So many lines more are done. Raises Lost."""
        if self._is_lost:
            raise Lost
        self._done = min(self._done + lines, self._all) if self._all else self._done + lines

    def begins(self, stage: str, *, lines: int) -> None:
        """Another part of the step begins, which has so many lines. Raises Lost."""
        self.did(0)
        self._done, self._all, self._stage = 0, lines, stage

    def stop(self) -> None:
        """No beat after this one."""
        self._end.set()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        try:
            while not self._end.wait(_BEAT):
                self._beat()
        finally:
            connection.close()

    def _beat(self) -> None:
        until = self.now + LEASE
        told = {"done_lines": self._done, "all_lines": self._all, "outcome": {"stage": self._stage}}
        try:
            mine = Upload.objects.filter(pk=self._pk, state=self._state, due_at=self.due_at)
            self._is_lost = not mine.update(due_at=until, **told)
        except Error:
            # A database that is away for a moment; the lease is longer than that.
            connection.close()
            return
        self.due_at = until
