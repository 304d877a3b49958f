/*
grain: one row per day and branch
key: activity_date, branch_code
sums: row
meaning: What a branch took in on a day: registrations, new participants, payments.
date: registration_date, payment_date
source: core.registration, core.contribution
owner: head office, membership
caveats: the branch is the one that took the registration or the money, not that of the agent. A person is new once, at
    the first registration anywhere
*/
with event as (
    select
        registration_date as activity_date,
        branch_code,
        1 as registrations,
        case when person_registration_no = 1 then 1 else 0 end as new_participants,
        case when person_registration_no = 1 and agent_code is not null then 1 else 0 end as new_by_perisai,
        0 as payments,
        0 as contribution_rp
    from core.registration
    union all
    select
        payment_date as activity_date,
        branch_code,
        0 as registrations,
        0 as new_participants,
        0 as new_by_perisai,
        case when amount_rp > 0 then 1 else 0 end as payments,
        amount_rp as contribution_rp
    from core.contribution
),

final as (
    select
        activity_date,  -- Day of the registration or payment
        branch_code,  -- Branch that took it
        cast(sum(registrations) as bigint) as registrations,  -- Registrations
        cast(sum(new_participants) as bigint) as new_participants,  -- Persons registered for the first time anywhere
        cast(sum(new_by_perisai) as bigint) as new_by_perisai,  -- Of these, through a Perisai
        cast(sum(payments) as bigint) as payments,  -- Payments, without refunds
        cast(sum(contribution_rp) as bigint) as contribution_rp  -- Rupiah received, less rupiah given back
    from event
    group by activity_date, branch_code
)

select * from final
