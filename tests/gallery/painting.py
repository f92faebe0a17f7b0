"""Screenshots of pages in every look, and the page that shows them all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Final

from playwright.sync_api import BrowserContext, Page, ViewportSize, sync_playwright

from tests.gallery.chromium import launch

LANGUAGES: Final = ("en", "zh-hant")
THEMES: Final = ("light", "dark")
WIDTHS: Final = (320, 768, 1280)
_HEIGHT: Final = "Math.min(Math.max(document.documentElement.scrollHeight, 900), 6000)"
_ACCEPT: Final = {"en": "en", "zh-hant": "zh-TW"}


@dataclass(frozen=True, slots=True)
class Look:
    """One way in which a page is looked at."""

    language: str
    theme: str
    width: int

    def __str__(self) -> str:
        return f"{self.language}-{self.theme}-{self.width}"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks: the address and the password that sign them in, and their session in each language."""

    site: str
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A page in a look, and what was wrong with it at first sight."""

    page: str
    look: Look
    file: str
    wrong: str


def paint(visitor: Visitor, pages: Mapping[str, str], looks: Iterable[Look], folder: Path) -> list[Picture]:
    """Every page (name to path) in every look, as files in the folder; one browser, one sign-in for each language."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = []
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for language, same in groupby(sorted(looks, key=str), key=lambda look: look.language):
            first = browser.new_context(locale=_ACCEPT[language])
            _sign_in(first, visitor, language)
            state = first.storage_state()
            first.close()
            for look in same:
                size: ViewportSize = {"width": look.width, "height": 900}
                context = browser.new_context(
                    viewport=size,
                    storage_state=state,
                    color_scheme=look.theme,  # type: ignore[arg-type]  # light or dark
                    reduced_motion="reduce",
                )
                pictures += _pictures(context, visitor, pages, look, folder)
                context.close()
        browser.close()
    return pictures


def _sign_in(context: BrowserContext, visitor: Visitor, language: str) -> None:
    page = context.new_page()
    page.goto(f"{visitor.site}/accounts/login/")
    page.locator("[name=login]").fill(visitor.email)
    page.locator("[name=password]").fill(visitor.password)
    page.locator("main button.btn-primary").click()
    page.wait_for_load_state()
    page.evaluate(
        """async language => {
            const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
            const body = new URLSearchParams({language, csrfmiddlewaretoken: token});
            await fetch("/language/", {method: "POST", body});
        }""",
        language,
    )


def _pictures(
    context: BrowserContext, visitor: Visitor, pages: Mapping[str, str], look: Look, folder: Path
) -> list[Picture]:
    page, found = context.new_page(), []
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    for name, path in pages.items():
        said.clear()
        answer = page.goto(f"{visitor.site}{path}")
        page.wait_for_load_state("networkidle")
        file = f"{name.replace(':', '.')}-{look}.png"
        # As high a window as the page: in a picture longer than the window, what sticks to its edges is torn.
        page.set_viewport_size({"width": look.width, "height": page.evaluate(_HEIGHT)})
        page.screenshot(path=str(folder / file))
        page.set_viewport_size({"width": look.width, "height": 900})
        found.append(Picture(name, look, file, _wrong(page, answer.status if answer else 0, look, said)))
        if found[-1].wrong:
            print(f"{name} {look}: {found[-1].wrong}", flush=True)
    return found


def _wrong(page: Page, status: int, look: Look, said: list[str]) -> str:
    width = page.evaluate("document.documentElement.scrollWidth")
    wrong = [f"status {status}"] * (status != 200) + [f"{width} pixels wide"] * (width > look.width) + said
    return "; ".join(wrong)


def index(pictures: Iterable[Picture], folder: Path) -> Path:
    """The page with all pictures, one row for each page."""
    rows = []
    for name, same in groupby(sorted(pictures, key=lambda one: one.page), key=lambda one: one.page):
        shown = "".join(
            f'<figure><a href="{each.file}"><img src="{each.file}" loading="lazy" width="{each.look.width // 4}"'
            f' alt="{escape(name)}, {each.look}"></a>'
            f"<figcaption>{each.look} <b>{escape(each.wrong)}</b></figcaption></figure>"
            for each in same
        )
        rows.append(f'<h2 id="{escape(name)}">{escape(name)}</h2><div class="row">{shown}</div>')
    style = "body{font:14px system-ui;margin:2rem}.row{display:flex;flex-wrap:wrap;gap:1rem;align-items:start}"
    style += "figure{margin:0}img{border:1px solid #ccc}b{color:#b10e1c}"
    made = f'<!doctype html><meta charset="utf-8"><title>Gallery</title><style>{style}</style>{"".join(rows)}\n'
    file = folder / "index.html"
    file.write_text(made, encoding="utf-8")
    return file
