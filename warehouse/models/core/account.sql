/*
grain: one row per person with a payment (participant_key)
meaning: Where a person's payments stand: first and last payment, what was received in all, how far months are covered,
    and the count of contribution months under the managing agent. The next payment is counted on from here.
source: core.contribution_month; before.account
owner: head office, membership
caveats: before.account is the account before the payments that are among the rows; it is empty if all are
*/
with last_line as (
    select *
    from core.contribution_month
    qualify row_number() over (
        partition by participant_key
        order by payment_date desc, receipt_no desc, branch_code desc, contribution_month desc
    ) = 1
),

total as (
    select
        line.participant_key,
        min(case when not line.is_refund then line.payment_date end) as first_payment_date,
        sum(line.received_rp) as total_rp,
        max(
            case
                when not line.is_refund then year(line.contribution_month) * 12 + month(line.contribution_month) - 1
            end
        ) as covered_until,
        sum(
            case
                when
                    line.takes_number
                    and coalesce(line.agent_spell_no, 0) = coalesce(last_line.agent_spell_no, 0)
                    and line.counter_no = last_line.counter_no
                    then 1
                else 0
            end
        ) as months_counted,
        count(*) = sum(case when line.takes_number then 1 else 0 end) as is_plain
    from core.contribution_month as line
    inner join last_line on line.participant_key = last_line.participant_key
    group by line.participant_key
),

final as (
    select
        total.participant_key,  -- The person, a keyed hash
        least(
            total.first_payment_date, before.first_payment_date
        ) as first_payment_date,  -- Day of the first payment; null if there were refunds only
        last_line.payment_date as last_payment_date,  -- Day of the last payment or refund
        last_line.receipt_no as last_receipt_no,  -- Its receipt
        last_line.branch_code as last_branch_code,  -- Branch that gave the receipt
        cast(total.total_rp + coalesce(before.total_rp, 0) as bigint) as total_rp,  -- All payments less all refunds
        cast(
            greatest(total.covered_until, before.covered_until) as integer
        ) as covered_until,  -- Last month that any payment covered, as year * 12 + month - 1
        cast(last_line.agent_spell_no as integer) as agent_spell_no,  -- Managing agent's number at the last payment
        last_line.counter_no,  -- Reactivations so far
        cast(
            total.months_counted
            + case
                when
                    coalesce(before.agent_spell_no, 0) = coalesce(last_line.agent_spell_no, 0)
                    and before.counter_no = last_line.counter_no
                    then before.months_counted
                else 0
            end as integer
        ) as months_counted,  -- Contribution months numbered so far under that agent and since the last reactivation
        total.is_plain and coalesce(
            before.is_plain, true
        ) as is_plain  -- True if every month was paid once and nothing was given back
    from total
    inner join last_line on total.participant_key = last_line.participant_key
    left join before.account as before on total.participant_key = before.participant_key
)

select * from final
