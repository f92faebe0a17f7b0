"""Many clients at once: processes, each with a connection of its own, or threads of this one."""

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Final

from django.db import connection, connections

from tests.benchmarks.figures import Sample

#: Takes what a worker's `prepare` made; does one step and answers how many debits that was.
Step = Callable[[], int]
#: Called once in each worker with its number; answers the step.
Prepare = Callable[[int], Step]

#: All start at the same instant, so late by so many seconds.
_LEAD: Final = 0.05


def _run(step: Step, start: float, seconds: float) -> tuple[int, list[float]]:
    """Step until the time is over; how many debits, and how long each step took in milliseconds."""
    count, latencies = 0, []
    time.sleep(max(0.0, start - time.monotonic()))
    until, before = start + seconds, time.monotonic()
    while before < until:
        count += step()
        after = time.monotonic()
        latencies.append((after - before) * 1000)
        before = after
    return count, latencies


def _work(prepare: Prepare, number: int, orders: Connection) -> None:
    step = prepare(number)
    step()
    orders.send(None)
    while (order := orders.recv()) is not None:
        orders.send(_run(step, *order))
    connection.close()


class Fleet:
    """So many processes that wait for orders."""

    def __init__(self, pipes: list[Connection]) -> None:
        self._pipes = pipes

    def run(self, seconds: float) -> Sample:
        """Let all step for so long; the rate of all together."""
        start = time.monotonic() + _LEAD
        for pipe in self._pipes:
            pipe.send((start, seconds))
        found: list[tuple[int, list[float]]] = [pipe.recv() for pipe in self._pipes]
        return _together(found, time.monotonic() - start)


@contextmanager
def processes(count: int, prepare: Prepare) -> Iterator[Fleet]:
    """A fleet during the block. Each worker has made one step, which warms it up, when this begins."""
    connections.close_all()
    context = multiprocessing.get_context("fork")
    pairs = [context.Pipe() for _ in range(count)]
    workers = [
        context.Process(target=_work, args=(prepare, number, theirs), daemon=True)
        for number, (_, theirs) in enumerate(pairs)
    ]
    for worker in workers:
        worker.start()
    try:
        pipes = [ours for ours, _ in pairs]
        for (_, theirs), pipe in zip(pairs, pipes, strict=True):
            theirs.close()
            pipe.recv()
        yield Fleet(pipes)
    finally:
        for ours, _ in pairs:
            ours.send(None)
        for worker in workers:
            worker.join(10)
            worker.kill()


def threads(count: int, prepare: Prepare, seconds: float) -> Sample:
    """Let so many threads of this process step for so long; the rate of all together."""
    found: list[tuple[int, list[float]]] = []
    ready = threading.Barrier(count + 1)
    start = 0.0

    def work(number: int) -> None:
        step = prepare(number)
        step()
        ready.wait()
        ready.wait()
        found.append(_run(step, start, seconds))
        connection.close()

    workers = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(count)]
    for worker in workers:
        worker.start()
    ready.wait(60)
    start = time.monotonic() + _LEAD
    ready.wait()
    for worker in workers:
        worker.join(seconds + 60)
    if len(found) != count:
        raise RuntimeError("a thread did not end as it should")
    return _together(found, time.monotonic() - start)


def _together(found: list[tuple[int, list[float]]], elapsed: float) -> Sample:
    done = sum(count for count, _ in found)
    return Sample(done / elapsed, done, [latency for _, latencies in found for latency in latencies])
