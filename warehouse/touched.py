"""Which keys of a table are touched by what changed in its inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from warehouse import declared, models
from warehouse.lookup import Lookup, called, numbered, same_key
from warehouse.models import Model
from warehouse.rewrite import Query


class Touched(Lookup):
    """``touched`` holds the keys of a table whose rows may be others now than before."""

    def touch(self, model: Model, query: Query) -> dict[str, list[str]]:
        """``touched``: the keys whose rows may be others now.

        Returns:
            For each input that is read by key the expressions of the key.
        """
        says, found, parts = model.declared, dict[str, list[str]](), list[str]()
        for table in query.inputs:
            if table in says.beside or table in self.apart:
                continue
            key = self.key_in(model, table)
            also = says.also.get(table)
            if also is None and key is not None:
                found[table] = key
            elif also is None and not table.startswith("reference."):
                wanted = ", ".join(one.column for one in says.by)
                raise models.ModelError(f"{model.table} is kept by {wanted}, which {table} has not; say 'also'")
            if self.changes(table):
                if key is not None and (also is None or not also.columns):
                    parts.extend(f"select {numbered(key)} from {called(word, table)}" for word in ("removed", "added"))
                if also is not None:
                    parts.extend(self._through(model, query, also))
        nothing = next(f"select {numbered(key)} from {table} where false" for table, key in found.items())
        self.temp(f"touched {model.table}", " union ".join([nothing, *parts]))
        if says.together and self.count(f"touched {model.table}"):
            self._gather(model, found)
        return found

    def is_touched(self, model: Model, query: Query) -> bool:
        """Whether a table that is built whole may be another now."""
        self.touch(model, query)
        return self.count(f"touched {model.table}") > 0

    def _through(self, model: Model, query: Query, also: declared.Also) -> Iterator[str]:
        """Keys of the rows that find another row of an input now than before."""
        own = self.own_key(model)
        if not also.columns:
            yield f"select {numbered(own)} from {model.table}"
            return
        theirs = [their for _, their in also.columns]
        read = self.read(query, also.table, theirs)
        dated = ["valid_from", "valid_to"] if also.since else []
        rest = [column for column in read if column not in {*theirs, *dated}]
        found = f"found {also.table}"
        if also.since:
            self.temp(found, self._first_days(also.table, theirs, rest))
        else:
            self.temp(found, f"select distinct {numbered(theirs)} from ({self.difference(also.table, read)})")
        searches = [(found, "")]
        if any(one.declared.index and one.declared.index.other == also.table for one in self.indexes):
            for word, kind in (("new", "anti"), ("old", "semi")):
                there = f"{kind} join {called('removed', also.table)} on {same_key(theirs)}"
                self.temp(f"{word} {found}", f"from {called(found)} as key {there}")
            searches = [(f"old {found}", ""), (f"new {found}", also.table)]
        for keys, other in searches:
            if not self.count(keys):
                continue
            for place in also.places or (model.table,):
                key = own if place == model.table else self.key_in(model, place)
                by = [mine for mine, _ in also.columns]
                since = next((date for date in also.since if date in self.columns_of(place)), None)
                yield self.find(place, by, keys, numbered(key or []), since=since, other=other)

    def _first_days(self, table: str, key: Sequence[str], rest: Sequence[str]) -> str:
        """From which day on a table with ``valid_from`` and ``valid_to`` says something else of a key."""
        keys, state = ", ".join(key), f"row({', '.join(rest)})" if rest else "true"
        sides = []
        for word in ("removed", "added"):
            points = f"""select {keys}, valid_from as day, {state} as state from {called(word, table)}
                union all select {keys}, valid_to, null from {called(word, table)} where valid_to is not null"""
            # the end of a spell says nothing where the next one begins
            sides.append(
                f"(select * from ({points}) qualify state is not null or count(*) over (partition by {keys}, day) = 1)"
            )
        past, now = sides
        return f"""select {numbered(key)}, min(day) as from_date
            from (({past} except {now}) union all ({now} except {past})) group by {keys}"""

    def _gather(self, model: Model, found: Mapping[str, list[str]]) -> None:
        """Touches the keys, too, whose rows share a column with rows of touched ones."""
        own, shared = self.own_key(model), list(model.declared.together)
        touched = f"touched {model.table}"
        rows = [self.find(model.table, own, touched, numbered(shared))]
        rows += [self.find(table, key, touched, numbered(shared)) for table, key in found.items()]
        self.temp("shared", " union ".join(rows))
        self.temp(touched, f"from {called(touched)} union {self.find(model.table, shared, 'shared', numbered(own))}")
