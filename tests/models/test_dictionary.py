"""warehouse.dictionary and marts.dictionary: every column is described, and every description is of a column."""

import re

import pytest

from warehouse import dictionary, lake, models

OWN = "marts.dictionary"


@pytest.fixture(scope="module")
def every():
    return {model.table: model for model in models.discover()}


@pytest.fixture(scope="module")
def built(new_warehouse):
    warehouse = new_warehouse()
    warehouse.build({})
    yield warehouse
    warehouse.con.close()


@pytest.fixture(scope="module")
def pages(every):
    return dictionary.pages(every.values(), lake.documented())


@pytest.mark.slow
def test_writing_removes_pages_of_tables_that_are_no_more(tmp_path, pages):
    (tmp_path / "marts.gone.md").write_text("old")
    assert {path.name for path in dictionary.write(tmp_path)} == set(pages)
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == pages


def test_every_real_column_is_described_and_every_described_one_is_real(built, every):
    real = built.query(
        "select schema_name, table_name, column_name, column_index, data_type from duckdb_columns() "
        "where not internal and schema_name not in ('raw', 'closed') order by all"
    )
    assert built.query(f"select schema_name, table_name, column_name, position, type from {OWN} order by all") == real
    described = {
        f"{schema}.{table}.{column}": words
        for schema, table, column, words in built.query(
            f"select schema_name, table_name, column_name, description from {OWN}"
        )
    }
    assert [column for column, words in described.items() if not words] == []
    documented = {f"{table}.{column}": text for table, one in every.items() for column, text in one.columns.items()}
    documented |= {f"{OWN}.{column}": words for column, (_, words) in models.DICTIONARY.items()}
    assert {column: words for column, words in described.items() if "build_stamp" not in column} == documented


def test_the_database_says_the_same_in_comments(built, every):
    views = [f"{model.schema}.{model.name}" for model in every.values() if model.is_view]
    assert built.query(
        f"select schema_name, table_name, column_name, description from {OWN} "
        f"where not list_contains({views}, schema_name || '.' || table_name) except "
        "select schema_name, table_name, column_name, comment from duckdb_columns()"
    ) == []  # fmt: skip


def test_each_row_says_what_the_table_is(built, every):
    rows = built.query(
        f"select distinct grain, meaning, governing_date, source, owner, caveats from {OWN} "
        "where table_name = 'coverage_month'"
    )
    head = every["marts.coverage_month"].head
    assert rows == [tuple(head[key] for key in ("grain", "meaning", "date", "source", "owner", "caveats"))]
    assert built.query(f"select distinct grain, caveats from {OWN} where table_name = 'dictionary'") == [
        (models.DICTIONARY_HEAD["grain"], None)
    ]


def test_every_mart_says_which_date_governs(every):
    assert [table for table, model in every.items() if model.schema == "marts" and "date" not in model.head] == []


def test_every_monthly_mart_says_which_month_is_not_over(every):
    monthly = {table for table, one in every.items() if {"month", "period"} & set(one.columns)}
    monthly = {table for table in monthly if table.startswith("marts.")} - {"marts.reconciliation"}  # of any period
    assert [table for table in sorted(monthly) if "is_running" not in every[table].columns] == []
    assert len(monthly) >= 20


def test_a_page_has_its_columns_and_all_its_links_lead_somewhere(every, pages):
    anchors = {name: re.findall(r"^### (\w+)$", text, re.MULTILINE) for name, text in pages.items()}
    for table, model in every.items():
        assert anchors[f"{table}.md"] == list(model.columns)
    for name, text in pages.items():
        for page, anchor in re.findall(r"\]\(([\w.]+\.md)#?(\w*)\)", text):
            assert page in pages, name
            assert not anchor or anchor in anchors[page], (name, page, anchor)


def test_a_page_of_a_delivery_has_the_words_of_its_contract(pages):
    line = "| participant_key | UUID | "
    assert line in pages["raw.registrations.md"]


SQL = """/*
grain: one row
meaning: A model.
source: core.a, core.b
owner: somebody
*/
with a as (
    select
        *,
        sum(x) over w as running
    from core.a
    window w as (partition by k order by x)
),

b as (
    select
        k,
        y,
        count(*) as n
    from core.b
    group by k, y
),

both as (
    select
        a.*,
        b.n,
        b.y + a.x as added
    from a
    inner join b on a.k = b.k
),

parted as (
    select
        k,
        x,
        running,
        n,
        added
    from both
    union all
    select
        k,
        y as x,
        0 as running,
        1 as n,
        null as added
    from core.b
),

final as (
    select
        k,  -- Key
        cast(x as bigint) as x,  -- Handed on
        running,  -- Over a window
        n,  -- Counted
        added * 2 as twice,  -- With a step between
        (select max(z) from core.c) as most,  -- From elsewhere
        'x' as fixed  -- From nowhere
    from parted
)

select * from final
"""


def origins_of(tmp_path, sql):
    path = tmp_path / "core" / "thing.sql"
    path.parent.mkdir(exist_ok=True)
    path.write_text(sql)
    columns_of = {"core.a": ["k", "x"], "core.b": ["k", "y"], "core.c": ["z"]}
    return dictionary.origins(models.read_model(path), columns_of)


def test_a_column_is_followed_to_the_tables_that_it_comes_from(tmp_path):
    found = origins_of(tmp_path, SQL)
    assert {name: (one.formula.split(dictionary.OR), one.columns) for name, one in found.items()} == {
        "k": (["core.a.k", "core.b.k"], ("core.a.k", "core.b.k")),
        "x": (["core.a.x", "core.b.y"], ("core.a.x", "core.b.y")),
        "running": (["sum(x) OVER (PARTITION BY k ORDER BY x)", "0"], ("core.a.x",)),
        "n": (["count(*)", "1"], ("core.b",)),
        "twice": (["added * 2"], ("core.b.y", "core.a.x")),
        "most": (["(SELECT max(z) FROM core.c)"], ("core.c.z",)),
        "fixed": (["'x'"], ()),
    }
    assert {name: one.where for name, one in found.items() if one.where} == {
        "twice": {"added": f"b.y + a.x{dictionary.OR}NULL"}
    }


def test_a_column_that_comes_from_nowhere_is_an_error(tmp_path):
    with pytest.raises(models.ModelError, match=r"core\.thing: gone is nowhere"):
        origins_of(tmp_path, SQL.replace("        k,  -- Key", "        gone as k,  -- Key"))


def test_a_part_of_a_union_by_name_that_lacks_a_column_gives_it_nothing(pages):
    page = pages["core.payment_contradiction.md"]
    of_rupiah = page.partition("### amount_rp")[2].partition("###")[0]
    assert "core.repeated_payment.amount_rp" in of_rupiah
    assert "core.month_again.row_count" not in of_rupiah
