from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOUSE = ["perisai", "transforms", "expectations", "warehouse", "reports", "demo", "dags", "config"]
FILES = ["requirements.in", "requirements.txt", "requirements-dev.in", "requirements-dev.txt"]
FILES += ["bi/requirements.in", "bi/requirements.txt", "spark/requirements.in", "spark/requirements.txt"]
FILES += ["cluster/requirements.in", "cluster/requirements.txt"]


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def direct(file: str) -> set[str]:
    lines = (ROOT / file).read_text().splitlines()
    return {canonical(re.split(r"[\[=<>~ ]", line)[0]) for line in lines if line and line[0] not in "#-"}


def imported() -> set[str]:
    """Top-level modules that the house imports and neither it nor Python holds."""
    found = set()
    for folder in HOUSE:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    found |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    found.add(str(node.module).split(".")[0])
    return found - sys.stdlib_module_names - set(HOUSE)


@pytest.mark.parametrize("file", FILES)
def test_no_address_of_a_registry(file):
    text = (ROOT / file).read_text()
    assert not re.search(r"https?://|file://|--(index|extra-index|find-links|trusted)|^-[if] ", text, re.MULTILINE)


@pytest.mark.parametrize("file", [name for name in FILES if name.endswith(".txt")])
def test_every_package_is_pinned_with_its_hash(file):
    entries = re.findall(r"^([a-z0-9][^\n]*(?:\n    --hash[^\n]*)*)", (ROOT / file).read_text(), re.MULTILINE)
    assert len(entries) > len(direct(file.replace(".txt", ".in")))
    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_what_the_house_imports_it_asks_for():
    packages = packages_distributions()
    needed = {module: {canonical(name) for name in packages[module]} for module in imported()}
    assert needed
    asked = direct("requirements.in")
    assert {module: names for module, names in needed.items() if not names & asked} == {}


def test_every_dependency_is_argued_for_once():
    argued = re.findall(r"^\| ([a-z0-9-]+) \|", (ROOT / "docs" / "dependencies.md").read_text(), re.MULTILINE)
    argued = [name for name in argued if name != "package"]  # heads of tables
    asked = direct("requirements.in") | direct("requirements-dev.in")
    asked |= direct("cluster/requirements.in")
    assert sorted(argued) == sorted([*asked, *(direct("bi/requirements.in") - asked), *direct("spark/requirements.in")])
