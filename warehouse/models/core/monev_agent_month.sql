/*
grain: one row per month and agent, from the agent's first month on
meaning: What a Perisai did in a month and how those whom the agent manages or acquired stand: the numbers that add up
    over agents. Monitoring of agents, wadahs and branches is made of them.
date: the month, its state at the end or on the latest business day; registration_date, payment_date
source: core.agent_change, core.payment_month, core.acquisition, core.agent, reference.incentive_scheme,
    core.branch_place
owner: head office, Perisai monitoring
caveats: branch, wadah and region are those of the agent's roster at the end of the month, or the last ones known;
    an agent's whole month counts there, also if the agent moved within it. New participants and cohorts belong to the
    agent who acquired the person, everything else to the one who manages the person at the end of the month. A month
    is paid if more was received for it than given back, whenever that was; so months of the past change when arrears
    are paid. Months run up to that of the latest business day, which is not over. Who pays at two branches, or on
    two numbers of programmes, in one month counts twice among payers
*/
with as_of as (
    select
        max(business_date) as as_of_date,
        max(year(business_date) * 12 + month(business_date) - 1) as last_index
    from raw.business_day
),

paid as (
    select
        agent_code,
        year(period) * 12 + month(period) - 1 as month_index,
        sum(people) as payers,
        sum(months) as paid_months,
        sum(received_rp) as contribution_rp
    from core.payment_month
    where agent_code is not null
    group by agent_code, period
),

reached as (
    select
        acquisition.agent_code,
        year(acquisition.period) * 12 + month(acquisition.period) - 1 as month_index,
        max(case when acquisition.agent_month_count >= scheme.threshold_new then 1 else 0 end) as is_reached
    from core.acquisition
    inner join reference.incentive_scheme as scheme
        on
            acquisition.scheme = scheme.scheme
            and acquisition.registration_date >= scheme.valid_from
            and acquisition.registration_date <= coalesce(scheme.valid_to, acquisition.registration_date)
    where acquisition.counted
    group by acquisition.agent_code, acquisition.period
),

begun as (
    select
        agent_code,
        month_index
    from core.agent_change
    union all
    select
        agent_code,
        month_index
    from paid
    union all
    select
        agent_code,
        year(valid_from) * 12 + month(valid_from) - 1 as month_index
    from core.agent
),

life as (
    select
        agent_code,
        min(month_index) as first_index
    from begun
    group by agent_code
),

calendar as (
    select
        life.agent_code,
        unnest(generate_series(life.first_index, as_of.last_index)) as month_index
    from life
    cross join as_of
    where life.first_index <= as_of.last_index
),

dated as (
    select
        calendar.agent_code,
        calendar.month_index,
        least(
            make_date((calendar.month_index + 1) // 12, (calendar.month_index + 1) % 12 + 1, 1) - 1, as_of.as_of_date
        ) as last_day
    from calendar
    cross join as_of
),

-- The roster on the last day, or else the last one before it.
placed as (
    select
        dated.agent_code,
        dated.month_index,
        agent.branch_code,
        agent.wadah_code,
        agent.region_code,
        coalesce(
            agent.status = 'AKTIF' and dated.last_day < coalesce(agent.valid_to, date '9999-12-31'), false
        ) as on_duty
    from dated
    left join core.agent
        on
            dated.agent_code = agent.agent_code
            and dated.last_day >= agent.valid_from
    qualify row_number() over (
        partition by dated.agent_code, dated.month_index order by agent.valid_from desc nulls last
    ) = 1
),

joined as (
    select
        placed.*,
        change.managed as managed_more,
        change.active as active_more,
        change.active_3 as active_3_more,
        change.in_arrears as in_arrears_more,
        change.lapsed as lapsed_more,
        change.never_paid as never_paid_more,
        change.reactivated as reactivated_more,
        change.arrears_rp as arrears_more,
        coalesce(change.new_2, 0) as new_2,
        coalesce(change.new_3, 0) as new_3,
        coalesce(change.new_2 + change.new_3, 0) as acquired,
        coalesce(change.kept_1, 0) as kept_after_1,
        coalesce(change.kept_3, 0) as kept_after_3,
        coalesce(change.kept_6, 0) as kept_after_6,
        coalesce(change.kept_12, 0) as kept_after_12,
        coalesce(change.paid_at_once_2, 0) as paid_at_once_2,
        coalesce(change.paid_at_once_3, 0) as paid_at_once_3,
        coalesce(paid.payers, 0) as payers,
        coalesce(paid.paid_months, 0) as paid_months,
        coalesce(paid.contribution_rp, 0) as contribution_rp,
        coalesce(reached.is_reached, 0) = 1 as threshold_reached
    from placed
    left join core.agent_change as change
        on
            placed.agent_code = change.agent_code
            and placed.month_index = change.month_index
    left join paid on placed.agent_code = paid.agent_code and placed.month_index = paid.month_index
    left join reached on placed.agent_code = reached.agent_code and placed.month_index = reached.month_index
),

-- Sums and lags together, since rows are sorted once for all that look along the same order.
summed as (
    select
        *,
        sum(managed_more) over life as managed,
        sum(active_more) over life as active,
        sum(active_3_more) over life as active_3,
        sum(in_arrears_more) over life as in_arrears,
        sum(lapsed_more) over life as lapsed,
        sum(never_paid_more) over life as never_paid,
        sum(reactivated_more) over life as reactivated,
        sum(arrears_more) over life as arrears_rp,
        sum(acquired) over life as acquired_total,
        coalesce(lag(acquired, 1) over life, 0) as cohort_1,
        coalesce(lag(kept_after_1, 1) over life, 0) as kept_1,
        coalesce(lag(acquired, 3) over life, 0) as cohort_3,
        coalesce(lag(kept_after_3, 3) over life, 0) as kept_3,
        coalesce(lag(acquired, 6) over life, 0) as cohort_6,
        coalesce(lag(kept_after_6, 6) over life, 0) as kept_6,
        coalesce(lag(acquired, 12) over life, 0) as cohort_12,
        coalesce(lag(kept_after_12, 12) over life, 0) as kept_12
    from joined
    window life as (partition by agent_code order by month_index rows unbounded preceding)
),

final as (
    select
        make_date(summed.month_index // 12, summed.month_index % 12 + 1, 1) as month,  -- The month, its first day
        summed.agent_code,  -- Code of the agent
        summed.branch_code,  -- Branch on whose roster the agent stands; null if never on one
        place.province_code,  -- Province in which that branch stood on the last day of the month
        summed.wadah_code,  -- Wadah of the agent; null if on no roster
        summed.region_code,  -- Kabupaten or kota where the agent works; null if on no roster
        summed.on_duty,  -- True if the roster has the agent as AKTIF on the last day of the month
        summed.threshold_reached,  -- True if as many acquisitions count as the scheme's threshold asks for
        cast(summed.new_2 as bigint) as new_2,  -- Persons whom the agent acquired in the month, on 2 programmes
        cast(summed.new_3 as bigint) as new_3,  -- The same on 3 programmes
        cast(
            coalesce(summed.active - summed.active_3, 0) - summed.paid_at_once_2 as bigint
        ) as continuing_2,  -- Managed with a paid month, not registered in it, on 2 programmes
        cast(
            coalesce(summed.active_3, 0) - summed.paid_at_once_3 as bigint
        ) as continuing_3,  -- The same on 3 programmes
        cast(coalesce(summed.acquired_total, 0) as bigint) as acquired_total,  -- Persons whom the agent ever acquired
        cast(coalesce(summed.managed, 0) as bigint) as managed,  -- Persons whom the agent manages, of any status
        cast(coalesce(summed.active, 0) as bigint) as active,  -- Of these, the month is paid
        cast(coalesce(summed.in_arrears, 0) as bigint) as in_arrears,  -- Of these, unpaid and still protected
        cast(coalesce(summed.lapsed, 0) as bigint) as lapsed,  -- Of these, unpaid for longer
        cast(coalesce(summed.never_paid, 0) as bigint) as never_paid,  -- Of these, nothing was paid up to the month
        cast(coalesce(summed.reactivated, 0) as bigint) as reactivated,  -- Of active, the first month after a lapse
        cast(
            coalesce(summed.arrears_rp, 0) as bigint
        ) as arrears_rp,  -- What in_arrears owe so far, at their last base or else the lowest; see core.agent_change
        cast(summed.cohort_1 as bigint) as cohort_1,  -- Acquired one month before
        cast(summed.kept_1 as bigint) as kept_1,  -- Of these, this month is paid
        cast(summed.cohort_3 as bigint) as cohort_3,  -- Acquired three months before
        cast(summed.kept_3 as bigint) as kept_3,  -- Of these, this month is paid
        cast(summed.cohort_6 as bigint) as cohort_6,  -- Acquired six months before
        cast(summed.kept_6 as bigint) as kept_6,  -- Of these, this month is paid
        cast(summed.cohort_12 as bigint) as cohort_12,  -- Acquired twelve months before
        cast(summed.kept_12 as bigint) as kept_12,  -- Of these, this month is paid
        cast(summed.payers as bigint) as payers,  -- Persons whose payment or refund came in in the month
        cast(summed.paid_months as bigint) as paid_months,  -- Months that were paid for, less those refunded
        cast(summed.contribution_rp as bigint) as contribution_rp  -- Contributions received, less refunds
    from summed
    left join core.branch_place as place
        on
            summed.branch_code = place.branch_code
            and last_day(make_date(summed.month_index // 12, summed.month_index % 12 + 1, 1)) >= place.from_date
            and last_day(make_date(summed.month_index // 12, summed.month_index % 12 + 1, 1)) < place.to_date
)

select * from final
