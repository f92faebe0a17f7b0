"""Processes that run together end together, and nothing they started stays behind."""

import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from config.embedded import processes
from config.embedded.children import LARGEST_LOG, Child, worth_showing
from config.embedded.supervisor import Supervisor

LASTS = "import time; print('up', flush=True); time.sleep(60)"
# Starts a process of its own in its group and tells its number.
HAS_CHILD = f"""
import subprocess, sys, time
print(subprocess.Popen([sys.executable, '-c', {LASTS!r}]).pid, flush=True)
time.sleep(60)
"""
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
DIES = "import sys, time; time.sleep(0.3); print('the reason', flush=True); sys.exit(3)"


def child(name: str, program: str, *, patience: float = 5) -> Child:
    return Child(name, [sys.executable, "-c", program], patience=patience)


class Trial:
    """A supervisor whose words are kept; `until` tells when it is asked to stop."""

    def __init__(self, children: Sequence[Child], logs: Path) -> None:
        self.said: list[str] = []
        self.readied = 0
        self.supervisor = Supervisor(children, logs, say=self.said.append)

    def run(self, *, until: Callable[[], bool] = lambda: False, lost: str | None = None) -> int:
        def each_round() -> str | None:
            if until():
                self.supervisor.stop()
            return lost

        def ready() -> None:
            self.readied += 1

        return self.supervisor.watch(when_ready=ready, is_ready=lambda: True, lost=each_round)


@pytest.fixture(autouse=True)
def _ask_each_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.embedded.supervisor.ROUNDS_BETWEEN_SERVER_CHECKS", 1)
    monkeypatch.setattr("config.embedded.supervisor.ROUND", 0.02)


def is_gone(pid: int) -> bool:
    return not processes.command_line(pid)


def logged(logs: Path, name: str) -> str:
    file = logs / f"{name}.log"
    return file.read_text() if file.exists() else ""


def wait_for(question: Callable[[], object]) -> None:
    until = time.monotonic() + 10
    while not question() and time.monotonic() < until:
        time.sleep(0.02)
    assert question()


def test_when_one_process_dies_all_are_stopped_and_its_last_words_are_told(tmp_path: Path) -> None:
    lasting, dying = child("worker", HAS_CHILD), child("web", DIES)
    trial = Trial([lasting, dying], tmp_path)

    code = trial.run()

    assert code == 1
    assert any("web has ended (exit code 3)" in line for line in trial.said)
    assert any(line.endswith("the reason") for line in trial.said)
    assert lasting.exit_code is not None


def test_what_a_process_started_does_not_outlive_it(tmp_path: Path) -> None:
    parent = child("worker", HAS_CHILD)
    parent.start(tmp_path, folder=tmp_path)
    # The grandchild writes to the same log, before or after.
    wait_for(lambda: any(word.isdecimal() for word in logged(tmp_path, "worker").split()))
    grandchild = next(int(word) for word in logged(tmp_path, "worker").split() if word.isdecimal())

    parent.end()

    assert parent.exit_code is not None
    wait_for(lambda: is_gone(grandchild))


def test_a_process_that_does_not_listen_is_ended_by_force(tmp_path: Path) -> None:
    stubborn = child("worker", STUBBORN, patience=0.3)
    stubborn.start(tmp_path, folder=tmp_path)
    wait_for(lambda: logged(tmp_path, "worker"))

    stubborn.end()

    assert stubborn.exit_code == -9


def test_asked_to_stop_it_ends_all_in_order_and_answers_zero(tmp_path: Path) -> None:
    ended: list[str] = []

    class Told(Child):
        def end(self, *, hurry: bool = False) -> None:
            super().end(hurry=hurry)
            ended.append(self.name)

    command = [sys.executable, "-c", LASTS]
    trial = Trial([Told("web", command), Told("worker", command), Told("beat", command)], tmp_path)

    code = trial.run(until=lambda: "up" in logged(tmp_path, "web"))

    assert code == 0
    assert ended == ["web", "worker", "beat"]


def test_a_lost_server_stops_everything(tmp_path: Path) -> None:
    trial = Trial([child("web", LASTS)], tmp_path)

    code = trial.run(lost="PostgreSQL")

    assert code == 1
    assert trial.said == ["PostgreSQL has ended. Everything stops."]


def test_a_program_that_cannot_be_started_takes_the_started_ones_with_it(tmp_path: Path) -> None:
    started = child("beat", LASTS)
    trial = Trial([Child("web", ["/no/such/program"]), started], tmp_path)

    with pytest.raises(FileNotFoundError):
        trial.run()

    assert started.exit_code is not None


def test_the_address_is_announced_once(tmp_path: Path) -> None:
    trial = Trial([child("web", LASTS)], tmp_path)

    rounds = iter(range(9))

    trial.run(until=lambda: trial.readied > 0 and next(rounds) > 3)

    assert trial.readied == 1


def test_setup_is_cut_short_when_asked_to_stop(tmp_path: Path) -> None:
    trial = Trial([], tmp_path)
    threading.Timer(0.3, trial.supervisor.stop).start()
    setup = child("setup", LASTS.replace("print('up', flush=True); ", ""))

    code = trial.supervisor.run_first(setup)

    assert code == 1
    assert setup.exit_code == -15


def test_only_troubles_are_shown_on_the_terminal() -> None:
    assert worth_showing("2026-01-01 ERROR credits: refused")
    assert worth_showing("[warning  ] slow")
    assert not worth_showing("Task credits.charge_due succeeded in 0.01s: None")


def test_a_log_line_is_told_when_it_is_whole(tmp_path: Path) -> None:
    halves = "import time\nprint('first ha', end='', flush=True)\ntime.sleep(0.4)\nprint('lf', flush=True)"
    talking = child("web", halves)
    talking.start(tmp_path, folder=tmp_path)

    told = []
    while talking.exit_code is None:
        told += talking.new_lines()
    talking.end()

    assert told + talking.new_lines() == ["first half"]


def test_a_log_that_has_grown_large_is_put_aside(tmp_path: Path) -> None:
    (tmp_path / "web.log").write_bytes(b"x" * (LARGEST_LOG + 1))
    quick = child("web", "print('anew')")

    quick.start(tmp_path, folder=tmp_path)
    wait_for(lambda: quick.exit_code is not None)
    quick.end()

    assert logged(tmp_path, "web") == "anew\n"
    assert os.path.getsize(tmp_path / "web.log.1") > LARGEST_LOG  # noqa: PTH202
