"""Where the pages of the docs are, and the tables in them."""

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(ROOT.glob("docs/**/*.md"))]

Table = list[dict[str, str]]


def table(page: str, heading: str, *, nth: int = 0) -> Table:
    """A table under a heading of a page: its rows by column, without the marks of code."""
    text = (ROOT / page).read_text(encoding="utf-8")
    section = re.split(r"\n#+ ", text.partition(f" {heading}\n")[2])[0]
    blocks = re.findall(r"(?:^\|.*\n?)+", section, re.MULTILINE)
    header, _, *rows = [
        [cell.strip(" `") for cell in line.strip("|").split("|")] for line in blocks[nth].strip().splitlines()
    ]
    return [dict(zip(header, row, strict=True)) for row in rows]
