/*
grain: one row per stretch of coverage months in which nothing changes (from_month)
meaning: The smallest legal contribution of a month, of whatever base income, programmes, payer and sector: from it on
    what was received is a contribution.
date: coverage month, from from_month to to_month
source: core.contribution_due
owner: head office, membership
kind: view
*/
with final as (
    select
        from_month,  -- First coverage month of the stretch
        coalesce(to_month, date '9999-12-31') as to_month,  -- Last day of its last one; 9999-12-31 while it goes on
        min(due_rp) as due_rp  -- Rupiah due for a month
    from core.contribution_due
    group by from_month, to_month
)

select * from final
