"""Superset's dashboard, without Superset: each dataset's SQL and each chart's measures, run on what is published."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from clients.blocks import ROOT
from house import House

FOLDER = ROOT / "bi" / "dashboard"
Doc = dict[str, Any]


def read(kind: str) -> dict[str, Doc]:
    """The files of a kind, by their name."""
    return {
        path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((FOLDER / kind).rglob("*.yaml"))
    }


DATABASES, DATASETS, CHARTS, DASHBOARDS = map(read, ("databases", "datasets", "charts", "dashboards"))
BY_UUID = {dataset["uuid"]: dataset for dataset in DATASETS.values()}


def source(dataset: Doc) -> str:
    return f"({dataset['sql'].strip()})" if dataset["sql"] else f"{dataset['schema']}.{dataset['table_name']}"


def measure(metric: Doc) -> str:
    """What Superset makes of a measure."""
    if metric["expressionType"] == "SQL":
        return str(metric["sqlExpression"])
    return f'{metric["aggregate"]}("{metric["column"]["column_name"]}")'


def condition(told: Doc) -> str:
    value = told.get("comparator")
    literal = str(value).lower() if isinstance(value, bool) else f"'{value}'"
    operator = told["operator"].replace("==", "=")
    return f'"{told["subject"]}" {operator}' + (f" {literal}" if value is not None else "")


def query(chart: Doc) -> str:
    """The query of a chart, as Superset would ask it."""
    said, dataset = chart["params"], BY_UUID[chart["dataset_uuid"]]
    where = " and ".join(map(condition, said["adhoc_filters"])) or "true"
    if said.get("query_mode") == "raw":
        return f"select {', '.join(said['all_columns'])} from {source(dataset)} as t where {where}"
    metrics = [measure(metric) for metric in said.get("metrics") or [said["metric"]]]
    by = [said["x_axis"], *said.get("groupby", [])]
    return f"select {', '.join(by + metrics)} from {source(dataset)} as t where {where} group by {', '.join(by)}"


@pytest.fixture(scope="module")
def reader(demo_house: House) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(demo_house.settings.published / "warehouse.duckdb"), read_only=True) as con:
        yield con


@pytest.mark.parametrize("name", DATASETS)
def test_a_dataset_has_the_columns_that_it_names(reader: duckdb.DuckDBPyConnection, name: str) -> None:
    dataset = DATASETS[name]
    there = {column: kind for column, kind, *_ in reader.execute(f"describe from {source(dataset)} as t").fetchall()}
    told = {column["column_name"]: column for column in dataset["columns"]}
    assert dataset["sql"] is None or list(told) == list(there)  # a query has no others
    assert set(told) <= set(there)
    for column, said in told.items():
        assert said["is_dttm"] == (there[column] == "DATE"), column
        assert (said["type"] == "VARCHAR") == (there[column] == "VARCHAR"), column
        assert " / " in said["verbose_name"], column


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_made_of_rows(reader: duckdb.DuckDBPyConnection, name: str) -> None:
    rows = reader.execute(query(CHARTS[name])).fetchall()
    assert rows
    assert any(row[-1] is not None for row in rows)
    known = {column["column_name"] for column in BY_UUID[CHARTS[name]["dataset_uuid"]]["columns"]}
    said = CHARTS[name]["params"]
    columns = {one["column"]["column_name"] for one in said.get("metrics", []) if one["expressionType"] == "SIMPLE"}
    columns |= {*said.get("groupby", []), *said.get("all_columns", []), said.get("x_axis", "month")}
    assert columns | {one["subject"] for one in said["adhoc_filters"]} <= known
    assert said["viz_type"] == CHARTS[name]["viz_type"]


def test_the_dashboard_has_each_chart_once_and_a_filter_on_a_dataset() -> None:
    (dashboard,) = DASHBOARDS.values()
    shown = [
        part["meta"]["uuid"]
        for part in dashboard["position"].values()
        if isinstance(part, dict) and part["type"] == "CHART"
    ]
    assert sorted(shown) == sorted(chart["uuid"] for chart in CHARTS.values())
    for told in dashboard["metadata"]["native_filter_configuration"]:
        for target in told["targets"]:
            columns = {column["column_name"] for column in BY_UUID[target["datasetUuid"]]["columns"]}
            assert target["column"]["name"] in columns


def test_superset_reads_one_file_and_nothing_else(demo_house: House, tmp_path: Path) -> None:
    (database,) = DATABASES.values()
    allowed = {name for name in database if name.startswith("allow_")}
    assert len(allowed) == 5 and not any(database[name] for name in allowed)
    arguments = database["extra"]["engine_params"]["connect_args"]
    file = shutil.copyfile(demo_house.settings.published / "warehouse.duckdb", tmp_path / "warehouse.duckdb")
    with duckdb.connect(str(file), **arguments) as con:
        assert con.execute("select count(*) > 0 from marts.coverage_month").fetchone() == (True,)
        for asked in (
            f"from read_text('{ROOT}/README.md')",
            f"attach '{tmp_path}/other.duckdb'",
            f"copy (select 1) to '{tmp_path}/out.csv'",
            "create table marts.mine as select 1",
            "set enable_external_access = true",
        ):
            with pytest.raises(duckdb.Error):
                con.execute(asked)


def test_datasets_are_of_tables_that_are_promised() -> None:
    promised = yaml.safe_load((ROOT / "warehouse" / "interface.yaml").read_text(encoding="utf-8"))
    marts = {name.partition(".")[2] for name in promised}
    for dataset in DATASETS.values():
        assert dataset["sql"] or (dataset["schema"] == "named" and dataset["table_name"] in marts)
