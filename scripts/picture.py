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
        shown.goto(f"{page.resolve().as_uri()}?lang=en")
        shown.screenshot(path=to)
        browser.close()


if __name__ == "__main__":
    take(Path(sys.argv[1]))
