"""Screens on which staff look: a page of the browser that remembers what went wrong, and takes pictures."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

PICTURES = Path(__file__).resolve().parents[2] / "test-results" / "browser"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
MODES: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "phone": {
        "color_scheme": "light",
        "viewport": {"width": 390, "height": 844},
        "is_mobile": True,
        "has_touch": True,
    },
}


def chromium() -> str:
    """Where the browser is. Without one these tests fail, they are never left out."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        how = ".ci/run installs it" if os.environ.get("CI") else "install Debian's package chromium"
        pytest.fail(f"The tests in a browser need chromium on the PATH: {how}.", pytrace=False)
    return found


@dataclass
class Screen:
    """One way to look; the browser's context stays, so that scripts and styles are loaded once."""

    mode: str
    context: BrowserContext
    url: str
    page: Page
    wrong: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, browser: Browser, mode: str) -> Screen:
        """A screen of a mode; `url` is where the server is, set for each test."""
        context = browser.new_context(**MODES[mode], reduced_motion="reduce", accept_downloads=True)
        context.set_default_timeout(10_000)
        screen = cls(mode, context, "", context.new_page())
        screen.page.on("console", lambda said: screen.wrong.append(said.text) if said.type == "error" else None)
        screen.page.on("pageerror", lambda error: screen.wrong.append(str(error)))
        return screen

    def begin(self, url: str, session: str) -> Screen:
        """Somebody's session ("" for nobody's) on the server at `url`."""
        self.url, self.wrong[:] = url, []
        self.context.clear_cookies()
        if session:
            self.context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
        return self

    def go(self, path: str) -> Page:
        """Open a page of the server."""
        answer = self.page.goto(f"{self.url}{path}")
        assert answer
        assert answer.status == 200, (path, answer.status)
        return self.page

    def press(self, name: str, role: Any = "button", *, exact: bool = False) -> None:
        """Press what has that name, and wait for what comes."""
        self.page.get_by_role(role, name=name, exact=exact).first.click()
        self.page.wait_for_load_state("load")

    def act(self, name: str) -> None:
        """Press one of the actions at the head of a page; on a phone they are in a menu."""
        if self.mode == "phone":
            self.page.get_by_text("more_horiz").first.click()
        self.press(name, "link")

    def renew(self) -> None:
        """Have the page look at once, instead of in some seconds."""
        self.page.get_by_role("button", name="Live").click()
        self.page.get_by_role("button", name="Paused").click()

    def picture(self, name: str) -> None:
        """Keep what is seen, for people."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}-{self.mode}.png", full_page=True)

    def check(self, name: str) -> None:
        """Nothing serious against accessibility, nothing wider than the screen; and a picture."""
        self.picture(name)
        found = Axe().run(self.page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response["violations"]
        serious = [
            (each["id"], each["help"], [node["html"][:200] for node in each["nodes"]][:4])
            for each in found
            if each["impact"] in ("serious", "critical")
        ]
        assert not serious, (self.mode, name, serious)
        width = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert width <= 1, (self.mode, name, f"{width} pixels wider than the screen")
        assert not self.wrong, (self.mode, name, self.wrong)
