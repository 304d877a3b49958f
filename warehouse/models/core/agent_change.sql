/*
grain: one row per agent and month (agent_code, month_index)
key: agent_code, month_index
sums: participant_key
meaning: By how many people those whom a Perisai manages grew or shrank in a month, by status; how many persons the
    agent acquired in it, and how many of these still paid later.
date: the month
source: core.participant_status, core.contribution_due
owner: head office, Perisai monitoring
caveats: months are year * 12 + month - 1, and reach beyond the present like the stretches that are counted here. What
    somebody owes for an unpaid month is what is due for it at the base of the last month that was paid, or, where that
    was no legal amount, at the lowest one; paid by the person, and the least of all sectors. The
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
        first_programmes,
        unpaid_months,
        last_month_rp
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
        sum(case status.status when 'lapsed' then side.sign else 0 end) as lapsed,
        sum(case status.status when 'registered' then side.sign else 0 end) as never_paid,
        sum(case status.status when 'reactivated' then side.sign else 0 end) as reactivated
    from person as status
    cross join side
    where
        status.agent_code is not null
        and (side.sign = 1 or status.to_index is not null)
    group by status.agent_code, case side.sign when 1 then status.from_index else status.to_index end
),

due as (
    select
        programmes,
        base_rp,
        year(from_month) * 12 + month(from_month) - 1 as from_index,
        year(to_month) * 12 + month(to_month) - 1 as to_index,
        min(due_rp) as due_rp
    from core.contribution_due
    where payer = 'PESERTA'
    group by programmes, base_rp, from_month, to_month
),

smallest_due as (
    select
        programmes,
        from_index,
        to_index,
        min(due_rp) as due_rp
    from due
    group by programmes, from_index, to_index
),

-- Many owe the same for the same months.
debt as (
    select
        agent_code,
        from_index,
        to_index,
        from_index - unpaid_months + 1 as unpaid_index,
        programmes,
        last_month_rp,
        count(*) as people
    from person
    where status = 'in_arrears' and agent_code is not null
    group by agent_code, from_index, to_index, from_index - unpaid_months + 1, programmes, last_month_rp
),

paid_amount as (
    select distinct
        unpaid_index,
        last_month_rp
    from debt
),

-- Of the amounts of any payer and sector; two bases for one amount are not known, and the lower one would hold.
paid_base as (
    select
        paid_amount.unpaid_index,
        paid_amount.last_month_rp,
        min(legal.base_rp) as base_rp
    from paid_amount
    inner join core.contribution_due as legal
        on
            paid_amount.last_month_rp = legal.due_rp
            and paid_amount.unpaid_index - 1 >= year(legal.from_month) * 12 + month(legal.from_month) - 1
            and paid_amount.unpaid_index - 1
            <= coalesce(year(legal.to_month) * 12 + month(legal.to_month) - 1, paid_amount.unpaid_index)
    group by paid_amount.unpaid_index, paid_amount.last_month_rp
),

unpaid_month as (
    select
        debt.agent_code,
        debt.from_index,
        debt.to_index,
        debt.programmes,
        debt.people,
        paid_base.base_rp,
        unnest(generate_series(debt.unpaid_index, debt.to_index - 1)) as unpaid_index
    from debt
    left join paid_base
        on debt.unpaid_index = paid_base.unpaid_index and debt.last_month_rp = paid_base.last_month_rp
),

owed as (
    select
        unpaid_month.agent_code,
        greatest(unpaid_month.from_index, unpaid_month.unpaid_index) as from_index,
        unpaid_month.to_index,
        unpaid_month.people * coalesce(due.due_rp, smallest_due.due_rp, 0) as owed_rp
    from unpaid_month
    left join due
        on
            unpaid_month.programmes = due.programmes
            and unpaid_month.base_rp = due.base_rp
            and unpaid_month.unpaid_index >= due.from_index
            and unpaid_month.unpaid_index <= coalesce(due.to_index, unpaid_month.unpaid_index)
    left join smallest_due
        on
            unpaid_month.programmes = smallest_due.programmes
            and unpaid_month.unpaid_index >= smallest_due.from_index
            and unpaid_month.unpaid_index <= coalesce(smallest_due.to_index, unpaid_month.unpaid_index)
),

-- Owed from its month on, until the stretch of arrears ends.
arrears as (
    select
        owed.agent_code,
        case side.sign when 1 then owed.from_index else owed.to_index end as month_index,
        sum(side.sign * owed.owed_rp) as arrears_rp
    from owed
    cross join side
    group by owed.agent_code, case side.sign when 1 then owed.from_index else owed.to_index end
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
        sum(case when first_programmes = 3 then 0 else is_first end) as new_2,
        sum(case when first_programmes = 3 then is_first else 0 end) as new_3,
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
        lapsed,
        never_paid,
        reactivated,
        0 as arrears_rp,
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
        0 as lapsed,
        0 as never_paid,
        0 as reactivated,
        0 as arrears_rp,
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
        0 as lapsed,
        0 as never_paid,
        0 as reactivated,
        0 as arrears_rp,
        0 as paid_at_once_2,
        0 as paid_at_once_3,
        new_2,
        new_3,
        kept_1,
        kept_3,
        kept_6,
        kept_12
    from cohort
    union all
    select
        agent_code,
        month_index,
        0 as managed,
        0 as active,
        0 as active_3,
        0 as in_arrears,
        0 as lapsed,
        0 as never_paid,
        0 as reactivated,
        arrears_rp,
        0 as paid_at_once_2,
        0 as paid_at_once_3,
        0 as new_2,
        0 as new_3,
        0 as kept_1,
        0 as kept_3,
        0 as kept_6,
        0 as kept_12
    from arrears
),

final as (
    select
        agent_code,  -- The agent
        month_index,  -- The month
        cast(sum(managed) as bigint) as managed,  -- Persons whom the agent manages
        cast(sum(active) as bigint) as active,  -- Of these, the month is paid
        cast(sum(active_3) as bigint) as active_3,  -- The same on 3 programmes
        cast(sum(in_arrears) as bigint) as in_arrears,  -- Unpaid and still protected
        cast(sum(lapsed) as bigint) as lapsed,  -- Unpaid for longer
        cast(sum(never_paid) as bigint) as never_paid,  -- Nothing was ever paid
        cast(sum(reactivated) as bigint) as reactivated,  -- Of active, the first month after a lapse
        cast(sum(arrears_rp) as bigint) as arrears_rp,  -- Rupiah that those in arrears owe
        cast(sum(paid_at_once_2) as bigint) as paid_at_once_2,  -- New persons of 2 programmes who paid for the month
        cast(sum(paid_at_once_3) as bigint) as paid_at_once_3,  -- The same on 3 programmes
        cast(sum(new_2) as bigint) as new_2,  -- Persons acquired in the month, first registered on 2 programmes
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
        or sum(lapsed) <> 0
        or sum(never_paid) <> 0
        or sum(reactivated) <> 0
        or sum(arrears_rp) <> 0
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
