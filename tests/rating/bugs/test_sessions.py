"""What went wrong elsewhere with live calls, so that it does not here."""

from datetime import datetime
from decimal import Decimal
from functools import partial

import pytest

from credits.models import Hold, Journal
from rating import authorizing
from tests.credits.together import at_once, calm
from tests.rating import phone
from tests.rating.phone import HAVANA, Phone

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_field_12_simultaneous_calls_do_not_share_one_balance(now: datetime) -> None:
    """Without a reservation thirty calls passed on a balance of one (MagnusBilling#38)."""
    amara = phone.phone(now, credit="1")

    def ask(name: int) -> authorizing.Answer:
        request = amara.request(f"call {name}", destination=HAVANA, requested_seconds=60)
        return authorizing.authorize(amara.organization, request, now=now)

    answers = calm(at_once([partial(ask, name) for name in range(30)]))

    assert sum(answer.allowed for answer in answers) == 1
    assert amara.account.held == 1


def test_field_15_a_call_that_was_ended_is_not_billed_any_further(amara: Phone) -> None:
    """The call was shut down and the debit loop went on (cgrates#2220)."""
    amara.asks(destination=HAVANA, requested_seconds=60)
    amara.ends(60)

    with pytest.raises(authorizing.SessionOver):
        amara.goes_on(60, 60)
    amara.waits(days=2)
    authorizing.lapse_due(now=amara.now)

    assert amara.four() == (9, 0, 9)
    assert Journal.objects.filter(kind="usage").count() == 1


def test_field_15_not_enough_credit_leaves_the_record_of_what_was_used(now: datetime) -> None:
    """Credit ran out in the middle, and the record showed something else than was used (cgrates#1490)."""
    amara = phone.phone(now, credit="2")
    granted = amara.asks(destination=HAVANA)
    refused = amara.goes_on(120)

    settled = amara.ends(120)

    assert (granted.granted_seconds, refused.allowed) == (120, False)
    assert (settled.seconds, settled.minutes, settled.charge) == (120, 2, 2)
    assert amara.four() == (0, 0, 0)


def test_field_15_the_price_does_not_depend_on_the_balance(now: datetime) -> None:
    """Below zero the price was wrong (cgrates#98)."""
    amara = phone.phone(now, credit="1")
    amara.asks(destination=HAVANA, requested_seconds=60)

    settled = amara.ends(180)

    assert settled.charge == 3
    assert amara.four() == (-2, 0, -2)
    another = amara.ends(60, "unasked", call=amara.request("unasked", destination=HAVANA))
    assert another.charge == 1
    assert amara.account.overdraft == Decimal(3)
    assert Hold.objects.get().state == "settled"
