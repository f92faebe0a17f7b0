"""The named test cards. No card number exists anywhere here: a card is a name, a brand, four digits and a behaviour."""

import hashlib
from dataclasses import dataclass
from typing import Any

from config.embedded.provider.errors import invalid

Object = dict[str, Any]

MESSAGES = {
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "stolen_card": "Your card was declined.",
    "generic_decline": "Your card was declined.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
}
REASONS = {
    "insufficient_funds": "insufficient funds",
    "expired_card": "the card has expired",
    "stolen_card": "reported stolen",
    "generic_decline": "no reason given",
}


@dataclass(frozen=True)
class Card:
    """A test card. `decline` is the decline code of every charge, `asks` when the bank wants the person: never,
    always, or on_session (always when the person is there; not for later charges once the card is saved)."""

    name: str
    brand: str
    last4: str
    behaviour: str
    decline: str | None = None
    refused_when_saved: bool = False
    asks: str = "never"
    disputed: bool = False

    @property
    def label(self) -> str:
        """What the hosted page calls it, for example "Visa •••• 4242 – always succeeds"."""
        return f"{self.brand.title()} •••• {self.last4} – {self.behaviour}"

    @property
    def fingerprint(self) -> str:
        """Sixteen characters, the same for each copy of the same card, as with Stripe."""
        return hashlib.sha256(f"sandbox {self.name}".encode()).hexdigest()[:16]

    def asks_for(self, method: Object, *, off_session: bool) -> bool:
        """Whether the bank wants the person to confirm a charge."""
        if self.asks == "on_session":
            return not off_session or method["customer"] is None
        return self.asks == "always"


CARDS = (
    Card("success", "visa", "4242", "always succeeds"),
    Card("mastercard", "mastercard", "4444", "always succeeds"),
    Card("declined_later", "visa", "0341", "is saved, then declines", decline="generic_decline"),
    Card(
        "insufficient_funds", "visa", "9995", "is saved, then declines: insufficient funds",
        decline="insufficient_funds",
    ),
    Card("expired_card", "visa", "0069", "is saved, then declines: expired card", decline="expired_card"),
    Card("stolen_card", "visa", "9979", "is saved, then declines: stolen card", decline="stolen_card"),
    Card(
        "generic_decline", "visa", "0002", "declines at once, cannot be saved",
        decline="generic_decline", refused_when_saved=True,
    ),
    Card("three_d_secure", "visa", "3184", "needs 3-D Secure each time", asks="always"),
    Card("three_d_secure_once", "visa", "3155", "needs 3-D Secure only while you are here", asks="on_session"),
    Card("disputed", "visa", "0259", "succeeds, then the holder disputes it", disputed=True),
)  # fmt: skip
BY_NAME = {card.name: card for card in CARDS}
_BY_FINGERPRINT = {card.fingerprint: card for card in CARDS}

# Stripe's own test tokens, which may be given where a payment method is asked for.
TOKENS = {
    "pm_card_visa": "success",
    "pm_card_mastercard": "mastercard",
    "pm_card_chargeCustomerFail": "declined_later",
    "pm_card_chargeDeclined": "generic_decline",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "pm_card_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "pm_card_visa_chargeDeclinedStolenCard": "stolen_card",
    "pm_card_chargeDeclinedStolenCard": "stolen_card",
    "pm_card_chargeDeclinedExpiredCard": "expired_card",
    "pm_card_authenticationRequired": "three_d_secure",
    "pm_card_threeDSecure2Required": "three_d_secure",
    "pm_card_authenticationRequiredOnSetup": "three_d_secure_once",
    "pm_card_createDispute": "disputed",
}


def named(name: str) -> Card:
    """The test card of this name."""
    if name not in BY_NAME:
        raise invalid(f"No test card is called '{name}'. There are: {', '.join(BY_NAME)}.", param="card")
    return BY_NAME[name]


def behind(method: Object) -> Card:
    """The test card that a payment method stands for."""
    return _BY_FINGERPRINT[method["card"]["fingerprint"]]
