"""Form-encoded parameters: `a[b][c]=1` as nested dictionaries, and readers that refuse what has the wrong type."""

import re
from typing import Any
from urllib.parse import parse_qsl

from config.embedded.provider.errors import Refused, invalid

Tree = dict[str, Any]

_NAME = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_PART = re.compile(r"\[([^\[\]]*)\]")
_MOST_PARTS = 8
_MOST_DIGITS = 12


def decode(raw: str | bytes) -> Tree:
    """The tree of a query or body; arrays stay dictionaries with "0", "1".. as names. Refused when unreadable."""
    tree: Tree = {}
    try:
        plain = raw if isinstance(raw, str) else raw.decode()
        pairs = parse_qsl(plain, keep_blank_values=True, max_num_fields=1000, errors="strict")
    except ValueError as problem:
        raise invalid("Invalid request: the parameters can't be decoded.") from problem
    for name, value in pairs:
        found = _NAME.match(name)
        if found is None:
            raise invalid(f"Invalid parameter name: {name}", param=name)
        _plant(tree, [found[1], *_PART.findall(found[2])], name, value)
    return tree


def _plant(tree: Tree, path: list[str], name: str, value: str) -> None:
    if len(path) > _MOST_PARTS:
        raise invalid(f"Too many levels: {name}", param=name)
    *branches, leaf = path
    for part in branches:
        step = tree.setdefault(part or str(len(tree)), {})
        if not isinstance(step, dict):
            raise invalid(f"Invalid hash: {name}", param=name)
        tree = step
    tree[leaf or str(len(tree))] = value


def branch(params: Tree, name: str) -> Tree:
    """The nested parameters under a name, empty when there are none."""
    value = params.get(name) or {}
    if not isinstance(value, dict):
        raise invalid("Invalid object", param=name)
    return value


def items(params: Tree, name: str) -> list[Any]:
    """The members of an array parameter, in order; empty when it wasn't sent."""
    return list(branch(params, name).values())


def text(params: Tree, name: str) -> str | None:
    """A string parameter; empty counts as not sent."""
    value = params.get(name)
    if isinstance(value, dict):
        raise invalid(f"Invalid string: {name}", param=name)
    return value or None


def required(params: Tree, name: str) -> str:
    """A string parameter that must be there."""
    value = text(params, name)
    if value is None:
        raise missing_parameter(name)
    return value


def missing_parameter(name: str) -> Refused:
    """The refusal for a required parameter that wasn't sent."""
    return invalid(f"Missing required param: {name}.", param=name, code="parameter_missing")


def integer(params: Tree, name: str) -> int | None:
    """A whole number, or None when it wasn't sent."""
    value = text(params, name)
    if value is None:
        return None
    if not re.fullmatch(r"-?[0-9]+", value) or len(value) > _MOST_DIGITS:
        raise invalid(f"Invalid integer: {value}", param=name, code="parameter_invalid_integer")
    return int(value)


def boolean(params: Tree, name: str) -> bool:
    """True or false; false when it wasn't sent."""
    value = text(params, name)
    if value not in (None, "true", "false"):
        raise invalid(f"Invalid boolean: {value}", param=name)
    return value == "true"


def choice(params: Tree, name: str, allowed: str) -> str | None:
    """One of the words of `allowed`, or None when it wasn't sent."""
    value = text(params, name)
    if value is not None and value not in allowed.split():
        raise invalid(f"Invalid {name}: must be one of {', '.join(allowed.split())}", param=name)
    return value


def metadata(params: Tree, current: dict[str, str] | None = None) -> dict[str, str]:
    """The current metadata with what was sent laid over it: an empty value takes a name out. Stripe's limits hold."""
    merged = dict(current or {})
    for name, value in branch(params, "metadata").items():
        if not isinstance(value, str) or len(name) > 40 or len(value) > 500:
            raise invalid("Metadata names have at most 40 characters and values 500.", param=f"metadata[{name}]")
        merged[name] = value
    merged = {name: value for name, value in merged.items() if value}
    if len(merged) > 50:
        raise invalid("Metadata can't have more than 50 names.", param="metadata")
    return merged


def address(params: Tree, name: str) -> str | None:
    """A web address, or None when it wasn't sent."""
    value = text(params, name)
    if value is not None and not re.fullmatch(r"https?://[^\s\"<>\\]+", value):
        raise invalid("Not a valid URL", param=name, code="url_invalid")
    return value
