"""Changes the incentive's SQL and numbers by one, one thing at a time, and asks the tests whether they see it.

A mutant that no test fails on has survived: either a test is missing, or the change makes no difference to any
number, and then `mutants_explained.csv` beside this file says why. SQL that is not valid dies when it is built.

    make mutation                                     # all mutants, twenty minutes on two cores
    make mutation ARGS="--only core/acquisition"      # those of one file
    make mutation ARGS="--list"                       # what would be changed

Exit code 1 if a mutant survives unexplained, or if one that is explained does not survive (any more).

The tests are collected once. Each mutant is a forked child, which swaps one model or reference file, meets the tests
that can see it, the likeliest to fail first, and stops at the first failure.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import os
import resource
import shutil
import sys
import tempfile
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
from sqlglot.tokens import Token, TokenType

HOUSE = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(HOUSE), str(HOUSE / "tests")]

from warehouse import models  # noqa: E402 (the house is not on the path before)

REFERENCE = models.MODELS.parent / "reference"
EXPLAINED = Path(__file__).with_name("mutants_explained.csv")
# Tests that run models alone on rows, and these models: those of the chain, and those that hold a close.
ALONE = {
    "test_people": "core/registration core/card core/participant core/participant_spell",
    "test_agent": "core/agent core/agreement core/wadah_agreement",
    "test_contribution": "core/payment core/contribution",
    "test_contribution_month test_payment_order": "core/contribution_month core/account core/paid_stretch",
    "test_reference": "core/contribution_due core/smallest_contribution",
    "test_incentive": "core/acquisition core/incentive_uncapped",
    "test_closed": "core/incentive_adjustment core/incentive_open",
    "test_incentive test_closed": "core/incentive_earning core/incentive_agent_month marts/incentive_wadah_month"
    " marts/incentive_line",
    "test_small_marts": "marts/incentive_close marts/incentive_agent_month",
    "test_delivery test_delivery_versions": "core/delivery",
    "test_taken_signal": "core/taken_signal",
    "test_holds": "core/doubtful_payment core/kept_row marts/agreement_problem marts/roster_gap",
    "test_contradiction": "marts/contradiction core/recent_delivery"
    " core/payment_contradiction core/claim_contradiction core/roster_contradiction",
    "test_unlike_payment": "core/unlike_payment",
}
CHAIN = {f"{file}.sql": tests.split() for tests, files in ALONE.items() for file in files.split()}
# The reference tables with their numbers. Other marts share some parameters, or are the only ones to use them.
NUMBERS = {
    "incentive_rule.csv": ["test_incentive"],
    "incentive_scheme.csv": ["test_incentive"],
    "parameter.csv": [
        *("test_contribution_month", "test_reporting", "test_contradiction", "test_watch", "test_monev"),
        *("test_claim_cells", "test_signals", "test_reference"),
    ],
}
WHOLE = ["test_incentive_borders", "test_second_calculation", "test_whole"]  # for what the others leave alive
TESTS = HOUSE / "tests" / "models"
SECONDS, MEMORY = 180, 6 << 30  # a test that takes more of either has met a mutant without end
UNKNOWN = 255  # the greatest exit code: the test that failed is this one or a later one

COMPARISONS = {
    TokenType.LT: "<=",
    TokenType.LTE: "<",
    TokenType.GT: ">=",
    TokenType.GTE: ">",
    TokenType.EQ: "<>",
    TokenType.NEQ: "=",
    TokenType.AND: "or",
    TokenType.OR: "and",
    TokenType.PLUS: "-",
    TokenType.DASH: "+",
    TokenType.ASC: "desc",
    TokenType.DESC: "asc",
}
FUNCTIONS = {"min": "max", "lead": "lag", "greatest": "least"}
FUNCTIONS |= {after: before for before, after in FUNCTIONS.items()}


@dataclass(frozen=True)
class Mutant:
    """One change of one file.

    Attributes:
        file: `core/….sql` or the name of a reference file.
        line: Text of the changed line before the change, or the first cell or cells and the column of a reference row.
        change: What is written instead of what.
        nth: 1, or more if the same change is possible in several places with the same text.
        text: The whole file after the change.
        line_no: Where it is, for people; it does not identify the mutant.
    """

    file: str
    line: str
    change: str
    nth: int
    text: str = dataclasses.field(repr=False)
    line_no: int

    @property
    def table(self) -> str:
        """The table that the model makes; empty for a reference file."""
        return self.file.removesuffix(".sql").replace("/", ".") if self.file in CHAIN else ""

    @property
    def tests(self) -> list[str]:
        """The tests that may see it, the quickest and likeliest first."""
        return [*(CHAIN | NUMBERS)[self.file], *WHOLE]

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What identifies it in the list of the explained ones."""
        return self.file, self.line, self.change, str(self.nth)

    def __str__(self) -> str:
        nth = f" (place {self.nth})" if self.nth > 1 else ""
        return f"{self.file}:{self.line_no}: {self.change}{nth}: {self.line}"


def numbers_beside(text: str) -> list[str]:
    """One more and one less in the last digit: 25 gives 26 and 24, 0.15 gives 0.16 and 0.14."""
    digits = len(text.partition(".")[2])
    return [f"{float(text) + step / 10**digits:.{digits}f}" for step in (1, -1)]


def sql_changes(sql: str) -> Iterator[tuple[int, int, str]]:
    """Every change of one thing, as start and end of what is replaced, and what by."""
    tokens = sqlglot.tokenize(sql, dialect="duckdb")
    ends_table = next(at for at, token in enumerate(tokens) if token.text == "final" and tokens[at + 1].text == "as")
    within_between = False
    for at, token in enumerate(tokens):
        start, end, follower = token.start, token.end + 1, tokens[at + 1] if at + 1 < len(tokens) else token
        called = token.text.lower() if follower.token_type is TokenType.L_PAREN else ""
        if token.token_type is TokenType.NUMBER:
            yield from ((start, end, other) for other in numbers_beside(token.text))
        elif token.token_type is TokenType.AND and within_between:
            within_between = False
        elif token.token_type in COMPARISONS:
            yield start, end, COMPARISONS[token.token_type]
        elif token.token_type is TokenType.BETWEEN:
            within_between = True
        elif token.token_type is TokenType.LEFT:
            yield start, end, "inner"
        elif token.token_type is TokenType.NOT:
            yield start, end, ""
        elif token.token_type is TokenType.IS and follower.token_type is not TokenType.NOT:
            yield start, end, "is not"
        elif called in FUNCTIONS:
            yield start, end, FUNCTIONS[called]
        elif called == "round":
            yield start, end, ""
        elif called == "coalesce":
            first, *_, last = arguments(tokens, at + 1)
            closing = next(token.end for token in tokens if token.start >= last[1])
            yield start, closing + 1, f"({sql[slice(*first)]})"
        elif token.token_type is TokenType.ORDER_BY and at < ends_table:  # the order of a table's rows says nothing
            yield from ((place, place, " desc") for place in ascending(tokens, at + 1))


def arguments(tokens: list[Token], opening: int) -> Iterator[tuple[int, int]]:
    """Start and end of each argument between the parentheses that open at a token."""
    depth, begin = 0, opening + 1
    for at in range(opening, len(tokens)):
        kind = tokens[at].token_type
        depth += (kind is TokenType.L_PAREN) - (kind is TokenType.R_PAREN)
        if depth == 0 or (depth == 1 and kind is TokenType.COMMA):
            yield tokens[begin].start, tokens[at - 1].end + 1
            begin = at + 1
        if depth == 0:
            return


def ascending(tokens: list[Token], first: int) -> Iterator[int]:
    """Where `desc` can stand in an ORDER BY whose list begins at a token: after items that do not say their order."""
    depth, item = 0, first
    for at in range(first, len(tokens)):
        token = tokens[at]
        kind, words = token.token_type, token.text.lower()
        over = depth == 0 and (kind is TokenType.R_PAREN or words in {"rows", "range", "limit"})
        if depth == 0 and (over or kind is TokenType.COMMA):
            said = {other.text.lower() for other in tokens[item:at]}
            if not said & {"asc", "desc"}:
                last = next((n for n in range(item, at) if tokens[n].text.lower() == "nulls"), at) - 1
                yield tokens[last].end + 1
            item = at + 1
        if over:
            return
        depth += (kind is TokenType.L_PAREN) - (kind is TokenType.R_PAREN)


def sql_mutants(file: str, sql: str) -> Iterator[Mutant]:
    """All mutants of one model."""
    seen: Counter[tuple[str, str]] = Counter()
    for start, end, new in sorted(sql_changes(sql)):
        old = " ".join(sql[start:end].split())
        line_no = sql.count("\n", 0, start) + 1
        line = sql.splitlines()[line_no - 1].partition("--")[0].strip()
        change = f"{old or 'asc'} -> {new.strip() or 'nothing'}"
        seen[line, change] += 1
        yield Mutant(file, line, change, seen[line, change], sql[:start] + new + sql[end:], line_no)


def csv_mutants(file: str, text: str) -> Iterator[Mutant]:
    """All mutants of the numbers of a reference file; dates and texts stay."""
    header, *rows = list(csv.reader(text.splitlines()))
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            others = {"true": ["false"], "false": ["true"]}.get(cell, [])
            if cell.replace(".", "", 1).isdigit():
                others = numbers_beside(cell)
            for other in others:
                changed = [
                    row if n != number else [*row[:column], other, *row[column + 1 :]] for n, row in enumerate(rows)
                ]
                line = " ".join([*filter(None, row[:-1][: max(column, 1)]), header[column]])
                yield Mutant(file, line, f"{cell} -> {other}", 1, as_csv([header, *changed]), number + 2)


def as_csv(rows: list[list[str]]) -> str:
    """Rows as the text of a CSV file."""
    return (
        "\n".join(",".join('"' + cell.replace('"', '""') + '"' if cell else "" for cell in row) for row in rows) + "\n"
    )


def all_mutants() -> list[Mutant]:
    """Every mutant of the chain, file by file."""
    found = [one for file in CHAIN for one in sql_mutants(file, (models.MODELS / file).read_text(encoding="utf-8"))]
    return found + [
        one for file in NUMBERS for one in csv_mutants(file, (REFERENCE / file).read_text(encoding="utf-8"))
    ]


class Trials:
    """A pytest plugin that runs the collected tests once for every mutant, each time in a child of its own."""

    def __init__(self, mutants: list[Mutant], workers: int) -> None:
        self.mutants = mutants
        self.workers = workers
        self.failed = False
        self.killers: dict[str, deque[pytest.Item]] = defaultdict(lambda: deque(maxlen=4))
        self.seeing: set[pytest.Item] = set()
        self.survivors: list[Mutant] = []
        self.sound = False

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Notes the first failure of a child; an error while models are built is one too."""
        self.failed |= report.failed

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """The mutants, and then without any change the tests that saw one: their failure has to mean something."""
        if session.items and not session.testsfailed:
            sys.modules["tests.models.conftest"].template()  # once for all children; no database stays open
            self.survivors = [mutant for mutant in self.survivors_of(self.mutants, session.items) if mutant]
            seeing = [item for item in session.items if item in self.seeing]
            self.sound = self.survivors_of([None], seeing) == [None]
        return True

    def survivors_of(self, mutants: Sequence[Mutant | None], items: list[pytest.Item]) -> list[Mutant | None]:
        """Those of the mutants that no test fails on, in their order; None stands for no change."""
        running: dict[int, tuple[Mutant | None, list[pytest.Item]]] = {}
        waiting, alive = list(reversed(mutants)), set()
        while waiting or running:
            while waiting and len(running) < self.workers:
                mutant = waiting.pop()
                chosen = self.chosen(mutant, items) if mutant else items
                running[self.trial(mutant, chosen)] = mutant, chosen
            child, status = os.wait()
            mutant, chosen = running.pop(child)
            place = os.waitstatus_to_exitcode(status)
            if place == 0:
                alive.add(mutant)
            elif mutant and place > 0:
                self.seeing.update(chosen[place - 1 :] if place == UNKNOWN else [chosen[place - 1]])
                self.killers[mutant.file].append(chosen[place - 1])
            if mutant:
                print(f"{'dies' if place else 'alive'}  {mutant}", flush=True)
        return [mutant for mutant in mutants if mutant in alive]

    def chosen(self, mutant: Mutant, items: list[pytest.Item]) -> list[pytest.Item]:
        """The tests that may see a mutant, first those that saw the last ones of its file or have a fixture for it."""
        met = [item for test in mutant.tests for item in items if item.path.stem == test]
        met.sort(key=lambda item: not mutant.table.endswith(tuple(getattr(item, "fixturenames", ()))))
        return sorted(met, key=lambda item: item not in self.killers[mutant.file])

    def trial(self, mutant: Mutant | None, items: list[pytest.Item]) -> int:
        """Starts a child that runs tests with a mutant, or with the models as they are; its number.

        It exits with 0, or with the place of the test that failed.
        """
        child = os.fork()
        if child:
            return child
        status = 1
        try:
            with tempfile.TemporaryDirectory() as folder, Path(os.devnull).open("w") as nowhere:
                os.dup2(nowhere.fileno(), 1)
                os.dup2(nowhere.fileno(), 2)
                resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
                self.swap(mutant, Path(folder))
                for place, (item, follower) in enumerate(zip(items, [*items[1:], None], strict=True), 1):
                    item.config.hook.pytest_runtest_protocol(item=item, nextitem=follower)
                    if self.failed:
                        status = min(place, UNKNOWN)
                        break
                else:
                    status = 0
        finally:
            os._exit(status)

    def swap(self, mutant: Mutant | None, folder: Path) -> None:
        """Puts the mutant in the place of the model or the reference file, for this process."""
        if mutant is None:
            return
        conftest = sys.modules["tests.models.conftest"]
        every, _, rows = conftest.template()
        if mutant.table:
            every[mutant.table] = dataclasses.replace(every[mutant.table], sql=mutant.text)
            models.discover = lambda *_: list(every.values())
            return
        reference, build = folder / "reference", models.build
        shutil.copytree(REFERENCE, reference)
        (reference / mutant.file).write_text(mutant.text, encoding="utf-8")
        models.build = lambda con, _, *args, **kwargs: build(con, reference, *args, **kwargs)
        table = f"reference.{Path(mutant.file).stem}"
        with duckdb.connect(config={"threads": 1}) as con:
            con.execute("set variable reference = ?", [str(reference)])
            rows[table] = conftest.as_dicts(con, every[table].sql)


def explained(path: Path) -> dict[tuple[str, str, str, str], str]:
    """The survivors that are known, each with its reason."""
    with path.open(encoding="utf-8", newline="") as file:
        return {(r["file"], r["line"], r["change"], r["nth"]): r["reason"] for r in csv.DictReader(file)}


def verdict(tried: list[Mutant], survivors: list[Mutant], known: dict[tuple[str, str, str, str], str]) -> list[str]:
    """What is wrong: survivors without a reason, and reasons without a survivor."""
    alive, keys = {mutant.key for mutant in survivors}, {mutant.key for mutant in tried}
    wrong = [f"unexplained  {mutant}" for mutant in survivors if not known.get(mutant.key)]
    wrong += [f"explained, but a test sees it  {', '.join(key)}" for key in known if key in keys and key not in alive]
    return wrong


def main(arguments_: list[str] | None = None) -> int:
    """Tries the mutants and says which of them no test sees."""
    parser = argparse.ArgumentParser(description="Changes the incentive's SQL by one and runs its tests.")
    parser.add_argument("--only", action="append", help="mutants whose line of the report contains this text")
    parser.add_argument("--list", action="store_true", help="print the mutants and try none")
    parser.add_argument("--new", action="store_true", help="leave out the mutants that are explained")
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--explained", type=Path, default=EXPLAINED, help="survivors that are known, with reasons")
    parser.add_argument("--tests", nargs="+", help="no other tests than those of these files, as test_incentive")
    options, passed_on = parser.parse_known_args(arguments_)  # what is not known here is for pytest
    mutants = all_mutants()
    known = explained(options.explained)
    lost = [f"explained, but not there  {', '.join(key)}" for key in known.keys() - {mutant.key for mutant in mutants}]
    if options.only:
        mutants = [mutant for mutant in mutants if any(text in str(mutant) for text in options.only)]
    if options.new:
        mutants = [mutant for mutant in mutants if mutant.key not in known]
    if options.list or not mutants:
        print(*mutants, sep="\n")
        return int(not mutants)
    os.environ.setdefault("PERISAI_TEST_WORLDS", "3")  # the small form of the random histories
    wanted = options.tests or dict.fromkeys(test for mutant in mutants for test in mutant.tests)
    files = [str(TESTS / f"{test}.py") for test in wanted]
    trials, began = Trials(mutants, options.workers), time.monotonic()
    quiet = ["-s", "-pno:terminal", "-pno:cacheprovider", "-oaddopts=--import-mode=importlib", f"--timeout={SECONDS}"]
    place = [f"--rootdir={HOUSE}", f"-c{HOUSE / 'pyproject.toml'}"]
    pytest.main([*quiet, *place, *passed_on, *files], plugins=[trials])
    if not trials.sound:
        print("tests that saw a mutant fail without any change, or there are no tests")
        return 1
    wrong = verdict(mutants, trials.survivors, known) + lost
    counts = f"{len(mutants)} mutants, {len(trials.survivors)} survived"
    print(f"{counts}, {(time.monotonic() - began) / 60:.0f} minutes", *wrong, sep="\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
