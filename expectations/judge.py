"""The judge: Great Expectations tells which rows of a frame break which rule.

Nothing else decides what is rejected. Results hold counts and row numbers; values, which are personal
data, are excluded at the source.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import great_expectations as gx
import pyarrow as pa
from great_expectations.core.expectation_validation_result import ExpectationSuiteValidationResult

from expectations.cells import FOUND
from expectations.column import MISSING, UNREADABLE
from expectations.contract import Contract
from expectations.suite import suite

gc.freeze()  # what the library has made by now stays; to look through it for garbage takes 0.2 s each time
RESULT_FORMAT = {
    "result_format": "COMPLETE",
    "exclude_unexpected_values": True,
    "include_unexpected_rows": False,
    "return_unexpected_index_query": False,
}


@dataclass
class Verdict:
    """What the judge says of one frame.

    ``failures`` has a row for each (row_no int64, rule_no int64), where rule_no is the rule's position in
    the contract. ``result`` is the Great Expectations result, for Data Docs.
    """

    failures: pa.Table
    result: ExpectationSuiteValidationResult = field(repr=False)


class Judge:
    """One feed's suite in an ephemeral Great Expectations context, applied to frame after frame."""

    def __init__(self, contract: Contract, value_sets: Mapping[str, Sequence[str]]) -> None:
        """Builds the suite once; see expectations.suite for the arguments."""
        self.contract = contract
        self._words = {column.name for column in contract.columns if column.kind == "string"}
        self.context = gx.get_context(mode="ephemeral")
        self.context.enable_analytics(enable=False)
        self.context.variables.progress_bars = {"globally": False, "metric_calculations": False}  # type: ignore[assignment]
        frames = self.context.data_sources.add_pandas("frames").add_dataframe_asset(contract.feed)
        self._frame = frames.add_batch_definition_whole_dataframe("frame")
        self._suite = suite(contract, value_sets)

    def columns(self) -> set[str]:
        """Columns that the expectations look at."""
        named = {FOUND}
        for rule in self.contract.rules:
            if rule.finds:
                continue
            for value in (rule.kwargs.get(key) for key in ("column", "column_A", "column_B", "column_list")):
                named |= set(value) if isinstance(value, list) else {value} if value else set()
        return named

    def _found(self) -> str:
        """SQL of the names of the rules whose columns have something in a row; null where none has."""
        in_cells = {column.name for column in self.contract.columns if column.only_if}  # which FOUND names already
        names = [
            f"case when {self._value(rule.finds)} is not null then '{rule.name}' end"
            for rule in self.contract.rules
            if rule.finds and rule.finds not in in_cells
        ]
        return f"nullif(concat_ws(' ', {', '.join([FOUND, *names])}), '')"

    def _value(self, name: str) -> str:
        """SQL of a column that a rule looks at. Of a row that cannot be read no cell is missed."""
        if name.endswith(UNREADABLE):
            cast = name.removesuffix(UNREADABLE)
            return f'case when "{cast}" is null then "{cast}_text" end'
        if name.endswith(MISSING):
            of = name.removesuffix(MISSING)
            text = of if of in self._words else f"{of}_text"
            return f'case when "{text}" is null and row_problem is null then 1 end'
        return f'"{name}"'

    def frame_query(self, table: str) -> str:
        """SQL of the frame over a table that transforms.conform made.

        Dates become nanosecond timestamps, which Great Expectations compares without a Python loop; dates
        beyond that type's range are held at its ends, where every comparison still says the same.
        """
        dates = {c.name for c in self.contract.columns if c.kind in ("date", "month")} | {"business_date"}
        selected = ["row_no"]
        for name in sorted(self.columns()):
            if name in dates:
                held = f"least(greatest(\"{name}\", date '1700-01-01'), date '2200-01-01')"
                selected.append(f'cast(case when "{name}" is not null then {held} end as timestamp_ns) as "{name}"')
            else:
                selected.append(f'{self._found() if name == FOUND else self._value(name)} as "{name}"')
        return f"select {', '.join(selected)} from {table}"

    def judge(self, frame: pa.Table) -> Verdict:
        """Judges a frame of ``row_no`` and ``columns()``, as ``frame_query`` selects it.

        Raises:
            RuntimeError: a rule could not be evaluated. An error of the judge is never a verdict.
        """
        rows = frame.to_pandas().set_index("row_no").rename_axis(None)
        batch = self._frame.get_batch(batch_parameters={"dataframe": rows})
        result = batch.validate(self._suite, result_format=RESULT_FORMAT)
        positions = {rule.name: number for number, rule in enumerate(self.contract.rules)}
        row_nos: list[int] = []
        rule_nos: list[int] = []
        for outcome in result.results:
            rule = outcome.expectation_config.meta["rule"]  # type: ignore[union-attr]
            if "unexpected_index_list" not in outcome.result and len(rows):
                raise RuntimeError(f"contract {self.contract.feed}: rule {rule} could not be evaluated")
            failed = outcome.result.get("unexpected_index_list") or []
            broken = rows.loc[failed, FOUND].str.split() if rule == FOUND else [[rule]] * len(failed)
            for row_no, names in zip(failed, broken, strict=True):
                row_nos += [row_no] * len(names)
                rule_nos += [positions[name] for name in names]
            # the docs need counts only; a list of a million row numbers would be written into every page
            outcome.result = {key: value for key, value in outcome.result.items() if "index" not in key}
        failures = pa.table({"row_no": pa.array(row_nos, pa.int64()), "rule_no": pa.array(rule_nos, pa.int64())})
        return Verdict(failures, result)
