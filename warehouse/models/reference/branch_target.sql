/*
grain: one row per branch and first month
key: branch_code, period_from
meaning: What a branch is asked to reach through its Perisai in a month.
date: period_from; the first month for which the target holds
source: warehouse/reference/branch_target.csv
owner: head office, Perisai monitoring
caveats: a row holds from its month until the next one of the branch
*/
with source as (
    select *
    from read_csv(
        getvariable('reference') || '/branch_target.csv',
        header = true, all_varchar = true, delim = ',', quote = '"', nullstr = ''
    )
),

renamed as (
    select
        branch_code,
        cast(period_from as date) as period_from,
        cast(new_participants as bigint) as new_participants,
        cast(contribution_rp as bigint) as contribution_rp,
        source
    from source
),

final as (
    select
        branch_code,  -- Branch that the target is for
        period_from,  -- First month for which it holds, its first day
        new_participants,  -- New participants a month
        contribution_rp,  -- Contributions received a month, in rupiah
        source  -- Where the target comes from
    from renamed
    order by branch_code, period_from
)

select * from final
