"""The sample catalogue: the plans of the trade, with invented prices, as one table.

The table only grows: whoever changes it adds a migration that seeds again. Rows that are already there stay as they
are, since an operator may have changed them. Codes, allotments, what is pooled and what is sold where are the trade's;
every price is a sample in USD and nobody's list price.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.apps import apps as living_apps
from django.apps.registry import Apps
from django.utils.translation import get_language

from subscriptions import markets

#: Sample prices and allotments hold from here on, long before any usage record that can still be rated.
BEGINS_ON: Final = date(2018, 1, 1)
CURRENCY: Final = "USD"


@dataclass(frozen=True)
class Minutes:
    """What one licence brings a calendar month; no location means everywhere else."""

    domestic: int = 0
    international: int = 0
    conference: int = 0
    location: str = ""


@dataclass(frozen=True)
class Product:
    """One plan: its licence code, its words in both languages, its sample price a licence and month."""

    code: str
    category: str
    name: str
    name_zh_hant: str
    price: Decimal
    summary: str
    summary_zh_hant: str
    minutes: tuple[Minutes, ...] = ()
    pooled: bool = True
    pay_as_you_go: bool = False
    not_sold_in: frozenset[str] = frozenset()


def _domestic(international: int = 0) -> tuple[Minutes, ...]:
    """3,000 minutes in the United States, Puerto Rico and Canada, 1,200 elsewhere."""
    large = tuple(Minutes(3000, international, location=place) for place in ("US", "PR", "CA"))
    return (*large, Minutes(1200, international))


PRODUCTS: Final[tuple[Product, ...]] = (
    Product(
        code="MCOPSTN1",
        category="calling_plan",
        name="Domestic Calling Plan",
        name_zh_hant="國內通話方案",
        price=Decimal(12),
        summary="Calls to numbers of the subscriber's own country, and all incoming calls.",
        summary_zh_hant="撥打使用者所在國家/地區的號碼，以及所有來電。",
        minutes=_domestic(),
        not_sold_in=markets.NO_CALLING_PLANS,
    ),
    Product(
        code="MCOPSTN2",
        category="calling_plan",
        name="Domestic and International Calling Plan",
        name_zh_hant="國內及國際通話方案",
        price=Decimal(24),
        summary="Calls at home and abroad, each with minutes of its own, and all incoming calls.",
        summary_zh_hant="國內與國際通話各有自己的分鐘數，並包含所有來電。",
        minutes=_domestic(international=600),
        not_sold_in=markets.NO_CALLING_PLANS,
    ),
    Product(
        code="MCOPSTN9",
        category="calling_plan",
        name="International Calling Plan",
        name_zh_hant="國際通話方案",
        price=Decimal(24),
        summary="The same minutes at home and abroad as the Domestic and International Calling Plan.",
        summary_zh_hant="國內與國際分鐘數與國內及國際通話方案相同。",
        minutes=_domestic(international=600),
        not_sold_in=markets.NO_CALLING_PLANS,
    ),
    Product(
        code="MCOPSTN5",
        category="calling_plan",
        name="Domestic Calling Plan, 120 minutes",
        name_zh_hant="國內通話方案 (120 分鐘)",
        price=Decimal(6),
        summary="For people who phone little: a small share of a common pool.",
        summary_zh_hant="適合少量通話的人員：共用集區中的一小份。",
        minutes=(Minutes(120),),
        not_sold_in=markets.NO_CALLING_PLANS,
    ),
    Product(
        code="MCOPSTN6",
        category="calling_plan",
        name="Domestic Calling Plan, 240 minutes",
        name_zh_hant="國內通話方案 (240 分鐘)",
        price=Decimal(9),
        summary="Twice the share of the smallest plan, in a pool of its own.",
        summary_zh_hant="分鐘數為最小方案的兩倍，並有自己的集區。",
        minutes=(Minutes(240),),
        not_sold_in=markets.NO_CALLING_PLANS,
    ),
    Product(
        code="MCOPSTN8",
        category="calling_plan",
        name="Domestic Calling Plan, 120 minutes for one person",
        name_zh_hant="國內通話方案 (每人 120 分鐘)",
        price=Decimal(5),
        summary="The minutes belong to the subscriber alone and are not shared.",
        summary_zh_hant="分鐘數只屬於該使用者，不與他人共用。",
        minutes=(Minutes(120),),
        pooled=False,
        not_sold_in=markets.NO_CALLING_PLANS,
    ),
    Product(
        code="MCOPSTN_PAYG_1",
        category="calling_plan",
        name="Pay-As-You-Go Calling Plan, Zone 1",
        name_zh_hant="隨用隨付通話方案 (第 1 區)",
        price=Decimal(3),
        summary="No minutes: every outgoing call is paid from credits. United States, Puerto Rico, Canada, "
        "United Kingdom.",
        summary_zh_hant="不含分鐘數：所有撥出通話均由點數支付。適用於美國、波多黎各、加拿大與英國。",
        pay_as_you_go=True,
        not_sold_in=markets.NO_ZONE_1,
    ),
    Product(
        code="MCOPSTN_PAYG_2",
        category="calling_plan",
        name="Pay-As-You-Go Calling Plan, Zone 2",
        name_zh_hant="隨用隨付通話方案 (第 2 區)",
        price=Decimal(5),
        summary="No minutes: every outgoing call is paid from credits. The other countries with Calling Plans.",
        summary_zh_hant="不含分鐘數：所有撥出通話均由點數支付。適用於其他提供通話方案的國家/地區。",
        pay_as_you_go=True,
        not_sold_in=markets.NO_ZONE_2,
    ),
    Product(
        code="MCOTEAMS_ESSENTIALS",
        category="calling_plan",
        name="Phone System with Calling Plan",
        name_zh_hant="電話系統含通話方案",
        price=Decimal(18),
        summary="Phone System and the Domestic Calling Plan in one license.",
        summary_zh_hant="以單一授權提供電話系統與國內通話方案。",
        minutes=_domestic(),
        not_sold_in=markets.NO_CALLING_PLANS,
    ),
    Product(
        code="MCOEV",
        category="phone_system",
        name="Phone System",
        name_zh_hant="電話系統",
        price=Decimal(8),
        summary="A number, voicemail, auto attendants and call queues. Calls outside need a Calling Plan as well.",
        summary_zh_hant="提供號碼、語音信箱、自動語音應答與通話佇列。對外通話另需通話方案。",
    ),
    Product(
        code="MCOMEETADV",
        category="audio_conferencing",
        name="Audio Conferencing",
        name_zh_hant="音訊會議",
        price=Decimal(4),
        summary="For each organizer: people dial in to meetings, and meetings dial out to 44 countries and regions.",
        summary_zh_hant="每位召集人一份：與會者可撥入會議，會議可撥出至 44 個國家/地區。",
        minutes=(Minutes(conference=60),),
    ),
    Product(
        code="MCOMEETADD",
        category="audio_conferencing",
        name="Audio Conferencing",
        name_zh_hant="音訊會議",
        price=Decimal(4),
        summary="Audio Conferencing as license files and usage records name it.",
        summary_zh_hant="授權檔案與使用記錄中的音訊會議代碼。",
        minutes=(Minutes(conference=60),),
    ),
    Product(
        code="MCOMEETACPEA",
        category="audio_conferencing",
        name="Audio Conferencing, pay per minute",
        name_zh_hant="音訊會議 (按分鐘付費)",
        price=Decimal(0),
        summary="No fee and no minutes: dialing in and out is paid from the organization's credits.",
        summary_zh_hant="無月費且不含分鐘數：撥入與撥出均由組織的點數支付。",
        pay_as_you_go=True,
        not_sold_in=markets.NO_CREDITS,
    ),
    Product(
        code="MCOMEETADD_DIALOUT_US",
        category="audio_conferencing",
        name="Audio Conferencing, dial-out to the United States and Canada",
        name_zh_hant="音訊會議 (撥出至美國與加拿大)",
        price=Decimal(2),
        summary="For each organizer, on top of Audio Conferencing: meetings dial out to the United States and Canada "
        "without counting minutes, within fair use. Needs no credits.",
        summary_zh_hant="每位召集人一份，搭配音訊會議使用：會議可在合理使用範圍內不限分鐘數撥出至美國與加拿大，且不需要點數。",
        pooled=False,
    ),
    Product(
        code="MCOPSTNPP",
        category="credits",
        name="Communications Credits",
        name_zh_hant="通訊點數",
        price=Decimal(0),
        summary="Lets a person use the organization's prepaid balance. The license is free and not limited in number.",
        summary_zh_hant="讓人員使用組織的預付餘額。授權免費且數量不限。",
        not_sold_in=markets.NO_CREDITS,
    ),
)


def title_of(code: str) -> str:
    """The plan's name in the language of the moment; the code of one that is not in this table."""
    product = next((each for each in PRODUCTS if each.code == code), None)
    if product is None:
        return code
    return product.name_zh_hant if (get_language() or "").startswith("zh") else product.name


def seed(apps: Apps = living_apps) -> None:
    """Put every product that is missing into the database; twice is the same as once. A migration hands in its apps."""
    plan, price, minutes = (apps.get_model("subscriptions", name) for name in ("Plan", "PlanPrice", "PlanMinutes"))
    _add_missing(plan, [_plan(place, product) for place, product in enumerate(PRODUCTS, 1)])
    keys = dict(plan.objects.values_list("code", "pk"))
    _add_missing(price, [_price(product) | {"plan_id": keys[product.code]} for product in PRODUCTS])
    _add_missing(
        minutes,
        [_minutes(each) | {"plan_id": keys[product.code]} for product in PRODUCTS for each in product.minutes],
    )


def say_where(apps: Apps = living_apps) -> None:
    """Put where each product is not sold into the rows that say nothing of it yet."""
    plan = apps.get_model("subscriptions", "Plan")
    for product in PRODUCTS:
        plan.objects.filter(code=product.code, not_sold_in="").update(not_sold_in=_codes(product.not_sold_in))


def _codes(countries: frozenset[str]) -> str:
    return " ".join(sorted(countries))


def _add_missing(model: Any, rows: list[dict[str, Any]]) -> None:
    """Write what is not there yet, without the columns that a migration's older model does not have."""
    known = {field.attname for field in model._meta.concrete_fields}
    objects = [model(**{name: value for name, value in row.items() if name in known}) for row in rows]
    model.objects.bulk_create(objects, ignore_conflicts=True)


def _plan(place: int, product: Product) -> dict[str, Any]:
    return {
        "code": product.code,
        "category": product.category,
        "name": product.name,
        "name_zh_hant": product.name_zh_hant,
        "summary": product.summary,
        "summary_zh_hant": product.summary_zh_hant,
        "pooled": product.pooled,
        "pay_as_you_go": product.pay_as_you_go,
        "not_sold_in": _codes(product.not_sold_in),
        "position": place * 10,
    }


def _price(product: Product) -> dict[str, Any]:
    return {"currency": CURRENCY, "amount": product.price, "effective_on": BEGINS_ON}


def _minutes(each: Minutes) -> dict[str, Any]:
    return {
        "usage_location": each.location,
        "domestic": each.domestic,
        "international": each.international,
        "conference": each.conference,
        "effective_on": BEGINS_ON,
    }
