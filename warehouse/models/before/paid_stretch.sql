/*
grain: one row per person and unbroken stretch of paid months (participant_key, from_index)
carries: core.paid_stretch
meaning: What core.paid_stretch held before the payments that are being counted. Empty when all payments are counted
    from the first one on; an increment counts on from core.paid_stretch itself, which takes this view's place then.
source: none
owner: head office, data team
kind: view
caveats: counting on is the same as counting everything only if the payments that are counted come after those of
    before, and none of their months was paid for or paid back before
*/
with final as (
    select
        cast(null as varchar) as participant_key,  -- As in core.paid_stretch
        cast(null as integer) as from_index,  -- As in core.paid_stretch
        cast(null as integer) as to_index,  -- As in core.paid_stretch
        cast(null as bigint) as last_month_rp  -- As in core.paid_stretch
    where false
)

select * from final
