"""Prepare Airflow's metadata database and the administrator's password, once before the servers start.

    python -m perisai.airflow_init

Reads AIRFLOW_ADMIN_PASSWORD, and writes it to the passwords file of Airflow's simple auth manager
(AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE), which nobody else may read. Safe to run again: a changed
password takes effect.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from warehouse import files

MINIMUM = 12


def write_password(file: Path, password: str) -> None:
    """Make ``admin`` the one user, with this password.

    Raises:
        SystemExit: the password is too short to keep anybody out.
    """
    if len(password) < MINIMUM:
        sys.exit(f"AIRFLOW_ADMIN_PASSWORD has {len(password)} characters; at least {MINIMUM} are needed.")
    with files.private():
        files.write(file, json.dumps({"admin": password}))


def main() -> None:
    """Write the password, then bring the metadata database up to date."""
    write_password(
        Path(os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"]),
        os.environ["AIRFLOW_ADMIN_PASSWORD"],
    )
    from airflow.utils.db import initdb

    initdb()
    print("Airflow's database and administrator are ready.")


if __name__ == "__main__":
    main()
