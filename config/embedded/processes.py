"""What the system knows about a process, on Linux and on macOS, and what is said about one that does not start."""

import subprocess
from pathlib import Path


class CannotStart(Exception):
    """A server ended, or did not answer in time; the message has its last words."""


def command_line(pid: int) -> str:
    """The words a running process was started with; empty when there is no such process, or it is only a remnant."""
    known = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self").exists():
        try:
            return known.read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except (FileNotFoundError, ProcessLookupError):
            return ""
    answer = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return answer.stdout.strip()
