"""Opens the dashboard of the profile `bi` as a person does, and takes its picture: make picture-bi.

Every chart has to be drawn from rows; one that shows an error or nothing ends the script with its title.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "dashboard.png"
CHROMIUM = "/usr/bin/chromium"
SLUG = "perisai"
DRAWN = "() => document.querySelectorAll('.dashboard-chart').length && !document.querySelector('.loading')"
WITHOUT = """() => [...document.querySelectorAll('.dashboard-component-chart-holder')]
  .filter((chart) => !chart.querySelector('canvas, table tbody td, .header-line'))
  .map((chart) => chart.innerText.split('\\n')[0])"""


def take(address: str, user: str, password: str, to: Path = PICTURE) -> list[str]:
    """Writes a picture of the dashboard.

    Args:
        address: where Superset answers.
        user: who looks.
        password: the user's.
        to: the picture.

    Returns:
        Titles of charts that show an error or nothing.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 1280})
        page.set_default_timeout(180_000)
        _log_in(page, address, user, password)
        page.goto(f"{address}/superset/dashboard/{SLUG}/?standalone=1&expand_filters=0")
        page.wait_for_selector(".dashboard-component-chart-holder")
        page.wait_for_load_state("networkidle")
        page.wait_for_function(DRAWN)
        page.wait_for_timeout(4000)  # charts grow for a moment
        wrong: list[str] = page.evaluate(WITHOUT)
        page.screenshot(path=to)
        browser.close()
    return wrong


def _log_in(page: Page, address: str, user: str, password: str) -> None:
    page.goto(f"{address}/login/")
    page.fill("#username", user)
    page.fill("#password", password)
    page.click("button[type=submit], input[type=submit]")
    page.wait_for_url("**/welcome/**")


if __name__ == "__main__":
    to = Path(sys.argv[2]) if sys.argv[2:] else PICTURE
    if missing := take(sys.argv[1], "admin", os.environ["SUPERSET_ADMIN_PASSWORD"], to):
        sys.exit(f"not drawn: {'; '.join(missing)}")
