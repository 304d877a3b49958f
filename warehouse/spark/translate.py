"""A model's SQL as Spark says it: sqlglot's translation, and what that gets wrong mended by one named function each.

Only constructs that are on the list ``proven.txt`` are translated: for each of them equal tables came out of both
engines. sqlglot translates others, too, some of them into what means something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.spark import Spark
from sqlglot.generators.spark import SparkGenerator

PROVEN = Path(__file__).with_name("proven.txt")
WHOLE = {exp.DType.BIGINT, exp.DType.INT, exp.DType.SMALLINT, exp.DType.TINYINT}


class NotProven(Exception):
    """A model uses what nobody has seen to give the same on Spark; the message says which and what to do."""


def constructs(sql: str) -> set[str]:
    """The kinds of expressions that SQL uses, with what decides their meaning: a unit, a type, a pattern."""
    return set(_named(sqlglot.parse_one(sql, dialect="duckdb")))


def _named(tree: exp.Expr) -> Iterator[str]:
    for node in tree.walk():
        name = type(node).__name__
        match node:
            case exp.Anonymous():
                yield f"{node.name.lower()}()"
            case exp.Cast():
                yield f"{name} {node.to.this.value.lower()}"
            case exp.DateDiff() | exp.TimestampTrunc() | exp.Interval():
                yield f"{name} {str(node.args.get('unit')).lower()}"
            case exp.ArrayAgg():  # of Spark it has no order of its own
                yield f"{name} {type(node.this).__name__.lower()}"
            case exp.RegexpReplace():  # of Spark it replaces all that fits, of DuckDB the first
                yield name + (" at the beginning" if node.expression.name.startswith("^") else "")
            case exp.Join():
                yield " ".join(filter(None, (name, node.method, node.side, node.kind))).lower().capitalize()
            case exp.SetOperation():
                kinds = {"all": not node.args.get("distinct"), "by name": node.args.get("by_name")}
                yield " ".join([name, *filter(kinds.get, kinds)])
            case exp.With() if node.recursive:
                yield f"{name} recursive"
            case exp.WindowSpec():
                yield f"{name} {str(node.args.get('kind')).lower()}"
            case _:
                yield name


def check(table: str, sql: str) -> None:
    """Refuses a model with a construct that is not on the list.

    Raises:
        NotProven: see there.
    """
    if strange := sorted(constructs(sql) - set(PROVEN.read_text(encoding="utf-8").splitlines())):
        raise NotProven(
            f"{table} uses {', '.join(strange)}, of which nobody has seen that Spark gives the same. Write it with what"
            f" {PROVEN.name} lists; or add it there, mend its translation if that is wrong, and run make spark-check"
        )


def translated(table: str, sql: str, columns_of: Callable[[str], list[str]]) -> str:
    """The SQL of a model for Spark; tables are called ``schema__name``.

    Args:
        table: whose SQL it is.
        sql: the query.
        columns_of: called with queries of DuckDB; the names of their columns.

    Raises:
        NotProven: it uses what is not on the list.
    """
    check(table, sql)
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    told_by_name(tree, columns_of)
    return _spoken(tree)


def spoken(sql: str) -> str:
    """A query or an expression for Spark, whatever it uses, but for unions by name."""
    return _spoken(sqlglot.parse_one(sql, dialect="duckdb"))


def _spoken(tree: exp.Expr) -> str:
    for mend, kinds in MENDED:
        for node in list(tree.find_all(*kinds)):
            if (made := mend(node)) is not node:
                node.replace(made)
    return str(tree.sql(Spark4, comments=False))


def told_by_name(tree: exp.Expr, columns_of: Callable[[str], list[str]]) -> None:
    """Spark has no ``union by name``: both sides get all columns, in one order, null where there is none."""
    for union in reversed(list(tree.find_all(exp.Union))):  # an inner one before the one around it
        if not union.args.get("by_name"):
            continue
        cte = union.find_ancestor(exp.CTE)
        found = union.find_ancestor(exp.With) if cte else tree.args.get("with_")
        before = [] if found is None else found.expressions[: found.expressions.index(cte) if cte else None]
        head = f"with recursive {', '.join(one.sql('duckdb') for one in before)} " if before else ""
        sides = {name: union.args[name] for name in ("this", "expression")}
        has = {name: columns_of(head + side.sql("duckdb")) for name, side in sides.items()}
        every = list(dict.fromkeys([*has["this"], *has["expression"]]))
        for name, side in sides.items():
            chosen = [exp.column(one) if one in has[name] else exp.alias_(exp.null(), one) for one in every]
            union.set(
                name, exp.select(*chosen).from_(exp.Subquery(this=side.copy(), alias=exp.TableAlias(this="side")))
            )
        union.set("by_name", False)


class Spark4(Spark):
    """Spark as of version 4, which has QUALIFY; sqlglot's way around that adds a column to what a star selects."""

    class Generator(SparkGenerator):
        """Writes a SELECT as it is."""

        TRANSFORMS: ClassVar = {**SparkGenerator.TRANSFORMS, exp.Select: lambda self, node: self.select_sql(node)}


Mend = Callable[..., exp.Expr]
MENDED: list[tuple[Mend, tuple[type[exp.Expr], ...]]] = []
"""What sqlglot gets wrong, one function each, and the kinds of nodes that it is called with."""


def _mends(*kinds: type[exp.Expr]) -> Callable[[Mend], Mend]:
    def noted(function: Mend) -> Mend:
        MENDED.append((function, kinds))
        return function

    return noted


def _spark(sql: str, **parts: exp.Expr) -> exp.Expr:
    """Spark's SQL with nodes in the place of ``:name``."""
    return exp.replace_placeholders(sqlglot.parse_one(sql, dialect="spark"), **parts)


@_mends(exp.Table)
def flat_name(node: exp.Table) -> exp.Expr:
    """A temporary view of Spark has no schema."""
    if not node.db:
        return node
    return exp.to_table(f"{node.db}__{node.name}").as_(node.alias or node.name, table=True)


@_mends(exp.CTE)
def no_materialized(node: exp.CTE) -> exp.Expr:
    """Spark decides itself what it computes once."""
    node.set("materialized", None)
    return node


@_mends(exp.Window)
def lag_without_frame(node: exp.Window) -> exp.Expr:
    """In DuckDB ``lag`` and ``lead`` look past a window's frame; Spark refuses a frame."""
    select = node.find_ancestor(exp.Select)
    named = {one.this.name: one for one in (select.args.get("windows") or [] if select else [])}
    over = named.get(node.alias)
    inner = node.this.this if isinstance(node.this, exp.IgnoreNulls) else node.this
    if over is None or not isinstance(inner, exp.Lag | exp.Lead):
        return node
    parts = [part.copy() for part in over.args.get("partition_by") or []]
    return exp.Window(this=node.this.copy(), partition_by=parts, order=over.args["order"].copy())


@_mends(exp.Div)
def division_of_doubles(node: exp.Div) -> exp.Expr:
    """Whatever DuckDB divides by ``/``, it divides as doubles; Spark makes decimals of decimals."""
    return exp.Div(this=exp.cast(node.this, "double"), expression=exp.cast(node.expression, "double"), typed=True)


@_mends(exp.Cast)
def cast_that_rounds(node: exp.Cast) -> exp.Expr:
    """Spark cuts decimals off where DuckDB rounds (a double ending in .5 to an even number, here upwards)."""
    if node.to.this not in WHOLE or isinstance(node.this, exp.Null | exp.Round):
        return node
    return exp.cast(exp.func("round", node.this), node.to)


@_mends(exp.Concat)
def concat_of_text(node: exp.Concat) -> exp.Expr:
    """An argument comes into ``coalesce(…, '')``, and so has to be text."""
    made = [one if isinstance(one, exp.Literal) else exp.cast(one, "text") for one in node.expressions]
    node.set("expressions", made)
    return node


@_mends(exp.Coalesce)
def coalesce_to_text(node: exp.Coalesce) -> exp.Expr:
    """In DuckDB ``coalesce(number, '')`` is text; Spark would make the text a number."""
    if any(isinstance(one, exp.Literal) and one.is_string and not one.name for one in node.expressions):
        node.set("this", exp.cast(node.this, "text"))
    return node


@_mends(exp.ArgMax, exp.ArgMin)
def arg_that_is_there(node: exp.ArgMax | exp.ArgMin) -> exp.Expr:
    """DuckDB looks for ``arg_max(a, b)`` at rows that have an ``a``; in Spark at all that have a ``b``."""
    there = _spark("case when not :arg is null then :by end", arg=node.this.copy(), by=node.expression.copy())
    node.set("expression", there)
    return node


@_mends(exp.GenerateSeries)
def series_upwards(node: exp.GenerateSeries) -> exp.Expr:
    """A series that ends before it begins is empty in DuckDB; Spark counts down."""
    first, last, step = node.args["start"], node.args["end"], node.args.get("step")
    series = exp.func("sequence", first, last, *([step] if step else []), dialect="spark")
    return _spark("case when :first <= :last then :series end", first=first.copy(), last=last.copy(), series=series)


@_mends(exp.Cast)
def cast_before_explode(node: exp.Cast) -> exp.Expr:
    """Spark has no ``explode`` within another expression, so the whole array is cast."""
    if not isinstance(node.this, exp.Explode):
        return node
    return exp.Explode(this=exp.cast(node.this.this, f"array<{node.to.sql('spark')}>", dialect="spark"))


@_mends(exp.Select)
def explode_side_by_side(node: exp.Select) -> exp.Expr:
    """Two arrays that DuckDB unnests side by side Spark would multiply."""
    places = [n for n, one in enumerate(node.expressions) if isinstance(one.unalias(), exp.Explode)]
    if len(places) > 1:
        made = [node.expressions[place] for place in places]
        if places[-1] - places[0] != len(places) - 1:
            raise NotProven(f"{made[-1].sql('duckdb')}: the columns that unnest arrays have to stand together")
        zipped = exp.func("inline", exp.func("arrays_zip", *(one.unalias().this for one in made)))
        both = exp.Aliases(this=zipped, expressions=[exp.to_identifier(one.alias) for one in made])
        node.set("expressions", [*node.expressions[: places[0]], both, *node.expressions[places[-1] + 1 :]])
    return node


@_mends(exp.ArraySlice)
def slice_by_length(node: exp.ArraySlice) -> exp.Expr:
    """DuckDB's slices have first and last place, Spark's first place and length."""
    for one in list(node.find_all(exp.Length)):
        one.replace(exp.Anonymous(this="size", expressions=[one.this]))
    parts, first, last = node.this, node.args["start"], node.args["end"]
    if isinstance(last, exp.Neg):  # -1 is the last place
        last = exp.func("size", parts.copy())
    return _spark("slice(:parts, :first, :last - :first + 1)", parts=parts, first=first, last=last)


@_mends(exp.PercentileCont)
def percentile(node: exp.PercentileCont) -> exp.Expr:
    """Spark does not know ``quantile_cont``, which is left as it is."""
    return exp.Anonymous(this="percentile", expressions=[node.this, node.expression])


@_mends(exp.DateDiff)
def seconds_begun(node: exp.DateDiff) -> exp.Expr:
    """DuckDB counts the ends of seconds between two moments, Spark the whole seconds."""
    if node.text("unit").lower() != "second":
        return node
    sql = "timestampdiff(second, date_trunc('SECOND', :early), date_trunc('SECOND', :late))"
    return _spark(sql, early=node.expression, late=node.this)


@_mends(exp.BitwiseRightShift)
def md5_number(node: exp.BitwiseRightShift) -> exp.Expr:
    """Here ``md5_number_lower(…) >> 16`` is the last six bytes of the hash, the last one first."""
    turned = f"regexp_replace(md5(:text), '^.{{20}}{'(..)' * 6}$', '$6$5$4$3$2$1')"
    return _spark(f"cast(conv({turned}, 16, 10) as bigint)", text=node.this.expressions[0])


@_mends(exp.Anonymous)
def other_name(node: exp.Anonymous) -> exp.Expr:
    """Functions that sqlglot does not know: intervals of months, rows, and a hash that tells values apart."""
    match node.name.lower():
        case "to_months":
            return _spark("make_ym_interval(0, cast(:months as int))", months=node.expressions[0])
        case "row":
            return exp.Anonymous(this="struct", expressions=node.expressions)
        case "hash":  # the values are not DuckDB's; xxhash64 leaves nulls out
            nulls = [exp.Is(this=one.copy(), expression=exp.Null()) for one in node.expressions]
            return exp.Anonymous(this="xxhash64", expressions=[*node.expressions, *nulls])
    return node
