"""Imported once by a process that forks: what every command loads and parses, so that a fork costs its work alone."""

from __future__ import annotations

import gc
from importlib import import_module

from expectations import contract
from warehouse import checks, models

for name in ("house", "expectations.judge", "perisai.close", "perisai.newest", "perisai.run_dag", "reports.site"):
    import_module(name)
for feed in contract.feeds():
    contract.versions(feed)
checks.checks()
models.discover()
gc.collect()
gc.freeze()
