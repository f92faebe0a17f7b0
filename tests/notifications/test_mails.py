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
@pytest.mark.parametrize("name", [*Notice.Kind.values, "invitation"])
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


def test_a_failure_says_why_and_when_the_next_try_is_in_the_organizations_zone(contoso: Organization) -> None:
    subject, text, html = sent(contoso, Notice.Kind.RECHARGE_FAILED)

    assert subject == "$50.00 not added to Contoso's Communications Credits: auto-recharge failed"
    for body in (text, html):
        assert "The card has insufficient funds." in body
        assert "The next try is on 3 November 2026 at 04:00 (America/New_York time)." in body


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"paused": True, "next_try_at": None}, "is paused"),
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
