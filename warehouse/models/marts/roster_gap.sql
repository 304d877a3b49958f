/*
grain: one row per period and agent of whom rosters are silent: per gap of the rosters (missing), or one for all
    days (unknown)
key: month, agent_code, kind, from_date
meaning: Agents who are missing from rosters without having been said to leave, with what their days are filled with,
    and agents of whom no roster had said anything yet when people registered or paid under them; and what relies on it.
date: the days of the gap; registration_date and payment_date for what relies on it
source: core.agent, core.acquisition, core.doubtful_payment, core.running_month, raw.business_day
owner: head office, Perisai monitoring
caveats: while a gap lasts, what the last roster with the agent said holds, and incentives are earned by it; who is
    unknown earns nothing. Either holds the close of the month (docs/close.md). Refunds, and registrations of people who
    were registered before, are left out. An agent leaves by a row with the status NONAKTIF and is then no row here
version: 2
withheld: period
*/
with as_of as (
    select max(business_date) as as_of_date
    from raw.business_day
),

gap as (
    select
        agent.*,
        least(agent.valid_to - 1, as_of.as_of_date) as last_day
    from core.agent
    inner join as_of on agent.valid_from <= as_of.as_of_date
    where agent.is_missing
),

gap_month as (
    select
        *,
        cast(unnest(
            generate_series(date_trunc('month', valid_from), date_trunc('month', last_day), interval 1 month)
        ) as date) as period
    from gap
),

first_day as (
    select
        agent_code,
        min(valid_from) as first_day
    from core.agent
    group by agent_code
),

activity as (
    select
        agent_code,
        registration_date as activity_date,
        1 as new_participants,
        0 as payments
    from core.acquisition
    union all
    select
        agent_code,
        payment_date as activity_date,
        0 as new_participants,
        payments
    from core.doubtful_payment
),

-- Few of all agents, picked before anything is joined by day.
doubtful as (
    select
        activity.*,
        first_day.first_day
    from activity
    left join first_day on activity.agent_code = first_day.agent_code
    where
        first_day.first_day is null
        or activity.activity_date < first_day.first_day
        or activity.agent_code in (select gap.agent_code from gap)
),

relying as (
    select
        doubtful.agent_code,
        gap.valid_from,
        cast(date_trunc('month', doubtful.activity_date) as date) as period,
        sum(doubtful.new_participants) as new_participants,
        sum(doubtful.payments) as payments
    from doubtful
    inner join gap
        on
            doubtful.agent_code = gap.agent_code
            and doubtful.activity_date >= gap.valid_from
            and doubtful.activity_date < coalesce(gap.valid_to, date '9999-12-31')
    group by doubtful.agent_code, gap.valid_from, date_trunc('month', doubtful.activity_date)
),

every as (
    select
        gap_month.period,
        gap_month.agent_code,
        'missing' as kind,
        gap_month.branch_code,
        gap_month.valid_from as from_date,
        gap_month.valid_to - 1 as to_date,
        gap_month.wadah_code,
        coalesce(relying.new_participants, 0) as new_participants,
        coalesce(relying.payments, 0) as payments
    from gap_month
    left join relying
        on
            gap_month.agent_code = relying.agent_code
            and gap_month.valid_from = relying.valid_from
            and gap_month.period = relying.period
    union all
    select
        cast(date_trunc('month', activity_date) as date) as period,
        agent_code,
        'unknown' as kind,
        null as branch_code,
        min(activity_date) as from_date,
        max(activity_date) as to_date,
        null as wadah_code,
        sum(new_participants) as new_participants,
        sum(payments) as payments
    from doubtful
    where activity_date < coalesce(first_day, date '9999-12-31')
    group by date_trunc('month', activity_date), agent_code
),

final as (
    select
        period as month,  -- Month, its first day
        period,  -- The same; in the lake only
        agent_code,  -- Agent
        kind,  -- missing (from rosters of the branch) or unknown (no roster had said anything of the agent)
        branch_code,  -- Branch whose rosters lack the agent; null if unknown
        from_date,  -- Day of the first roster that lacks the agent; if unknown, the first day of what was done
        to_date,  -- Last day before a roster has the agent again, null while none has; if unknown, the last day
        wadah_code,  -- Wadah by which the days are filled; null if unknown
        cast(new_participants as bigint) as new_participants,  -- New participants of these days in the month
        cast(payments as bigint) as payments,  -- Payments of these days in the month, by people whom the agent manages
        period >= (select running_month.first_day from core.running_month) as is_running  -- True until it is over
    from every
    order by period, branch_code, agent_code, kind, from_date
)

select * from final
