"""The organizations that all pages are shown of, made once for a module (which pytest-django leaves room for)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import time_machine

from subscriptions.models import Organization
from tests import factories
from tests.credits.desk import undone
from tests.pages import estates

#: Rows of each list: of the one organization and of the other.
FEW, MANY = 3, 24


@dataclass(frozen=True, slots=True)
class Cast:
    """Contoso has many of everything and Northwind a few, Fabrikam nothing, Tailspin only trouble."""

    full: Organization
    few: Organization
    empty: Organization
    error: Organization


@pytest.fixture(scope="module")
def estate(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cast]:
    """The four, in a transaction that ends with the module."""
    folder = tmp_path_factory.mktemp("files")
    with django_db_blocker.unblock(), time_machine.travel(factories.NOW, tick=False), undone():
        estates.publish_rates()
        made = Cast(factories.contoso(), factories.northwind(), factories.fabrikam(), factories.tailspin())
        estates.fill(made.full, folder, rows=MANY, now=factories.NOW)
        estates.fill(made.few, folder, rows=FEW, now=factories.NOW)
        estates.run_dry(made.error, now=factories.NOW)
        yield made
