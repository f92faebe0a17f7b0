"""Search over everything of an organization: each floor finds its own, here it becomes lists of places to go to."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext, ngettext, override

from config import navigation
from config.navigation import Page
from credits import finding as money_finding
from credits.models import Account
from rating import finding as call_finding
from rating.finding import Called
from rating.views.usage import sees_numbers
from subscriptions import finding
from subscriptions.models import Membership, Organization
from subscriptions.templatetags.money import money

#: Of each sort so many are shown; what is asked is cut to so many characters.
SHOWN: Final = 8
LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Hit:
    """One place: what it is, a word beside it, and its address."""

    title: str
    note: str
    href: str


@dataclass(frozen=True, slots=True)
class Sort:
    """Hits of one sort under a heading; `more` is the list of all of them, where there is one."""

    name: str
    label: str
    icon: str
    hits: list[Hit]
    more: str = ""
    more_label: str = ""

    @property
    def shown(self) -> list[Hit]:
        """As many as the page shows; there is at most one more among the hits."""
        return self.hits[:SHOWN]

    @property
    def is_cut(self) -> bool:
        """If there are more than are shown."""
        return len(self.hits) > SHOWN


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, where, for what; the slug stands in every address."""

    organization: Organization
    membership: Membership
    text: str

    def page(self, name: str, *args: object, **query: str) -> str:
        """The address of a page of the organization: `page("rating:usage", q="+886")`."""
        address = reverse(name, args=[self.organization.slug, *args])
        return f"{address}?{urlencode(query)}" if query else address


def cleaned(text: str) -> str:
    """What was asked, without what no name contains: zero bytes (PostgreSQL refuses them), spaces at the ends."""
    return " ".join(text.replace("\x00", "").split())[:LONGEST]


def is_too_short(text: str) -> bool:
    """If it is a single letter or digit, which is in nearly everything; one Chinese character is a name."""
    return len(text) == 1 and text.isascii()


def found(organization: Organization, membership: Membership, text: str) -> list[Sort]:
    """What the cleaned text finds, sort by sort, empty sorts left out. At most six queries, whatever there is."""
    asked = Asked(organization, membership, text)
    sorts = [_pages(asked), _people(asked)]
    if sees_numbers(membership):
        sorts += [_service_numbers(asked), _called(asked)]
    sorts += [*_money(asked), _plans(asked)]
    return [sort for sort in sorts if sort.hits]


def _pages(asked: Asked) -> Sort:
    """Pages by their title and what else they are called, in every language of the site."""
    mine = [page for page in navigation.pages() if navigation.may_open(page, asked.membership)]
    hits = [Hit(str(page.label), "", asked.page(page.name)) for page in mine if _is_called(page, asked.text)]
    return Sort("pages", gettext("Pages"), "document-text", hits)


def _is_called(page: Page, text: str) -> bool:
    wanted = text.casefold()
    for code, _name in settings.LANGUAGES:
        with override(code):
            if wanted in str(page.label).casefold() or wanted in str(page.also).casefold():
                return True
    return False


def _people(asked: Asked) -> Sort:
    people = finding.subscribers(asked.organization, asked.text, limit=SHOWN + 1)
    hits = [Hit(str(person), person.upn, asked.page("subscriptions:user", person.pk)) for person in people]
    more = asked.page("subscriptions:users", q=asked.text) if len(hits) > SHOWN else ""
    return Sort("users", gettext("Users"), "user", hits, more, gettext("All users with this name"))


def _service_numbers(asked: Asked) -> Sort:
    numbers = finding.service_numbers(asked.organization, asked.text, limit=SHOWN + 1)
    hits = [
        Hit(
            each.number,
            " · ".join(filter(None, (each.label, each.get_kind_display()))),
            asked.page("rating:usage", q=each.number),
        )
        for each in numbers
    ]
    return Sort("numbers", gettext("Service numbers"), "phone-arrow-down-left", hits)


def _called(asked: Asked) -> Sort:
    """Numbers that were called, and the way to the calls of all of them."""
    called = call_finding.called(asked.organization, asked.text, limit=SHOWN + 1)
    zone = asked.organization.zone
    hits = [Hit(each.number, _called_so(each, zone), asked.page("rating:usage", q=each.number)) for each in called]
    more = asked.page("rating:usage", q=finding.digits_in(asked.text)) if hits else ""
    return Sort("called", gettext("Called numbers"), "phone", hits, more, gettext("All calls with these digits"))


def _called_so(called: Called, zone: ZoneInfo) -> str:
    said = ngettext(
        "%(count)d call, the last one on %(when)s", "%(count)d calls, the last one on %(when)s", called.calls
    )
    return said % {"count": called.calls, "when": formats.date_format(called.last_at.astimezone(zone))}


def _money(asked: Asked) -> Iterator[Sort]:
    account = Account.objects.filter(organization=asked.organization).first()
    if account is None:
        return
    zone = asked.organization.zone
    payments = [
        Hit(
            f"{money(payment.total, payment.currency)} · {payment.method}",
            f"{formats.date_format(payment.created_at.astimezone(zone))} · {payment.get_state_display()}",
            asked.page("credits:payment", payment.key),
        )
        for payment in money_finding.payments(account, asked.text, limit=SHOWN + 1)
    ]
    yield Sort("payments", gettext("Payments"), "banknotes", payments)
    receipts = [
        Hit(
            f"{receipt.get_kind_display()} {receipt.number}",
            f"{formats.date_format(receipt.issued_at.astimezone(zone))} · {money(receipt.total, receipt.currency)}",
            asked.page("credits:payment", receipt.payment.key),
        )
        for receipt in money_finding.receipts(account, asked.text, limit=SHOWN + 1)
    ]
    yield Sort("receipts", gettext("Receipts"), "receipt-percent", receipts)


def _plans(asked: Asked) -> Sort:
    plans = finding.plans(asked.text, limit=SHOWN + 1)
    hits = [Hit(plan.title, plan.get_category_display(), asked.page("subscriptions:plan", plan.code)) for plan in plans]
    return Sort("plans", gettext("Plans"), "squares-2x2", hits)
