"""Makes the .mo files that Django reads, where gettext's msgfmt is not installed."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def compile_all(folder: Path) -> list[Path]:
    """The .mo files in `<folder>/<language>/LC_MESSAGES` that were missing or older than their .po, made anew."""
    return [_compile(source) for source in sorted(folder.glob("*/LC_MESSAGES/*.po")) if _is_due(source)]


def _is_due(source: Path) -> bool:
    made = source.with_suffix(".mo")
    return not made.exists() or made.stat().st_mtime < source.stat().st_mtime


def _compile(source: Path) -> Path:
    """Write beside the place and move: a server that starts now reads the old file or the new one, never half of it."""
    made = source.with_suffix(".mo")
    draft = source.with_suffix(".mo.new")
    with source.open("rb") as text, draft.open("wb") as binary:
        write_mo(binary, read_po(text, locale=source.parents[1].name))
    draft.replace(made)
    return made
