"""Prepare Airflow's metadata database and its administrator, once before the servers start.

    python -m perisai.airflow_init

Reads AIRFLOW_ADMIN_PASSWORD and makes it the password of the user ``admin``, whom Airflow's FAB auth manager keeps in
the database. Safe to run again: a changed password takes effect, and other users stay as they are.
"""

from __future__ import annotations

import os
import sys

MINIMUM = 12


def strong(password: str) -> str:
    """The password, if it keeps strangers out.

    Raises:
        SystemExit: it is too short.
    """
    if len(password) < MINIMUM:
        sys.exit(f"AIRFLOW_ADMIN_PASSWORD has {len(password)} characters; at least {MINIMUM} are needed.")
    return password


def main() -> None:
    """Bring the metadata database up to date, then set the administrator's password."""
    password = strong(os.environ["AIRFLOW_ADMIN_PASSWORD"])
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
    from airflow.utils.db import initdb

    initdb()
    with get_application_builder() as builder:
        manager = builder.sm
        if user := manager.find_user("admin"):
            done = manager.reset_password(user.id, password)
        else:
            done = manager.add_user(
                "admin", "Admin", "of Airflow", "admin@localhost", manager.find_role("Admin"), password
            )
    if not done:
        sys.exit("The administrator was not written to Airflow's database; its log says why.")
    print("Airflow's database and administrator are ready.")


if __name__ == "__main__":
    main()
