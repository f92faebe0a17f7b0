"""The icons of heroicons, drawn once for the process and without what a stylesheet says (settings.TEMPLATES has them
under the library's own name, so that `{% load heroicons %}` brings these)."""

import functools
from typing import Final

import heroicons
from django import template

register = template.Library()

#: What every outlined icon repeats: half of a page's icons by weight. `.icon-line` of base.css says it once.
_SAID_BY_CSS: Final = (
    ' fill="none"',
    ' stroke="currentColor"',
    ' stroke-width="1.5"',
    ' stroke-linecap="round"',
    ' stroke-linejoin="round"',
)


class Icon(str):
    """An `<svg>` as the library draws it, its attributes escaped by an XML writer; templates take it as HTML."""

    __slots__ = ()

    def __html__(self) -> str:
        return self


@register.simple_tag
def heroicon_micro(name: str, *, size: int = 16, **attributes: str) -> Icon:
    """For a line of text: 16 by 16."""
    return _drawn("micro", str(name), size, tuple(attributes.items()))


@register.simple_tag
def heroicon_mini(name: str, *, size: int = 20, **attributes: str) -> Icon:
    """For buttons: 20 by 20."""
    return _drawn("mini", str(name), size, tuple(attributes.items()))


@register.simple_tag
def heroicon_outline(name: str, *, size: int = 24, **attributes: str) -> Icon:
    """For commands, menus and empty states: lines, 24 by 24."""
    return _drawn("outline", str(name), size, tuple(attributes.items()))


@functools.lru_cache(maxsize=512)
def _drawn(style: str, name: str, size: int, attributes: tuple[tuple[str, str], ...]) -> Icon:
    """The `<svg>`; reading it from the library's archive and writing it anew cost more than a row of a table."""
    given: dict[str, object] = {key: str(value) for key, value in attributes}
    if style == "outline":
        given["class"] = f"icon-line {given.get('class', '')}".strip()
    svg = heroicons._render_icon(style, name, size, given).replace(' data-slot="icon"', "")
    if style == "outline":
        for said in _SAID_BY_CSS:
            svg = svg.replace(said, "")
    return Icon(svg.replace("\n", "").replace("  <", "<").replace(" />", "/>"))
