"""The folder in which a large import keeps its sorted pieces, and the end of those whose process was killed."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_NAME: Final = re.compile(r"usage-([0-9]+)-.*")


@contextmanager
def folder() -> Iterator[Path]:
    """A folder of this process during the block."""
    with tempfile.TemporaryDirectory(prefix=f"usage-{os.getpid()}-") as made:
        yield Path(made)


def sweep() -> None:
    """Remove what processes have left behind that are no more."""
    for place in Path(tempfile.gettempdir()).glob("usage-*"):
        found = _NAME.fullmatch(place.name)
        if found and not _is_alive(int(found[1])):
            shutil.rmtree(place, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True
