/*
grain: one row per payment and way in which it is unlike what was paid for the person before (branch_code, receipt_no,
    kind)
carries: core.unlike_payment
meaning: What core.unlike_payment held before the payments that are being counted. Empty when all payments are counted
    from the first one on; an increment counts on from core.unlike_payment itself, which takes this view's place then.
source: none
owner: head office, data team
kind: view
caveats: counting on is the same as counting everything only if the payments that are counted come after those of
    before, and none of their months was paid for or paid back before
*/
with final as (
    select
        cast(null as varchar) as branch_code,  -- As in core.unlike_payment
        cast(null as varchar) as receipt_no,  -- As in core.unlike_payment
        cast(null as varchar) as kind,  -- As in core.unlike_payment
        cast(null as date) as payment_date,  -- As in core.unlike_payment
        cast(null as varchar) as participant_key,  -- As in core.unlike_payment
        cast(null as bigint) as amount_rp,  -- As in core.unlike_payment
        cast(null as varchar) as delivery_id  -- As in core.unlike_payment
    where false
)

select * from final
