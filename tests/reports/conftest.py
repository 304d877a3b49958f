from __future__ import annotations

from pathlib import Path

import pytest

from tests.reports.published_file import Published


@pytest.fixture
def empty(tmp_path: Path) -> Published:
    """Tables without a row."""
    return Published(tmp_path / "version")


@pytest.fixture
def published(empty: Published) -> Published:
    """Two provinces, two branches, two months, and the published figures of the press."""
    return empty.fill()
