"""Every mail in every language: complete, escaped where it must be and only there, with the figures of the trade."""

from typing import Any

import pytest
from django.conf import settings as site
from django.core import mail
from django.template.loader import get_template
from django.utils import translation
from pytest_django import Settings

from notifications import causes, outbox
from notifications.models import Notice
from subscriptions.models import Organization
from tests.factories import NOW
from tests.notifications import samples

LANGUAGES = [code for code, _name in site.LANGUAGES]
MISSING = "«missing %s»"


def sent(organization: Organization, kind: Notice.Kind, **facts: Any) -> tuple[str, str, str]:
    """Subject, text and HTML of the mail to the owner."""
    notice = samples.post(organization, kind, **facts)
    outbox.deliver_due(now=NOW, limit=10)
    assert set(notice.deliveries.values_list("state", flat=True)) == {"sent"}
    message: Any = next(letter for letter in mail.outbox if letter.to[0].startswith("owner@"))
    return message.subject, message.body, message.alternatives[0].content


@pytest.mark.parametrize("part", ["subject.txt", "body.txt", "body.html"])
@pytest.mark.parametrize("name", [*Notice.Kind.values, "invitation", "test"])
def test_each_kind_has_its_three_templates(name: str, part: str) -> None:
    assert get_template(f"notices/{name}/{part}")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(Notice.Kind))
def test_no_mail_lacks_a_fact(contoso: Organization, settings: Settings, kind: Notice.Kind, language: str) -> None:
    Organization.objects.filter(pk=contoso.pk).update(language=language)
    (engine,) = settings.TEMPLATES
    settings.TEMPLATES = [engine | {"OPTIONS": engine["OPTIONS"] | {"string_if_invalid": MISSING}}]

    subject, text, html = sent(contoso, kind)

    assert "«" not in subject + text + html
    assert f'<html lang="{language}">' in html
    assert "\n" not in subject
    assert "\n\n\n" not in text


def test_the_subject_begins_with_the_fact_and_the_figure(contoso: Organization) -> None:
    subject, _text, _html = sent(contoso, Notice.Kind.BELOW_ZERO)

    assert subject == "Balance below zero (−$2.36): calls that need credits are stopped for Contoso"


def test_a_receipt_says_when_the_funds_expire(contoso: Organization) -> None:
    _subject, text, html = sent(contoso, Notice.Kind.RECHARGE_PAID)

    for body in (text, html):
        assert "These funds expire on" in body
        assert "2 November 2027" in body
        assert "Visa •••• 4242" in body
    assert f"{site.SITE_URL}/o/contoso/billing/subscriptions/communications-credits/payments/" in text


@pytest.mark.parametrize(
    ("reason", "words"),
    [("trigger", "The balance fell below the trigger amount"), ("before_expiry", "Credit is about to expire")],
)
def test_a_recharge_says_what_led_to_it(contoso: Organization, reason: str, words: str) -> None:
    _subject, text, html = sent(contoso, Notice.Kind.RECHARGE_PAID, reason=reason)

    assert words in text
    assert words in html


def test_a_failure_says_why_and_when_the_next_try_is_in_the_organizations_zone(contoso: Organization) -> None:
    subject, text, html = sent(contoso, Notice.Kind.RECHARGE_FAILED)

    assert subject == "$50.00 not added to Contoso's Communications Credits: auto-recharge failed"
    for body in (text, html):
        assert "The card has insufficient funds." in body
        assert "The next try is on 3 November 2026 at 04:00 (America/New_York time)." in body


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"cause": "cap_reached"}, "The limit begins anew on 3 November 2026 at 04:00 (America/New_York time)"),
        ({"next_try_at": None}, "tries again when the balance next changes"),
        ({"card": "", "cause": "no_method"}, "There is no card that can be charged."),
    ],
)
def test_a_failure_without_a_next_try_says_what_happens_instead(
    contoso: Organization, facts: dict[str, Any], words: str
) -> None:
    _subject, text, html = sent(contoso, Notice.Kind.RECHARGE_FAILED, **facts)

    assert words in text
    assert words in html


@pytest.mark.parametrize(
    ("cause", "subject", "words"),
    [
        (
            "expired_card",
            "$50.00 not added to Contoso's Communications Credits: auto-recharge is paused",
            "It charges nothing more until you add a card or choose Resume in its settings.",
        ),
        (
            "dispute_lost",
            "$50.00 taken back after a dispute: auto-recharge of Contoso is paused",
            "Auto-recharge charges nothing more until you choose Resume in its settings.",
        ),
    ],
)
def test_a_pause_says_what_led_to_it_and_how_it_ends(
    contoso: Organization, cause: str, subject: str, words: str
) -> None:
    said, text, html = sent(contoso, Notice.Kind.RECHARGE_PAUSED, cause=cause)

    assert said == subject
    for body in (text, html):
        assert words in body
        assert str(causes.words(cause)) in body.replace("&#x27;", "'")


def test_a_confirmation_is_asked_for_until_an_instant_and_on_our_own_page(contoso: Organization) -> None:
    subject, text, html = sent(contoso, Notice.Kind.NEEDS_BANK)

    assert subject == "$50.00 waits for you: your bank asks you to confirm the charge for Contoso"
    for body in (text, html):
        assert "Confirm it by 3 November 2026, 04:00 (America/New_York time)." in body
        assert f"{site.SITE_URL}/o/contoso/billing/subscriptions/communications-credits/payments/" in body


def test_a_refund_says_what_the_card_gets_back_with_the_tax(contoso: Organization) -> None:
    subject, text, html = sent(contoso, Notice.Kind.REFUNDED)

    assert subject == "$60.00 refunded to Visa •••• 4242 (Contoso)"
    for body in (text, html):
        assert "$60.00 goes back to Visa •••• 4242. $50.00 of credit was taken" in body
        assert "$10.00" in body


@pytest.mark.parametrize(
    ("stage", "subject"),
    [
        ("approaching", "Balance $24.80, nearly down to your level of $25.00 (Contoso)"),
        ("below", "Balance $24.80, below your level of $25.00 (Contoso)"),
        ("recovered", "Balance $24.80, above your level of $25.00 again (Contoso)"),
    ],
)
def test_a_level_says_where_the_balance_stands(contoso: Organization, stage: str, subject: str) -> None:
    said, text, html = sent(contoso, Notice.Kind.BALANCE_LOW, stage=stage)

    assert said == subject
    assert ("Add funds" in text) == ("Add funds" in html) == (stage != "recovered")


@pytest.mark.parametrize(
    ("days", "lots", "subject", "words"),
    [
        (30, 2, "$31.25 of Contoso's credit expires in 30 days, on 1 December 2026", "$31.25 is left of 2 lots"),
        (1, 1, "$31.25 of Contoso's credit expires in 1 day, on 1 December 2026", "$31.25 is left of 1 lot"),
        (0, 1, "$31.25 of Contoso's credit expires today, on 1 December 2026", "$31.25 is left of 1 lot"),
    ],
)
def test_credit_that_expires_says_how_much_and_when(
    contoso: Organization, days: int, lots: int, subject: str, words: str
) -> None:
    said, text, html = sent(contoso, Notice.Kind.LOT_EXPIRES, days=days, lots=lots)

    assert said == subject
    assert words in text
    assert words in html


@pytest.mark.parametrize(
    ("facts", "subject", "expected"),
    [
        ({}, "Visa •••• 4242 expires in 60 days: replace it for Contoso", True),
        ({"days": 0, "next_charge_on": None}, "Visa •••• 4242 expires today: replace it for Contoso", False),
    ],
)
def test_a_card_that_expires_says_when_the_next_charge_is_expected(
    contoso: Organization, facts: dict[str, Any], subject: str, expected: bool
) -> None:
    said, text, html = sent(contoso, Notice.Kind.CARD_EXPIRES, **facts)

    assert said == subject
    for body in (text, html):
        assert "until the end of 12/2026" in body
        assert ("auto-recharge is expected to charge next on 19 November 2026" in body) == expected


@pytest.mark.parametrize(
    ("stage", "subject"),
    [
        ("opened", "$37.50 of credit waits: a payment is disputed with the bank (Contoso)"),
        ("won", "$37.50 of credit is free again: the dispute of a payment was won (Contoso)"),
        ("lost", "$50.00 taken back: the dispute of a payment was lost (Contoso)"),
    ],
)
def test_a_dispute_says_what_it_does_to_the_credit_and_leads_to_the_payment(
    contoso: Organization, stage: str, subject: str
) -> None:
    said, text, html = sent(contoso, Notice.Kind.DISPUTED, stage=stage)

    assert said == subject
    for body in (text, html):
        assert "/payments/00000000-0000-4000-8000-000000000001/" in body
        assert "Visa •••• 0259" in body


def test_a_pause_after_a_lost_dispute_leads_to_the_payment(contoso: Organization) -> None:
    key = "00000000-0000-4000-8000-000000000001"

    _subject, text, html = sent(contoso, Notice.Kind.RECHARGE_PAUSED, cause="dispute_lost", payment=key)

    assert f"/payments/{key}/" in text
    assert f"/payments/{key}/" in html


def test_changed_terms_are_said_with_what_they_were(contoso: Organization) -> None:
    subject, text, html = sent(contoso, Notice.Kind.TERMS_CHANGED)

    changed = "“When the balance falls below” is $40.00 (before: $20.00), and 2 more"
    assert subject == f"Auto-recharge changed: {changed} (Contoso)"
    for body in (text, html):
        assert "Adele Vance changed the auto-recharge settings of Contoso" in body.replace("&#x27;", "'")
        assert "$40.00 (before: $20.00)" in body
        assert "$500.00 (before: no limit)" in body
        assert "7 days (before: no)" in body
    assert "Recharge with: $50.00\n" in text


def test_the_subject_says_what_changed(contoso: Organization) -> None:
    before = samples.FACTS[Notice.Kind.TERMS_CHANGED]["before"]

    capped, _text, _html = sent(contoso, Notice.Kind.TERMS_CHANGED, after=before | {"monthly_cap": "500"})

    assert capped == "Auto-recharge changed: “At most in a month” is $500.00 (before: no limit) (Contoso)"


def test_terms_turned_off_are_said_first(contoso: Organization) -> None:
    off = samples.FACTS[Notice.Kind.TERMS_CHANGED]["after"] | {"enabled": "False"}

    subject, text, _html = sent(contoso, Notice.Kind.TERMS_CHANGED, after=off)

    assert subject == "Auto-recharge turned off: nothing is charged by itself any more (Contoso)"
    assert "Auto-recharge: off (before: on)" in text


@pytest.mark.parametrize(("currency", "figure"), [("JPY", "¥5,000 added"), ("KWD", "KWD5,000.000 added")])
def test_amounts_have_their_currencys_places(contoso: Organization, currency: str, figure: str) -> None:
    subject, _text, _html = sent(contoso, Notice.Kind.FUNDS_ADDED, amount="5000", currency=currency)

    assert subject.startswith(figure)


def test_a_notice_from_before_there_were_receipts_is_still_sent(contoso: Organization) -> None:
    notice = samples.post(contoso, Notice.Kind.RECHARGE_PAID)
    facts = {name: value for name, value in notice.facts.items() if name != "receipt"}
    Notice.objects.filter(pk=notice.pk).update(facts=facts)

    outbox.deliver_due(now=NOW, limit=10)

    assert "Receipt" not in str(mail.outbox[0].body)


def test_below_zero_says_what_stops_what_works_and_where_to_add_funds(contoso: Organization) -> None:
    _subject, text, html = sent(contoso, Notice.Kind.BELOW_ZERO)

    for body in (text, html):
        assert "calls to your toll-free numbers" in body
        assert "emergency calls" in body
        assert f"{site.SITE_URL}/o/contoso/billing/subscriptions/communications-credits/add-funds/" in body
        assert "Auto-recharge is off." in body


def test_a_name_is_escaped_in_html_and_left_alone_in_text(contoso: Organization) -> None:
    Organization.objects.filter(pk=contoso.pk).update(name="A&B <b>'s")

    subject, text, html = sent(contoso, Notice.Kind.BELOW_ZERO)

    assert "A&B <b>'s" in subject
    assert "A&B <b>'s" in text
    assert "<b>" not in html
    assert "A&amp;B &lt;b&gt;" in html


def test_every_cause_is_a_sentence_in_every_language() -> None:
    for language in LANGUAGES:
        with translation.override(language):
            for code in causes.SENTENCES:
                assert str(causes.words(code)).endswith((".", "。"))
                assert code not in str(causes.words(code))


def test_an_unknown_cause_is_named_as_it_came() -> None:
    assert str(causes.words("new_code")) == "The charge was refused (code new_code)."
    assert str(causes.words("")) == str(causes.words("generic_decline"))
