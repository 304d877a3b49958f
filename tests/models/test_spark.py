"""What the models say to Spark. That it gives the same tables is shown by `make spark-check`, which needs a JVM."""

from __future__ import annotations

import duckdb
import pytest

from warehouse import models
from warehouse.spark import translate
from warehouse.spark.translate import MENDED, NotProven, check, constructs, spoken, translated

# What is mended, DuckDB's SQL, and what has to come out for Spark.
TOLD = [
    ("flat_name", "select a.x from core.t as a, raw.u", "SELECT a.x FROM core__t AS a, raw__u AS u"),
    (
        "no_materialized",
        "with a as materialized (select 1 as x) select * from a",
        "WITH a AS (SELECT 1 AS x) SELECT * FROM a",
    ),
    (
        "lag_without_frame",
        "select lag(x) over w, sum(x) over w from t window w as (partition by p order by d rows unbounded preceding)",
        "SELECT LAG(x) OVER (PARTITION BY p ORDER BY d NULLS LAST), SUM(x) OVER w FROM t"
        " WINDOW w AS (PARTITION BY p ORDER BY d NULLS LAST rows BETWEEN UNBOUNDED preceding AND CURRENT ROW)",
    ),
    ("division_of_doubles", "select a / b", "SELECT CAST(a AS DOUBLE) / CAST(b AS DOUBLE)"),
    ("cast_that_rounds", "select cast(a * 1.5 as bigint)", "SELECT CAST(ROUND(a * 1.5) AS BIGINT)"),
    (
        "concat_of_text",
        "select concat(a, '|')",
        "SELECT CONCAT(COALESCE(CAST(a AS STRING), ''), '|')",
    ),
    ("coalesce_to_text", "select coalesce(a, '')", "SELECT COALESCE(CAST(a AS STRING), '')"),
    ("arg_that_is_there", "select arg_max(a, b)", "SELECT MAX_BY(a, CASE WHEN NOT a IS NULL THEN b END)"),
    (
        "series_upwards",
        "select unnest(generate_series(a, b - 1))",
        "SELECT EXPLODE(CASE WHEN a <= (b - 1) THEN SEQUENCE(a, b - 1) END)",
    ),
    (
        "cast_before_explode",
        "select cast(unnest(l) as date) as day",
        "SELECT EXPLODE(CAST(l AS ARRAY<DATE>)) AS day",
    ),
    (
        "explode_side_by_side",
        "select a, unnest([a, 'x']) as b, unnest([1, 2]) as c, d",
        "SELECT a, INLINE(ARRAYS_ZIP(ARRAY(a, 'x'), ARRAY(1, 2))) AS (b, c), d",
    ),
    (
        "slice_by_length",
        "select array_slice(p, 1, len(p) // 2), array_slice(p, a + 1, -1), len(t)",
        "SELECT SLICE(p, 1, (SIZE(p) DIV 2) - 1 + 1), SLICE(p, a + 1, SIZE(p) - (a + 1) + 1), LENGTH(t)",
    ),
    ("percentile", "select quantile_cont(a, 0.9)", "SELECT PERCENTILE(a, 0.9)"),
    (
        "seconds_begun",
        "select date_diff('second', a, b)",
        "SELECT TIMESTAMPDIFF(SECOND, DATE_TRUNC('SECOND', a), DATE_TRUNC('SECOND', b))",
    ),
    (
        "md5_number",
        "select md5_number_lower(a) >> 16",
        "SELECT"
        " CAST(CONV(REGEXP_REPLACE(MD5(a), '^.{20}(..)(..)(..)(..)(..)(..)$', '$6$5$4$3$2$1'), 16, 10) AS BIGINT)",
    ),
    ("other_name", "select row(a, b)", "SELECT STRUCT(a, b)"),
    ("other_name", "select a + to_months(b)", "SELECT a + MAKE_YM_INTERVAL(0, CAST(b AS INT))"),
    ("other_name", "select hash(a, b)", "SELECT XXHASH64(a, b, a IS NULL, b IS NULL)"),
]


@pytest.mark.parametrize(("name", "said", "spark"), TOLD)
def test_what_sqlglot_gets_wrong_is_mended(name, said, spark, monkeypatch):
    assert spoken(said) == spark
    monkeypatch.setattr(translate, "MENDED", [one for one in MENDED if one[0].__name__ != name])
    assert spoken(said) != spark, "sqlglot gets it right itself: the mend is needless"


def test_everything_that_is_mended_is_tested():
    assert {name for name, *_ in TOLD} == {mend.__name__ for mend, _ in MENDED}


def test_a_star_selects_no_column_more_where_rows_are_qualified():
    said = "select * from t qualify row_number() over (order by a) = 1"
    assert spoken(said) == "SELECT * FROM t QUALIFY ROW_NUMBER() OVER (ORDER BY a NULLS LAST) = 1"


def test_a_union_by_name_tells_all_columns():
    with duckdb.connect() as con:
        con.execute("create schema core; create table core.t (a integer, b integer, c date)")
        sql = """with x as (select a, b from core.t), y as (from x union all by name select c, b from core.t)
            select * from y union all by name select 1 as a"""
        told = translated(
            "marts.new", sql, lambda query: [name for name, *_ in con.sql(f"describe {query}").fetchall()]
        )
    first = "SELECT a, b, NULL AS c FROM (SELECT * FROM x) AS side"
    second = "SELECT NULL AS a, b, c FROM (SELECT c, b FROM core__t AS t) AS side"
    assert told == (
        f"WITH x AS (SELECT a, b FROM core__t AS t), y AS ({first} UNION ALL {second})"
        " SELECT a, b, c FROM (SELECT * FROM y) AS side UNION ALL"
        " SELECT a, NULL AS b, NULL AS c FROM (SELECT 1 AS a) AS side"
    )


def test_the_models_use_what_is_proven_and_the_list_has_nothing_else():
    found = set()
    for model in models.discover():
        if model.schema != "reference":
            check(model.table, model.statement)
            found |= constructs(model.statement)
    assert sorted(found) == translate.PROVEN.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    ("sql", "strange"),
    [
        ("select date_diff('month', a, b) from t", "DateDiff month"),
        ("select date_trunc('week', a) from t", "TimestampTrunc week"),
        ("select regexp_replace(a, 'x', '') from t", "RegexpReplace"),
        ("select list_extract(a, 1) from t", "list_extract()"),
        ("select cast(a as time) from t", "Cast time"),
        ("select sum(a) over (order by b range between 3 preceding and current row) from t", "WindowSpec range"),
        ("select list(a order by b) from t", "ArrayAgg order"),
        ("select a from t union by name select b from u", "Union by name"),
        ("select dayofweek(a) from t", "DayOfWeek"),
    ],
)
def test_another_construct_is_refused(sql, strange):
    with pytest.raises(NotProven, match=r"marts\.new uses .*make spark-check") as refused:
        check("marts.new", sql)
    assert strange in str(refused.value).replace(" of which", "").split(" uses ")[1].split(", ")


def test_arrays_that_are_unnested_apart_are_refused():
    with pytest.raises(NotProven, match="have to stand together"):
        spoken("select unnest([1, 2]) as a, b, unnest([3, 4]) as c from t")
