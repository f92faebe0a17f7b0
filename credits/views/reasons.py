"""Why auto-recharge did (not) charge, in lines: how each outcome looks, and what more there is to say of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, QuerySet
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from credits.models import Account, Evaluation, Payment, Recharge
from notifications import causes
from subscriptions.templatetags.money import money

Outcome = Evaluation.Outcome

#: Icon and tone of each outcome.
_LOOKS: Final = {
    Outcome.REQUESTED: ("arrow-path", ""),
    Outcome.ALREADY_OPEN: ("clock", ""),
    Outcome.IN_FLIGHT: ("clock", ""),
    Outcome.OFF: ("minus-circle", "warning"),
    Outcome.PAUSED: ("pause", "danger"),
    Outcome.WAITING: ("clock", "warning"),
    Outcome.NO_CARD: ("credit-card", "danger"),
    Outcome.FROZEN: ("lock-closed", "warning"),
    Outcome.BRAKE: ("hand-raised", "warning"),
    Outcome.ABOVE_TRIGGER: ("check", ""),
    Outcome.CAP_REACHED: ("no-symbol", "warning"),
    Outcome.CHARGED: ("check", "success"),
    Outcome.DECLINED: ("x-mark", "danger"),
    Outcome.NEEDS_BANK: ("shield-exclamation", "warning"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """An evaluation, how it looks, what more there is to say of it, and the newest payment of its round."""

    row: Evaluation
    icon: str
    tone: str
    note: str
    payment: Payment | None


def newest(account: Account, *, count: int) -> list[Line]:
    """The newest so many lines."""
    return lines(found(account).order_by("-pk")[:count])


def found(account: Account) -> QuerySet[Evaluation]:
    """The evaluations of the account with what a line shows of their rounds, in no order yet."""
    newest_first = Payment.objects.select_related("method").order_by("-pk")
    return account.evaluations.select_related("recharge").prefetch_related(
        Prefetch("recharge__payments", queryset=newest_first)
    )


def lines(rows: Iterable[Evaluation]) -> list[Line]:
    """A line for each."""
    return [_line(row) for row in rows]


def _line(row: Evaluation) -> Line:
    icon, tone = _LOOKS[Outcome(row.outcome)]
    payment = next(iter(row.recharge.payments.all()), None) if row.recharge else None
    return Line(row, icon, tone, note=_note(row), payment=payment)


def _note(row: Evaluation) -> str:
    """The cause of a refusal in words; what limit was reached or what is waited for, and until when; why a round was
    asked for when the balance itself was not low."""
    if row.detail and row.outcome in (Outcome.CAP_REACHED, Outcome.WAITING):
        return _until(row)
    if row.detail and row.outcome == Outcome.DECLINED:
        return str(causes.words(row.detail))
    ahead = row.recharge is not None and row.recharge.reason == Recharge.Reason.BEFORE_EXPIRY
    return str(Recharge.Reason.BEFORE_EXPIRY.label) if ahead and row.outcome == Outcome.REQUESTED else ""


#: What a limit is called, with its amount and the moment at which it begins anew.
_LIMITS: Final = {
    "daily_cap": gettext_lazy("The limit of %(amount)s a day leaves no room before %(when)s."),
    "weekly_cap": gettext_lazy("The limit of %(amount)s a week leaves no room before %(when)s."),
    "monthly_cap": gettext_lazy("The limit of %(amount)s a month leaves no room before %(when)s."),
}


def _until(row: Evaluation) -> str:
    """The detail of an outcome that ends by itself: `weekly_cap 100 <instant>`, or the instant alone."""
    *limit, until = row.detail.split(" ")
    when = {"when": moment(datetime.fromisoformat(until), row.account.organization.zone)}
    if not limit:
        return _("The next try is on %(when)s.") % when
    cap, amount = limit
    return str(_LIMITS[cap]) % {"amount": money(Decimal(amount), row.account.currency), **when}


def moment(at: datetime, zone: ZoneInfo) -> str:
    """Day and time, as the clocks of the zone show them."""
    there = at.astimezone(zone)
    return f"{date_format(there, 'DATE_FORMAT')}, {time_format(there, 'H:i')}"
