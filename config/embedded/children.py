"""Processes that end with us: each in a group of its own, its words in a log file, stopped with all it has started."""

import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

LARGEST_LOG = 5_000_000
WORTH_SHOWING = re.compile(r"\b(warning|error|critical|traceback|exception)\b", re.IGNORECASE)
ORDER_TO_END_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux


@dataclass
class Child:
    """A process to run. `patience`: seconds between the request to end and the end by force."""

    name: str
    command: Sequence[str | Path]
    patience: float = 10.0
    process: subprocess.Popen[bytes] | None = None
    log: Path | None = None
    read: int = 0

    def start(self, logs: Path | None, *, folder: Path) -> None:
        """Start it in `folder`. Its words go to `<logs>/<name>.log`; without `logs` to our own output."""
        with nullcontext() if logs is None else self._open_log(logs) as output:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                cwd=folder,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - we have no threads
            )

    def _open_log(self, logs: Path) -> BinaryIO:
        """The log file, to be written at its end; one that has grown large is put aside first."""
        self.log = logs / f"{self.name}.log"
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        output = self.log.open("ab")
        self.read = output.tell()
        return output

    @property
    def exit_code(self) -> int | None:
        """None while it runs. Raises RuntimeError when it was never started."""
        if self.process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self.process.poll()

    def new_lines(self) -> list[str]:
        """The whole lines it has logged since the last question."""
        if self.log is None:
            return []
        with self.log.open("rb") as file:
            file.seek(self.read)
            whole, end, _ = file.read().rpartition(b"\n")
        self.read += len(whole) + len(end)
        return [line.decode(errors="replace").rstrip() for line in whole.split(b"\n")] if end else []

    def ask_to_end(self) -> None:
        """Ask the process, and only it: it knows best how to end what it has started."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def end(self, *, hurry: bool = False) -> None:
        """Return when the process and its whole group are gone: asked first, and by force when patience is over."""
        if self.process is None:
            return
        self.ask_to_end()
        until = time.monotonic() + (0.5 if hurry else self.patience)
        while self.process.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        # What a killed leader left in its group would live on.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def worth_showing(line: str) -> bool:
    """Whether a log line is for the terminal too; all of them are in the file."""
    return bool(WORTH_SHOWING.search(line))


def _end_with_parent() -> None:
    """Linux only: the process is asked to end when we are killed and cannot ask any more. Elsewhere it lives on."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(ORDER_TO_END_WITH_PARENT, signal.SIGTERM)
