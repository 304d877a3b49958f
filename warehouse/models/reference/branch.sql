/*
grain: one row per branch office
key: branch_code
meaning: Branch offices that are expected to deliver, and the regional office that looks after each.
date: none; holds for all days
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
        time_zone
    from source
),

final as (
    select
        branch_code,  -- Code of the branch office
        branch_name,  -- Name of the branch office
        region_code,  -- Kabupaten or kota in which the office stands
        office_code,  -- Code of the regional office (Kanwil)
        office_name,  -- Name of the regional office
        time_zone  -- WIB, WITA or WIT; a moment that an export holds becomes the day there
    from renamed
    order by branch_code
)

select * from final
