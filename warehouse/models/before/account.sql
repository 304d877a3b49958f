/*
grain: one row per person with earlier payments (participant_key)
carries: core.account
meaning: Where core.account stood before the payments that are being counted. Empty when all payments are counted
    from the first one on; an increment counts on from core.account itself, which takes this view's place then.
source: none
owner: head office, data team
kind: view
caveats: counting on is the same as counting everything only if the payments that are counted come after those of
    before, under the agent of the last one, and none of their months was paid for or paid back before
*/
with final as (
    select
        cast(null as varchar) as participant_key,  -- As in core.account
        cast(null as date) as first_payment_date,  -- As in core.account
        cast(null as date) as last_payment_date,  -- As in core.account
        cast(null as varchar) as last_receipt_no,  -- As in core.account
        cast(null as varchar) as last_branch_code,  -- As in core.account
        cast(null as varchar) as last_payer,  -- As in core.account
        cast(null as bigint) as last_programmes,  -- As in core.account
        cast(null as bigint) as last_month_rp,  -- As in core.account
        cast(null as date) as first_month,  -- As in core.account
        cast(null as bigint) as total_rp,  -- As in core.account
        cast(null as boolean) as paid_in,  -- As in core.account
        cast(null as integer) as covered_until,  -- As in core.account
        cast(null as varchar) as agent_code,  -- As in core.account
        cast(null as varchar) as own_count,  -- As in core.account
        cast(null as integer) as counter_no,  -- As in core.account
        cast(null as integer) as months_counted,  -- As in core.account
        cast(null as boolean) as is_plain  -- As in core.account
    where false
)

select * from final
