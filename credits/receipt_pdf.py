"""A receipt or a credit note as a PDF: one page, fonts embedded, the same bytes for the same row and language.

The fonts are Noto Sans CJK of RECEIPT_FONTS (docs/decisions/0027). Where they are missing the paper is written in
English, in the PDF's own Helvetica; characters which that does not have become question marks, and it says so.
"""

import logging
from pathlib import Path
from typing import Final, cast

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from fpdf import FPDF
from fpdf.enums import Align, MethodReturnValue, WrapMode, XPos, YPos

from credits import receipt_text
from credits.models import Receipt
from credits.receipt_text import Sheet

logger = logging.getLogger(__name__)

_FAMILY: Final = "Noto"
#: Which face of the collection draws the characters as they are drawn in the country; Taiwan's where nothing is said.
_FACES: Final = {"JP": 0, "KR": 1, "CN": 2, "HK": 4}
_TAIWAN: Final = 3
_LETTER: Final = frozenset({"US", "PR", "CA", "MX"})
_TEXT: Final = (36, 36, 36)
_QUIET: Final = (97, 97, 97)
_BRAND: Final = (15, 108, 189)
_LINE: Final = (224, 224, 224)
_GROUND: Final = (235, 243, 252)
_MARGIN: Final = 20
#: Widths of the columns of tax rate, tax and amount; the product has the rest. Millimetres, as everything here.
_COLUMNS: Final = (24, 32, 34)
#: The left of the two parties, the gap between them, and the labels on the right.
_LEFT: Final = 66
_GAP: Final = 10
_LABELS: Final = 37
#: So many lines of an address are printed, so that the paper stays one page.
_LINES: Final = 10
_PLAIN: Final = str.maketrans({"–": "-", "−": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "…": "..."})


def render(receipt: Receipt, language: str) -> bytes:
    """The paper in that language (`zh-hant`)."""
    paper = _Paper(receipt)
    with translation.override(language if paper.has_fonts else "en"):
        paper.draw(receipt_text.of(receipt))
    return bytes(paper.output())


def name_of(receipt: Receipt, slug: str) -> str:
    """What the file is called, downloaded or attached: `contoso-receipt-12.pdf`."""
    return f"{slug}-{receipt.kind.replace('_', '-')}-{receipt.number}.pdf"


class _Paper(FPDF):
    """One page, and the few marks it is made of."""

    def __init__(self, receipt: Receipt) -> None:
        country = receipt.facts["country"]
        super().__init__(format="letter" if country in _LETTER else "A4")
        self.set_margin(_MARGIN)
        self.set_auto_page_break(False)
        self.set_creation_date(receipt.issued_at)
        self.c_margin = 0
        self.has_fonts = self._add_fonts(_FACES.get(country, _TAIWAN))

    def _add_fonts(self, face: int) -> bool:
        folder = Path(settings.RECEIPT_FONTS)
        files = {"": folder / "NotoSansCJK-Regular.ttc", "B": folder / "NotoSansCJK-Bold.ttc"}
        if not all(file.is_file() for file in files.values()):
            logger.warning("receipts are written without their fonts: %s has no NotoSansCJK (fonts-noto-cjk)", folder)
            return False
        for style, file in files.items():
            self.add_font(_FAMILY, style, file, collection_font_number=face)
        return True

    def draw(self, sheet: Sheet) -> None:
        """All of it, from top to bottom."""
        self.set_lang(translation.get_language() or "en")
        self.set_title(f"{sheet.title} {sheet.number}")
        self.set_author(sheet.issuer)
        self.add_page()
        self._head(sheet)
        self._parties(sheet)
        self._product(sheet)
        self._sums(sheet)
        self._instruction(sheet)
        self._foot(sheet)

    def _head(self, sheet: Sheet) -> None:
        self.set_fill_color(*_BRAND)
        self.rect(0, 0, self.w, 4, style="F")
        half = self.epw * 0.55
        top = self.put(sheet.issuer, _MARGIN, 18, half, size=12, bold=True, most=2)
        for line in sheet.issuer_lines[:_LINES]:
            top = self.put(line, _MARGIN, top, half, size=8.5, colour=_QUIET, most=1)
        self.put(sheet.title, _MARGIN + half, 16, self.epw - half, size=24, bold=True, colour=_BRAND, align=Align.R)
        self.put(sheet.number, _MARGIN + half, 27, self.epw - half, size=11, colour=_QUIET, align=Align.R)
        self.set_y(max(top, 34) + 8)

    def _parties(self, sheet: Sheet) -> None:
        """Who is billed on the left, what identifies the paper on the right."""
        top = self.get_y()
        self._line(top)
        left = self.put(_("Bill to"), _MARGIN, top + 6, _LEFT, size=8.5, colour=_QUIET)
        left = self.put(sheet.bill_to, _MARGIN, left + 1, _LEFT, size=11, bold=True, most=4)
        for line in sheet.bill_to_lines[:_LINES]:
            left = self.put(line, _MARGIN, left, _LEFT, size=9.5, most=2)
        right, x = top + 6, _MARGIN + _LEFT + _GAP
        wide = self.epw - _LEFT - _GAP - _LABELS
        for label, value in sheet.facts:
            self.put(label, x, right, _LABELS, size=8.5, colour=_QUIET)
            right = self.put(value, x + _LABELS, right, wide, size=8.5, most=2) + 1.2
        self.set_y(max(left, right) + 10)

    def _product(self, sheet: Sheet) -> None:
        top = self.get_y()
        self.set_fill_color(*_GROUND)
        self.rect(_MARGIN, top, self.epw, 8, style="F")
        self._row(sheet.columns, top + 1.6, size=8.5, bold=True)
        self._row((sheet.product, *sheet.cells), top + 12, size=10.5, bold=False)
        y, wide = top + 18, self.epw - sum(_COLUMNS)
        for line in sheet.product_lines:
            y = self.put(line, _MARGIN + 3, y, wide - 3, size=8.5, colour=_QUIET, most=2)
        self._line(y + 4)
        self.set_y(y + 8)

    def _row(self, cells: tuple[str, ...], y: float, *, size: float, bold: bool) -> None:
        first = self.epw - sum(_COLUMNS)
        self.put(cells[0], _MARGIN + 3, y, first - 3, size=size, bold=bold, most=1)
        x = _MARGIN + first
        for text, wide in zip(cells[1:], _COLUMNS, strict=True):
            self.put(text, x, y, wide - 3, size=size, bold=bold, align=Align.R, most=1)
            x += wide

    def _sums(self, sheet: Sheet) -> None:
        y, x = self.get_y(), _MARGIN + self.epw - 90
        for label, value in sheet.sums[:-1]:
            self.put(label, x, y, 50, size=9.5, colour=_QUIET, most=1)
            y = self.put(value, x + 50, y, 37, size=9.5, align=Align.R, most=1) + 1.6
        label, value = sheet.sums[-1]
        self._line(y + 1, x=x)
        self.put(label, x, y + 5, 50, size=12, bold=True, most=1)
        self.set_y(self.put(value, x + 40, y + 5, 47, size=12, bold=True, align=Align.R, most=1) + 12)

    def _instruction(self, sheet: Sheet) -> None:
        top = self.get_y()
        self.set_fill_color(*_BRAND)
        self.rect(_MARGIN, top, 1, 10, style="F")
        self.set_fill_color(*_GROUND)
        self.rect(_MARGIN + 1, top, self.epw - 1, 10, style="F")
        self.put(sheet.instruction, _MARGIN + 6, top + 2.5, self.epw - 10, size=10, bold=True, most=1)

    def _foot(self, sheet: Sheet) -> None:
        missing = "" if self.has_fonts else _("Written without its fonts; characters may be missing.")
        said = [text for text in (sheet.sample, missing) if text]
        y = self.h - _MARGIN - 4.5 * len(said)
        for text in said:
            y = self.put(text, _MARGIN, y, self.epw, size=8.5, colour=_QUIET, align=Align.C, most=1)

    def _line(self, y: float, *, x: float = _MARGIN) -> None:
        self.set_draw_color(*_LINE)
        self.line(x, y, self.w - _MARGIN, y)

    def put(
        self,
        text: str,
        x: float,
        y: float,
        wide: float,
        *,
        size: float,
        bold: bool = False,
        colour: tuple[int, int, int] = _TEXT,
        align: Align = Align.L,
        most: int = 1,
    ) -> float:
        """The text in a box of that width, at most so many lines of it; answers where the next line would begin."""
        # Chinese fonts set a bullet as wide as a character.
        shown = " ".join(text.split()).replace("•", "*")
        if not self.has_fonts:
            shown = shown.translate(_PLAIN).encode("latin-1", "replace").decode("latin-1")
        self.set_font(_FAMILY if self.has_fonts else "Helvetica", "B" if bold else "", size)
        self.set_text_color(*colour)
        # Chinese breaks between any two characters; a space in it would otherwise draw the break there.
        wrap = WrapMode.CHAR if any(char >= "\u2e80" for char in shown) else WrapMode.WORD
        high = size * 0.52
        lines = cast(
            list[str],
            self.multi_cell(wide, high, shown, wrapmode=wrap, dry_run=True, output=MethodReturnValue.LINES),
        )
        for line in lines[:most]:
            self.set_xy(x, y)
            self.cell(wide, high, line, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            y += high
        return y
