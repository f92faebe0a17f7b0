"""script/gallery [PAGE ...]: every page of the demo in both languages and themes and three widths, as pictures.

Without --at it starts the product with a fresh demo for itself and ends it again. --ten writes the ten pictures of
docs/pages.md instead. A page is named as in the code (credits:overview), or by a part of it (overview).
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import django

from config.demo.cast import PASSWORD
from tests.gallery import painting, serving, ten
from tests.gallery.painting import Look, Visitor

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "gallery"


def main(words: Sequence[str]) -> int:
    """The exit code: 1 when a page did not answer, was too wide or made the console complain."""
    asked = _read(words)
    with nullcontext(asked.at) if asked.at else serving.demo() as site:
        pages = _addresses(asked.organization, asked.pages)
        visitor = Visitor(site, asked.email, PASSWORD)
        if asked.ten:
            return ten.write(visitor, pages)
        looks = [Look(*each) for each in _looks(asked)]
        pictures = painting.paint(visitor, pages, looks, asked.folder)
    print(painting.index(pictures, asked.folder))
    return int(any(each.wrong for each in pictures))


def _read(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="script/gallery", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pages", nargs="*", metavar="PAGE", help="which pages; none: all")
    parser.add_argument("--language", action="append", choices=painting.LANGUAGES)
    parser.add_argument("--theme", action="append", choices=painting.THEMES)
    parser.add_argument("--width", action="append", type=int, help="in pixels; without it 320, 768 and 1280")
    parser.add_argument("--ten", action="store_true", help="only docs/pictures")
    parser.add_argument("--at", help="a site that runs already, of this environment's database")
    parser.add_argument("--organization", default="contoso")
    parser.add_argument("--email", default="owner@contoso.example")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    return parser.parse_args(words)


def _looks(asked: argparse.Namespace) -> list[tuple[Any, ...]]:
    return [
        (language, theme, width)
        for language in asked.language or painting.LANGUAGES
        for theme in asked.theme or painting.THEMES
        for width in asked.width or painting.WIDTHS
    ]


def _addresses(slug: str, wanted: Sequence[str]) -> Mapping[str, str]:
    """The path of each page of the table that this organization has; those without their row are left out, and said."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.core.exceptions import ObjectDoesNotExist  # noqa: PLC0415  # after the settings

    from subscriptions.models import Organization  # noqa: PLC0415  # likewise
    from tests.pages import billing, using  # noqa: PLC0415  # likewise

    organization, found = Organization.objects.get(slug=slug), {}
    for page in [*billing.PAGES, *using.PAGES]:
        if wanted and not any(part in page.name for part in wanted):
            continue
        card = getattr(organization.account.payment_methods.first(), "pk", "")
        try:
            found[page.name] = page.address(organization) + page.ask.format(card=card)
        except ObjectDoesNotExist as missing:
            print(f"{page.name}: {missing}", flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
