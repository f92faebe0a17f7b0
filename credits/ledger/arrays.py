"""PostgreSQL array literals, written out because a driver's array of a thousand values costs several times this.

Pure. The values are ours (numbers, keys, reasons); texts are quoted whatever they hold.
"""

from collections.abc import Iterable, Sequence


def integers(values: Iterable[int]) -> str:
    """`{1,2,3}`"""
    return "{" + ",".join(map(str, values)) + "}"


def some_integers(values: Sequence[int | None]) -> str | None:
    """`{1,NULL,3}`; None where there is no value at all, which unnest pads with nulls."""
    if not any(values):
        return None
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def texts(values: Sequence[str]) -> str:
    """`{"a","b"}`"""
    safe = [_quotable(value) if '"' in value or "\\" in value else value for value in values]
    return '{"' + '","'.join(safe) + '"}' if safe else "{}"


def _quotable(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
