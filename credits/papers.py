"""What mails about money bring with them: the receipt, or the credit note, in the language of who reads it."""

from typing import Final

from credits import receipt_pdf
from credits.models import Receipt
from notifications.models import Notice
from notifications.papers import Paper

#: The notices whose facts name a paper, as `receipt`: its number.
KINDS: Final = (Notice.Kind.RECHARGE_PAID, Notice.Kind.FUNDS_ADDED, Notice.Kind.REFUNDED)


def of(notice: Notice, language: str) -> list[Paper]:
    """The paper that the notice names; none when it names none."""
    number = notice.facts.get("receipt")
    if not isinstance(number, int):
        return []
    receipt = Receipt.objects.filter(account__organization=notice.organization_id, number=number).first()
    if receipt is None:
        return []
    name = receipt_pdf.name_of(receipt, notice.organization.slug)
    return [Paper(name, "application/pdf", receipt_pdf.render(receipt, language))]
