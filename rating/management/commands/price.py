"""`manage.py price`: what calls cost, or how long they may last; one JSON object a line in, one a line out."""

import os
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand

from rating.pricing import lines


class Command(BaseCommand):
    """Reads standard input to its end and answers each line at once; needs no database."""

    help = "Price calls: one JSON question a line on standard input, one JSON answer a line; docs/tariffs.md has both."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            for line in _lines(sys.stdin.buffer):
                self.stdout.write(lines.answer(line))
                self.stdout.flush()
        except BrokenPipeError:
            # Whoever reads has gone, which is no error; what Python would still flush goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines, of one that is too long only the beginning: a byte more than may be."""
    while line := stream.readline(lines.LONGEST + 1):
        rest = line
        while not rest.endswith(b"\n") and len(rest) > lines.LONGEST:
            rest = stream.readline(lines.LONGEST + 1)
        yield line.rstrip(b"\r\n") if line.endswith(b"\n") else line
