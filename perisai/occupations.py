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
from warehouse.duck import quoted, transaction
from warehouse.lake import OCCUPATION_WORDS

_MODEL = "core/occupation_sector.sql"
_READ = ("reference/occupation.sql", "reference/parameter.sql")
# The model itself says what a text means: it is run on the words of the vault, of which none is withheld.
_SAID = """
create schema core; create schema raw; create schema reference;
create table raw.occupation_words (occupation_key varchar, words varchar, withheld varchar, sector varchar);
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
    """Writes `raw.occupation_words` anew from the vault and the reference tables of today.

    Args:
        con: a connection to the lake, with its tables.
        settings: the settings.
    """
    if not settings.vault.exists():
        return
    with scratch_duck(settings) as scratch:
        key = vault.key(settings.secret_vault)
        scratch.execute(f"attach {quoted(settings.vault)} as vault (encryption_key '{key}', read_only)")
        feeds = scratch.execute("select table_name from duckdb_tables() where database_name = 'vault'").fetchall()
        if ("registrations",) not in feeds:
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
    with transaction(con):
        con.execute("delete from raw.occupation_words")
        con.register("words", words)
        con.execute(f"insert into raw.occupation_words select {', '.join(OCCUPATION_WORDS)} from words order by all")
        con.unregister("words")
