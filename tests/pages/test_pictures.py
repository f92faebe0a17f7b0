"""The ten pictures of docs/pages.md: those that script/gallery --ten writes, each small."""

import re
from pathlib import Path

from tests.gallery.ten import LARGEST, PICTURES, TEN
from tests.pages import billing, using

PAGE = Path(__file__).parents[2] / "docs" / "pages.md"


def test_the_page_shows_exactly_the_ten_that_the_gallery_writes() -> None:
    shown = re.findall(r"\(pictures/([a-z-]+)\.png\)", PAGE.read_text(encoding="utf-8"))

    assert sorted(shown) == sorted(name for name, _, _ in TEN)
    assert sorted(shown) == sorted(path.stem for path in PICTURES.iterdir())


def test_each_is_of_a_page_of_the_table_and_small() -> None:
    known = {page.name for page in [*billing.PAGES, *using.PAGES]}

    assert {page for _, page, _ in TEN} <= known
    assert all(path.stat().st_size < LARGEST for path in PICTURES.iterdir())
