"""python -m config.embedded.supervisor: what script/run is. Sets up, runs every process, ends them together."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from config.embedded import addresses, home, locks, ports, processes, product, servers
from config.embedded.children import Child, worth_showing

ROUND = 0.2
ROUNDS_BETWEEN_SERVER_CHECKS = 25


@dataclass
class Supervisor:
    """Runs children until it is asked to stop or one of them ends. They are ended in the order they are listed in."""

    children: Sequence[Child]
    logs: Path
    say: Callable[[str], None] = print
    asked: int = field(default=0)

    def heed_signals(self) -> None:
        """Ctrl-C, a SIGTERM and a closed terminal ask it to stop; asked twice, it is in a hurry."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.stop)

    def stop(self, number: int = signal.SIGTERM, frame: FrameType | None = None) -> None:
        """Have `watch` or `run_first` return soon."""
        self.asked += 1

    def run_first(self, command: Child) -> int:
        """Run one command to its end, its words shown as they are: its exit code, or 1 when it was cut short."""
        command.start(None, folder=home.ROOT)
        while command.exit_code is None and not self.asked:
            time.sleep(0.05)
        done = command.exit_code
        command.end()
        return 1 if done is None else done

    def watch(
        self, *, when_ready: Callable[[], None], is_ready: Callable[[], bool], lost: Callable[[], str | None]
    ) -> int:
        """Start the children and stay until the end: 0 when it was asked to stop, 1 when a process was lost.

        `lost` names a server that ended under our feet. All children are down when this returns or raises.
        """
        try:
            for child in reversed(self.children):
                child.start(self.logs, folder=home.ROOT)
            return self._watch(when_ready=when_ready, is_ready=is_ready, lost=lost)
        finally:
            self._end_all()

    def _watch(
        self, *, when_ready: Callable[[], None], is_ready: Callable[[], bool], lost: Callable[[], str | None]
    ) -> int:
        announced, rounds = False, 0
        while not self.asked:
            self._show_logs()
            gone = next((child for child in self.children if child.exit_code is not None), None)
            if gone is not None:
                self._show_end_of(gone)
                return 1
            rounds += 1
            if rounds % ROUNDS_BETWEEN_SERVER_CHECKS == 0 and (server := lost()):
                self.say(f"{server} has ended. Everything stops.")
                return 1
            if not announced and is_ready():
                announced = True
                when_ready()
            time.sleep(ROUND)
        return 0

    def _show_logs(self) -> None:
        for child in self.children:
            for line in filter(worth_showing, child.new_lines()):
                self.say(f"{child.name:<8} | {line}")

    def _show_end_of(self, child: Child) -> None:
        log = self.logs / f"{child.name}.log"
        self.say(f"{child.name} has ended (exit code {child.exit_code}). Everything stops. Its last lines, from {log}:")
        for line in log.read_text(errors="replace").splitlines()[-15:]:
            self.say(f"{child.name:<8} | {line}")

    def _end_all(self) -> None:
        if self.asked:
            self.say("Stopping ...")
        for child in self.children:
            child.end(hurry=self.asked > 1)


def site_answers() -> bool:
    """Whether the sign-in page is there."""
    try:
        with urllib.request.urlopen(f"{addresses.site_url()}/accounts/login/", timeout=5) as answer:  # noqa: S310  # nosec B310
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def announce() -> None:
    """Say where the site is and who may sign in (which the demo's own command knows, once there is one)."""
    print(f"\nCommunications Credits: {addresses.site_url()}/", flush=True)
    if any(home.ROOT.glob("*/management/commands/demo_sign_ins.py")):
        subprocess.run([sys.executable, "manage.py", "demo_sign_ins"], cwd=home.ROOT, check=False)
    print(f"Logs: {addresses.logs_folder()}\nCtrl-C stops everything.\n", flush=True)


def lost_server() -> str | None:
    """The name of an embedded server that has ended."""
    return next((server.NAME for server in servers.wanted() if server.has_ended()), None)


def busy_ports() -> list[str]:
    """One sentence for each port that another program has taken."""
    return [
        ports.busy_message(need.port, purpose=need.purpose, variable=need.variable)
        for need in product.ports_needed()
        if not ports.is_free(need.port)
    ]


def run() -> int:
    """The exit code of script/run: 0 after Ctrl-C, 1 when something was in the way or ended."""
    product.settle_provider_port()
    if sentences := busy_ports():
        print("\n".join(sentences), file=sys.stderr)
        return 1
    supervisor = Supervisor(product.children(), logs=addresses.logs_folder())
    supervisor.heed_signals()
    with servers.running(leave_what_stays=False) as started:
        for name in started:
            print(f"{name} started.", flush=True)
        if supervisor.run_first(Child("setup", ["script/setup"])) != 0:
            return 0 if supervisor.asked else 1
        return supervisor.watch(when_ready=announce, is_ready=site_answers, lost=lost_server)


def main() -> int:
    """`run`, once at the same time in each checkout."""
    try:
        with locks.only_here("run"):
            return run()
    except locks.Busy:
        print(f"script/run already runs for {home.ROOT}. Stop it there first (Ctrl-C).", file=sys.stderr)
    except processes.CannotStart as trouble:
        print(trouble, file=sys.stderr)
    return 1


if __name__ == "__main__":
    os.environ.setdefault("PORT", str(addresses.site_port()))
    sys.exit(main())
