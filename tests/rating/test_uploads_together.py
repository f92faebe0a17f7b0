"""Uploads and several workers: who is killed, who comes too late, and what the page sees meanwhile."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import connection, transaction

from rating import backfill, intake, uploads
from rating.models import Upload, UsageFile, UsageRecord
from rating.uploads import heart, usage, working
from subscriptions.models import Activity, Organization
from tests.factories import NOW, UserFactory
from tests.rating import cast, uploading
from tests.rating.cast import row
from tests.rating.uploading import hand_in, work

pytestmark = pytest.mark.django_db(transaction=True)
State = Upload.State
LATER = NOW + heart.LEASE + timedelta(seconds=1)


def killed(module: str, name: str) -> None:
    """A worker in a process of its own begins the step, and is dead once it comes to that function."""
    worker = f"""
        import os, sys
        import django
        from datetime import datetime
        django.setup()
        from django.db import connection
        connection.settings_dict["NAME"] = sys.argv[1]
        from rating import backfill, uploads
        from rating.uploads import {module} as module
        backfill.LARGE = int(sys.argv[2])
        module.{name} = lambda *args, **kwargs: os._exit(9)
        uploads.work_due(now=datetime.fromisoformat(sys.argv[3]))
    """
    told = [str(connection.settings_dict["NAME"]), str(backfill.LARGE), NOW.isoformat()]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    done = subprocess.run([sys.executable, "-c", dedent(worker), *told], env=environment, timeout=100, check=False)
    assert done.returncode == 9


class Killed(BaseException):
    """What ends a worker's process, without the process."""


def ready(organization: Organization, folder: Path, *rows: dict[str, str]) -> Upload:
    """An upload of those rows that somebody has confirmed."""
    upload = work(hand_in(organization, uploading.usage(folder, *rows)))
    uploads.confirm(upload, actor=UserFactory.create(), now=NOW)
    return upload


def in_thread(act: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        try:
            act()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def told_lines(upload: Upload, lines: int) -> bool:
    """If others come to see that so many lines are done."""
    for _ in range(500):
        upload.refresh_from_db()
        if upload.done_lines == lines:
            return True
        time.sleep(0.02)
    return False


def test_a_check_whose_worker_was_killed_is_begun_again(tailspin: Organization, tmp_path: Path) -> None:
    upload = hand_in(tailspin, uploading.usage(tmp_path, row(1)))

    killed("usage", "Judge.judge")

    assert uploads.work_due(now=NOW) == 0
    assert uploads.work_due(now=LATER) == 1
    upload.refresh_from_db()
    assert (upload.state, upload.found["new"]) == (State.CHECKED, 1)


@pytest.mark.parametrize("large", [0, 2**30])
def test_an_import_whose_worker_was_killed_at_its_end_is_one_import(
    tailspin: Organization, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    monkeypatch.setattr(backfill, "LARGE", large)
    cast.publish_samples()
    upload = ready(tailspin, tmp_path, row(1), row(2))

    killed("deciding", "finish")
    assert uploads.work_due(now=NOW) == 0
    assert uploads.work_due(now=LATER) == 1

    upload.refresh_from_db()
    assert (upload.state, upload.outcome["new"], upload.outcome["repeated"]) == (State.DONE, 2, 0)
    assert (UsageRecord.objects.count(), UsageFile.objects.count()) == (2, 1)
    assert Activity.objects.filter(action="usage.imported").count() == 1


def test_a_file_that_kills_three_workers_is_given_up(
    tailspin: Organization, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = hand_in(tailspin, uploading.usage(tmp_path, row(1)))
    other = hand_in(tailspin, uploading.usage(tmp_path, row(2)))
    Upload.objects.filter(pk=other.pk).update(due_at=LATER)

    monkeypatch.setattr(usage, "check", Mock(side_effect=Killed))
    for _ in range(3):
        Upload.objects.filter(pk=upload.pk).update(due_at=NOW)
        with pytest.raises(Killed):
            uploads.work_due(now=NOW)
    monkeypatch.undo()
    Upload.objects.filter(pk=upload.pk).update(due_at=NOW)
    work(upload)

    assert (upload.state, upload.refusal) == (State.REFUSED, "The work on this file was stopped 3 times.")
    assert uploads.work_due(now=LATER) == 1
    other.refresh_from_db()
    assert other.state == State.CHECKED


def test_a_worker_that_comes_too_late_stores_nothing(
    tailspin: Organization, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = ready(tailspin, tmp_path, row(1))
    take_file = intake.take_file

    def slow(*args: Any, **kwargs: Any) -> UsageFile:
        Upload.objects.filter(pk=upload.pk).update(due_at=LATER)
        return take_file(*args, **kwargs)

    monkeypatch.setattr(intake, "take_file", slow)
    done = uploads.work_due(now=NOW)

    assert done == 0
    upload.refresh_from_db()
    assert (upload.state, UsageRecord.objects.count()) == (State.TAKING, 0)


def test_one_worker_works_at_a_time(tailspin: Organization, northwind: Organization, tmp_path: Path) -> None:
    first, second = (hand_in(each, uploading.usage(tmp_path, row(1))) for each in (tailspin, northwind))
    answers: list[int] = []

    with working._turn() as is_ours:
        in_thread(lambda: answers.append(uploads.work_due(now=NOW))).join()

    assert is_ours
    assert answers == [0]
    assert [work(each).state for each in (first, second)] == [State.CHECKED, State.CHECKED]


def test_whoever_imports_by_command_at_the_same_time_is_waited_for(tailspin: Organization, tmp_path: Path) -> None:
    upload = ready(tailspin, tmp_path, row(1))
    answers: list[int] = []

    with transaction.atomic():
        Organization.objects.select_for_update().get(pk=tailspin.pk)
        in_thread(lambda: answers.append(uploads.work_due(now=NOW))).join()

    assert answers == [0]
    upload.refresh_from_db()
    assert upload.options["starts"][State.TAKING] == 0
    assert uploads.work_due(now=NOW + timedelta(seconds=31)) == 1


def test_progress_is_seen_while_a_file_is_taken_in(
    tailspin: Organization, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = ready(tailspin, tmp_path, row(1), row(2))
    halfway, seen = threading.Event(), threading.Event()
    batches = intake.batches

    def slow(rows: Any) -> Iterator[list[Any]]:
        for one in next(batches(rows)):
            yield [one]
            halfway.set()
            assert seen.wait(20)

    monkeypatch.setattr(heart, "_BEAT", 0.02)
    monkeypatch.setattr(intake, "batches", slow)
    worker = in_thread(lambda: uploads.work_due(now=NOW))
    assert halfway.wait(20)
    told = told_lines(upload, 1)
    seen.set()
    worker.join()

    assert told
    assert upload.due_at > NOW
    assert work(upload).outcome["new"] == 2
