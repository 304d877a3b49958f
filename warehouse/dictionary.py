"""The data dictionary in words: a page for every table, and what each of its columns is computed from.

`make docs` writes the pages into its site. All that they say stands in the models' SQL and in the feeds' contracts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlglot
from sqlglot import exp

from warehouse import graph, lake, models
from warehouse.models import Model

HEAD = {
    "grain": "Grain",
    "key": "Key",
    "date": "Governing date",
    "source": "Computed from",
    "owner": "Owner",
    "withheld": "In the lake only",
    "caveats": "Caveats",
}
SCHEMAS = {
    "marts": "what is published to be read",
    "reference": "tables that people keep, published as they are",
    "core": "what the marts are computed from, not published",
    "before": "where an increment begins, not published",
    "raw": "rows of the branches' deliveries and what became of them, not published",
}
INTRODUCTION = """# Data dictionary

Written by `make docs` from the SQL in `warehouse/models/` and the contracts in `expectations/contracts/`. The same
words are in the database, as comments and in the table `marts.dictionary`. [What is computed from what](lineage.md) is
one picture of all tables."""
OR = "\n-- or\n"
WIDE = 100


@dataclass(frozen=True)
class Origin:
    """What a column is computed from.

    Attributes:
        formula: The SQL expression that computes it, or the column of another table that it hands on; with several,
            one for each part of a union, the line `-- or` stands between them.
        where: Expressions of what the formula names and the table does not show, by name.
        columns: Columns of other tables that the value is made of, as `schema.table.column`.
    """

    formula: str
    where: dict[str, str]
    columns: tuple[str, ...]


class _Lineage:
    """Follows the columns of one model through its CTEs."""

    def __init__(self, model: Model, columns_of: dict[str, Iterable[str]]) -> None:
        self.model = model
        self.columns_of = columns_of
        tree = sqlglot.parse_one(model.sql, dialect="duckdb")
        self.ctes = {cte.alias: cte.this for cte in tree.find_all(exp.CTE)}
        self.found: dict[tuple[str, str], list[exp.Expr]] = {}
        self.having: dict[tuple[str, str], bool] = {}

    def origin(self, column: str) -> Origin:
        """What a column of the table is computed from."""
        where: dict[str, str] = {}
        sources: dict[str, None] = {}
        expressions = self._expressions("final", column)
        seen = {("final", column)}
        for expression in expressions:
            self._explain(expression, where, sources, seen)
        return Origin(self._either(expressions), where, tuple(sources))

    def _explain(
        self,
        expression: exp.Expr,
        where: dict[str, str] | None,
        sources: dict[str, None],
        seen: set[tuple[str, str]],
    ) -> None:
        """Notes what the columns in an expression are, down to those of other tables."""
        for counted in expression.find_all(exp.Count):
            if isinstance(counted.this, exp.Star):
                sources.update(dict.fromkeys(self._tables(counted.find_ancestor(exp.Select))))
        for column in expression.find_all(exp.Column):
            relation = self._relation(column)
            if relation not in self.ctes:
                sources[f"{relation}.{column.name}"] = None
            elif (relation, column.name) not in seen:
                seen.add((relation, column.name))
                before = self._expressions(relation, column.name)
                handed_on = all(isinstance(one, exp.Column) for one in before)
                shown = column.name in self.model.columns and self._either(before) == self._either(
                    self._expressions("final", column.name)
                )
                if where is not None and not handed_on and not shown:
                    text = self._either(before)
                    same_name = where.get(column.name, text) != text
                    where[f"{relation}.{column.name}" if same_name else column.name] = text
                for one in before:
                    self._explain(one, None if shown else where, sources, seen)

    def _expressions(self, relation: str, name: str) -> list[exp.Expr]:
        """What computes a column of a CTE, one for each part of a union; a column only if of another table."""
        if (relation, name) in self.found:
            return self.found[relation, name]
        found: list[exp.Expr] = []
        self.found[relation, name] = []  # what a recursive CTE takes from itself is told by its beginning
        for expression in self._projected(self.ctes[relation], name):
            inner = expression.this if isinstance(expression, exp.Cast) else expression
            before = self._relation(inner) if isinstance(inner, exp.Column) else ""
            if before in self.ctes:
                found += self._expressions(before, inner.name)
            else:
                found.append(inner if before else expression)
        self.found[relation, name] = found
        return found

    def _tables(self, query: exp.Expr | None, within: tuple[str, ...] = ()) -> Iterator[str]:
        """The tables whose rows a query counts: those of the first relation that it reads."""
        if isinstance(query, exp.SetOperation):
            yield from self._tables(query.left, within)
            yield from self._tables(query.right, within)
        elif isinstance(query, exp.Select):
            for relation in [*self._relations(query).values()][:1]:
                if relation not in self.ctes:
                    yield relation
                elif relation not in within:
                    yield from self._tables(self.ctes[relation], (*within, relation))

    def _projected(self, query: exp.Expr, name: str) -> Iterator[exp.Expr]:
        """The expressions of a query's column; those of a star are looked up where the star is from."""
        if isinstance(query, exp.SetOperation):
            parts = [part for part in (query.left, query.right) if self._gives(part, name)]
            # A part of a union by name may lack a column; any other part that does says where it is missing.
            for part in parts if parts and query.args.get("by_name") else (query.left, query.right):
                yield from self._projected(part, name)
            return
        if not isinstance(query, exp.Select):
            raise models.ModelError(f"{self.model.table}: no SELECT: {query.sql('duckdb')}")
        named = [one for one in query.selects if one.alias_or_name == name]
        if named:
            yield named[0].unalias()
            return
        for star in (one for one in query.selects if one.is_star):
            for alias, relation in self._relations(query).items():
                of_one = isinstance(star, exp.Column) and star.table
                if of_one in (alias, False, "") and self._has(relation, name):
                    if relation in self.ctes:
                        yield from self._projected(self.ctes[relation], name)
                    else:
                        column = exp.column(name, table=alias)
                        column.parent = query  # so that it is found to be of this query
                        yield column
                    return
        raise models.ModelError(f"{self.model.table}: {name} is nowhere in {query.sql('duckdb')[:200]}")

    def _relation(self, column: exp.Column) -> str:
        """The CTE, or the table as `schema.table`, that a column is of."""
        query = column.find_ancestor(exp.Select)
        relations = self._relations(query) if query else {}
        if column.table in relations:
            return relations[column.table]
        having = [name for name in relations.values() if len(relations) == 1 or self._has(name, column.name)]
        if not having:
            raise models.ModelError(f"{self.model.table}: it is not known where {column.sql('duckdb')} is from")
        return having[0]

    def _relations(self, query: exp.Select) -> dict[str, str]:
        """Alias and name of what a query reads."""
        joined = [query.args.get("from_"), *query.args.get("joins", [])]
        tables = [one.this for one in joined if one and isinstance(one.this, exp.Table)]
        return {table.alias_or_name: self._name(table) for table in tables}

    def _name(self, table: exp.Table) -> str:
        if isinstance(table.this, exp.ReadCSV):
            return Path(self.model.head["source"]).name
        return f"{table.db}.{table.name}" if table.db else table.name

    def _has(self, relation: str, name: str) -> bool:
        if relation not in self.ctes:
            return name in self.columns_of.get(relation, [name])
        if (relation, name) not in self.having:
            self.having[relation, name] = self._gives(self.ctes[relation], name)
        return self.having[relation, name]

    def _gives(self, query: exp.Expr, name: str) -> bool:
        try:
            return any(True for _ in self._projected(query, name))
        except models.ModelError:
            return False

    def _either(self, expressions: Iterable[exp.Expr]) -> str:
        return OR.join(dict.fromkeys(self._text(one) for one in expressions))

    def _text(self, expression: exp.Expr) -> str:
        """An expression in SQL, with the windows that it names written out."""
        if isinstance(expression, exp.Column):
            return f"{self._relation(expression)}.{expression.name}"
        text = expression.sql("duckdb", comments=False, normalize_functions="lower")
        if len(text) > WIDE:
            text = expression.sql("duckdb", comments=False, normalize_functions="lower", pretty=True)
        query = expression.find_ancestor(exp.Select)
        for window in query.args.get("windows", []) if query else []:
            frame = window.sql("duckdb", comments=False).partition(" OVER ")[2]
            text = text.replace(f"OVER {window.name}", f"OVER {frame}")
        return text


def origins(model: Model, columns_of: dict[str, Iterable[str]]) -> dict[str, Origin]:
    """What each column of a model is computed from.

    Args:
        model: the model.
        columns_of: columns of the tables that it reads, by `schema.table`.

    Raises:
        ModelError: a column comes from nowhere.
    """
    lineage = _Lineage(model, columns_of)
    return {column: lineage.origin(column) for column in model.columns}


def pages(every: Iterable[Model], raw: dict[str, dict[str, tuple[str, str]]]) -> dict[str, str]:
    """The pages of the dictionary.

    Args:
        every: all models.
        raw: type and description of each column of the raw tables, see `lake.documented`.

    Returns:
        File name and text in Markdown, `README.md` first, the others by table, the drawing of all last.
    """
    known = {model.table: model for model in every}
    columns_of: dict[str, Iterable[str]] = {name: model.columns for name, model in known.items()}
    columns_of |= {f"raw.{name}": columns for name, columns in raw.items()}
    written = {f"{name}.md": _page(known[name], columns_of) for name in sorted(known)}
    written["marts.dictionary.md"] = _own_page()
    written |= {f"raw.{name}.md": _raw_page(name, raw[name]) for name in sorted(raw)}
    written["lineage.md"] = graph.page(known.values(), {name.removesuffix(".md") for name in written})
    return {"README.md": _index(known, raw)} | written


def _page(model: Model, columns_of: dict[str, Iterable[str]]) -> str:
    lines = [f"# {model.table}", "", model.head["meaning"], "", "| | |", "|---|---|"]
    for key, title in HEAD.items():
        if key in model.head:
            lines.append(f"| {title} | {_cell(model.head[key], columns_of)} |")
    lines += ["", "## Columns"]
    for column, origin in origins(model, columns_of).items():
        lines += ["", f"### {column}", "", model.columns[column], "", "```sql", origin.formula]
        for name, formula in origin.where.items():
            lines += ["", f"-- {name} is", formula]
        lines += ["```"]
        if origin.columns:
            lines += ["", f"From {', '.join(_link(one, columns_of) for one in origin.columns)}."]
    return "\n".join(lines) + "\n"


def _own_page() -> str:
    """The page of the dictionary in the database, which no model makes."""
    lines = ["# marts.dictionary", "", models.DICTIONARY_HEAD["meaning"], "", "| | |", "|---|---|"]
    lines += [
        f"| {title} | {models.DICTIONARY_HEAD[key]} |" for key, title in HEAD.items() if key in models.DICTIONARY_HEAD
    ]
    return "\n".join([*lines, "", *_columns(models.DICTIONARY)]) + "\n"


def _raw_page(name: str, columns: dict[str, tuple[str, str]]) -> str:
    return "\n".join([f"# raw.{name}", "", *_columns(columns)]) + "\n"


def _columns(columns: dict[str, tuple[str, str]]) -> list[str]:
    """Name, type and meaning of each column, as a table."""
    rows = [f"| {column} | {kind} | {_cell(words, {})} |" for column, (kind, words) in columns.items()]
    return ["| column | type | meaning |", "|---|---|---|", *rows]


def _index(known: dict[str, Model], raw: dict[str, dict[str, tuple[str, str]]]) -> str:
    lines = [INTRODUCTION]
    for schema, what in SCHEMAS.items():
        lines += ["", f"## {schema}: {what}", ""]
        if schema == "raw":
            lines += [f"* [raw.{name}](raw.{name}.md)" for name in sorted(raw)]
            continue
        lines += ["| table | one row per | meaning |", "|---|---|---|"]
        for name, model in sorted(known.items()):
            if model.schema == schema:
                grain = model.head["grain"].removeprefix("one row per ")
                lines.append(f"| [{name}]({name}.md) | {_cell(grain, {})} | {_cell(model.head['meaning'], {})} |")
        if schema == "marts":
            own = models.DICTIONARY_HEAD["meaning"]
            lines.append(f"| [marts.dictionary](marts.dictionary.md) | column of the warehouse | {own} |")
    lines += ["", "## Measures and other columns of the marts", "", "| column | in |", "|---|---|"]
    tables_of: dict[str, list[str]] = {}
    for name, model in sorted(known.items()):
        for column in model.columns if model.schema == "marts" else ():
            tables_of.setdefault(column, []).append(name)
    for column, tables in sorted(tables_of.items()):
        lines.append(f"| {column} | {', '.join(f'[{table}]({table}.md#{column})' for table in tables)} |")
    return "\n".join(lines) + "\n"


def _cell(text: str, columns_of: dict[str, Iterable[str]]) -> str:
    """A text in a cell of a table, tables that it names being links."""
    linked = re.sub(
        r"[a-z]+\.[a-z_]+", lambda found: f"[{found[0]}]({found[0]}.md)" if found[0] in columns_of else found[0], text
    )
    return linked.replace("|", "\\|")


def _link(source: str, columns_of: dict[str, Iterable[str]]) -> str:
    """A column, or a table whose rows are counted, with a link to its page."""
    if source in columns_of:
        return f"rows of [{source}]({source}.md)"
    table, _, column = source.rpartition(".")
    if table not in columns_of:
        return f"`{source}`"
    return f"[{source}]({table}.md{'' if table.startswith('raw.') else f'#{column}'})"


def write(folder: Path) -> list[Path]:
    """Write the pages anew, and remove those of tables that are no more.

    Args:
        folder: where the pages are; it is made if it is not there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = pages(models.discover(), lake.documented())
    for old in folder.glob("*.md"):
        if old.name not in texts:
            old.unlink()
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return [folder / name for name in texts]
