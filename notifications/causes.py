"""Why a charge was refused, in words: one sentence for each code the provider gives, or that the rules give themselves.

The codes are those of Stripe's "decline codes" and "error codes" tables. Reports of loss, theft and fraud are not
repeated: the provider asks that the person at the card be told no more than that it is refused.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as LazyStr

_BY_BANK: Final = _("The bank declined the charge without giving a reason. Ask the bank, or use another card.")
_FOR_GOOD: Final = _("The bank refuses this card for good. Use another card.")
_WRONG_DETAILS: Final = _("The card's details are not right any more. Add the card again, or use another card.")
_LIMIT: Final = _("The card's limit is reached. Raise it with the bank, or use another card.")
_LATER: Final = _("The bank or the payment provider could not process the charge. It may work later.")
_UNSUITABLE: Final = _("This card cannot be used for a purchase of this kind. Use another card.")
_UNCONFIRMED: Final = _("The bank could not confirm that it is you. Try again, or use another card.")
_CONFIRM: Final = _("The bank wants you to confirm the charge yourself. Add funds by hand, or use another card.")

SENTENCES: Final = {
    "account_closed": _FOR_GOOD,
    "amount_too_large": _("The amount is more than this card may be charged."),
    "approve_with_id": _LATER,
    "authentication_expired": _("The bank's confirmation was not given in time."),
    "authentication_required": _CONFIRM,
    "authentication_not_handled": _CONFIRM,
    "call_issuer": _BY_BANK,
    "canceled": _("The payment was cancelled before it was charged."),
    "cap_reached": _("The limit that you set on automatic charges leaves no room for this one."),
    "card_declined": _BY_BANK,
    "card_not_supported": _UNSUITABLE,
    "card_velocity_exceeded": _LIMIT,
    "currency_not_supported": _("This card cannot be charged in your currency. Use another card."),
    "dispute_lost": _("The bank decided a dispute about an earlier charge against us and took the money back."),
    "do_not_honor": _BY_BANK,
    "expired_card": _("The card has expired. Add its successor, or use another card."),
    "fraudulent": _FOR_GOOD,
    "generic_decline": _BY_BANK,
    "incorrect_cvc": _WRONG_DETAILS,
    "incorrect_number": _WRONG_DETAILS,
    "insufficient_funds": _("The card has insufficient funds."),
    "invalid_account": _FOR_GOOD,
    "invalid_cvc": _WRONG_DETAILS,
    "invalid_expiry_month": _WRONG_DETAILS,
    "invalid_expiry_year": _WRONG_DETAILS,
    "invalid_number": _WRONG_DETAILS,
    "issuer_not_available": _LATER,
    "lost_card": _FOR_GOOD,
    "mismatch": _("The payment provider's answer does not fit our record. We are looking into it."),
    "no_method": _("There is no card that can be charged. Add one."),
    "not_permitted": _UNSUITABLE,
    "payment_intent_authentication_failure": _UNCONFIRMED,
    "pickup_card": _FOR_GOOD,
    "processing_error": _LATER,
    "reenter_transaction": _LATER,
    "resource_missing": _("The payment provider no longer knows this card. Add it again, or use another card."),
    "restricted_card": _FOR_GOOD,
    "revocation_of_all_authorizations": _FOR_GOOD,
    "revocation_of_authorization": _FOR_GOOD,
    "stolen_card": _FOR_GOOD,
    "transaction_not_allowed": _UNSUITABLE,
    "try_again_later": _LATER,
    "unanswered": _("The payment provider never answered, and has no record of the charge."),
    "withdrawal_count_limit_exceeded": _LIMIT,
}  # fmt: skip


def words(code: str) -> "LazyStr":
    """The sentence for a decline code, in the reader's language when it is shown; a stranger is named as it came."""
    if not code:
        return _BY_BANK
    return SENTENCES.get(code) or format_lazy(_("The charge was refused (code {code})."), code=code)


@dataclass(frozen=True, slots=True)
class Cause:
    """A decline code, or a reason of ours, that a template shows as its sentence and may ask for its code."""

    code: str

    def __str__(self) -> str:
        return str(words(self.code))
