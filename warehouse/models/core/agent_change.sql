/*
grain: one row per agent and month (agent_code, month_index)
meaning: By how many people those whom a Perisai manages grew or shrank in a month, by status; how many persons the
    agent acquired in it, and how many of these still paid later.
date: the month
source: core.participant_status
owner: head office, Perisai monitoring
caveats: months are year * 12 + month - 1, and reach beyond the present like the stretches that are counted here. The
    columns new_… and kept_… belong to the agent who acquired the person, the others to the one who manages the person.
    Sums alone, so that a day adds what it changes; where nothing is left there is no row
*/
-- Read once, by all that count in it.
with person as materialized (
    select
        from_index,
        to_index,
        first_index,
        agent_code,
        acquiring_agent_code,
        status,
        programmes,
        unpaid_months
    from core.participant_status
),

side as (
    select 1 as sign
    union all
    select -1 as sign
),

-- Each end of a stretch by itself: who comes under an agent in a status, and who leaves it.
change as (
    select
        status.agent_code,
        case side.sign when 1 then status.from_index else status.to_index end as month_index,
        sum(side.sign) as managed,
        sum(case when status.status in ('active', 'reactivated') then side.sign else 0 end) as active,
        sum(
            case when status.status in ('active', 'reactivated') and status.programmes = 3 then side.sign else 0 end
        ) as active_3,
        sum(case status.status when 'in_arrears' then side.sign else 0 end) as in_arrears,
        sum(case when status.status = 'in_arrears' and status.programmes = 3 then side.sign else 0 end) as in_arrears_3,
        sum(case status.status when 'lapsed' then side.sign else 0 end) as lapsed,
        sum(case status.status when 'registered' then side.sign else 0 end) as never_paid,
        sum(case status.status when 'reactivated' then side.sign else 0 end) as reactivated,
        -- unpaid months grow by one a month: months = in_arrears * month + constant
        sum(
            case status.status when 'in_arrears' then side.sign * (status.unpaid_months - status.from_index) else 0 end
        ) as unpaid_constant,
        sum(
            case
                when status.status = 'in_arrears' and status.programmes = 3
                    then side.sign * (status.unpaid_months - status.from_index)
                else 0
            end
        ) as unpaid_constant_3
    from person as status
    cross join side
    where
        status.agent_code is not null
        and (side.sign = 1 or status.to_index is not null)
    group by status.agent_code, case side.sign when 1 then status.from_index else status.to_index end
),

at_first as (
    select
        *,
        case
            when from_index <= first_index and first_index < coalesce(to_index, first_index + 1) then 1
            else 0
        end as is_first,
        case when status in ('active', 'reactivated') then 1 else 0 end as is_paid,
        case when programmes = 3 then 1 else 0 end as is_3,
        coalesce(to_index, first_index + 13) as until_index
    from person
    where from_index <= first_index + 12
),

-- Those who were registered in a month: under whom they paid at once, and who still paid some months later.
at_once as (
    select
        agent_code,
        first_index as month_index,
        sum(1 - is_3) as paid_at_once_2,
        sum(is_3) as paid_at_once_3
    from at_first
    where agent_code is not null and is_first = 1 and is_paid = 1
    group by agent_code, first_index
),

cohort as (
    select
        acquiring_agent_code as agent_code,
        first_index as month_index,
        sum(is_first * (1 - is_3)) as new_2,
        sum(is_first * is_3) as new_3,
        sum(
            case when is_paid = 1 and from_index <= first_index + 1 and first_index + 1 < until_index then 1 else 0 end
        ) as kept_1,
        sum(
            case when is_paid = 1 and from_index <= first_index + 3 and first_index + 3 < until_index then 1 else 0 end
        ) as kept_3,
        sum(
            case when is_paid = 1 and from_index <= first_index + 6 and first_index + 6 < until_index then 1 else 0 end
        ) as kept_6,
        sum(
            case
                when is_paid = 1 and from_index <= first_index + 12 and first_index + 12 < until_index then 1 else 0
            end
        ) as kept_12
    from at_first
    where acquiring_agent_code is not null
    group by acquiring_agent_code, first_index
),

every as (
    select
        agent_code,
        month_index,
        managed,
        active,
        active_3,
        in_arrears,
        in_arrears_3,
        lapsed,
        never_paid,
        reactivated,
        unpaid_constant,
        unpaid_constant_3,
        0 as paid_at_once_2,
        0 as paid_at_once_3,
        0 as new_2,
        0 as new_3,
        0 as kept_1,
        0 as kept_3,
        0 as kept_6,
        0 as kept_12
    from change
    union all
    select
        agent_code,
        month_index,
        0 as managed,
        0 as active,
        0 as active_3,
        0 as in_arrears,
        0 as in_arrears_3,
        0 as lapsed,
        0 as never_paid,
        0 as reactivated,
        0 as unpaid_constant,
        0 as unpaid_constant_3,
        paid_at_once_2,
        paid_at_once_3,
        0 as new_2,
        0 as new_3,
        0 as kept_1,
        0 as kept_3,
        0 as kept_6,
        0 as kept_12
    from at_once
    union all
    select
        agent_code,
        month_index,
        0 as managed,
        0 as active,
        0 as active_3,
        0 as in_arrears,
        0 as in_arrears_3,
        0 as lapsed,
        0 as never_paid,
        0 as reactivated,
        0 as unpaid_constant,
        0 as unpaid_constant_3,
        0 as paid_at_once_2,
        0 as paid_at_once_3,
        new_2,
        new_3,
        kept_1,
        kept_3,
        kept_6,
        kept_12
    from cohort
),

final as (
    select
        agent_code,  -- The agent
        month_index,  -- The month
        cast(sum(managed) as bigint) as managed,  -- Persons whom the agent manages
        cast(sum(active) as bigint) as active,  -- Of these, the month is paid
        cast(sum(active_3) as bigint) as active_3,  -- The same on 3 programmes
        cast(sum(in_arrears) as bigint) as in_arrears,  -- Unpaid and still protected
        cast(sum(in_arrears_3) as bigint) as in_arrears_3,  -- The same on 3 programmes
        cast(sum(lapsed) as bigint) as lapsed,  -- Unpaid for longer
        cast(sum(never_paid) as bigint) as never_paid,  -- Nothing was ever paid
        cast(sum(reactivated) as bigint) as reactivated,  -- Of active, the first month after a lapse
        cast(sum(unpaid_constant) as bigint) as unpaid_constant,  -- Their unpaid months, less people times month
        cast(sum(unpaid_constant_3) as bigint) as unpaid_constant_3,  -- The same on 3 programmes
        cast(sum(paid_at_once_2) as bigint) as paid_at_once_2,  -- New persons of 2 programmes who paid for the month
        cast(sum(paid_at_once_3) as bigint) as paid_at_once_3,  -- The same on 3 programmes
        cast(sum(new_2) as bigint) as new_2,  -- Persons whom the agent acquired in the month, on 2 programmes
        cast(sum(new_3) as bigint) as new_3,  -- The same on 3 programmes
        cast(sum(kept_1) as bigint) as kept_1,  -- Of new_2 and new_3, the next month is paid
        cast(sum(kept_3) as bigint) as kept_3,  -- The third month after is paid
        cast(sum(kept_6) as bigint) as kept_6,  -- The sixth month after is paid
        cast(sum(kept_12) as bigint) as kept_12  -- The twelfth month after is paid
    from every
    group by agent_code, month_index
    having
        sum(managed) <> 0
        or sum(active) <> 0
        or sum(active_3) <> 0
        or sum(in_arrears) <> 0
        or sum(in_arrears_3) <> 0
        or sum(lapsed) <> 0
        or sum(never_paid) <> 0
        or sum(reactivated) <> 0
        or sum(unpaid_constant) <> 0
        or sum(unpaid_constant_3) <> 0
        or sum(paid_at_once_2) <> 0
        or sum(paid_at_once_3) <> 0
        or sum(new_2) <> 0
        or sum(new_3) <> 0
        or sum(kept_1) <> 0
        or sum(kept_3) <> 0
        or sum(kept_6) <> 0
        or sum(kept_12) <> 0
)

select * from final
