"""Takes the picture of a branch's page that the README shows, from the report of the demo: make picture."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "branch.png"
CHROMIUM = "/usr/bin/chromium"


def take(page: Path, to: Path = PICTURE) -> None:
    """Writes the top of a page as PNG.

    Args:
        page: a page of the report.
        to: the picture.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        shown = browser.new_page(viewport={"width": 1000, "height": 640})
        shown.emulate_media(color_scheme="light")
        address = f"{page.resolve().as_uri()}?lang=en"
        shown.goto(address)
        day = shown.locator(".stand").get_attribute("data-as-of")
        shown.clock.set_fixed_time(f"{day}T12:00:00+08:00")  # as on its day: an old report says that it is old
        shown.goto(address)
        shown.screenshot(path=to)
        browser.close()


if __name__ == "__main__":
    take(Path(sys.argv[1]))
