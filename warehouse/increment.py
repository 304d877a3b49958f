"""Brings tables up to date with what came since they were built, at a cost that grows with that.

The SQL of a model stays the only place where anything is computed. Its head says by which key its rows depend on the
rows of its inputs (see ``warehouse/declared.py``). From what changed in the inputs follow the keys that are touched;
the SQL runs on the rows of these keys, and what comes out replaces what stood there for them. That is what a full build
gives, row for row. No table is named here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import duckdb

from warehouse import models, refill, stamps
from warehouse.buckets import Buckets, Made
from warehouse.duck import quoted
from warehouse.durable import transaction
from warehouse.lookup import called, having, numbered
from warehouse.models import Model
from warehouse.rewrite import Query
from warehouse.spark.build import Engine, OnSpark
from warehouse.touched import Touched


def kept(every: Mapping[str, Model]) -> list[str]:
    """The tables that `update` brings up to date: those whose heads say how, and those that these are made from."""
    found: list[str] = []
    for table, model in reversed(list(every.items())):
        readers = [every[name] for name in every if table in every[name].inputs]
        says = model.declared
        own = bool(says.by or says.is_sum or says.by_row or says.along)
        if own or any(reader.table in found for reader in readers):
            found.append(table)
    return [table for table in reversed(found) if every[table].schema != "reference"]


def followed(every: Mapping[str, Model]) -> set[str]:
    """Reference tables that kept tables read, where each of these says in its head which keys another row touches.

    They are inputs like any other. Another file of a reference table that is not followed builds everything anew.
    """
    apart = frozenset(table for table, model in every.items() if model.declared.carries)
    found: dict[str, bool] = {}
    for table in kept(every):
        if not every[table].is_view:
            for name in Query(every, table, apart).inputs:
                found[name] = found.get(name, True) and name in every[table].declared.also
    return {name for name, is_said in found.items() if is_said and name.startswith("reference.")}


def bring_up_to_date(
    con: duckdb.DuckDBPyConnection,
    reference: Path,
    *,
    stamp: str,
    code: str,
    scratch: Path,
    buckets: int = 0,
    made: Made | None = None,
    engine: Engine | None = None,
) -> int:
    """Builds what new deliveries and reference rows change; everything where another SQL changes what is kept.

    Kept is what a day brings up to date, and what that is computed from. All else is built anew each day, so that
    another SQL or reference file there needs no more than the day.

    Args:
        con: a connection whose default catalog is the lake; no transaction may be open on it.
        reference: folder of the reference CSV files.
        stamp: what tells this build from others; see `stamps.stamp`.
        code: what tells these models, their words included, and reference tables from others.
        scratch: folder in which a full build leaves what it has computed until it is committed.
        buckets: number of buckets of a full build; see `Buckets`.
        made: those that were made already; then everything is built, whatever changed.
        engine: a Spark that everything is to be built by, whatever changed; see `OnSpark`.

    Returns:
        The number of models that were built or brought up to date.
    """
    chosen = models.discover()
    every = {model.table: model for model in chosen}
    updated, inputs = kept(every), followed(every)
    fingerprint = stamps.code_of(every, updated, reference, inputs)
    since = stamps.changes_since(con)
    if engine or made or since is None or stamps.kept(con) != fingerprint:
        on = con, every, reference, scratch
        pieces = OnSpark(*on, engine) if engine else Buckets(*on, stamp, wanted=buckets, made=made)
        built = models.build(con, reference, stamp=stamp, code=code, kept=fingerprint, rows_of=pieces.rows_of)
        pieces.finish()
        return built
    con.execute(f"set variable reference = {quoted(str(reference))}")
    with transaction(con):
        is_other = stamps.code(con) != code
        if is_other:
            models.make_room(con, chosen, whole=True)
        anew = [
            model
            for model in chosen
            if (model.table not in updated or model.is_view)
            and (is_other or not (model.schema == "reference" or model.is_view))
        ]
        for model in anew:
            if model.schema == "reference" and model.table not in inputs:
                models.refresh(con, model)
        update(con, every, since, inputs if is_other else (), () if is_other else anew)
        for model in anew if is_other else ():
            if model.schema != "reference":
                models.refresh(con, model)
        stamps.write(con, stamp, code, fingerprint)
        if is_other:
            there = refill.comments(con)
            for model in chosen:
                models.describe(con, model, there)
            models.write_dictionary(con, chosen)
    return len({*updated, *(model.table for model in anew)})


def update(
    con: duckdb.DuckDBPyConnection,
    every: Mapping[str, Model],
    since: int,
    reread: Collection[str] = (),
    whole: Iterable[Model] = (),
) -> None:
    """Brings the tables of ``kept`` up to date, and others; the caller holds the transaction.

    Args:
        con: a connection whose default catalog is the lake, in which all models are built.
        every: all models by their table, in the order of building.
        since: snapshot of the lake that they were built from.
        reread: tables of ``followed`` whose files may be others now.
        whole: models that are built whole where anything changed that they read, in the order of building.
    """
    one = _Update(con, every, since)
    one.run(reread)
    for model in whole:
        one.follow(model)


class _Update(Touched):
    """One run of ``update``.

    Temporary tables are called by a word and the table: ``touched`` are the keys whose rows are made anew, ``removed``
    and ``added`` what that changed.
    """

    def run(self, reread: Collection[str]) -> None:
        for table in sorted(reread):
            self._whole(self.every[table])
        for table in kept(self.every):
            model = self.every[table]
            if model.is_view:
                continue
            query = Query(self.every, table, self.apart)
            says = model.declared
            if says.along:
                self._along(model, query, says.along)
            elif says.by_row:
                self._rows(model, query)
            elif says.is_sum:
                self._sums(model, query)
            elif says.by:
                self._keyed(model, query)
            elif not says.also or self.is_touched(model, query):
                self._whole(model)
            else:
                self._unchanged(model)

    def follow(self, model: Model) -> None:
        """Builds a table whole, unless all that it reads is as it was."""
        read = sorted(self._read_by(model))
        changed = any(self.changed.get(name) for name in read) or any(self.changes(name) for name in read)
        self.changed[model.table] = changed and models.refresh(self.con, model)

    def _read_by(self, model: Model) -> Iterator[str]:
        """The tables that a model reads, those behind views included."""
        for name in model.inputs:
            source = self.every.get(name)
            if source and source.is_view:
                yield from self._read_by(source)
            else:
                yield name

    def _whole(self, model: Model) -> None:
        self.temp(f"past {model.table}", f"from {model.table}")
        models.refresh(self.con, model)
        past, now = f"from {called('past', model.table)}", f"from {model.table}"
        self.temp(f"removed {model.table}", f"{past} except {now}")
        self.temp(f"added {model.table}", f"{now} except {past}")
        self.note_change(model.table)

    def _unchanged(self, model: Model) -> None:
        for word in ("removed", "added"):
            self.temp(f"{word} {model.table}", f"from {model.table} where false")
        self.note_change(model.table)

    def _keyed(self, model: Model, query: Query) -> None:
        found = self.touch(model, query)
        table, own, touched = model.table, self.own_key(model), f"touched {model.table}"
        if model.declared.unless:
            self._counted_on(model, query, found)
            return
        if not self.count(touched):
            self._unchanged(model)
            return
        given = {name: self.find(name, key, touched) for name, key in found.items()}
        self.temp(f"old {table}", self.find(table, own, touched, "rowid as row_id, *"))
        self._exchange(model, f"select * from ({query.on(self.con, given)}) {having(touched, own)}")

    def _counted_on(self, model: Model, query: Query, found: Mapping[str, list[str]]) -> None:
        """Goes on from the carried rows with the rows that came, and counts only the others from the beginning."""
        says, table, own = model.declared, model.table, self.own_key(model)
        if len(found) != 1:
            raise models.ModelError(f"{table}: 'unless' is about the rows of one input, not of {', '.join(found)}")
        [(name, key)] = found.items()
        touched, again, going = f"touched {table}", f"again {table}", f"going {table}"
        carried = [one for one in query.inputs if one in self.apart]
        family = [model, *(one for one in self.every.values() if one.declared.along == table)]
        joins = ""
        for one in sorted({one for member in family for one in member.inputs if one in self.apart}):
            source = str(self.every[one].declared.carries)
            self.temp(f"carried {source}", self.find(source, own, touched, "rowid as row_id, *"))
            same = " and ".join(f"{one.split('.')[1]}.{column} = {name.split('.')[1]}.{column}" for column in key)
            joins += f" left join {called('carried', source)} as {one.split('.')[1]} on {same}"
        short = name.split(".")[1]
        self.temp(
            again,
            f"""select {numbered(key)} from {called("removed", name)}
            union select {numbered([f"{short}.{column}" for column in key])}
            from {called("added", name)} as {short}{joins} where {says.unless}""",
        )
        numbers = [f"rows.by_{n}" for n in range(1, len(own) + 1)]
        self.temp(again, f"from {called(again)} as rows {having(touched, numbers)}")
        self.temp(going, f"from {called(touched)} as rows {having(again, numbers, 'anti')}")
        new = f"select * from {called('added', name)} {having(going, key)}"
        given = self._carried(carried, own, going)
        given[name] = f"{new} union all by name {self.find(name, key, again)}" if self.count(again) else new
        self.temp(f"made {table}", query.on(self.con, given))
        limit = ""
        if says.since:
            (first,) = self.row(
                f"""select min({says.since}) from (from {called("removed", name)} union all by name
                from {called("added", name)}) {having(again, key)}"""
            )
            limit = f" and {says.since} >= date '{first or '9999-12-31'}'"
        self.temp(f"old {table}", self.find(table, own, again, "rowid as row_id, *") + limit)
        made = f"select * from {called('made', table)}"
        counted = f"{made} {having(again, own)} where true{limit}"
        self._exchange(model, counted, besides=f"{made} {having(going, own)}")

    def _along(self, model: Model, query: Query, leader: str) -> None:
        """Takes what was made for the keys that another model counted, and goes on where that one did."""
        table, own = model.table, self.own_key(self.every[leader])
        carried = [one for one in query.inputs if one in self.apart]
        given = self._carried(carried, own, f"going {leader}")
        given[leader] = f"select * from {called('made', leader)}"
        if table in {self.every[one].declared.carries for one in carried}:
            self.temp(f"old {table}", f"from {called('carried', table)}")
        else:
            self.temp(f"old {table}", self.find(table, own, f"touched {leader}", "rowid as row_id, *"))
        self._exchange(model, query.on(self.con, given), compared=False)

    def _carried(self, carried: Sequence[str], own: Sequence[str], going: str) -> dict[str, str]:
        return {
            one: f"""select * exclude (row_id) from {called("carried", str(self.every[one].declared.carries))}
                {having(going, own)}"""
            for one in carried
        }

    def _rows(self, model: Model, query: Query) -> None:
        """Of a model that looks at each row of its inputs by itself."""
        names = [name for name in query.inputs if self.changes(name)]
        sides = {
            word: query.on(
                self.con,
                {name: f"from {called(word, name)}" for name in query.inputs if name in self.changed},
                f"each {word}",
            )
            for word in ("added", "removed")
        }
        if model.declared.is_sum:
            self._add_up(model, sides["added"], sides["removed"])
        elif any(self.count(f"removed {name}") for name in names):
            self._whole(model)
        else:
            self.temp(f"old {model.table}", f"select rowid as row_id, * from {model.table} where false")
            self._exchange(model, sides["added"], compared=False)

    def _sums(self, model: Model, query: Query) -> None:
        """Of a model that adds up what each key gives: what the touched ones give now, less what they gave."""
        found = self.touch(model, query)
        touched = f"touched {model.table}"
        if not self.count(touched):
            self._unchanged(model)
            return
        now, past = {}, {}
        for name, key in found.items():
            read = list(dict.fromkeys([*self.read(query, name, key), *self.grain(name)]))
            listed = ", ".join(read)
            if self.looked_up.get(name) != (found, listed):  # sums over the same inputs are of the same keys
                self.temp(f"now {name}", self.find(name, key, touched, listed))
                self.looked_up[name] = (found, listed)
            now[name] = f"select * from {called('now', name)}"
            past[name] = now[name]
            if self.changed[name]:
                same = " and ".join(f"past.{column} is not distinct from added.{column}" for column in self.grain(name))
                past[name] = f"""select {listed} from {called("now", name)} as past
                    anti join {called("added", name)} as added on {same}
                    union all select {listed} from {called("removed", name)} {having(touched, key)}"""
        self._add_up(model, query.on(self.con, now, "as now"), query.on(self.con, past, "as past"))

    def _add_up(self, model: Model, now: str, past: str) -> None:
        """Adds what a model makes of rows as they are, and takes away what it makes of them as they were.

        Rows of which nothing is left are no rows.
        """
        table, key = model.table, self.grain(model.table)
        listed = ", ".join([*key, *(f"-{column} as {column}" for column in model.columns if column not in key)])
        parts = f"select {', '.join(model.columns)} from ({now}) union all by name select {listed} from ({past})"
        self.temp("difference", self.added_up(model, parts))
        same = " and ".join(f"one.{column} is not distinct from other.{column}" for column in key)
        old = f"select rowid as row_id, * from {table} as one semi join difference as other on {same}"
        self.temp(f"old {table}", old)
        both = f"select * exclude (row_id) from {called('old', table)} union all by name from difference"
        self._exchange(model, self.added_up(model, both), compared=False)

    def _exchange(self, model: Model, new: str, *, compared: bool = True, besides: str = "") -> None:
        """Puts the rows of ``new`` in the place of those in ``old``, writing only what differs, if ``compared``.

        Rows of ``besides`` are added and replace none. What was exchanged is left in ``removed`` and ``added``.
        """
        table, columns = model.table, list(model.columns)
        old, added, gone = (called(word, table) for word in ("old", "added", "gone"))
        listed = ", ".join(columns)
        left = "from " + old
        if compared and self.count(f"old {table}"):
            self.temp(f"added {table}", f"select {listed} from ({new})")
            same = " and ".join(f"old.{column} is not distinct from added.{column}" for column in columns)
            left += f" as old anti join {added} as added on {same}"
            new = f"from {added} as added anti join {old} as old on {same}"
        self.temp(f"gone {table}", left)
        self.temp(f"added {table}", f"select {listed} from ({new})" + (besides and f" union all by name {besides}"))
        if self.count(f"gone {table}"):  # a DELETE of no row beside an INSERT doubles rows in this version of the lake
            self.con.execute(f"delete from {table} where rowid in (select row_id from {gone})")
        self.temp(f"removed {table}", f"select {listed} from {gone}")
        if self.count(f"added {table}"):
            self.con.execute(f"insert into {table} by name from {added}")
        self.note_change(table)
