"""The home page of an organization: problems first, the first steps of a new one, and the figures of a running one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, Sum
from django.utils import formats
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from config import sentences
from config.sentences import Sentence
from credits import balance_card, balance_history, balance_plots, outlook
from credits.models import Account, AutoRecharge, PaymentMethod
from rating import listing
from rating.models import UsageRecord
from subscriptions import periods
from subscriptions.models import Organization
from subscriptions.permissions import Action

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as LazyStr

#: A card is said to expire so long before (decision: notices, "card expires").
_CARD_WARNING: Final = timedelta(days=60)
#: Lines of activity, calls, and days of the spark line on the page.
_ACTIVITIES: Final = 5
_CALLS: Final = 4
_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that wants a hand: what it is, what follows, the page that mends it, and who may."""

    tone: str
    title: "str | LazyStr"
    text: "str | LazyStr"
    page: str
    label: "str | LazyStr"
    action: Action


@dataclass(frozen=True, slots=True)
class Step:
    """One of the three first steps, and whether it is done."""

    title: "LazyStr"
    text: "LazyStr"
    page: str
    label: "LazyStr"
    action: Action
    done: bool


def facts(organization: Organization, *, now: datetime) -> dict[str, Any]:
    """Everything the page shows. The queries are the same for every organization, however much it has."""
    account = Account.objects.filter(organization=organization).select_related("auto_recharge").first()
    terms = getattr(account, "auto_recharge", None)
    methods = list(account.payment_methods.active()) if account else []
    funded = account is not None and account.lots.exists()
    calls = listing.newest_first(organization.usage_records.all(), limit=_CALLS)
    month = _month(organization, now=now)
    todo = steps(terms, methods, funded=funded)
    return {
        "account": account,
        "terms": terms,
        "card": next((method for method in methods if method.refused_at is None), None),
        "problems": problems(account, terms, methods, unlicensed=month["unlicensed"], zone=organization.zone, now=now),
        # Who has had calls knows the way; before that, the steps stay until all are done.
        "steps": [] if calls or all(step.done for step in todo) else todo,
        "now": now,
        "running": funded or bool(calls),
        "month": month,
        "calls": calls,
        "activities": _activities(organization),
        **(_balance(account, now=now) if account else {}),
        "outlook": outlook.of(account, terms, now=now, cards=methods) if account and funded else None,
    }


def steps(terms: AutoRecharge | None, methods: Iterable[PaymentMethod], *, funded: bool) -> list[Step]:
    """What a new organization does first, in this order."""
    return [
        Step(
            _("Add a payment method"),
            _("A card that pays when you add funds, and when the balance runs low."),
            "credits:payment_methods",
            _("Add a card"),
            Action.CHANGE_METHODS,
            done=any(method.refused_at is None for method in methods),
        ),
        Step(
            _("Add funds"),
            _("Calls that no plan covers are paid from these. Funds last 12 months."),
            "credits:add_funds",
            _("Add funds"),
            Action.ADD_FUNDS,
            done=funded,
        ),
        Step(
            _("Set auto-recharge"),
            _("It adds funds by itself before the balance is used up, so that calls never stop."),
            "credits:auto_recharge",
            _("Set auto-recharge"),
            Action.CHANGE_RECHARGE,
            done=terms is not None and terms.enabled,
        ),
    ]


def problems(
    account: Account | None,
    terms: AutoRecharge | None,
    methods: Sequence[PaymentMethod],
    *,
    unlicensed: int,
    zone: ZoneInfo,
    now: datetime,
) -> list[Problem]:
    """What wants a hand, the worst first. That calls are stopped is not here: every page says it on top."""
    found = [*_recharge_problems(terms, zone=zone, now=now)] if terms else []
    if account is not None and account.frozen_at is not None:
        found.append(
            Problem(
                "warning",
                _("No card is charged automatically for now."),
                _("We are checking the figures of this account. Funds can be added by hand."),
                "credits:add_funds",
                _("Add funds"),
                Action.ADD_FUNDS,
            )
        )
    today = now.astimezone(zone).date()
    found.extend(problem for method in methods if (problem := _card_problem(method, methods, today=today)))
    if unlicensed:
        found.append(
            Problem(
                "warning",
                ngettext(
                    "%(count)d person called this month without a credits license.",
                    "%(count)d people called this month without a credits license.",
                    unlicensed,
                )
                % {"count": unlicensed},
                _("These calls were charged. Assign the license, or new calls are refused."),
                "subscriptions:licensing",
                _("See the licenses"),
                Action.VIEW,
            )
        )
    return found


def _recharge_problems(terms: AutoRecharge, *, zone: ZoneInfo, now: datetime) -> Iterable[Problem]:
    if not terms.enabled:
        return
    title: LazyStr
    text: str | LazyStr
    if terms.paused_at is not None:
        tone, title = "danger", _("Auto-recharge is paused.")
        text = _("Nothing is charged until it is resumed. The settings say why it paused.")
    elif terms.next_try_at is None or terms.next_try_at <= now:
        return
    elif terms.failed_rounds:
        tone, title = "danger", _("The last recharge failed.")
        text = _("The next try is on %(when)s. To be served before, change the card or add funds by hand.") % {
            "when": _when(terms.next_try_at, zone)
        }
    else:
        tone, title = "warning", _("Auto-recharge has reached its limit.")
        text = _("It goes on from %(when)s.") % {"when": _when(terms.next_try_at, zone)}
    yield Problem(tone, title, text, "credits:auto_recharge", _("Auto-recharge settings"), Action.CHANGE_RECHARGE)


def _card_problem(method: PaymentMethod, methods: Sequence[PaymentMethod], *, today: date) -> Problem | None:
    """What is wrong with the card, and what to do: another one is needed only where no other one pays instead."""
    ends, good = _day_after(method), _day_after(method) > today
    expiry = {"card": str(method), "expiry": f"{method.exp_month:02}/{method.exp_year}"}
    if method.refused_at is not None:
        tone, title = "danger", _("%(card)s was refused by the bank for good.") % expiry
    elif not good:
        tone, title = "danger", _("%(card)s expired %(expiry)s.") % expiry
    elif ends <= today + _CARD_WARNING:
        tone, title = "warning", _("%(card)s expires %(expiry)s.") % expiry
    else:
        return None
    others = [each for each in methods if each != method and each.refused_at is None and _day_after(each) > today]
    text: LazyStr | str = _("Add another card, so that recharges go on.")
    if others:
        tone = "warning"
        text = _("%(other)s can be charged instead. Replace this card or remove it.") % {"other": others[0]}
    return Problem(tone, title, text, "credits:payment_methods", _("Payment methods"), Action.CHANGE_METHODS)


def _day_after(method: PaymentMethod) -> date:
    """The first day on which the card is no longer good."""
    return periods.add_months(date(method.exp_year, method.exp_month, 1), 1)


def _when(instant: datetime, zone: ZoneInfo) -> str:
    return formats.date_format(instant.astimezone(zone), "DATETIME_FORMAT")


def _balance(account: Account, *, now: datetime) -> dict[str, Any]:
    """The card of the balance, the last day on which what lapses next is good, and the balance of the last days."""
    zone = account.organization.zone
    card = balance_card.of(account, now=now)
    today = now.astimezone(zone).date()
    days = balance_history.days(account, since=today - timedelta(days=_DAYS - 1), until=today, zone=zone, now=now)
    lapses_at = card.figures.next_expiry_at
    return {
        "balance": card,
        "expiring_on": periods.last_day(lapses_at, zone) if lapses_at else None,
        "spark": balance_plots.spark(account, days),
        "days": _DAYS,
        "summary": balance_plots.summary(account, days),
    }


def _month(organization: Organization, *, now: datetime) -> dict[str, Any]:
    """Usage since the calendar month began in the organization's zone."""
    since = periods.period_start("month", now, organization.zone)
    records = UsageRecord.objects.filter(organization=organization)
    sums = records.filter(started_at__gte=since).aggregate(
        calls=Count("pk"),
        minutes=Sum("minutes", default=0),
        covered=Sum("covered_minutes", default=0),
        charge=Sum("charge", default=Decimal(0)),
        unlicensed=Count("subscriber", filter=Q(unlicensed=True), distinct=True),
    )
    return {**sums, "since": since.astimezone(organization.zone).date()}


def _activities(organization: Organization) -> list[Sentence]:
    newest = organization.activities.all()[:_ACTIVITIES]
    return [sentences.of(activity, currency=organization.currency) for activity in newest]
