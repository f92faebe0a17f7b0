"""What a receipt or a credit note says, in the language that is active: read from its row alone, never from what the
organization has become since. credits.receipt_pdf puts it on paper."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from credits import tax
from credits.models import Payment, Receipt
from subscriptions.templatetags.money import money

#: The names of taxes that the sample rates have; others stand as staff wrote them.
_TAXES: Final = frozenset(
    {gettext_noop("VAT"), gettext_noop("GST"), gettext_noop("Consumption tax"), gettext_noop("Tax")}
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Every word on the paper. `facts` and `sums` are pairs of label and value; the last sum is the total."""

    title: str
    number: str
    issuer: str
    issuer_lines: tuple[str, ...]
    bill_to: str
    bill_to_lines: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    columns: tuple[str, str, str, str]
    product: str
    product_lines: tuple[str, ...]
    cells: tuple[str, str, str]
    sums: tuple[tuple[str, str], ...]
    instruction: str
    sample: str


def of(receipt: Receipt) -> Sheet:
    """The words of that receipt."""
    told, note = receipt.facts, receipt.kind == Receipt.Kind.CREDIT_NOTE
    issuer, number = told["issuer"], _("Tax number: %(number)s")
    issuer_number = number % {"number": issuer["tax_number"]} if issuer["tax_number"] else ""
    bill_to_number = number % {"number": told["tax_number"]} if told["tax_number"] else ""
    return Sheet(
        title=_("Credit note") if note else _("Receipt"),
        number=_("No. %(number)d") % {"number": receipt.number},
        issuer=issuer["name"],
        issuer_lines=_lines(issuer["address"], issuer_number),
        bill_to=told["organization"],
        bill_to_lines=_lines(told["bill_to"], bill_to_number),
        facts=_facts(receipt),
        columns=(_("Product"), _("Tax rate"), _("Tax"), _("Amount")),
        product=_("Communications Credits"),
        product_lines=_product_lines(receipt),
        cells=_cells(receipt),
        sums=_sums(receipt),
        instruction=_instruction(receipt),
        sample=_("Sample: made with the sandbox provider. No money was moved.") if told["sample"] else "",
    )


def _lines(*texts: str) -> tuple[str, ...]:
    return tuple(line.strip() for text in texts for line in text.splitlines() if line.strip())


def _facts(receipt: Receipt) -> tuple[tuple[str, str], ...]:
    told = receipt.facts
    found = [
        (_("Number"), str(receipt.number)),
        (_("Date"), _day(told["issued_on"])),
        (_("For receipt"), str(told.get("receipt", ""))),
        (_("Order number"), told["order"]),
        (_("Purchase-order number"), told["purchase_order"]),
        (_("Payment method"), told["card"]),
        (_("Currency"), receipt.currency),
    ]
    return tuple((label, value) for label, value in found if value)


def _product_lines(receipt: Receipt) -> tuple[str, ...]:
    told = receipt.facts
    if receipt.kind == Receipt.Kind.CREDIT_NOTE:
        return (_("Unused credit, given back"),)
    kind = str(Payment.Kind(told["kind"]).label)
    if not told.get("expires_on"):
        return (kind,)
    return (kind, _("Expires on %(day)s") % {"day": _day(told["expires_on"])})


def _cells(receipt: Receipt) -> tuple[str, str, str]:
    """Tax rate, tax and amount of the one line there is."""
    amount = money(receipt.amount, receipt.currency)
    if receipt.tax_included:
        return _percent(receipt.tax_percent) if receipt.tax_percent else "", _("Included"), amount
    return _percent(receipt.tax_percent), money(receipt.tax, receipt.currency), amount


def _sums(receipt: Receipt) -> tuple[tuple[str, str], ...]:
    currency = receipt.currency
    total = (
        _("Total given back") if receipt.kind == Receipt.Kind.CREDIT_NOTE else _("Total"),
        money(receipt.total, currency),
    )
    named = _named(receipt)
    if receipt.tax_included:
        part = tax.within(receipt.amount, receipt.tax_percent, currency)
        said = (_("of which %(tax)s") % {"tax": named}, money(part, currency))
        return (said, total) if part else ((_("Taxes and fees"), _("Included")), total)
    return (_("Subtotal"), money(receipt.amount, currency)), (named, money(receipt.tax, currency)), total


def _named(receipt: Receipt) -> str:
    """`VAT 19%`."""
    name = receipt.facts["tax_name"] or "Tax"
    return f"{_(name) if name in _TAXES else name} {_percent(receipt.tax_percent)}"


def _percent(percent: Decimal) -> str:
    return f"{percent.normalize():f}%"


def _instruction(receipt: Receipt) -> str:
    sums = {"amount": money(receipt.total, receipt.currency), "card": receipt.facts["card"]}
    if receipt.kind == Receipt.Kind.CREDIT_NOTE:
        return _("Nothing is to be done: %(amount)s was given back to %(card)s.") % sums
    return _("Do not pay: %(amount)s was charged to %(card)s.") % sums


def _day(told: str) -> str:
    return date_format(date.fromisoformat(told), "DATE_FORMAT")
