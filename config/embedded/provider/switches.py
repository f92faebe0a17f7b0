"""The switches: what goes wrong with the next requests and webhooks, and for how many of them."""

from dataclasses import asdict, dataclass
from typing import Any

from config.embedded.provider.errors import invalid
from config.embedded.provider.store import Store

MOVING = ("charge_then_hang", "charge_then_500", "charge_then_close")
CHARGING = ("wrong_amount", "wrong_currency")
REFUNDING = ("refund_pending", "refund_fails")
MODES = ("ok", *MOVING, *CHARGING, *REFUNDING, "rate_limited", "slow", "down")
WEBHOOKS = ("normal", "late", "lost", "doubled", "reordered", "forged", "second_secret")
FORGERIES = ("wrong_secret", "no_signature", "old_stamp", "future_stamp", "changed_body", "live_mode")
_LONGEST_SECONDS = 600.0
_MOST_TIMES = 20
MOST_PARALLEL = 8
# What a request must move for a mode to hold for it; the modes that are not here hold for all of the API.
_HOLDS_FOR = {
    **dict.fromkeys(MOVING, ("charge", "refund")),
    **dict.fromkeys(CHARGING, ("charge",)),
    **dict.fromkeys(REFUNDING, ("refund",)),
}


@dataclass(frozen=True)
class Switch:
    """One switch. `next` = how many more requests or events it holds for, None = until it is set again.

    `times` and `parallel` say how often a doubled event is told, and how many of these posts go out at once.
    """

    name: str
    seconds: float = 2.0
    next: int | None = None
    path: str | None = None
    variant: str = "wrong_secret"
    both: bool = False
    times: int = 2
    parallel: int = 1


_OFF = {"mode": Switch("ok"), "webhooks": Switch("normal")}
_NAMES = {"mode": MODES, "webhooks": WEBHOOKS}


def parse(which: str, value: Any) -> Switch:
    """A switch from its JSON: a name, or an object with the name and what belongs to it."""
    fields = {"name": value} if isinstance(value, str) else value
    if not isinstance(fields, dict) or fields.get("name") not in _NAMES[which]:
        raise invalid(f"{which} must be one of: {', '.join(_NAMES[which])}.", param=which)
    try:
        switch = Switch(**fields)
    except TypeError as problem:
        raise invalid(f"A switch has these fields: {', '.join(asdict(_OFF[which]))}.", param=which) from problem
    _check(which, switch)
    return switch


def _check(which: str, switch: Switch) -> None:
    _check_reach(which, switch)
    if switch.variant not in FORGERIES:
        raise invalid(f"variant must be one of: {', '.join(FORGERIES)}.", param=which)
    if type(switch.both) is not bool:
        raise invalid("both must be true or false.", param=which)
    for name, most in (("times", _MOST_TIMES), ("parallel", MOST_PARALLEL)):
        if type(getattr(switch, name)) is not int or not 1 <= getattr(switch, name) <= most:
            raise invalid(f"{name} must be a whole number from 1 to {most}.", param=which)


def _check_reach(which: str, switch: Switch) -> None:
    """For how long, for how many, and for what a switch holds."""
    if isinstance(switch.seconds, bool) or not isinstance(switch.seconds, int | float):
        raise invalid("seconds must be a number.", param=which)
    if not 0 <= switch.seconds <= _LONGEST_SECONDS:
        raise invalid("seconds must be between 0 and 600.", param=which)
    if switch.next is not None and (type(switch.next) is not int or switch.next < 1):
        raise invalid("next must be a whole number from 1, or null for standing.", param=which)
    if switch.path is not None and not isinstance(switch.path, str):
        raise invalid("path must be the beginning of a path, or null.", param=which)


def current(store: Store, which: str) -> Switch:
    """The switch as it stands."""
    value = store.note(which)
    return Switch(**value) if value else _OFF[which]


def put(store: Store, which: str, switch: Switch) -> None:
    """Set a switch."""
    store.set_note(which, asdict(switch))


def take(store: Store, which: str) -> Switch:
    """The switch for one request or event, which uses up one of its `next`."""
    switch = current(store, which)
    if switch.next == 1:
        put(store, which, _OFF[which])
    elif switch.next is not None:
        put(store, which, Switch(**{**asdict(switch), "next": switch.next - 1}))
    return switch


def take_mode(store: Store, path: str, *, moving: str) -> Switch:
    """The mode for one request of the API, which moves money as a "charge", a "refund" or "" not at all."""
    switch = current(store, "mode")
    meant = switch.name != "ok" and moving in _HOLDS_FOR.get(switch.name, (moving,))
    if not meant or not path.startswith(switch.path or "/"):
        return _OFF["mode"]
    return take(store, "mode")


def shown(store: Store) -> dict[str, Any]:
    """Both switches as JSON."""
    return {which: asdict(current(store, which)) for which in _OFF}
