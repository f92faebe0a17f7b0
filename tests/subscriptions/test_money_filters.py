"""How amounts look on a page, in both languages."""

from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import translation

from subscriptions.templatetags import money as filters


@pytest.mark.parametrize(
    ("amount", "currency", "english", "chinese"),
    [
        (Decimal("69.600000"), "USD", "$69.60", "US$69.60"),
        (Decimal("1234567.5"), "USD", "$1,234,567.50", "US$1,234,567.50"),
        (Decimal("0.009999"), "USD", "$0.00", "US$0.00"),
        (Decimal("-0.000001"), "USD", "−$0.01", "−US$0.01"),
        (Decimal("-12.5"), "EUR", "−€12.50", "−€12.50"),
        (Decimal(500), "JPY", "¥500", "¥500"),
        (Decimal("1.2345"), "KWD", "KWD1.234", "KWD1.234"),
        (50, "USD", "$50.00", "US$50.00"),
        ("50.000000", "USD", "$50.00", "US$50.00"),
    ],
)
def test_money_is_shown_in_the_language_of_the_page(
    amount: Decimal | int | str, currency: str, english: str, chinese: str
) -> None:
    with translation.override("en"):
        assert filters.money(amount, currency) == english
    with translation.override("zh-hant"):
        assert filters.money(amount, currency) == chinese


@pytest.mark.parametrize(
    ("price", "currency", "text"),
    [
        (Decimal("0.013000"), "USD", "$0.013"),
        (Decimal("0.0145"), "USD", "$0.0145"),
        (Decimal("0.2"), "USD", "$0.20"),
        (Decimal(1), "USD", "$1.00"),
        (Decimal(100), "USD", "$100.00"),
        (Decimal("0.000001"), "USD", "$0.000001"),
        (Decimal("2.5"), "JPY", "¥2.5"),
        (Decimal("0.000000"), "USD", "$0.00"),
    ],
)
def test_a_rate_is_never_rounded(price: Decimal, currency: str, text: str) -> None:
    with translation.override("en"):
        assert filters.rate(price, currency) == text


@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_a_plain_amount_has_neither_currency_nor_groups(language: str) -> None:
    with translation.override(language):
        assert filters.amount_plain(Decimal("-1234.5"), "USD") == "-1234.50"


def test_the_filters_are_loaded_as_money() -> None:
    page = Template("{% load money %}{{ amount|money:code }} {{ amount|rate:code }} {{ amount|amount_plain:code }}")

    assert page.render(Context({"amount": Decimal("1000.125"), "code": "USD"})) == "$1,000.12 $1,000.125 1000.12"
