/*
grain: one row per branch office and stretch of days in which nothing about it changed
key: branch_code, valid_from
meaning: Branch offices that are expected to deliver, and the regional office that looks after each. A branch that gets
    another name, place or regional office has a further row; one that closes says which branch goes on with its work.
date: valid_from and valid_to, both included; a branch is expected to deliver from its first day to its last
source: warehouse/reference/branch.csv
owner: head office, planning
version: 2
caveats: landing_url, where a branch leaves its exports, is not published: it names servers and accounts
*/
with source as (
    select *
    from read_csv(
        getvariable('reference') || '/branch.csv',
        header = true, all_varchar = true, delim = ',', quote = '"', nullstr = ''
    )
),

renamed as (
    select
        branch_code,
        branch_name,
        region_code,
        office_code,
        office_name,
        time_zone,
        cast(valid_from as date) as valid_from,
        cast(valid_to as date) as valid_to,
        became
    from source
),

final as (
    select
        branch_code,  -- Code of the branch office
        branch_name,  -- Name of the branch office
        region_code,  -- Kabupaten or kota in which the office stands
        office_code,  -- Code of the regional office (Kanwil)
        office_name,  -- Name of the regional office
        time_zone,  -- WIB, WITA or WIT; a moment that an export holds becomes the day there
        valid_from,  -- First day on which the row holds; null if it did before anybody counted
        valid_to,  -- Last day on which it holds; null if it goes on
        became  -- Codes of the branches that go on with its work from the day after; null if none does, or it goes on
    from renamed
    order by branch_code, valid_from nulls first
)

select * from final
