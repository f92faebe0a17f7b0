"""The sentence of auto-recharge, wherever it stands, says all of the terms and nothing else."""

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from django.test import Client

from credits.models import AutoRecharge
from subscriptions.models import Organization
from tests.credits.booking import url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
SignIn = Callable[..., Client]


class Seen(HTMLParser):
    """The words of the auto-recharge sentence that are to be seen."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words, self._hidden = "", [False]
        self.feed(re.findall(r'<p class="[^"]*sentence".*?</p>', page, re.DOTALL)[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden.append(self._hidden[-1] or "hidden" in dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        self._hidden.pop()

    def handle_data(self, data: str) -> None:
        self.words += "" if self._hidden[-1] else data


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ({}, ""),
        ({"daily_cap": 100}, "At most $100.00 a day."),
        ({"monthly_cap": 200}, "At most $200.00 a month."),
        ({"daily_cap": 100, "monthly_cap": 200}, "At most $100.00 a day, $200.00 a month."),
        (
            {"daily_cap": 100, "weekly_cap": 150, "monthly_cap": 200},
            "At most $100.00 a day, $150.00 a week, $200.00 a month.",
        ),
        ({"weekly_cap": 90, "before_expiry_days": 7}, "At most $90.00 a week. Also 7 days before credit expires."),
    ],
)
def test_the_sentence_says_all_of_it(
    contoso: Organization, sign_in: SignIn, stored: dict[str, int], words: str
) -> None:
    AutoRecharge.objects.filter(account=contoso.account).update(**stored)
    client = sign_in(contoso)

    for name in ("auto_recharge", "overview", "evaluations"):
        sentence = " ".join(Seen(client.get(url(contoso, name)).content.decode()).words.split())
        start = "When the balance falls below $20.00, charge Visa •••• 4242 in steps of $50.00, in one charge."
        assert sentence == f"{start} {words}".strip()
