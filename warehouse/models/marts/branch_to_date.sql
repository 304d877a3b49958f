/*
grain: one row per branch
key: branch_code
meaning: The running month so far against the same days of the month before: half a month is held against half a month.
date: registration_date, payment_date; up to the latest business date
source: core.branch_day, core.running_month, raw.business_day
owner: head office, membership
kind: view
caveats: the branch is the one that took the registration or the money. A month before that is shorter counts whole.
    On the last day of a month it is that month against the whole month before
*/
with as_of as (
    select
        max(business_date) as to_date,
        cast(date_trunc('month', max(business_date)) as date) as month,
        cast(date_trunc('month', max(business_date)) - interval 1 month as date) as month_before,
        case
            when max(business_date) + 1 = date_trunc('month', max(business_date) + 1)
                then cast(date_trunc('month', max(business_date)) as date) - 1
            else cast(max(business_date) - interval 1 month as date)
        end as to_date_before
    from raw.business_day
),

summed as (
    select
        day.branch_code,
        as_of.month,
        as_of.to_date,
        as_of.to_date_before,
        sum(case when day.activity_date >= as_of.month then day.new_participants else 0 end) as new_now,
        sum(case when day.activity_date >= as_of.month then 0 else day.new_participants end) as new_before,
        sum(case when day.activity_date >= as_of.month then day.new_by_perisai else 0 end) as perisai_now,
        sum(case when day.activity_date >= as_of.month then 0 else day.new_by_perisai end) as perisai_before,
        sum(case when day.activity_date >= as_of.month then day.payments else 0 end) as payments_now,
        sum(case when day.activity_date >= as_of.month then 0 else day.payments end) as payments_before,
        sum(case when day.activity_date >= as_of.month then day.contribution_rp else 0 end) as rupiah_now,
        sum(case when day.activity_date >= as_of.month then 0 else day.contribution_rp end) as rupiah_before
    from core.branch_day as day
    cross join as_of
    where
        day.activity_date between as_of.month and as_of.to_date
        or day.activity_date between as_of.month_before and as_of.to_date_before
    group by day.branch_code, as_of.month, as_of.to_date, as_of.to_date_before
),

final as (
    select
        branch_code,  -- Branch that took the registration or the money
        month,  -- Month of the latest business date, its first day
        to_date,  -- Latest business date: the last day of the month that is counted
        to_date_before,  -- Last day of the month before that is counted
        cast(new_now as bigint) as new_participants,  -- Persons registered for the first time, from month to to_date
        cast(new_before as bigint) as new_participants_before,  -- The same in the month before, to to_date_before
        cast(perisai_now as bigint) as new_by_perisai,  -- Of new_participants, through a Perisai
        cast(perisai_before as bigint) as new_by_perisai_before,  -- The same in the month before
        cast(payments_now as bigint) as payments,  -- Payments from month to to_date, without refunds
        cast(payments_before as bigint) as payments_before,  -- The same in the month before
        cast(rupiah_now as bigint) as contribution_rp,  -- Rupiah received from month to to_date, less refunds
        cast(rupiah_before as bigint) as contribution_before_rp,  -- The same in the month before
        month >= (select running_month.first_day from core.running_month) as is_running  -- True until it is over
    from summed
    order by branch_code
)

select * from final
