/*
grain: one row per branch office
key: branch_code
meaning: Branch offices that are expected to deliver, and the regional office that looks after each.
date: valid_from and valid_to; a branch is expected to deliver for the days between them, both included
source: warehouse/reference/branch.csv
owner: head office, planning
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
        cast(valid_to as date) as valid_to
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
        valid_from,  -- First day that the branch exists; null if it did before anybody counted
        valid_to  -- Last day that it exists; null if it goes on
    from renamed
    order by branch_code
)

select * from final
