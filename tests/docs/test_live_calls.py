"""The table of docs/live-calls.md, asked request by request."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Final

import pytest

from rating import authorizing
from rating.authorizing import Answer, Settled
from tests.docs.pages import table
from tests.rating import phone
from tests.rating.phone import HAVANA, Phone

PAGE: Final = "docs/live-calls.md"


def steps(amara: Phone) -> dict[str, Callable[[], Answer | Settled | None]]:
    def ask() -> Answer:
        request = amara.request(number=1, destination=HAVANA, requested_seconds=240)
        return authorizing.authorize(amara.organization, request, now=amara.now)

    def earn() -> None:
        amara.desk.promote(5, now=amara.now)

    def go_on(used: int, more: int) -> Callable[[], Answer]:
        return lambda: amara.goes_on(used, more)

    return {
        "authorize 240 s": ask,
        "authorize 240 s again, same number": ask,
        "update: 240 s used, 300 s more": go_on(240, 300),
        "update: 540 s used, 300 s more": go_on(540, 300),
        "update: 600 s used, 60 s more": go_on(600, 60),
        "5 dollars come in": earn,
        "settle 630 s": lambda: amara.ends(630, number=99),
        "settle 630 s again, same number": lambda: amara.ends(630, number=99),
    }


def said(answer: Answer | Settled | None) -> tuple[str, str, str]:
    """As the page writes answer, granted seconds and final."""
    if answer is None:
        return "", "", ""
    if isinstance(answer, Settled):
        return f"charged {answer.charge.normalize()}", "", ""
    words = "yes" if answer.allowed else f"no, {answer.reason}"
    return words, str(answer.granted_seconds), "yes" if answer.final else "no"


@pytest.mark.django_db
def test_the_call_goes_as_the_page_says(now: datetime) -> None:
    amara = phone.phone(now)
    amara.number("call")
    doing = steps(amara)
    rows = table(PAGE, "One call, request by request")

    for row in rows:
        answer = doing[row["step"]]()
        assert said(answer) == (row["answer"], row["granted seconds"], row["final"]), row["step"]
        assert amara.four() == tuple(Decimal(row[name]) for name in ("settled", "held", "available")), row["step"]

    assert {row["step"] for row in rows} == set(doing)
