"""Usage as drawings, each to go with a table: charges by time and service, destinations, people, how full pools are."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from babel.dates import format_skeleton
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, ngettext, to_locale
from django.utils.translation import gettext_lazy as _

from credits.plots import Svg
from rating import usage_plots, words
from rating.overview import Caller, Destination, Overview
from rating.reports import PoolRow
from rating.usage_plots import Bar, Column, Share
from subscriptions import periods
from subscriptions.templatetags.money import money, rate

#: So many days are drawn day by day, so many weeks week by week; what is longer, month by month.
_DAYS: Final = 31
_WEEKS: Final = 26
#: Destinations, and people, in a drawing; their tables have no more, and the page has to stay small.
TOP: Final = 5
#: Pages write the day before the month in English too.
_WRITTEN: Final = {"en": "en_GB"}
_TITLES: Final = {"day": _("Charge per day"), "week": _("Charge per week"), "month": _("Charge per month")}
_HEADS: Final = {"day": _("Day"), "week": _("Week from"), "month": _("Month")}


@dataclass(frozen=True, slots=True)
class Series:
    """One service of the drawing: its name and its pattern."""

    label: str
    fill: str


@dataclass(frozen=True, slots=True)
class OverTime:
    """The drawing of charges over time; `rows` are its columns in words, one amount for each series and their sum."""

    svg: Svg
    title: str
    head: str
    series: list[Series]
    rows: list[tuple[str, list[Decimal]]]


@dataclass(frozen=True, slots=True)
class Where:
    """The drawing of the dearest destinations, and these."""

    svg: Svg
    rows: list[Destination]


@dataclass(frozen=True, slots=True)
class Who:
    """The drawing of the people whose calls cost most, and these."""

    svg: Svg
    rows: list[Caller]


def over_time(found: Overview, currency: str) -> OverTime | None:
    """Charges by day, week or month, whichever are not too many, stacked by service; None where nothing was charged."""
    charged = {on: sums for on, sums in found.days.items() if any(sums.values())}
    if not charged:
        return None
    size = _size(min(charged), max(charged))
    stretches = _stretches(charged, size)
    services = [name for name in words.SERVICES if any(sums[name] for sums in stretches.values())]
    rows = [(_said(on, size), [Decimal(sums[name]) for name in services]) for on, sums in stretches.items()]
    title = str(_TITLES[size])
    return OverTime(
        svg=usage_plots.columns(
            [Column(_short(on, size), tuple(rows[place][1])) for place, on in enumerate(stretches)],
            name="time-plot",
            title=title,
            description=_description(rows, currency),
            amount=lambda value: rate(value, currency),
        ),
        title=title,
        head=str(_HEADS[size]),
        series=[Series(str(words.SERVICES[name]), usage_plots.fill(place)) for place, name in enumerate(services)],
        rows=[(label, [*values, sum(values, Decimal(0))]) for label, values in rows],
    )


def where(found: Overview, currency: str) -> Where | None:
    """The destinations that cost most, the dearest first; None where nothing was charged."""
    top = [one for one in found.destinations if one.charge and one.country][:TOP]
    if not top:
        return None
    bars = _bars([(words.country_name(one.country), one.charge) for one in top], currency)
    most = gettext("Most was charged for %(country)s: %(amount)s. The table below has all of them.")
    description = most % {"country": bars[0].label, "amount": bars[0].text}
    title = gettext("Top destinations")
    return Where(usage_plots.bars(bars, name="where-plot", title=title, description=description), top)


def who(found: list[Caller], currency: str) -> Who | None:
    """The people whose calls cost most; None where there are none."""
    if not found:
        return None
    bars = _bars([(str(one.subscriber), one.charge) for one in found], currency)
    most = gettext("Most was charged for %(name)s: %(amount)s. The table below has all of them.")
    description = most % {"name": bars[0].label, "amount": bars[0].text}
    title = gettext("Top people")
    return Who(usage_plots.bars(bars, name="who-plot", title=title, description=description), found)


def pools(rows: Sequence[PoolRow]) -> Svg | None:
    """How full each pool of a size is: used, kept for live calls, left. None where nothing of any is gone."""
    found = [row for row in rows if row.total]
    if not any(row.used or row.held for row in found):
        return None
    full = sum(row.is_used_up for row in found)
    used_up = ngettext("%(full)d of %(count)d pool is used up.", "%(full)d of %(count)d pools are used up.", len(found))
    return usage_plots.shares(
        [_share(row) for row in found],
        name="pool-plot",
        title=gettext("Minutes used, kept and left, by pool"),
        description=f"{used_up} {gettext('The table below has every figure.')}" % {"full": full, "count": len(found)},
    )


def _share(row: PoolRow) -> Share:
    """A pool, named by codes as there are several of a country: `DE MCOPSTN1, Domestic`."""
    total = row.total or 0
    told = {"used": intcomma(row.used), "total": intcomma(total)}
    return Share(
        label=f"{row.location} {row.capability}, {words.COUNTERS[row.counter]}".strip(),
        parts=(min(row.used, total), min(row.held, max(0, total - row.used))),
        whole=total,
        text=gettext("%(used)s of %(total)s") % told,
    )


def _bars(found: Iterable[tuple[str, Decimal]], currency: str) -> list[Bar]:
    """Names with amounts, the largest first, all of them rounded alike."""
    rows = list(found)
    write = money if rows[0][1] >= 1 else rate
    return [Bar(name, amount, write(amount, currency)) for name, amount in rows]


def _amount(value: Decimal, currency: str) -> str:
    """In the places of money; less than one of the currency's units with every place it has."""
    return money(value, currency) if value >= 1 else rate(value, currency)


def _size(first: date, last: date) -> str:
    days = (last - first).days + 1
    if days <= _DAYS:
        return "day"
    return "week" if days <= _WEEKS * 7 else "month"


def _stretches(days: Mapping[date, Counter[str]], size: str) -> dict[date, Counter[str]]:
    """The sums by the first day of each stretch, those without calls too."""
    found = {on: Counter[str]() for on in _beginnings(min(days), max(days), size)}
    for on, sums in days.items():
        stretch = found[_beginning(on, size)]
        for name, amount in sums.items():
            stretch[name] += amount
    return found


def _beginnings(first: date, last: date, size: str) -> Iterator[date]:
    on = _beginning(first, size)
    while on <= last:
        yield on
        on = periods.add_months(on, 1) if size == "month" else on + timedelta(days=7 if size == "week" else 1)


def _beginning(on: date, size: str) -> date:
    if size == "month":
        return on.replace(day=1)
    return on - timedelta(days=on.weekday()) if size == "week" else on


def _short(on: date, size: str) -> str:
    """Under a column: `1 Sept`, `Sept 2026`."""
    language = get_language() or "en"
    locale = _WRITTEN.get(language, to_locale(language))
    return format_skeleton("yMMM" if size == "month" else "MMMd", on, locale=locale)


def _said(on: date, size: str) -> str:
    return date_format(on, "YEAR_MONTH_FORMAT" if size == "month" else "DATE_FORMAT")


def _description(rows: list[tuple[str, list[Decimal]]], currency: str) -> str:
    label, values = max(rows, key=lambda row: sum(row[1]))
    told = {
        "first": rows[0][0],
        "last": rows[-1][0],
        "when": label,
        "amount": _amount(sum(values, Decimal(0)), currency),
    }
    return gettext("From %(first)s to %(last)s; most on %(when)s: %(amount)s. The table below has every figure.") % told
