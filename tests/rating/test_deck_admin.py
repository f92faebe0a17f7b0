"""Decks in the back office: from an upload to a deck in force, and back."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from rating import decks, upload_report
from rating.decks import Publication
from rating.models import RateDeck, Upload
from tests.factories import NOW, UserFactory
from tests.rating import cast
from tests.rating.cast import INBOUND, OUTBOUND
from tests.rating.deck_files import acs, deck_file
from tests.rating.uploading import ask, work

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "no_beats")]
Service = RateDeck.Service


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(UserFactory.create(is_staff=True, is_superuser=True))
    return client


def page(name: str, *args: int) -> str:
    return reverse(f"admin:rating_ratedeck_{name}", args=args)


def hand_in(staff: Client, path: Path, day: str = "2026-01-01", **other: str) -> "_MonkeyPatchedWSGIResponse":
    said = {"name": "Sample", "service": Service.OUTBOUND, "currency": "usd", "effective_on": day, "zone": "UTC"}
    return staff.post(page("import"), {**said, **other, "file": SimpleUploadedFile("deck.csv", path.read_bytes())})


def deck_page(upload: Upload) -> str:
    return reverse("admin:rating_upload_deck", args=[upload.pk])


def test_a_deck_is_seen_before_it_is_published(staff: Client, tmp_path: Path) -> None:
    cast.publish(deck_file(tmp_path, "Germany,mixed,DE,49,0.2"), Service.OUTBOUND)

    answer = hand_in(staff, deck_file(tmp_path, "Germany,mixed,DE,49,0.3"))
    upload = work(Upload.objects.get())
    shown = staff.get(deck_page(upload)).content.decode()
    staff.post(deck_page(upload), {"why": ""})
    assert (work(upload).state, RateDeck.objects.count()) == (Upload.State.CHECKED, 1)
    staff.post(deck_page(upload), {"why": "new prices"})
    work(upload)

    assert answer.headers["Location"] == deck_page(upload)
    assert "0.2 (49)" in shown
    assert "0.3 (49)" in shown
    deck = RateDeck.objects.get(pk=upload.outcome["deck"])
    assert deck.published_at is not None
    assert LogEntry.objects.filter(change_message="published: new prices").count() == 1
    assert str(deck) in staff.get(deck_page(upload)).content.decode()


def test_the_page_tells_how_far_the_check_is(staff: Client, tmp_path: Path) -> None:
    hand_in(staff, deck_file(tmp_path, "Germany,mixed,DE,49,0.3"))
    upload = Upload.objects.get()
    before = upload_report.mark(upload)

    assert "<progress" in staff.get(deck_page(upload)).content.decode()
    assert ask(staff, deck_page(upload), before).status_code == 204
    Upload.objects.filter(pk=upload.pk).update(done_lines=1, all_lines=2, options={"starts": {"checking": 1}})
    assert "1 of 2 lines read" in ask(staff, deck_page(upload), before).content.decode()
    Upload.objects.filter(pk=upload.pk).update(state=Upload.State.CHECKED)

    assert ask(staff, deck_page(upload), before).headers["HX-Refresh"] == "true"


def test_a_ruined_file_is_refused_by_line(staff: Client) -> None:
    hand_in(staff, acs("2020-10-02"))
    upload = work(Upload.objects.get())

    html = staff.get(deck_page(upload)).content.decode()

    assert upload.state == Upload.State.REFUSED
    assert "<td>6585</td><td>Prefix</td><td>2.77724E+11</td>" in html
    assert not RateDeck.objects.exists()


@pytest.mark.parametrize(
    ("other", "why"),
    [({"currency": "QQQ"}, "&#x27;QQQ&#x27; is not a currency"), ({"zone": "Mars/Base"}, "is not a time zone")],
)
def test_what_no_deck_can_be_is_refused(staff: Client, tmp_path: Path, other: dict[str, str], why: str) -> None:
    hand_in(staff, deck_file(tmp_path, "Germany,mixed,DE,49,0.3"), **other)

    upload = work(Upload.objects.get())

    assert why in staff.get(deck_page(upload)).content.decode()


def test_a_deck_of_the_same_day_is_replaced_knowingly(staff: Client, tmp_path: Path) -> None:
    old, _ = cast.publish(deck_file(tmp_path, "Germany,mixed,DE,49,0.2"), Service.OUTBOUND)
    hand_in(staff, deck_file(tmp_path, "Germany,mixed,DE,49,0.3"), str(old.effective_on))
    upload = work(Upload.objects.get())

    shown = staff.get(deck_page(upload)).content.decode()
    staff.post(deck_page(upload), {"why": "typing error"})
    work(upload)

    assert "it will be withdrawn and replaced" in shown
    assert RateDeck.objects.standing().get().pk == upload.outcome["deck"]
    assert LogEntry.objects.filter(change_message__endswith="typing error").count() == 2


def test_a_deck_that_came_in_between_is_not_replaced(staff: Client, tmp_path: Path) -> None:
    hand_in(staff, deck_file(tmp_path, "Germany,mixed,DE,49,0.3"), "2025-10-15")
    upload = work(Upload.objects.get())
    other, _ = cast.publish(deck_file(tmp_path, "Germany,mixed,DE,49,0.2"), Service.OUTBOUND)

    staff.post(deck_page(upload), {"why": "new prices"})
    work(upload)

    assert RateDeck.objects.standing().get() == other
    assert "already published for that day" in staff.get(deck_page(upload)).content.decode()


def test_the_same_deck_again_is_nothing_new(staff: Client, tmp_path: Path) -> None:
    path = deck_file(tmp_path, "Germany,mixed,DE,49,0.2")
    old, _ = cast.publish(path, Service.OUTBOUND)
    hand_in(staff, path, str(old.effective_on))

    upload = work(Upload.objects.get())

    assert upload.state == Upload.State.DONE
    assert "Nothing was changed." in staff.get(deck_page(upload)).content.decode()


def test_a_file_is_dropped(staff: Client, tmp_path: Path) -> None:
    hand_in(staff, deck_file(tmp_path, "Germany,mixed,DE,49,0.3"))
    upload = work(Upload.objects.get())
    drop = reverse("admin:rating_upload_drop", args=[upload.pk])

    staff.get(drop)
    assert work(upload).state == Upload.State.CHECKED
    staff.post(drop)

    assert work(upload).state == Upload.State.DROPPED
    assert "dropped" in staff.get(deck_page(upload)).content.decode()


@pytest.fixture
def draft(tmp_path: Path) -> RateDeck:
    """As decks were handed in before there were uploads."""
    publication = Publication(Service.OUTBOUND, "USD", date(2026, 1, 1), "Sample")
    return decks.draft(deck_file(tmp_path, "Germany,mixed,DE,49,0.3"), publication, now=NOW)


def test_a_draft_is_seen_and_published_with_a_reason(staff: Client, draft: RateDeck) -> None:
    shown = staff.get(page("publish", draft.pk)).content.decode()
    staff.post(page("publish", draft.pk), {"why": ""})
    assert RateDeck.objects.filter(published_at=None).exists()
    staff.post(page("publish", draft.pk), {"why": "new prices"})

    assert "0.3 (49)" in shown
    assert RateDeck.objects.standing().get() == draft


def test_a_draft_is_discarded(staff: Client, draft: RateDeck) -> None:
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
    assert client.get(reverse("admin:rating_upload_deck", args=[1])).status_code == 403
    assert client.post(reverse("admin:rating_upload_drop", args=[1])).status_code == 403
    assert RateDeck.objects.standing().exists()
