"""Traditional Chinese is complete: every message has its words, and no page falls back into English."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse

from notifications import outbox, papers, truth
from notifications.models import Notice
from subscriptions.models import Organization, User
from tests import factories
from tests.credits.booking import fund, ordered, spend
from tests.notifications.samples import post
from tests.rating.calls_on_pages import call, deck, rate

PO: Final = Path(settings.BASE_DIR) / "locale" / "zh_Hant" / "LC_MESSAGES" / "django.po"
#: What must be the same on both sides: `%(name)s`, `%s`, `{name}`, and tags with what they carry.
_MARKS: Final = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|<[^>]+>")
#: A text as short as this may be a name, or a word that both languages share.
_SHORT: Final = 12

#: The words of the trade, as they must be said.
TERMS: Final = {
    "Communications Credits": "通訊點數",
    "Add funds": "新增資金",
    "Auto-recharge": "自動加值",
    "Edit auto-recharge settings": "編輯自動加值設定",
    "Recharge with": "加值",
    "When the balance falls below": "餘額低於",
    "trigger amount": "觸發金額",
    "recharge amount": "加值金額",
    "Recharge succeeded": "加值交易成功",
    "Recharge failed": "加值交易失敗",
    "Balance": "餘額",
    "Next": "下一步",
    "Place order": "下單",
    "Details": "詳細資料",
    "Save": "儲存",
    "Cancel": "取消",
    "Billing": "帳單",
    "Subscriptions": "訂閱",
    "Add subscriptions": "新增訂閱",
    "Plans and pricing": "方案和價格",
    "Payment method": "付款方式",
    "Rates": "費率",
    "Licensing": "授權",
    "Home": "首頁",
    "Reports": "報告",
    "Usage": "使用方式報告",
    "Charge": "費用",
    "Duration": "持續時間",
    "Call type": "通話類型",
    "number type": "號碼類型",
    "usage location": "使用位置",
    "Calling Plan": "通話方案",
    "Domestic and International Calling Plan": "國內及國際通話方案",
    "Pay-As-You-Go Calling Plan": "隨用隨付通話方案",
    "Audio Conferencing": "音訊會議",
    "Phone System": "電話系統",
    "Outbound calls": "撥出通話",
    "Toll-free number": "免付費電話號碼",
    "Toll number": "付費電話號碼",
    "Country or region": "國家/地區",
    "Billing administrator": "計費系統管理員",
    "License administrator": "授權系統管理員",
}

#: The pages of an organization, each with words of the trade that stand on it.
PAGES: Final = {
    "organization_home": "餘額 自動加值 新增資金 使用方式報告 費率",
    "credits:subscriptions": "帳單 訂閱 新增訂閱 通訊點數 付款方式",
    "credits:overview": "餘額 新增資金 自動加值 編輯自動加值設定 付款方式 公佈的費率 過期並失效",
    "credits:add_funds": "新增資金 付款方式 公佈的費率 過期並失效 下一步",
    "credits:auto_recharge": "自動加值 加值 餘額低於 觸發金額 儲存",
    "credits:payment_methods": "付款方式",
    "subscriptions:plans": "新增訂閱 方案和價格 國內及國際通話方案 隨用隨付通話方案 音訊會議 電話系統 分鐘集區",
    "subscriptions:licensing": "授權 音訊會議 電話系統 通話方案 撥出 撥入 免付費電話號碼 自動語音應答 通話佇列",
    "rating:usage": "使用方式報告 通話類型 持續時間 費用 費率",
    "rating:rates": "費率 撥出 免付費電話號碼",
}

SignIn = Callable[..., Client]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file, locale="zh_Hant")


@pytest.fixture
def member(contoso: Organization, frozen: object, sign_in: SignIn) -> Client:
    """Somebody who reads Chinese, of an organization where something of everything has happened."""
    User.objects.update(language="zh-hant")
    deck(rate("+886", "TW", "臺北", "0.0990"))
    deck(rate("", "TW", "臺北", "0.0990"), service="inbound_toll_free")
    fund(contoso.account, "80")
    spend(contoso.account, 45, times=3)
    call(contoso, charge="0.25", subscriber=factories.SubscriberFactory.create(organization=contoso, display_name="王"))
    return sign_in(contoso)


def _both_sides(message: Message) -> Iterator[tuple[str, str]]:
    """What is said and how; of a plural its last form, which has the number in it."""
    said = message.id[-1] if isinstance(message.id, tuple) else message.id
    strings = message.string if isinstance(message.string, tuple) else (message.string,)
    for string in strings:
        yield str(said), str(string)


def test_every_message_has_its_words(catalog: Catalog) -> None:
    lacking = [message.id for message in catalog if message.id and (message.fuzzy or not message.string)]

    assert not lacking
    assert not [message.id for message in catalog if message.id and not all(both[1] for both in _both_sides(message))]
    assert not catalog.obsolete


def test_placeholders_and_tags_are_the_same_on_both_sides(catalog: Catalog) -> None:
    for message in catalog:
        assert not list(message.check(catalog))
        for said, string in _both_sides(message) if message.id else ():
            assert Counter(_MARKS.findall(said)) == Counter(_MARKS.findall(string)), said


@pytest.mark.parametrize(("said", "wanted"), TERMS.items())
def test_the_words_of_the_trade_are_used(said: str, wanted: str, catalog: Catalog) -> None:
    message = catalog.get(said)

    assert message is not None
    assert message.string == wanted


@pytest.mark.parametrize(("name", "terms"), PAGES.items())
def test_a_page_is_in_chinese(name: str, terms: str, contoso: Organization, member: Client, catalog: Catalog) -> None:
    page = _Page(member.get(reverse(name, args=[contoso.slug])).content.decode())

    assert page.language == "zh-hant"
    assert [term for term in terms.split() if term not in page.text] == []
    assert _english(page.text, catalog) == []


def test_the_result_of_a_payment_is_in_chinese(contoso: Organization, member: Client, catalog: Catalog) -> None:
    payment = ordered(contoso.account)

    page = _Page(member.get(reverse("credits:payment", args=[contoso.slug, payment.key])).content.decode())

    assert "詳細資料" in page.text
    assert _english(page.text, catalog) == []


@pytest.mark.parametrize("name", ["account_login", "account_reset_password", "account_signup"])
def test_before_sign_in_the_browser_says_which_language(name: str, db: None, client: Client, catalog: Catalog) -> None:
    page = _Page(client.get(reverse(name), headers={"accept-language": "zh-TW,zh;q=0.9,en;q=0.5"}).content.decode())

    assert page.language == "zh-hant"
    assert _english(page.text, catalog) == []


@pytest.mark.parametrize("kind", Notice.Kind)
def test_a_mail_is_in_chinese(
    kind: Notice.Kind, member: Client, contoso: Organization, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(truth, "_CHECKS", {})  # samples have no lots behind them
    monkeypatch.setattr(papers, "_MAKERS", {})
    Organization.objects.filter(pk=contoso.pk).update(language="zh-hant")
    post(contoso, kind)
    outbox.deliver_due(now=factories.NOW, limit=10)

    text = _mail_to("owner@contoso.example")

    assert "通訊點數" in text
    assert _english(text, catalog) == []


def _mail_to(address: str) -> str:
    """Subject, text and HTML of the one mail to that address."""
    (message,) = [message for message in mail.outbox if message.to == [address]]
    assert isinstance(message, mail.EmailMultiAlternatives)
    html = "".join(str(alternative[0]) for alternative in message.alternatives)
    return f"{message.subject}\n{message.body}\n{_Page(html).text}"


class _Page(HTMLParser):
    """What a person reads or hears of a page: its text, and the words in its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.language, self._words, self._within = "", list[str](), ""
        self.feed(html)
        self.text = re.sub(r"\s+", " ", " ".join(self._words))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._within = tag
        spoken = ("aria-label", "title", "alt", "placeholder", "data-label", "data-ask")
        self._words += [value for name, value in attrs if name in spoken and value]
        if tag == "html":
            self.language = dict(attrs).get("lang") or ""

    def handle_data(self, data: str) -> None:
        if self._within not in ("script", "style"):
            self._words.append(data)


def _english(text: str, catalog: Catalog) -> list[str]:
    """Parts of our own English messages that stand in the text outside addresses, if too long to be anything else."""
    text = re.sub(r"https?://\S+", "", text)
    said = (form for message in catalog if message.id for form in _forms(message))
    parts = (part.strip(" .,:;") for form in said for part in _MARKS.split(form))
    return sorted({part for part in parts if len(part) > _SHORT and part in text})


def _forms(message: Message) -> tuple[str, ...]:
    return message.id if isinstance(message.id, tuple) else (str(message.id),)
