"""docker-compose.yml as its services see it: variables filled in, without a container engine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?:(?P<kind>:[-?])(?P<rest>[^}]*))?\}")


class Unset(Exception):
    """A variable that the file insists on is not set."""


def raw() -> dict[str, Any]:
    """The file, with its anchors resolved and its variables as written."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return loaded


def filled(value: Any, variables: dict[str, str]) -> Any:
    """``value`` with ``${X}``, ``${X:-default}`` and ``${X:?message}`` filled in, as Compose does."""
    if isinstance(value, dict):
        return {key: filled(item, variables) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, variables) for item in value]
    if not isinstance(value, str):
        return value

    def fill(found: re.Match[str]) -> str:
        given = variables.get(found["name"], "")
        if given or found["kind"] is None:
            return given
        if found["kind"] == ":?":
            raise Unset(found["name"])
        return found["rest"]

    return VARIABLE.sub(fill, value)


def required() -> set[str]:
    """Names of the variables without which Compose refuses to start."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    return {found["name"] for found in VARIABLE.finditer(text) if found["kind"] == ":?"} | set(secrets().values())


def secrets() -> dict[str, str]:
    """Names of the secrets that services see as files, and of the variables they are made of."""
    return {name: secret["environment"] for name, secret in raw()["secrets"].items()}
