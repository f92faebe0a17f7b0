"""What a receipt says, and the PDF it is put into: fonts embedded, every character there, the same bytes each time."""

import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import translation

from credits import receipt_pdf, receipt_text
from credits.models import Receipt

TOLD: dict[str, Any] = {
    "organization": "北風貿易 Northwind",
    "country": "DE",
    "bill_to": "王雅婷\nHauptstraße 1\n10117 Berlin",
    "tax_number": "DE 811 115 368",
    "purchase_order": "PO-7",
    "order": "0b8f5a6e-1c55-4a57-9f1e-6a2cc1cdbf9a",
    "kind": "automatic",
    "card": "Visa •••• 4242",
    "issued_on": "2026-11-02",
    "expires_on": "2027-11-02",
    "tax_name": "VAT",
    "issuer": {"name": "Issuer", "address": "1 Street\n2 Town", "tax_number": "XX 9"},
    "sample": False,
}  # fmt: skip


def receipt(**changed: Any) -> Receipt:
    told = {name: changed.pop(name) for name in list(changed) if name in {*TOLD, "receipt"} - {"kind"}}
    fields: dict[str, Any] = {
        "number": 12, "kind": Receipt.Kind.RECEIPT, "issued_at": datetime(2026, 11, 2, 9, tzinfo=UTC),
        "currency": "EUR", "amount": Decimal(250), "tax": Decimal("47.5"), "tax_percent": Decimal("19.000"),
    }  # fmt: skip
    return Receipt(**fields | changed, facts={**TOLD, **told})


def said(row: Receipt) -> receipt_text.Sheet:
    with translation.override("en"):
        return receipt_text.of(row)


def streams(pdf: bytes) -> Iterator[bytes]:
    """What is packed inside."""
    for packed in re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL):
        try:
            yield zlib.decompress(packed)
        except zlib.error:
            yield packed


def written(pdf: bytes) -> set[str]:
    """The characters that its fonts can be searched for: those they were embedded with."""
    maps = b"".join(stream for stream in streams(pdf) if b"beginbfchar" in stream).decode()
    return {chr(int(code, 16)) for code in re.findall(r"<[0-9A-F]{4}> <([0-9A-F]{4})>", maps)}


@pytest.fixture
def _noto(settings: Any) -> None:
    if not (Path(settings.RECEIPT_FONTS) / "NotoSansCJK-Bold.ttc").is_file():
        pytest.skip("fonts-noto-cjk is not installed")


def test_a_receipt_has_every_field_of_an_invoice() -> None:
    sheet = said(receipt())

    assert (sheet.title, sheet.number, sheet.bill_to) == ("Receipt", "No. 12", "北風貿易 Northwind")
    assert sheet.bill_to_lines == ("王雅婷", "Hauptstraße 1", "10117 Berlin", "Tax number: DE 811 115 368")
    assert dict(sheet.facts) == {
        "Number": "12", "Date": "2 November 2026", "Order number": "0b8f5a6e-1c55-4a57-9f1e-6a2cc1cdbf9a",
        "Purchase-order number": "PO-7", "Payment method": "Visa •••• 4242", "Currency": "EUR",
    }  # fmt: skip
    assert sheet.product_lines == ("Auto-recharge", "Expires on 2 November 2027")
    assert sheet.cells == ("19%", "€47.50", "€250.00")
    assert dict(sheet.sums) == {"Subtotal": "€250.00", "VAT 19%": "€47.50", "Total": "€297.50"}
    assert sheet.instruction == "Do not pay: €297.50 was charged to Visa •••• 4242."


def test_a_price_that_includes_its_tax_says_so() -> None:
    sheet = said(receipt(tax=Decimal(0), tax_percent=Decimal(0), tax_included=True, currency="USD", tax_name="Tax"))

    assert sheet.cells == ("", "Included", "$250.00")
    assert sheet.sums == (("Taxes and fees", "Included"), ("Total", "$250.00"))


def test_a_rate_within_the_price_is_worked_out() -> None:
    sheet = said(receipt(tax=Decimal(0), tax_included=True))

    assert sheet.sums == (("of which VAT 19%", "€39.92"), ("Total", "€250.00"))


def test_a_credit_note_names_its_receipt_and_asks_for_nothing() -> None:
    sheet = said(receipt(kind=Receipt.Kind.CREDIT_NOTE, receipt=11, expires_on=None))

    assert sheet.title == "Credit note"
    assert ("For receipt", "11") in sheet.facts
    assert sheet.sums[-1] == ("Total given back", "€297.50")
    assert sheet.instruction == "Nothing is to be done: €297.50 was given back to Visa •••• 4242."


@pytest.mark.parametrize(
    ("currency", "amount", "tax", "total"),
    [("JPY", "5005", "501", "¥5,506"), ("KWD", "20.125", "1.006", "KWD21.131"), ("USD", "50", "4.05", "$54.05")],
)
def test_amounts_have_their_currencys_places(currency: str, amount: str, tax: str, total: str) -> None:
    sheet = said(receipt(currency=currency, amount=Decimal(amount), tax=Decimal(tax)))

    assert sheet.sums[-1] == ("Total", total)


def test_a_receipt_of_the_sandbox_says_that_it_is_a_sample() -> None:
    assert said(receipt(sample=True)).sample == "Sample: made with the sandbox provider. No money was moved."


@pytest.mark.usefixtures("_noto")
@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_both_languages_are_drawn_with_embedded_fonts_that_have_every_character(language: str) -> None:
    row = receipt()
    with translation.override(language):
        sheet = receipt_text.of(row)

    pdf = receipt_pdf.render(row, language)

    assert re.findall(rb"/BaseFont /[A-Z]{6}\+NotoSansCJKTC(Bold)?", pdf)
    assert pdf.count(b"/FontFile3") == 2
    wanted = set("".join((sheet.title, sheet.bill_to, sheet.product, sheet.instruction, *sheet.bill_to_lines)))
    assert wanted - written(pdf) <= {" ", "•"}


@pytest.mark.usefixtures("_noto")
def test_the_same_receipt_is_the_same_bytes_whenever_it_is_drawn(frozen: time_machine.Traveller) -> None:
    first = receipt_pdf.render(receipt(), "en")
    frozen.shift(timedelta(days=400))
    second = receipt_pdf.render(receipt(), "en")

    assert first == second
    assert first != receipt_pdf.render(receipt(number=13), "en")


@pytest.mark.usefixtures("_noto")
def test_whatever_the_words_are_the_paper_stays_one_page() -> None:
    long = receipt(organization="W" * 150, bill_to="\n".join("M" * 60 for _ in range(8)), purchase_order="9" * 50)

    pdf = receipt_pdf.render(long, "zh-hant")

    assert b"/Count 1" in pdf


def test_without_the_fonts_it_is_english_in_helvetica_and_says_so(
    settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.RECEIPT_FONTS = str(tmp_path)

    pdf = receipt_pdf.render(receipt(), "zh-hant")

    text = b"".join(streams(pdf))
    assert b"/BaseFont /Helvetica" in pdf
    assert b"(Receipt)" in text
    assert b"(???? Northwind)" in text
    assert b"characters may be missing" in text
    assert "fonts-noto-cjk" in caplog.text


def test_files_are_named_by_organization_kind_and_number() -> None:
    names = [receipt_pdf.name_of(receipt(kind=kind), "contoso") for kind in Receipt.Kind]

    assert names == ["contoso-receipt-12.pdf", "contoso-credit-note-12.pdf"]
