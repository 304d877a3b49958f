"""Fixtures that every test may use."""

from __future__ import annotations

from pathlib import Path

import pytest
from house import House

from perisai.settings import Settings


@pytest.fixture
def house(tmp_path: Path) -> House:
    """An empty house with keys of its own, in which branches may be missing."""
    keys = {"hmac_key": "h" * 32, "vault_key": "v" * 32}
    return House(Settings(home=tmp_path / "data", **keys, max_missing_share=1, landing_wait_seconds=0.01))
