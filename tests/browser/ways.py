"""The ways to go through the site: with a pointer, by keyboard alone, and with scripts switched off."""

from dataclasses import dataclass
from typing import Literal

from playwright.sync_api import Locator, Page, expect

Role = Literal["link", "button", "checkbox", "radio", "switch"]

#: More stops than the longest page has.
STOPS = 400
_FOCUSED = "element => element === document.activeElement"
_GROUP = "element => element.type === 'radio' && element.name === document.activeElement.name"


@dataclass
class Way:
    """Somebody at a page. `go` follows a link or presses a button, the others fill in; all by what is read there."""

    page: Page
    scripts: bool = True

    def find(self, role: Role, name: str, *, exact: bool = False) -> Locator:
        """The first of that role and name: in the panel, when one is open, else in what the page is about."""
        return self._here().get_by_role(role, name=name, exact=exact).first

    def field(self, label: str) -> Locator:
        """The first field of that label, likewise."""
        return self._here().get_by_label(label).first

    def _here(self) -> Locator:
        panel = self.page.locator("#panel.show")
        return panel if self.scripts and panel.count() else self.page.locator("body")

    def go(self, role: Role, name: str, *, exact: bool = False) -> None:
        there = self.find(role, name, exact=exact)
        if self.scripts and there.get_attribute("data-panel") is not None:
            self.press(there)
            self.page.locator("#panel.show:not(.showing)").wait_for()
        else:
            with self.page.expect_navigation():
                self.press(there)

    def press(self, there: Locator) -> None:
        there.click()

    def write(self, label: str, text: str) -> None:
        self.field(label).fill(text)

    def tick(self, role: Role, name: str) -> None:
        self.find(role, name).check()

    def untick(self, role: Role, name: str) -> None:
        self.find(role, name).uncheck()

    def reads(self, words: str) -> None:
        """These words are to be seen where the page's content is."""
        expect(self.page.locator("main")).to_contain_text(words, timeout=15_000, use_inner_text=True)

    def reads_heading(self, words: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(words)


class Keyboard(Way):
    """Only Tab, Enter, Space and, inside a group of radio buttons, the arrows."""

    def reach(self, there: Locator) -> None:
        """Tab until the focus is there; what has the focus has to be seen."""
        there.wait_for()
        for _ in range(STOPS):
            if there.evaluate(_FOCUSED) or there.evaluate(_GROUP):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab never comes to {there}")

    def press(self, there: Locator) -> None:
        self.reach(there)
        self.page.keyboard.press("Enter")

    def write(self, label: str, text: str) -> None:
        self.reach(self.field(label))
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def tick(self, role: Role, name: str) -> None:
        self._switch(self.find(role, name), to=True)

    def untick(self, role: Role, name: str) -> None:
        self._switch(self.find(role, name), to=False)

    def _switch(self, there: Locator, *, to: bool) -> None:
        self.reach(there)
        for _ in range(STOPS):
            if there.is_checked() == to:
                return
            self.page.keyboard.press("Space" if there.evaluate(_FOCUSED) else "ArrowDown")
        raise AssertionError(f"{there} does not change")
