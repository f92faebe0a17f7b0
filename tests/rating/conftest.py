"""The books are checked after every test of this folder. Live calls are Amara's, of Tailspin."""

from datetime import datetime

import pytest

from tests.integrity import books_are_right
from tests.rating import phone
from tests.rating.phone import Phone
from tests.rating.uploading import no_beats

__all__ = ["books_are_right", "no_beats"]


@pytest.fixture
def amara(db: None, now: datetime) -> Phone:
    """Amara's, pay as you go, on ten dollars."""
    return phone.phone(now)


@pytest.fixture
def planned(db: None, now: datetime) -> Phone:
    """The same with 120 domestic minutes a month."""
    return phone.phone(now, plan="MCOPSTN5")
