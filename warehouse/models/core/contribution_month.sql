/*
grain: one row per payment and month that it covers (branch_code, receipt_no, contribution_month)
meaning: Payments of known persons, spread over the months that they cover, with the number of the contribution
    month. The number counts the months of a person under one managing agent, each month once, in the order of
    payment; it begins again with a new managing agent and when a lapsed person is reactivated.
source: core.contribution; parameters arrears_months and counter_restarts_on_reactivation
owner: head office, membership
caveats: each month gets the whole rupiah of an equal part, and the last month what remains. A month that an earlier
    payment of the same person covers has no number. The number counts on through days without an agreement. A
    person had lapsed if a payment leaves more months unpaid than arrears allow, seen from what was paid before it;
    arrears paid later do not undo that
*/
with parameter as (
    select
        max(case parameter when 'arrears_months' then value end) as arrears_months,
        max(case parameter when 'counter_restarts_on_reactivation' then value end) as restarts
    from reference.parameter
),

payment as (
    select
        branch_code,
        receipt_no,
        payment_date,
        participant_key,
        agent_spell_no,
        months,
        amount_rp,
        year(first_month) * 12 + month(first_month) - 1 as first_index
    from core.contribution
    where participant_key is not null
),

ordered as (
    select
        *,
        row_number() over (partition by participant_key order by payment_date, receipt_no, branch_code) as payment_no,
        max(first_index + months - 1) over (
            partition by participant_key
            order by payment_date, receipt_no, branch_code
            rows between unbounded preceding and 1 preceding
        ) as covered_until
    from payment
),

-- More unpaid months than arrears allow: this payment brings a lapsed person back.
revived as (
    select
        ordered.*,
        case
            when ordered.first_index > ordered.covered_until + 1 + parameter.arrears_months then parameter.restarts
            else 0
        end as restart
    from ordered
    cross join parameter
),

counted as (
    select
        *,
        sum(restart) over (partition by participant_key order by payment_no) as counter_no
    from revived
),

spread as (
    select
        *,
        unnest(generate_series(0, months - 1)) as step
    from counted
),

priced as (
    select
        *,
        first_index + step as month_index,
        case
            when step < months - 1 then amount_rp // months
            else amount_rp - amount_rp // months * (months - 1)
        end as basis_rp
    from spread
),

marked as (
    select
        *,
        case
            when row_number() over (partition by participant_key, month_index order by payment_no) = 1 then 1
            else 0
        end as is_first
    from priced
),

numbered as (
    select
        *,
        case is_first
            when 1
                then sum(is_first) over (
                    partition by participant_key, agent_spell_no, counter_no order by payment_no, month_index
                )
        end as contribution_month_no
    from marked
),

final as (
    select
        branch_code,  -- Branch that received the payment
        receipt_no,  -- Receipt of the payment, a number of that branch
        make_date(month_index // 12, month_index % 12 + 1, 1) as contribution_month,  -- Month covered, its first day
        payment_date,  -- Day on which the money was received
        participant_key,  -- The person, a keyed hash
        cast(basis_rp as bigint) as basis_rp,  -- Part of the payment for this month, in rupiah
        cast(contribution_month_no as integer) as contribution_month_no  -- Its number; null if it already counted
    from numbered
)

select * from final
