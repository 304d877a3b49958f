-- What codes are called: each view has a code, in its first column, once, and the names that belong to it. A code of
-- which several dated rows are kept has the names of the last one. The tables are read by the version that is newest
-- (warehouse/named.py).
create view named.region as
with place as (
    from reference.region
    qualify row_number() over (partition by region_code order by valid_from desc nulls last) = 1
)
select place.region_code, place.region_name, coalesce(province.region_name, place.region_name) as province_name
from place
left join place as province on place.parent_code = province.region_code
union all
select '00' as region_code, 'Indonesia' as region_name, 'Indonesia' as province_name;

create view named.province as
select region_code as province_code, region_name as province_name
from named.region
where length(region_code) = 2;

create view named.branch as
select branch_code, branch_name, office_name, province_name
from reference.branch
left join named.region using (region_code)
qualify row_number() over (partition by branch_code order by valid_from desc nulls last) = 1;

create view named.wadah as
select wadah_code, arg_max(wadah_name, (last_day, first_day, branch_code)) as wadah_name
from marts.agreement
group by wadah_code;

create view named.sector as
select sector, sector_name
from reference.sector;

create view named.unit as
select region_code as unit_code, region_name as unit_name
from named.region
union all
select branch_code as unit_code, branch_name as unit_name
from named.branch
union all
select distinct office_code as unit_code, office_name as unit_name
from reference.branch
qualify row_number() over (partition by office_code order by valid_from desc nulls last) = 1;

comment on view named.region is 'grain: one row per province, kabupaten or kota, and the nation
key: region_code
meaning: What regions are called today, and in which province they are.
date: none; as of today
source: reference and marts
owner: head office, data team';
comment on column named.region.region_code is 'Official code of the region; 00 for the nation';
comment on column named.region.region_name is 'Name of the region';
comment on column named.region.province_name is 'Name of its province, or its own if it is one';

comment on view named.province is 'grain: one row per province, and the nation
key: province_code
meaning: What provinces are called today.
date: none; as of today
source: reference and marts
owner: head office, data team';
comment on column named.province.province_code is 'Official code of the province; 00 for the nation';
comment on column named.province.province_name is 'Name of the province';

comment on view named.branch is 'grain: one row per branch
key: branch_code
meaning: What branches are called today, with their regional office and province.
date: none; as of today
source: reference and marts
owner: head office, data team';
comment on column named.branch.branch_code is 'Code of the branch office';
comment on column named.branch.branch_name is 'Name of the branch office';
comment on column named.branch.office_name is 'Name of the regional office (Kanwil) that looks after it';
comment on column named.branch.province_name is 'Name of the province in which it stands';

comment on view named.wadah is 'grain: one row per wadah
key: wadah_code
meaning: What wadahs are called, by their latest agreement.
date: none; as of today
source: reference and marts
owner: head office, data team';
comment on column named.wadah.wadah_code is 'Wadah';
comment on column named.wadah.wadah_name is 'Its name';

comment on view named.sector is 'grain: one row per sector
key: sector
meaning: What sectors are called.
date: none; as of today
source: reference and marts
owner: head office, data team';
comment on column named.sector.sector is 'Sector';
comment on column named.sector.sector_name is 'Its name';

comment on view named.unit is 'grain: one row per region, branch and regional office
key: unit_code
meaning: What the units of marts.reporting_month are called.
date: none; as of today
source: reference and marts
owner: head office, data team';
comment on column named.unit.unit_code is 'Code of the region, branch or office; 00 for the nation';
comment on column named.unit.unit_name is 'Its name';
