/*
grain: one row per period, receiving branch, agent, agent's branch, programmes and payer
key: period, branch_code, agent_code, agent_branch_code, programmes, payer
sums: participant_key, period
meaning: What was received in a month: how many people paid, for how many months, and how much.
date: payment_date; the month in which the money was received or given back
source: core.contribution_month
owner: head office, membership
caveats: payments of known persons only. People count once in each row, so they are not to be added up over rows;
    a refund takes its rupiah back and its months too, and its person counts like one who pays. A period depends on
    the payments of that period alone, or on refunds of them
*/
with payer as (
    select
        period,
        branch_code,
        agent_code,
        agent_branch_code,
        programmes,
        payer,
        participant_key,
        sum(case when is_refund then -1 else 1 end) as months,
        count(distinct case when not is_refund then receipt_no end) as payments,
        sum(received_rp) as received_rp
    from core.contribution_month
    group by period, branch_code, agent_code, agent_branch_code, programmes, payer, participant_key
),

final as (
    select
        period,  -- Month in which the money was received, its first day
        branch_code,  -- Branch that received it
        agent_code,  -- Perisai of the payment; null if none managed the person
        agent_branch_code,  -- Branch on whose roster that agent stood; null if on none
        programmes,  -- Programmes paid for, 2 or 3
        payer,  -- PESERTA, APBN or APBD
        count(*) as people,  -- Persons with a payment or a refund
        cast(sum(payments) as bigint) as payments,  -- Payments, without refunds
        cast(sum(months) as bigint) as months,  -- Months paid for, less months refunded
        cast(sum(received_rp) as bigint) as received_rp  -- Rupiah received, less rupiah given back
    from payer
    group by period, branch_code, agent_code, agent_branch_code, programmes, payer
)

select * from final
