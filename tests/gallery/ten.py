"""The ten pictures that docs/pages.md keeps, each small enough for a repository."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from PIL import Image

from tests.gallery import painting
from tests.gallery.painting import Look, Visitor

PICTURES: Final = Path(__file__).resolve().parents[2] / "docs" / "pictures"
#: Bytes of a picture, and its greatest height.
LARGEST: Final = 150_000
TALLEST: Final = 1400
_WIDE, _DARK, _PHONE = Look("en", "light", 1280), Look("en", "dark", 1280), Look("en", "light", 320)
_CHINESE: Final = Look("zh-hant", "light", 1280)
TEN: Final = (
    ("home", "organization_home", _WIDE),
    ("communications-credits", "credits:overview", _WIDE),
    ("communications-credits-dark", "credits:overview", _DARK),
    ("communications-credits-phone", "credits:overview", _PHONE),
    ("add-funds", "credits:add_funds", _WIDE),
    ("balance", "credits:balance", _WIDE),
    ("usage", "rating:usage", _DARK),
    ("call", "rating:call", _WIDE),
    ("plans", "subscriptions:plans", _CHINESE),
    ("users", "subscriptions:users", _WIDE),
)


def write(visitor: Visitor, pages: Mapping[str, str]) -> int:
    """Exactly these, in the folder of pictures. 1 when a page is missing or a picture cannot be made small enough."""
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for look in {look for _, _, look in TEN}:
            named = {page: name for name, page, of in TEN if of == look}
            wanted = {page: pages[page] for page in named if page in pages}
            wrong += len(named) - len(wanted)
            for picture in painting.paint(visitor, wanted, [look], Path(folder)):
                wrong += not _shrink(Path(folder) / picture.file, PICTURES / f"{named[picture.page]}.png")
    return int(wrong > 0)


def _shrink(painted: Path, kept: Path) -> bool:
    """Cut to its height and to as many colours as fit; if it fits."""
    with Image.open(painted) as whole:
        cut = whole.convert("RGB").crop((0, 0, whole.width, min(whole.height, TALLEST)))
        for colours in (256, 128, 64):
            cut.quantize(colours, dither=Image.Dither.NONE).save(kept, optimize=True)
            if kept.stat().st_size < LARGEST:
                return True
    print(f"{kept.name} is larger than {LARGEST:,} bytes", flush=True)
    return False
