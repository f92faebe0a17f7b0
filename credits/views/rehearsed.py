"""Rehearsed terms as a page shows them: side by side in a table, and as a plot."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from credits import plots, rehearsal, rehearsing
from credits.models import Account
from credits.plots import Level, Mark
from credits.rehearsal import Terms
from credits.rehearsing import Past, Rehearsed, Wish
from credits.suggestion import Suggestion
from subscriptions.money import from_micros
from subscriptions.templatetags.money import amount_plain, money

#: A limit in a few words, by its period.
_A_PERIOD: Final = {
    "day": gettext_lazy("%(amount)s a day"),
    "week": gettext_lazy("%(amount)s a week"),
    "month": gettext_lazy("%(amount)s a month"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One set of terms beside the others; `here` marks the one whose figures and plot the page shows."""

    label: str
    rehearsed: Rehearsed
    here: bool
    #: What takes these terms to another page.
    query: str

    @property
    def hours(self) -> str:
        """Time without service: `0`, `less than 1`, or whole hours."""
        length = self.rehearsed.result.without_service
        if timedelta(0) < length < timedelta(hours=1):
            return _("less than 1")
        return str(length // timedelta(hours=1))

    def limits(self, currency: str) -> list[str]:
        """The limits on charges and the days ahead, a phrase each; none where there are none."""
        terms = self.rehearsed.terms
        caps = [_A_PERIOD[period] % {"amount": money(from_micros(cap), currency)} for period, cap in terms.caps()]
        if terms.ahead is None:
            return caps
        days = ngettext("%(count)d day before expiry", "%(count)d days before expiry", terms.ahead.days)
        return [*caps, days % {"count": terms.ahead.days}]


def lines(account: Account, known: Past, asked: Terms, suggestion: Suggestion | None, wish: Wish) -> list[Line]:
    """The terms asked for first, then the stored and the suggested ones where they are others."""
    stored = rehearsing.terms_of(account.auto_recharge)
    suggested = replace(stored, trigger=suggestion.trigger, amount=suggestion.amount) if suggestion else stored
    named = {asked: _("These terms"), stored: _("Current terms")}
    if suggested != stored:
        named[suggested] = _("Suggested terms")
    return [
        Line(label, rehearsing.run(account, known, terms, wish), here=terms == asked, query=query(terms, account))
        for terms, label in named.items()
        if terms.amount
    ]


def query(terms: Terms, account: Account) -> str:
    """The terms as the settings form names them; a limit that they do not have is named too, or the old one stayed."""
    caps = {name: getattr(terms, name) for name in rehearsal.CAPS}
    amounts = {"recharge_amount": terms.amount, "trigger_amount": terms.trigger, **caps}
    given = {
        name: "" if micros is None else amount_plain(from_micros(micros), account.currency)
        for name, micros in amounts.items()
    }
    given["before_expiry_days"] = "" if terms.ahead is None else str(terms.ahead.days)
    return urlencode(given)


def plot(account: Account, shown: Rehearsed) -> plots.Svg:
    """The balance over the days, its charges, what lapsed, and where a cap left no room."""

    def words(value: object) -> str:
        return money(str(value), account.currency)

    result = shown.result
    values = dict(result.points)
    days = ngettext("%(count)d day", "%(count)d days", (shown.end - shown.start).days)
    return plots.over_time(
        [(at, from_micros(value)) for at, value in result.points],
        name="rehearsed",
        title=_("Balance under these terms"),
        description=_("%(days)s. The lowest balance is %(lowest)s; the table below has every day.")
        % {"days": days % {"count": (shown.end - shown.start).days}, "lowest": words(from_micros(result.lowest))},
        zone=account.organization.zone,
        amount=words,
        day=lambda on: date_format(on, "MONTH_DAY_FORMAT"),
        marks=_marks(account, shown, values),
        levels=[Level(from_micros(shown.terms.trigger), _("Trigger"))],
    )


def _marks(account: Account, shown: Rehearsed, values: dict[datetime, int]) -> list[Mark]:
    """What happened, each with its words."""
    result, zone = shown.result, account.organization.zone

    def mark(at: datetime, kind: str, label: str, micros: int = 0) -> Mark:
        on = date_format(at.astimezone(zone), "DATETIME_FORMAT")
        amount = money(from_micros(micros), account.currency)
        return Mark(at, from_micros(values.get(at, 0)), kind, label % {"amount": amount, "when": on})

    return [
        *(
            mark(charge.arrives_at, "in", _("%(amount)s charged, %(when)s"), charge.micros)
            for charge in result.charges
            if charge.arrives_at < shown.end
        ),
        *(mark(at, "out", _("%(amount)s lapsed, %(when)s"), micros) for at, micros in result.lapses),
        *(mark(at, "stop", _("No charge: a limit was reached, %(when)s")) for at, _until in result.refused),
    ]
