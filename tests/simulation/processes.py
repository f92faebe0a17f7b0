"""Several seeds at the same time: a process for each, with a copy of the database for itself."""

import gc
import logging
import multiprocessing
import os
from collections.abc import Generator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import django
from django.db import connection
from django.test.utils import setup_test_environment

if TYPE_CHECKING:
    from tests.simulation.running import Report


def set_up() -> None:
    """What every process begins with: Django, for tests, in silence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    os.environ.setdefault("DJANGO_TEST_DB_SUFFIX", "simulate")
    django.setup()
    setup_test_environment()
    logging.disable(logging.CRITICAL)  # of declines and lost answers there is no end
    gc.freeze()  # what is loaded by now stays


def reports(seeds: range, steps: int, width: int) -> "Generator[Report]":
    """The report of each seed, in their order, so many of them at the same time. Raises running.Failed."""
    # Its modules can be loaded only once Django is set up.
    from tests.simulation.running import run  # noqa: PLC0415

    if width == 1:
        yield from map(partial(run, steps=steps), seeds)
        return
    context = multiprocessing.get_context("spawn")  # a fork would inherit the locks of polars' threads
    numbers = context.SimpleQueue()
    for number in range(1, width + 1):
        numbers.put(number)
    given = (numbers, connection.settings_dict["NAME"])
    with ProcessPoolExecutor(width, context, _take_database, given) as pool:
        try:
            yield from pool.map(partial(run, steps=steps), seeds)
        finally:
            pool.shutdown(cancel_futures=True)


def _take_database(numbers: Any, copied: str) -> None:
    set_up()
    connection.settings_dict["NAME"] = copied
    connection.creation.setup_worker_connection(numbers.get())
