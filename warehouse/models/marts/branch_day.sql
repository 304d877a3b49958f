/*
grain: one row per day and branch on which something was registered or paid, of the last thirteen months
key: activity_date, branch_code
meaning: Registrations and payments day by day: what an analyst charts, and what a day is compared with.
date: registration_date, payment_date
source: core.branch_day, core.running_month
owner: head office, membership
caveats: the branch is the one that took the registration or the money, not that of the agent. The running month and
    the thirteen before it; earlier days are in the lake. Days of the past change when late files come
*/
with final as (
    select
        day.activity_date,  -- Day of the registration or payment
        day.branch_code,  -- Branch that took it
        day.registrations,  -- Registrations
        day.new_participants,  -- Persons registered for the first time anywhere
        day.new_by_perisai,  -- Of these, through a Perisai
        day.payments,  -- Payments, without refunds
        day.contribution_rp,  -- Rupiah received, less rupiah given back
        cast(date_trunc('month', day.activity_date) as date) as month,  -- Month of the day, its first day
        day.activity_date >= running_month.first_day as is_running  -- True until the month is over
    from core.branch_day as day
    inner join core.running_month on day.activity_date >= running_month.first_day - interval 13 month
    order by day.activity_date, day.branch_code
)

select * from final
