"""Mails about money bring their receipt, in the language of who reads them."""

from datetime import datetime

import pytest

from credits import papers
from notifications import papers as registry
from notifications.models import Notice
from subscriptions.models import Organization
from tests.credits.test_pages_bills import bought

pytestmark = pytest.mark.django_db


def notice(organization: Organization, *, now: datetime, **facts: object) -> Notice:
    return Notice(organization=organization, kind=Notice.Kind.FUNDS_ADDED, facts=facts, created_at=now)


def test_the_receipt_that_a_notice_names_comes_with_it(contoso: Organization, now: datetime) -> None:
    bought(contoso)

    (paper,) = registry.of(notice(contoso, now=now, receipt=1), "en")

    assert (paper.name, paper.content_type) == ("contoso-receipt-1.pdf", "application/pdf")
    assert paper.body.startswith(b"%PDF-")


@pytest.mark.parametrize("facts", [{}, {"receipt": None}, {"receipt": 2}, {"receipt": "1"}])
def test_without_one_nothing_comes(contoso: Organization, now: datetime, facts: dict[str, object]) -> None:
    bought(contoso)

    assert papers.of(notice(contoso, now=now, **facts), "en") == []


def test_a_number_of_another_organization_is_not_theirs(
    contoso: Organization, northwind: Organization, now: datetime
) -> None:
    bought(northwind)

    assert papers.of(notice(contoso, now=now, receipt=1), "en") == []
