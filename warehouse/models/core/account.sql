/*
grain: one row per person with a payment (participant_key)
along: core.contribution_month
meaning: Where a person's payments stand: first and last payment, what was received in all, how far months are covered,
    and the count of contribution months under the agent of the last payment. The next payment is counted on from here.
source: core.contribution_month, core.smallest_contribution; before.account
owner: head office, membership
caveats: paid_in compares with the smallest legal amount of the first month, of any programmes, payer and sector.
    before.account is the account before the payments that are among the rows; it is empty if all are
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
        min(case when not line.is_refund then line.contribution_month end) as first_month,
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
                    and line.own_count = last_line.own_count
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

added as (
    select
        total.*,
        total.total_rp + coalesce(before.total_rp, 0) as whole_rp,
        least(total.first_month, before.first_month) as earliest_month
    from total
    left join before.account as before on total.participant_key = before.participant_key
),

final as (
    select
        added.participant_key,  -- The person, a keyed hash
        least(
            added.first_payment_date, before.first_payment_date
        ) as first_payment_date,  -- Day of the first payment; null if there were refunds only
        last_line.payment_date as last_payment_date,  -- Day of the last payment or refund
        last_line.receipt_no as last_receipt_no,  -- Its receipt
        last_line.branch_code as last_branch_code,  -- Branch that gave the receipt
        last_line.payer as last_payer,  -- Who paid it: PESERTA, APBN or APBD
        last_line.programmes as last_programmes,  -- Programmes that it is for, 2 or 3
        abs(last_line.received_rp) as last_month_rp,  -- Rupiah of it for its last month
        added.earliest_month as first_month,  -- Earliest month that any payment covered; null if refunds only
        cast(added.whole_rp as bigint) as total_rp,  -- All payments less all refunds
        coalesce(
            added.whole_rp >= coalesce(smallest.due_rp, 1), false
        ) as paid_in,  -- True if that is at least the smallest contribution of first_month
        cast(
            greatest(added.covered_until, before.covered_until) as integer
        ) as covered_until,  -- Last month that any payment covered, as year * 12 + month - 1
        last_line.agent_code,  -- Perisai of the last payment; null if none managed the person
        last_line.own_count,  -- Whose count of months it belongs to, as in core.contribution
        last_line.counter_no,  -- Reactivations so far
        cast(
            added.months_counted
            + case
                when
                    before.own_count = last_line.own_count
                    and before.counter_no = last_line.counter_no
                    then before.months_counted
                else 0
            end as integer
        ) as months_counted,  -- Contribution months numbered so far in that count and since the last reactivation
        added.is_plain and coalesce(
            before.is_plain, true
        ) as is_plain  -- True if every month was paid once and nothing was given back
    from added
    inner join last_line on added.participant_key = last_line.participant_key
    left join before.account as before on added.participant_key = before.participant_key
    left join core.smallest_contribution as smallest
        on added.earliest_month >= smallest.from_month and added.earliest_month <= smallest.to_month
)

select * from final
