"""Which words for occupations may leave the vault.

Whoever fills the form may write anything into the field: a name, a NIK. So the words rest in the vault, the lake has a
keyed hash of them, and `raw.occupation_words` says what each hash means: the sector always, the words only if enough
different people said them and no digit is in them.
"""

from __future__ import annotations

import duckdb

from perisai.settings import Settings
from perisai.step import scratch_duck
from warehouse import models, vault
from warehouse.duck import transaction
from warehouse.lake import OCCUPATION_WORDS

_MODEL = "core/occupation_sector.sql"
_READ = ("reference/occupation.sql", "reference/parameter.sql")
# What a text means is computed by the model itself, run on the words of the vault, where none is withheld.
_SAID = """
create schema core; create schema raw; create schema reference;
create view raw.occupation_words as
select distinct occupation as occupation_key, occupation as words, null as withheld, null as sector
from vault.registrations where occupation is not null;
create table core.status_change as
select occupation, count(*) as people from vault.registrations where occupation is not null group by occupation;
create table hashed as
select distinct occupation, occupation_key from vault.registrations where occupation is not null
"""
_JUDGED = """
with said_by as (
    select meant.normal_form, count(distinct registrations.participant_key) as persons
    from vault.registrations
    inner join meant using (occupation)
    where meant.people_in_all >= $smallest
    group by meant.normal_form
),

judged as (
    select
        hashed.occupation_key,
        meant.normal_form,
        meant.sector,
        case
            when regexp_matches(meant.normal_form, '[0-9]') then 'digits'
            when coalesce(said_by.persons, 0) < $smallest then 'few_people'
        end as withheld
    from meant
    inner join hashed using (occupation)
    left join said_by using (normal_form)
)

select occupation_key, case when withheld is null then normal_form end as words, withheld, sector from judged
"""


def spell(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Writes anew, from the vault and the reference tables of today, what `raw.occupation_words` says of its hashes.

    What it says of others stays: they are of a vault that is gone, or of another home that shares the lake. People are
    counted in this vault alone.
    """
    with scratch_duck(settings) as scratch, vault.reading(scratch, settings.vault) as feeds:
        if "registrations" not in feeds:
            return
        scratch.execute(_SAID)
        scratch.execute("set variable reference = $folder", {"folder": str(settings.reference)})
        for path in _READ:
            model = models.read_model(models.MODELS / path)
            scratch.execute(f"create table {model.table} as {model.sql}")
        meant = models.read_model(models.MODELS / _MODEL).sql
        scratch.execute(
            "create table meant as select occupation, normal_form, sector,"
            f" sum(people) over (partition by normal_form) as people_in_all from ({meant})"
        )
        query = "select value from reference.parameter where parameter = 'smallest_cell'"
        (smallest,) = scratch.execute(query).fetchone() or (None,)
        words = scratch.execute(_JUDGED, {"smallest": smallest}).to_arrow_table()
    said = ", ".join(OCCUPATION_WORDS)
    with transaction(con):
        con.register("words", words)
        now = con.execute(
            f"""select {said} from words union all select {said} from raw.occupation_words
            where occupation_key::varchar not in (select occupation_key::varchar from words) order by all"""
        ).to_arrow_table()
        con.unregister("words")
        if now != con.execute(f"select {said} from raw.occupation_words order by all").to_arrow_table():
            con.register("now", now)
            con.execute("delete from raw.occupation_words")
            con.execute(f"insert into raw.occupation_words select {said} from now order by all")
            con.unregister("now")
