"""What each regional office gets of a published version: its own rows, all of them, and nothing of another office."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path

import duckdb
import pytest
from house import House

from perisai import day as steps
from warehouse import versions

OFFICES = ("KW-BNP", "KW-SLM")
NAMED = """
select branch_code as name, office_code from reference.branch
union select branch_name, office_code from reference.branch
union select office_code, office_code from reference.branch
union select office_name, office_code from reference.branch
union select agent_code, office_code from marts.monev_agent_month join reference.branch using (branch_code)
union select wadah_code, office_code from marts.monev_wadah_month join reference.branch using (branch_code)
"""


@pytest.fixture(scope="module")
def house(demo_house: House, tmp_path_factory: pytest.TempPathFactory) -> House:
    """A copy of the demo, whose report was drawn for each office too."""
    home = tmp_path_factory.mktemp("slices") / "data"
    shutil.copytree(demo_house.settings.home, home, symlinks=True)
    copied = House(demo_house.settings.model_copy(update={"home": home, "office_slices": True}))
    steps.report(copied.settings)
    return copied


def words(path: Path) -> set[str]:
    """Every word that a file shows, and what stands between quotes or tags."""
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as con:
            found = {
                value
                for schema, table, column in con.execute(
                    """select schema_name, table_name, column_name from duckdb_columns()
                    semi join duckdb_tables() using (schema_name, table_name) where data_type = 'VARCHAR'"""
                ).fetchall()
                for (value,) in con.execute(f"select distinct {column} from {schema}.{table}").fetchall()
                if value is not None
            }
        text = "\n".join(found)
    elif path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as packed:
            text = "\n".join(packed.read(name).decode() for name in packed.namelist() if name.endswith(".xml"))
    else:
        text = path.read_text(encoding="utf-8")
    return {*re.findall(r"[\w-]+", text), *re.split(r"[<>\"\n]", text)}


def test_nothing_of_another_office(house: House) -> None:
    with duckdb.connect(str(house.settings.published / "warehouse.duckdb"), read_only=True) as con:
        named = con.execute(f"select name, list(distinct office_code) from ({NAMED}) group by name").fetchall()
    for office in OFFICES:
        own, others = ({name for name, by in named if (office in by) is is_own} for is_own in (True, False))
        folder = house.settings.published / "offices" / office
        every = [path for path in folder.rglob("*") if path.is_file()]
        assert {path.suffix for path in every} >= {".duckdb", ".xlsx", ".html", ".js", ".css", ".json"}
        found = {path: words(path) for path in every}
        assert {path.name: kept for path, said in found.items() if (kept := said & others)} == {}
        assert len(found[folder / "warehouse.duckdb"] & own) > len(own) / 2
        assert own & found[folder / "report" / "index.html"]


def test_all_rows_of_its_own_and_the_same(house: House) -> None:
    published = house.settings.published
    with duckdb.connect() as con:
        con.execute(f"attach '{published / 'warehouse.duckdb'}' as whole (read_only)")
        tables = con.execute(
            """select concat(schema_name, '.', table_name), list(column_name) from duckdb_columns()
            semi join duckdb_tables() using (database_name, schema_name, table_name)
            where database_name = 'whole' and schema_name like 'marts_v%' group by all order by all"""
        ).fetchall()
        split = []
        for office in OFFICES:
            con.execute(f"attach '{published / 'offices' / office / 'warehouse.duckdb'}' as part (read_only)")
            for table, columns in tables:
                if "branch_code" in columns:
                    own = f"from whole.{table} where branch_code in (select branch_code from part.reference.branch)"
                    beside = [c for c in ("other_branch_code", "other_agent_code") if c in columns]
                    own += "".join(f" and {column} is null" for column in beside)
                    assert con.execute(f"{own} except all from part.{table}").fetchall() == [], table
                    split.append(table)
                assert con.execute(f"from part.{table} except all from whole.{table}").fetchall() == [], table
            sums = "select sum(protected) from {}.marts.coverage_month where region_code in ('52', '72') and {}"
            province = {"KW-BNP": "52", "KW-SLM": "72"}[office]
            (has,) = con.execute(sums.format("part", "true")).fetchone() or (0,)
            assert con.execute(sums.format("whole", f"region_code = '{province}'")).fetchone() == (has,)
            assert has
            con.execute("detach part")
        assert len(split) > 2 * 10


def test_a_slice_belongs_to_its_version(house: House) -> None:
    current = versions.current(house.settings.published)
    assert current
    assert (house.settings.published / "offices").resolve() == current.folder / "offices"
    assert versions.wrong_drawn(current) == []
    page = current.folder / "offices" / "KW-SLM" / "report" / "index.html"
    assert current.stamp in page.read_text(encoding="utf-8")
    page.write_text("other figures")
    assert versions.wrong_drawn(current) == ["offices/KW-SLM/report/index.html is not the file that was published"]
    shutil.rmtree(current.folder / "offices")
    assert steps.report(house.settings)["changed"] is False
    assert versions.wrong_drawn(current) == []
    steps.report(house.settings.model_copy(update={"office_slices": False}))
    assert not (house.settings.published / "offices").is_symlink(), "slices that no version renews"
    steps.report(house.settings)
    assert (house.settings.published / "offices" / "KW-SLM" / "warehouse.duckdb").exists()


def test_every_link_of_a_slice_leads_somewhere(house: House) -> None:
    for office in OFFICES:
        pages = {path.name: path for path in (house.settings.published / "offices" / office / "report").glob("*.html")}
        assert len(pages) > 5
        for name, page in pages.items():
            linked = set(re.findall(r'href="([^"#?]+\.html)', page.read_text(encoding="utf-8")))
            assert linked <= set(pages), name
