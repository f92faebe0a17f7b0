"""Decks in the back office: from an upload to a deck in force, and back."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from rating.models import RateDeck
from tests.factories import UserFactory
from tests.rating import cast
from tests.rating.cast import INBOUND, OUTBOUND
from tests.rating.deck_files import acs, deck_file

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
Service = RateDeck.Service


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(UserFactory.create(is_staff=True, is_superuser=True))
    return client


def page(name: str, *args: int) -> str:
    return reverse(f"admin:rating_ratedeck_{name}", args=args)


def upload(staff: Client, path: Path, day: str = "2026-01-01") -> "_MonkeyPatchedWSGIResponse":
    said = {"name": "Sample", "service": Service.OUTBOUND, "currency": "usd", "effective_on": day, "zone": "UTC"}
    return staff.post(page("import"), {**said, "file": SimpleUploadedFile("deck.csv", path.read_bytes())})


def test_an_upload_is_seen_before_it_is_published(staff: Client, tmp_path: Path) -> None:
    cast.publish(deck_file(tmp_path, "Germany,mixed,DE,49,0.2"), Service.OUTBOUND)

    answer = upload(staff, deck_file(tmp_path, "Germany,mixed,DE,49,0.3"))
    draft = RateDeck.objects.get(published_at=None)
    assert answer.headers["Location"] == page("publish", draft.pk)
    shown = staff.get(page("publish", draft.pk)).content.decode()
    staff.post(page("publish", draft.pk), {"why": ""})
    assert RateDeck.objects.filter(published_at=None).exists()
    staff.post(page("publish", draft.pk), {"why": "new prices"})

    assert "0.2 (49)" in shown
    assert "0.3 (49)" in shown
    draft.refresh_from_db()
    assert draft.published_at is not None
    assert LogEntry.objects.get().change_message == "published: new prices"


def test_a_ruined_file_is_refused_by_line(staff: Client) -> None:
    answer = upload(staff, acs("2020-10-02"))

    assert "line 6585, Prefix, &#x27;2.77724E+11&#x27;" in answer.content.decode()
    assert not RateDeck.objects.exists()


def test_a_deck_of_the_same_day_is_replaced_knowingly(staff: Client, tmp_path: Path) -> None:
    old, _ = cast.publish(deck_file(tmp_path, "Germany,mixed,DE,49,0.2"), Service.OUTBOUND)
    upload(staff, deck_file(tmp_path, "Germany,mixed,DE,49,0.3"), str(old.effective_on))
    draft = RateDeck.objects.get(published_at=None)

    shown = staff.get(page("publish", draft.pk)).content.decode()
    staff.post(page("publish", draft.pk), {"why": "typing error"})

    assert "it will be withdrawn and replaced" in shown
    assert RateDeck.objects.standing().get() == draft
    assert LogEntry.objects.count() == 2


def test_a_draft_is_discarded(staff: Client, tmp_path: Path) -> None:
    upload(staff, deck_file(tmp_path, "Germany,mixed,DE,49,0.3"))
    draft = RateDeck.objects.get()

    staff.get(page("discard", draft.pk))
    assert RateDeck.objects.exists()
    staff.post(page("discard", draft.pk))

    assert not RateDeck.objects.exists()


def test_a_deck_is_withdrawn_with_a_reason(staff: Client) -> None:
    deck, _ = cast.publish(INBOUND, Service.INBOUND_TOLL_FREE)

    assert "Published" in staff.get(page("changelist")).content.decode()
    staff.get(page("withdraw", deck.pk))
    assert RateDeck.objects.standing().exists()
    staff.post(page("withdraw", deck.pk), {"why": "wrong list"})

    assert not RateDeck.objects.standing().exists()
    assert "Withdrawn" in staff.get(page("changelist")).content.decode()
    assert staff.get(page("change", deck.pk)).status_code == 200


def test_a_deck_is_exported(staff: Client) -> None:
    deck, _ = cast.publish(OUTBOUND, Service.OUTBOUND)

    answer = staff.get(page("export", deck.pk))

    assert answer.getvalue().count(b"\n") == 6593
    assert answer.headers["Content-Disposition"] == 'attachment; filename="outbound-USD-2025-10-15.csv"'


@pytest.mark.parametrize("name", ["publish", "discard", "withdraw", "export"])
def test_readers_of_the_back_office_change_nothing(client: Client, name: str) -> None:
    deck, _ = cast.publish(INBOUND, Service.INBOUND_TOLL_FREE)
    client.force_login(UserFactory.create(is_staff=True))

    assert client.post(page(name, deck.pk), {"why": "x"}).status_code == 403
    assert client.get(page("import")).status_code == 403
    assert RateDeck.objects.standing().exists()
