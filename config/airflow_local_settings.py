"""What Airflow imports in each of its processes, as it starts.

A task runs in a process that is forked from the scheduler, or from a worker. What that has imported by then no task
imports again: Great Expectations alone takes seconds. Imports only: a DuckDB connection would not survive the
fork.
"""

import importlib
import logging
import sys

if {"scheduler", "worker"} & {*sys.argv}:
    logging.getLogger("great_expectations").setLevel(logging.WARNING)

    for module in ("perisai.day", "expectations.judge", "expectations.data_docs", "reports.site"):
        importlib.import_module(module)
