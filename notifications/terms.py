"""The terms of auto-recharge in words, before a change and after it.

They come as the activity record keeps them: plain strings by name, `None` and `True` among them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext, gettext_lazy, ngettext

from subscriptions.templatetags.money import money

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as LazyStr

#: What each is called on the form, in its order. A name without a label is not shown.
LABELS: Final[Mapping[str, "LazyStr"]] = {
    "enabled": gettext_lazy("Auto-recharge"),
    "trigger_amount": gettext_lazy("When the balance falls below"),
    "recharge_amount": gettext_lazy("Recharge with"),
    "daily_cap": gettext_lazy("At most in a day"),
    "weekly_cap": gettext_lazy("At most in a week"),
    "monthly_cap": gettext_lazy("At most in a month"),
    "before_expiry_days": gettext_lazy("Before credit expires"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One of the terms: what it is called, what it was and what it is now, and whether that is another thing."""

    label: str
    before: str
    after: str

    @property
    def changed(self) -> bool:
        return self.before != self.after


class Terms(dict[str, str | None]):
    """Terms as they were recorded; each value can be said in a currency and in the reader's language."""

    def said(self, name: str, currency: str) -> str:
        """`$20.00`, `on`, `7 days`, or `no limit`."""
        value = self.get(name)
        if name == "enabled":
            return gettext("on") if value == "True" else gettext("off")
        if value is None or value in ("", "None"):
            return gettext("no") if name == "before_expiry_days" else gettext("no limit")
        if name == "before_expiry_days":
            return ngettext("%(count)d day", "%(count)d days", int(value)) % {"count": int(value)}
        return money(Decimal(value), currency)


@dataclass(frozen=True, slots=True)
class Change:
    """Terms before and after: a line for each of those that were recorded, said when it is iterated over."""

    before: Terms
    after: Terms
    currency: str

    def __iter__(self) -> Iterator[Line]:
        for name, label in LABELS.items():
            if name in self.after:
                yield Line(str(label), self.before.said(name, self.currency), self.after.said(name, self.currency))

    @property
    def first(self) -> Line | None:
        """The first line that changed; none when the terms were saved as they were."""
        return next((line for line in self if line.changed), None)

    @property
    def others(self) -> int:
        """How many more lines changed."""
        return max(0, sum(line.changed for line in self) - 1)

    @property
    def was_switched(self) -> bool:
        """If it was turned on or off."""
        return self.before.get("enabled") != self.after.get("enabled")

    @property
    def is_on(self) -> bool:
        return self.after.get("enabled") == "True"
