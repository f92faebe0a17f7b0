"""What a test reads of a page: its title, heading, crumbs, where it is in the navigation, and what the CSP refuses."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


@dataclass
class Reading(HTMLParser):
    """A page as it was read. `refused` is what a strict content security policy would not let happen."""

    headings: list[str] = field(default_factory=list)
    crumbs: list[str] = field(default_factory=list)
    here: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    title: str = ""
    language: str = ""
    text: str = ""
    main: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.refused += [f"<{tag} {name}>" for name in found if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and not found.get("src") and found.get("type") != "application/json"):
            self.refused.append(f"<{tag}>")
        if tag == "html":
            self.language = found.get("lang") or ""
        if tag == "h1":
            self.headings.append("")
        if tag == "a" and found.get("aria-current") and self._inside("side-nav", "class"):
            self.here.append("")
        if tag not in VOID:
            self._open.append((tag, found))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self._open or self._open[-1][0] in ("script", "style"):
            return
        self.text += data
        if self._inside("main"):
            self.main += data
        if [tag for tag, _ in self._open] == ["html", "head", "title"]:
            self.title += data
        if self._inside("h1"):
            self.headings[-1] += data
        if self._inside("crumbs", "class") and data.strip():
            self.crumbs.append(data.strip())
        if self.here and self._open[-1][1].get("aria-current") and self._inside("side-nav", "class"):
            self.here[-1] += data

    def _inside(self, wanted: str, attribute: str = "") -> bool:
        if not attribute:
            return any(tag == wanted for tag, _ in self._open)
        return any(wanted in (found.get(attribute) or "").split() for _, found in self._open)


def read(html: str) -> Reading:
    """The page; its text with single blanks."""
    page = Reading()
    page.feed(html)
    page.text, page.main = " ".join(page.text.split()), " ".join(page.main.split())
    page.headings = [" ".join(heading.split()) for heading in page.headings]
    page.here = [" ".join(link.split()) for link in page.here]
    return page
