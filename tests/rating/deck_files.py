"""Files of decks: written line by line, or the lists that were once published."""

from pathlib import Path
from typing import Final

HEADER: Final = "Destination Name,Destination Type,Country,Prefix,Price / min"
DATA: Final = Path(__file__).parents[1] / "data"


def deck_file(folder: Path, *lines: str, further: str = "", name: str = "deck.csv") -> Path:
    """A file of those lines, its header with further columns."""
    path = folder / name
    header = f"{HEADER},{further}" if further else HEADER
    path.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    return path


def acs(day: str) -> Path:
    """The list that was in force from that day, as it was published, wreckage and all."""
    return DATA / f"acs-pstn-rates-{day}.csv"


def without(path: Path, folder: Path, *numbers: int) -> Path:
    """A copy of the file that lacks the lines of those numbers, as an operator would make it."""
    lines = path.read_bytes().splitlines(keepends=True)
    kept = folder / path.name
    kept.write_bytes(b"".join(line for number, line in enumerate(lines, 1) if number not in numbers))
    return kept
