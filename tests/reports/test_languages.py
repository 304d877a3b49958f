"""Each page in each of its languages: no sentence of the other one, by all sentences that the product holds."""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from house import House

from reports import rendering
from tests.reports.published_file import DAY_BEFORE, THAT_DAY, Published
from tests.reports.published_money import OCT
from tests.reports.test_site import PAGES, pages, soup
from warehouse import checks

HOUSE = Path(__file__).parents[2]
LANGUAGES = ("id", "en")
Pair = tuple[str, str]

# Thousands and decimals as the other language writes them.
_FOREIGN = {
    "id": re.compile(r"\d,\d{3}(?!\d)|\d\.\d{1,2}(?![\d.])|\d%"),
    "en": re.compile(r"\d\.\d{3}(?!\d)|\d,\d{1,2}(?!\d)|\d %"),
}


def in_code() -> Iterator[Pair]:
    """Whatever the report says of its own in both languages."""
    for template in rendering.FOLDER.glob("*.html"):
        text = template.read_text(encoding="utf-8")
        for quote in "\"'":
            part = rf"{quote}([^{quote}]*){quote}"
            yield from re.findall(rf"\b(?:t|empty)\({part}, {part}", text)
    for source in (HOUSE / "reports").glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            parts = node.elts if isinstance(node, ast.Tuple) else node.args if isinstance(node, ast.Call) else []
            texts = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
            if len(texts) == 2 and (isinstance(node, ast.Tuple) or getattr(node.func, "id", "").startswith("both")):  # type: ignore[union-attr]
                yield texts[0], texts[1]
    with (HOUSE / "reports" / "definitions.csv").open(encoding="utf-8", newline="") as file:
        for row in list(csv.reader(file))[1:]:
            yield row[0], row[1]
            yield row[2], row[3]


def rules() -> Iterator[Pair]:
    """What a branch has to do if a rule is broken."""

    def walk(part: Any) -> Iterator[Pair]:
        if isinstance(part, dict):
            said = [one["value"] for one in part.get("customProperties", ()) if one.get("property") == "saran"]
            if said and "description" in part:
                yield said[0], part["description"]
        for one in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
            yield from walk(one)

    for contract in (HOUSE / "expectations" / "contracts").glob("*.yaml"):
        yield from walk(yaml.safe_load(contract.read_text(encoding="utf-8")))


def sources() -> Iterator[Pair]:
    """Where denominators, targets and published figures come from."""
    for name in (
        "universe",
        "coverage_target",
        "published_figure",
        "segment_count",
        "sector_universe",
        "branch_target",
    ):
        with (HOUSE / "warehouse" / "reference" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                one, slash, other = row["source"].partition(" / ")
                assert slash, f"{name}: {row['source']} stands in one language only"
                yield one, other


def in_sql() -> Iterator[Pair]:
    for model in (HOUSE / "warehouse" / "models").glob("*/*.sql"):
        for text in re.findall(r"'([^'\n]+ / [^'\n]+)'", model.read_text(encoding="utf-8")):
            one, _, other = text.partition(" / ")
            yield one, other


def meanings() -> list[Pair]:
    return [(check.meaning_indonesian, check.meaning) for check in checks.checks()]


@pytest.fixture(scope="module")
def foreign() -> dict[str, set[str]]:
    """By language the sentences of the other one, of three words at least: shorter ones are often the same in both."""
    found = [*in_code(), *rules(), *sources(), *in_sql(), *meanings()]
    assert len(found) > 800

    def parts(texts: Iterable[str]) -> set[str]:
        pieces = (piece for text in texts for piece in re.split(r"\{\d*\}|<[^>]*>|%s", text))
        plain = (" ".join(piece.split()).strip(" .,:;()") for piece in pieces)
        return {piece for piece in plain if piece.count(" ") > 1}

    indonesian, english = (parts(texts) for texts in zip(*found, strict=True))
    assert "cakupan provinsi atau nasional antara 0 dan 100 persen" in indonesian
    assert "press, Central Sulawesi, 13 October 2023" in english
    return {"id": english - indonesian, "en": indonesian - english}


@pytest.fixture(scope="module")
def everything(templates: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The pages of a file in which every sentence of rules, checks and sources stands."""
    published = Published(templates / "filled.duckdb", tmp_path_factory.mktemp("languages") / "version")
    published.add("marts.check_result", *(
        {"check_name": check.name, "mart": check.mart, "severity": check.severity, "outcome": "failed", "failed": 1,
         "meaning": check.meaning, "meaning_indonesian": check.meaning_indonesian} for check in checks.checks()
    ))  # fmt: skip
    known = sorted({" / ".join(pair) for pair in [*sources(), *in_sql()]})
    published.add("marts.reconciliation", *(
        {"subject": "ucj_points", "region_code": "52", "period": THAT_DAY, "published": 1234.5, "computed": 1233.25,
         "difference": 1.25, "agrees": False, "self_consistent": True, "source": source} for source in known
    ))  # fmt: skip
    broken = sorted({f"{indonesian} / {english}" for indonesian, english in rules()})
    published.add("marts.validation_result", *(
        {"business_date": THAT_DAY, "branch_code": "NTB01", "feed": "registrations", "outcome": "accepted_with_rejects",
         "rule": f"rule_{number}", "severity": "error", "reason": reason, "evaluated": 12345, "failed": 1234}
        for number, reason in enumerate(broken)
    ))  # fmt: skip
    published.run("update marts.coverage_month set universe_source = ?, target_source = ?", known[0], known[1])
    published.run(
        "update marts.delivery_day set outcome = 'failed', reason = ? where business_date = ?", known[2], DAY_BEFORE
    )
    published.run("update marts.incentive_close set state = 'held_up' where month = ?", OCT)
    return pages(published)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_page_holds_a_sentence_or_a_number_of_the_other_language(
    everything: dict[str, str], foreign: dict[str, set[str]], lang: str
) -> None:
    assert list(everything) == PAGES
    wrong = []
    rules_said = {" ".join(pair[LANGUAGES.index(lang)].split()) for pair in rules()}
    for name in everything:
        document = soup(everything, name, lang)
        for code in document.select("code, .code, svg, script, style, title, .switch"):
            code.decompose()
        text = " ".join(document.get_text(" ").split())
        wrong += [f"{name}: {sentence}" for sentence in foreign[lang] if sentence in text]
        for rule in sorted(rules_said, key=len, reverse=True):  # they quote cells as these stand in files
            text = text.replace(rule, "")
        wrong += [f"{name}: {text[m.start() - 30 : m.end() + 10]}" for m in _FOREIGN[lang].finditer(text)]
    assert not wrong, "\n".join(dict.fromkeys(wrong))


# Words that nearly every sentence has, and that no sentence of the other language has but in a name or a quotation.
_LITTLE = {
    "id": re.compile(r"\b(the|of|and|is|are|was|were|that|which|with|this|has|have|from|not|by|to|for|on|than|or)\b"),
    "en": re.compile(r"\b(yang|dan|dari|untuk|tidak|dengan|adalah|pada|ini|itu|di|ke|oleh|atau|belum|sudah|baris)\b"),
}
_NAMES = re.compile(r"Kantor Wilayah [\w ,]+")


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_page_of_the_demo_has_words_of_the_other_language(demo_house: House, lang: str) -> None:
    """Of real files, whose reasons the product puts together itself."""
    report = demo_house.settings.published / "report"
    names = [path.name for path in report.glob("*.html") if not path.name.startswith("agent-")]
    kinds = {name.partition("-")[0].removesuffix(".html") for name in names}
    assert kinds > {"index", "province", "office", "branch", "wadah", "month", "todo", "unfinished"}
    agents = sorted(path.name for path in report.glob("agent-*.html"))
    wrong = []
    for name in [*names, *agents[:10]]:
        document = soup({name: (report / name).read_text(encoding="utf-8")}, name, lang)
        for part in document.select("code, .code, svg, script, style, title, .switch"):
            part.decompose()
        texts = [_NAMES.sub("", " ".join(text.split())) for text in document.find_all(string=True)]
        wrong += [f"{name}: {text[:200]}" for text in texts if _LITTLE[lang].search(text)]
    assert not wrong, "\n".join(dict.fromkeys(wrong))
