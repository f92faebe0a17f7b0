"""Lists of a kind: newest first, in pages, within a span of creation."""

from typing import Any

from config.embedded.provider import shapes, wire
from config.embedded.provider.calls import Call
from config.embedded.provider.errors import invalid

Object = dict[str, Any]

PARAMETERS = "limit starting_after ending_before created"


def page(call: Call, kind: str, url: str, *filters: str, **fixed: str) -> Object:
    """One page of the objects of a kind that match the named filters of the call and the fixed ones."""
    limit = wire.integer(call.params, "limit")
    limit = 10 if limit is None else limit
    if not 1 <= limit <= 100:
        raise invalid("The limit must be between 1 and 100.", param="limit", code="parameter_invalid_integer")
    wanted = {name: wire.text(call.params, name) for name in filters}
    since, until = _created(call)
    found = call.store.newest(
        kind,
        limit=limit + 1,
        after=_cursor(call, "starting_after"),
        before=(before := _cursor(call, "ending_before")),
        since=since,
        until=until,
        **wanted,
        **fixed,
    )
    has_more = len(found) > limit
    shown = found[-limit:] if before else found[:limit]
    return shapes.page(url, shown, has_more=has_more)


def _cursor(call: Call, name: str) -> str | None:
    value = wire.text(call.params, name)
    if value is not None and call.store.find_any(value) is None:
        raise invalid(f"No such object: '{value}'", param=name, code="resource_missing")
    return value


def _created(call: Call) -> tuple[int | None, int | None]:
    """The first and the last second of creation asked for."""
    if isinstance(call.params.get("created"), str):
        exact = wire.integer(call.params, "created")
        return exact, exact
    span = wire.branch(call.params, "created")
    edges = {name: wire.integer(span, name) for name in ("gt", "gte", "lt", "lte")}
    since = [value for value in (edges["gte"], _plus(edges["gt"], 1)) if value is not None]
    until = [value for value in (edges["lte"], _plus(edges["lt"], -1)) if value is not None]
    return (max(since) if since else None), (min(until) if until else None)


def _plus(value: int | None, step: int) -> int | None:
    return None if value is None else value + step
