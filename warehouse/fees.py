"""What the reference tables tell of a row, for the judgement of new ones; the marts read the same tables.

What the tables of contributions make of a month is in `core.contribution_due`.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from warehouse.duck import quoted

_MODELS = Path(__file__).parent / "models"
_READ = (
    "contribution_bracket",
    "contribution_programme",
    "contribution_discount",
    "parameter",
    "region",
    "branch",
    "occupation",
)
# A call puts its arguments in as text, so that a column in here must not have the name of one out there.
# Months beyond 1 to 12 have another rule, and a range of them may be endless.
_LEGAL = """
create or replace temp macro legal(first, how_many, package, who) as table
with due_month as (
    select cast(
        first + to_months(cast(unnest(range(case when how_many between 1 and 12 then how_many else 0 end)) as integer))
        as date
    ) as due_month
),
due_total as (
    select sum(due_rp) as due_rp, sum(full_rp) as full_rp
    from due_month
    inner join temp.contribution_due
        on due_month >= due_from_month
            and due_month <= coalesce(due_to_month, due_month)
            and due_programmes = package
            and due_payer = who
    group by due_base_rp, due_sector
    having count(*) = how_many
)
select
    min(due_rp)::bigint as smallest_rp,
    max(full_rp)::bigint as largest_rp,
    list_sort(list(distinct due_rp::bigint)) as amounts_rp
from due_total
"""
_KIND = "^(KAB(UPATEN)?|KO(TA)?(MA)?(DYA)?)[^A-Z]+"
_LISTED = "regexp_replace({name}, '[^A-Za-z]+', '[^a-z]+', 'g')"
_CALLED = f"regexp_replace(regexp_replace(upper({{name}}), '{_KIND}', ''), '[^A-Z]', '', 'g')"
_OFFICE = "regexp_replace(upper({name}), '^KCP? |KANTOR|CABANG|BPJS|KETENAGAKERJAAN|[^A-Z]', '', 'g')"
LOOKED_UP = f"""
create or replace temp macro smallest_base(of_day) as table
select min(base_rp)::bigint as smallest_base_rp
from temp.contribution_bracket
where of_day >= valid_from and of_day <= coalesce(valid_to, of_day);

create or replace temp macro death_benefit(of_day) as table
with whole as (
    select list(value::bigint) as parts from temp.parameter
    where (
        parameter = 'death_benefit_funeral_rp'
        or parameter = 'death_benefit_grant_rp'
        or parameter = 'death_benefit_periodic_rp'
    )
        and of_day >= valid_from and of_day <= coalesce(valid_to, of_day)
)
select list_transform(
    range(1, 1 << len(parts)),
    lambda chosen: list_sum(list_filter(parts, lambda part, n: (chosen >> (n - 1)) & 1 = 1))
) as benefits_rp
from whole;

create or replace temp macro region_said(code, named) as table
select coalesce(bool_or(known_code = code), false) as is_region, count(*) > 0 as is_known
from (select region_code as known_code, region_name as known_name from temp.region where region_level = 'regency')
where {_CALLED.format(name="known_name")} = {_CALLED.format(name="named")}
    and (not regexp_matches(upper(named), '{_KIND}') or upper(named)[:2] = upper(known_name)[:2]);

set variable branch_codes = (select list(branch_code) from temp.branch where valid_to is null);
set variable branches_called = (
    select map(list(called), list(codes))
    from (
        select called, list(branch_code) as codes
        from (
            select branch_code, unnest(list_transform(
                [branch_name, regexp_replace(branch_name, '[(].*', ''), regexp_extract(branch_name, '[(](.*)[)]', 1)],
                lambda each: {_OFFICE.format(name="each")}
            )) as called
            from temp.branch
        )
        where called <> ''
        group by called
    )
);
create or replace temp macro branches_called(named) as getvariable('branches_called')[{_OFFICE.format(name="named")}];
set variable provinces_of = (
    select map(list(branch_code), list(provinces))
    from (select branch_code, list(region_code[:2]) as provinces from temp.branch group by branch_code)
);
create or replace temp macro provinces_of(code) as getvariable('provinces_of')[code];
create or replace temp macro branch_in(number) as
list_extract(list_intersect(getvariable('branch_codes'), [regexp_extract(number, '^[A-Z0-9]+')]), 1);

set variable regions = (
    select concat('(?i)[^a-z]*((PROV(INSI)?[^a-z]+)|{_KIND[1:]})?(', string_agg(
        {_LISTED.format(name=f"regexp_replace(upper(region_name), '{_KIND}', '')")}, '|'
    ), ')[^a-z]*')
    from temp.region
);
create or replace temp macro is_region(named) as regexp_full_match(named, getvariable('regions'));

set variable occupations = (
    select concat('(?i)[^a-z]*(', string_agg({_LISTED.format(name="occupation")}, '|'), ')[^a-z]*') from temp.occupation
);
set variable begun_occupations = (
    select concat('(?i)^[^a-z]*(', string_agg(
        concat({_LISTED.format(name="occupation")}, case match when 'start' then '([^a-z]|$)' else '[^a-z]*$' end), '|'
    ), ')') from temp.occupation
);
create or replace temp macro is_occupation(words) as regexp_full_match(words, getvariable('occupations'));
create or replace temp macro begins_occupation(words) as regexp_matches(words, getvariable('begun_occupations'));

create or replace temp macro region_on(code, of_day) as table
select bool_or(of_day >= coalesce(known_from, of_day) and of_day <= coalesce(known_to, of_day)) as is_there
from (select region_code as known_code, valid_from as known_from, valid_to as known_to from temp.region)
where known_code = code;
"""


def know_reference(con: duckdb.DuckDBPyConnection, reference: Path) -> None:
    """Makes the macros that contracts look up (``looksUp``); each has one row, null for what no table knows.

    * ``legal(first month, months, programmes, payer)``: the smallest amount that such a payment may have, the largest
      one without any discount, and all legal ones, in rupiah and over all sectors, since a payment does not say which
      one is its person's;
    * ``smallest_base(day)``: the smallest base of a contribution, in rupiah;
    * ``death_benefit(day)``: what a death pays, whole or in parts, in rupiah;
    * ``region_said(code, name)``: whether the name is that of the region, and whether it is that of any. A name without
      ``Kabupaten`` or ``Kota`` may be of either;
    * ``branches_called(name)``: codes of the branches of that name, null if there are none; ``branch_in(number)``: the
      branch of today whose code a document's number begins with, null if none; ``provinces_of(branch)``: codes of the
      provinces that it stands or stood in. These are no table macros, nor are
      ``is_region(name)``: whether it is that of any province, kabupaten or kota, ``is_occupation(words)`` and
      ``begins_occupation(words)``: whether the words are an occupation that is listed, or begin with one as
      core.occupation_sector sees it;
    * ``region_on(code, day)``: whether the region existed on the day.
    """
    con.execute(f"set variable reference = {quoted(str(reference))}")
    sql = (_MODELS / "core" / "contribution_due.sql").read_text(encoding="utf-8")
    for name in _READ:
        table = (_MODELS / "reference" / f"{name}.sql").read_text(encoding="utf-8")
        con.execute(f"create or replace temp table {name} as {table}")
        sql = sql.replace(f"reference.{name}", f"temp.{name}")
    con.execute(
        f"""create or replace temp table contribution_due as
        select from_month as due_from_month, to_month as due_to_month, base_rp as due_base_rp,
            programmes as due_programmes, payer as due_payer, sector as due_sector, due_rp, full_rp
        from ({sql})"""
    )
    con.execute(_LEGAL)
    con.execute(LOOKED_UP)
