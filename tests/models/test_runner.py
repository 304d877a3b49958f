"""warehouse.models: finding, checking and building the SQL models."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from warehouse import duck, models, stamps

GOOD = """/*
grain: one row
meaning: A model
    on two lines.
source: {source}
owner: somebody
caveats: it's a test
*/
with final as (
    select
        1 as x,  -- The x, with 'quotes'
        cast(2.5 as decimal(20, 6)) as amount_rp  -- The amount
    from {source}
)

select * from final
"""


@pytest.fixture
def folder(tmp_path):
    def write(name, sql):
        path = tmp_path / "models" / f"{name}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(sql)
        return tmp_path / "models"

    return write


@pytest.fixture
def con():
    with duckdb.connect() as con:
        con.execute("create schema raw; create table raw.a as select 7 as y")
        yield con


def test_the_models_of_the_warehouse_come_in_an_order_that_can_be_built():
    found = models.discover()
    files = {f"{path.parent.name}.{path.stem}" for path in models.MODELS.glob("*/*.sql")}
    assert {model.table for model in found} == files
    done = set()
    for model in found:
        assert {name for name in model.inputs if not name.startswith(("raw.", "closed."))} <= done
        done.add(model.table)
    assert {
        "marts.coverage_month",
        "marts.incentive_line",
        "marts.incentive_agent_month",
        "marts.incentive_wadah_month",
        "marts.claim_month",
        "marts.delivery_day",
        "marts.reconciliation",
    } <= done


def test_head_and_comments_are_read(folder):
    [model] = models.discover(folder("core/thing", GOOD.format(source="raw.a")))
    assert (model.schema, model.name, model.table) == ("core", "thing", "core.thing")
    assert model.head == {
        "grain": "one row",
        "meaning": "A model on two lines.",
        "source": "raw.a",
        "owner": "somebody",
        "caveats": "it's a test",
    }
    assert model.columns == {"x": "The x, with 'quotes'", "amount_rp": "The amount"}
    assert model.inputs == {"raw.a"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("owner: somebody\n", "", r"lacks \['owner'\]"),
        ("grain: one row\n", "grain:\n", r"lacks \['grain'\]"),
        ("owner: somebody\n", "owner: somebody\nchef: me\n", r"unknown \['chef'\]"),
        ("owner: somebody\n", "owner: somebody\nkind: table\n", "only kind that can be asked for is 'view'"),
        ("grain: one row\n", "just words\n", "line without a key: 'just words'"),
        ("/*\ngrain", "-- first\n/*\ngrain", "no comment block"),
        ("  -- The amount", "", "column amount_rp has no comment"),
        ("  -- The x, with 'quotes'", "", "column x has no comment"),
        ("1 as x", "1 + 1", "no name of its own"),
        ("1 as x", "*", "no name of its own"),
        ("1 as x", "1 as amount_rp", "two columns of 'final' are called amount_rp"),
        ("select * from final", "select x from final", "has to end"),
        ("final as", "last as", "has to end"),
        ("cast(", "cast((", "cannot be parsed"),
    ],
)
def test_a_model_that_is_not_documented_is_refused(folder, old, new, message):
    sql = GOOD.format(source="raw.a")
    assert old in sql
    with pytest.raises(models.ModelError, match=message) as refused:
        models.discover(folder("core/thing", sql.replace(old, new)))
    assert "thing.sql" in str(refused.value)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"core/thing": "core.gone"}, "core.thing reads core.gone, which no model makes"),
        ({"core/thing": "marts.other", "marts/other": "core.thing"}, "in a circle: .*core.thing"),
        ({"elsewhere/thing": "raw.a"}, "elsewhere is not one of reference, before, core, marts"),
    ],
)
def test_models_that_cannot_be_ordered_are_refused(folder, files, message):
    for name, source in files.items():
        root = folder(name, GOOD.format(source=source))
    with pytest.raises(models.ModelError, match=message):
        models.discover(root)


def test_tables_are_built_with_their_comments(folder, con):
    folder("marts/last", GOOD.format(source="core.first"))
    chosen = models.discover(folder("core/first", GOOD.format(source="raw.a")))
    assert [models.build(con, Path(), chosen) for _ in range(2)] == [2, 2]
    assert con.execute("select (select count(*) from core.first), (select count(*) from marts.last)").fetchone() == (
        1,
        1,
    )
    [comment] = con.execute("select comment from duckdb_tables() where table_name = 'first'").fetchone()
    assert comment == (
        "grain: one row\nmeaning: A model on two lines.\nsource: raw.a\nowner: somebody\ncaveats: it's a test"
    )
    assert entries(con) == [
        ("core", "build_stamp", "stamp", 1, "VARCHAR", "Tells the build from others"),
        ("core", "build_stamp", "code", 2, "VARCHAR", "Tells the models and reference tables from others"),
        ("core", "build_stamp", "kept", 3, "VARCHAR", "The same of what a day does not build anew"),
        ("core", "build_stamp", "snapshot", 4, "BIGINT", "Snapshot of the lake that the build read"),
        ("core", "first", "x", 1, "INTEGER", "The x, with 'quotes'"),
        ("core", "first", "amount_rp", 2, "DECIMAL(20,6)", "The amount"),
        ("marts", "last", "x", 1, "INTEGER", "The x, with 'quotes'"),
        ("marts", "last", "amount_rp", 2, "DECIMAL(20,6)", "The amount"),
    ]


def entries(con):
    return con.execute(
        """select schema_name, table_name, column_name, position, type, description from marts.dictionary
        where table_name <> 'dictionary' order by schema_name, table_name, position"""
    ).fetchall()


def test_the_stamp_of_the_last_build_is_given_back(con):
    assert stamps.stamp(con) is None
    models.build(con, Path(), [], stamp="it's one")
    models.build(con, Path(), [], stamp="two")
    assert stamps.stamp(con) == "two"


def test_what_is_computed_tells_a_code_from_others_and_words_do_not(folder, tmp_path):
    csv = tmp_path / "list.csv"
    csv.write_text("a")
    read = "read_text(getvariable('reference') || '/list.csv')"

    plain = GOOD.format(source="raw.a")

    def code(first=plain, other_source="reference.list"):
        folder("core/first", first)
        folder("reference/list", GOOD.format(source=read))
        last = folder("marts/last", GOOD.format(source=other_source))
        every = {model.table: model for model in models.discover(last)}
        return [stamps.code_of(every, tables, tmp_path) for tables in (["core.first"], ["marts.last"])]

    first, last = code()
    words = {"A model": "One", "-- The x": "-- An x", "1 as x": "1\n as x"}
    in_other_words = plain
    for old, new in words.items():
        assert in_other_words.count(old) == 1
        in_other_words = in_other_words.replace(old, new)
    assert code(in_other_words) == [first, last]
    assert code(other_source="core.first, reference.list")[0] == first
    for computes_else in (("1 as x", "2 as x"), ("owner:", "kind: view\nowner:"), ("owner:", "partition: x\nowner:")):
        changed, same = code(plain.replace(*computes_else))
        assert (changed != first, same == last) == (True, True)
    csv.write_text("b")
    same, changed = code()
    assert (same == first, changed != last) == (True, True)


def test_one_failing_model_leaves_everything_as_it_was(folder, con):
    first = folder("core/first", GOOD.format(source="raw.a"))
    models.build(con, Path(), models.discover(first))
    folder("core/first", GOOD.format(source="raw.a").replace("1 as x", "2 as x"))
    folder("marts/last", GOOD.format(source="core.first").replace("1 as x", "error('no') as x"))
    with pytest.raises(duckdb.Error) as failed:
        models.build(con, Path(), models.discover(first))
    assert failed.value.__notes__ == ["while building the model marts.last"]
    assert con.execute("select x from core.first").fetchall() == [(1,)]
    con.execute("begin")  # no transaction was left open


def test_a_table_with_other_columns_than_documented_is_refused(folder, con):
    [model] = models.discover(folder("core/first", GOOD.format(source="raw.a")))
    other = replace(model, columns={"x": "The x"})
    with pytest.raises(models.ModelError, match=r"has columns \['x', 'amount_rp'\], its file documents \['x'\]"):
        models.build(con, Path(), [other])


@pytest.fixture
def lake(tmp_path):
    with duck.connect(memory_limit="1GB", threads=2, spill=tmp_path / "spill", extensions=("ducklake",)) as con:
        con.execute(f"attach 'ducklake:{tmp_path}/catalog.ducklake' as lake (data_path '{tmp_path}/lake')")
        con.execute("use lake")
        yield con


@pytest.fixture(params=["duckdb", "ducklake"])
def either(request):
    if request.param == "duckdb":
        return request.getfixturevalue("con")
    lake = request.getfixturevalue("lake")
    lake.execute("create schema raw; create table raw.a as select 7 as y")
    return lake


VIEW = GOOD.replace("owner: somebody\n", "owner: somebody\nkind: view\n")


def test_a_view_is_computed_when_it_is_read_and_is_described_as_tables_are(folder, either):
    chosen = models.discover(folder("core/seen", VIEW.format(source="raw.a")))
    assert chosen[0].is_view
    assert models.build(either, Path(), chosen) == 1
    either.execute("insert into raw.a values (8)")
    assert either.execute("select count(*) from core.seen").fetchall() == [(2,)]
    [comment] = either.execute("select comment from duckdb_views() where view_name = 'seen'").fetchone()
    assert comment == chosen[0].description
    assert [(column, description) for _, _, column, _, _, description in entries(either)] == [
        ("stamp", "Tells the build from others"),
        ("code", "Tells the models and reference tables from others"),
        ("kept", "The same of what a day does not build anew"),
        ("snapshot", "Snapshot of the lake that the build read"),
        ("x", "The x, with 'quotes'"),
        ("amount_rp", "The amount"),
    ]


def test_a_table_may_become_a_view_and_a_view_a_table(folder, either):
    sql = {"core/one": GOOD.format(source="raw.a"), "core/two": VIEW.format(source="core.one")}
    first = [models.discover(folder(name, text)) for name, text in sql.items()][-1]
    turned = {"core/one": VIEW.format(source="raw.a"), "core/two": GOOD.format(source="core.one")}
    for name, text in turned.items():
        folder(name, text)
    second = models.discover(folder("marts/last", GOOD.format(source="core.two")))
    for chosen, views in ((first, {"two"}), (second, {"one"}), (first, {"two"})):
        models.build(either, Path(), chosen)
        assert either.execute("select x, amount_rp from core.two").fetchall() == [(1, Decimal("2.5"))]
        there = either.execute("select view_name from duckdb_views() where schema_name = 'core'").fetchall()
        assert {name for (name,) in there} == views
    failing = GOOD.format(source="core.two").replace("1 as x", "error('no') as x")
    with pytest.raises(duckdb.Error) as failed:
        models.build(either, Path(), models.discover(folder("marts/last", failing)))
    assert failed.value.__notes__ == ["while building the model marts.last"]
    assert either.execute("select view_name from duckdb_views() where schema_name = 'core'").fetchall() == [("two",)]


def test_what_is_counted_on_from_has_the_columns_of_what_is_counted(warehouse):
    """So that an increment may read core.account where a whole count reads before.account."""
    for name in ("account", "paid_stretch", "unlike_payment"):
        before, after = warehouse.template[f"before.{name}"], warehouse.template[f"core.{name}"]
        assert before == after
    assert {name for name in warehouse.models if name.startswith("before.")} == {
        "before.account",
        "before.paid_stretch",
        "before.unlike_payment",
    }


def test_all_models_build_in_a_ducklake_twice(lake, raw_tables, reference):
    lake.execute(raw_tables)
    lake.execute("insert into raw.business_day values (date '2023-10-13')")
    first = models.build(lake, reference)
    assert first == len(models.discover())
    lake.execute("create table core.of_an_earlier_version as select 1 as x")
    assert models.build(lake, reference) == first
    tables = lake.execute(
        "select schema_name, table_name, comment from duckdb_tables() "
        "where database_name = 'lake' and schema_name not in ('raw', 'closed') "
        "and table_name not in ('build_stamp', 'dictionary') "
        "union all select schema_name, view_name, comment from duckdb_views() where database_name = 'lake'"
    ).fetchall()
    documented = {model.table: model.description for model in models.discover()}
    assert {f"{schema}.{name}": comment for schema, name, comment in tables} == documented
    found = entries(lake)
    [amount] = [entry for entry in found if entry[1:3] == ("incentive_line", "amount_rp")]
    assert amount[4:] == ("DECIMAL(20,6)", "Exact incentive in rupiah, after the split between agent and wadah")
    assert [entry for entry in found if not entry[-1]] == []
    assert {entry[0] for entry in found} == set(models.SCHEMAS)
