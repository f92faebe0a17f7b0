"""`expand[]`: the object itself in the place of its id."""

from typing import Any

from config.embedded.provider.errors import invalid
from config.embedded.provider.store import Store

Object = dict[str, Any]

_DEEPEST = 4


def expand(store: Store, thing: Object, paths: list[Any]) -> Object:
    """A copy of an answer in which each path, for example `data.latest_charge`, leads to an object."""
    for path in paths:
        parts = str(path).split(".")
        if len(parts) > _DEEPEST:
            raise invalid("You cannot expand more than 4 levels.", param="expand")
        thing = _expanded(store, thing, parts)
    return thing


def _expanded(store: Store, thing: Object, parts: list[str]) -> Object:
    name, *rest = parts
    if name not in thing:
        raise invalid(f"This property cannot be expanded ({name}).", param="expand")
    value = thing[name]
    if isinstance(value, list):
        return {**thing, name: [_expanded(store, member, rest) if rest else member for member in value]}
    found = store.find_any(value) if isinstance(value, str) else value
    if found is None:
        return thing
    return {**thing, name: _expanded(store, found, rest) if rest and isinstance(found, dict) else found}
