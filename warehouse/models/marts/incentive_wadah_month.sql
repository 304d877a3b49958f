/*
grain: one row per period, wadah and scheme
key: month, wadah_code, scheme
meaning: What each wadah is paid for a month: the incentive of its Perisai and its own for managing them. Every month
    in which an agreement of the wadah is in force has a row, also if nobody earned anything.
date: the month of registration_date for acquisitions, of payment_date for contributions
source: core.incentive_agent_month, core.agent, core.wadah_agreement, reference.incentive_scheme,
    closed.incentive_wadah_month
owner: head office, Perisai monitoring
caveats: gross, before tax. Agents are counted if they were active on any day of the month on which the agreement was
    in force, also without a result; in a month with two agreements of different schemes both rows count them. Closed
    months are as they were frozen; what corrects them is paid with the open month, and may make it negative
version: 2
withheld: period
*/
with as_of as (
    select cast(date_trunc('month', max(business_date)) as date) as last_period
    from raw.business_day
),

in_force as (
    select
        *,
        unnest(generate_series(date_trunc('month', valid_from), valid_to - 1, interval 1 month)) as month_start
    from core.wadah_agreement
),

agreement_month as (
    select
        branch_code,
        wadah_code,
        scheme,
        pks_no,
        cast(month_start as date) as period,
        greatest(valid_from, cast(month_start as date)) as from_date,
        least(valid_to, cast(month_start + interval 1 month as date)) as to_date
    from in_force
),

staffed as (
    select
        agreement_month.period,
        agreement_month.wadah_code,
        agreement_month.scheme,
        array_to_string(
            list_sort(list(distinct agreement_month.branch_code || ' ' || agreement_month.pks_no)), ', '
        ) as pks,
        count(distinct agent.agent_code) as agent_count
    from agreement_month
    inner join as_of on agreement_month.period <= as_of.last_period
    left join closed.month on agreement_month.period = month.period
    left join core.agent
        on
            agreement_month.branch_code = agent.branch_code
            and agreement_month.wadah_code = agent.wadah_code
            and agent.status = 'AKTIF'
            and agreement_month.to_date > agent.valid_from
            and agreement_month.from_date < coalesce(agent.valid_to, date '9999-12-31')
    where month.period is null
    group by agreement_month.period, agreement_month.wadah_code, agreement_month.scheme
),

earned as (
    select
        period,
        wadah_code,
        scheme,
        sum(total_rp) as agents_total_rp,
        sum(adjustment_rp) as adjustment_rp,
        sum(gross_rp) as gross_rp
    from core.incentive_agent_month
    where scheme is not null and status = 'open'
    group by period, wadah_code, scheme
),

joined as (
    select
        coalesce(staffed.period, earned.period) as period,
        coalesce(staffed.wadah_code, earned.wadah_code) as wadah_code,
        coalesce(staffed.scheme, earned.scheme) as scheme,
        staffed.pks,
        staffed.period is not null as has_agreement,
        coalesce(staffed.agent_count, 0) as agent_count,
        cast(coalesce(earned.adjustment_rp, 0) as bigint) as adjustment_rp,
        cast(coalesce(earned.agents_total_rp, 0) as bigint) as agents_total_rp,
        cast(coalesce(earned.gross_rp, 0) as bigint) as management_basis_rp
    from staffed
    full join earned
        on
            staffed.period = earned.period
            and staffed.wadah_code = earned.wadah_code
            and staffed.scheme = earned.scheme
),

-- Terms that have ended go on for what is taken back or corrected after their end.
terms as (
    select
        period.period,
        scheme.scheme,
        scheme.management_rate,
        scheme.management_rate_below_minimum,
        scheme.minimum_agents,
        scheme.tax_rate
    from (select distinct period from joined) as period
    inner join reference.incentive_scheme as scheme on period.period >= scheme.valid_from
    qualify row_number() over (partition by period.period, scheme.scheme order by scheme.valid_from desc) = 1
),

-- A month without an agreement in force has no number of agents that could be too small.
managed as (
    select
        joined.*,
        scheme.minimum_agents,
        scheme.tax_rate,
        case
            when joined.has_agreement and joined.agent_count < scheme.minimum_agents
                then coalesce(scheme.management_rate_below_minimum, scheme.management_rate)
            else scheme.management_rate
        end as management_rate
    from joined
    left join terms as scheme on joined.scheme = scheme.scheme and joined.period = scheme.period
),

paid as (
    select
        *,
        cast(round(management_basis_rp * coalesce(management_rate, 0)) as bigint) as management_rp
    from managed
),

every as (
    select
        period,
        wadah_code,
        scheme,
        pks,
        agent_count,
        agents_total_rp,
        adjustment_rp,
        management_rp,
        agents_total_rp + management_rp as payable_rp,
        management_basis_rp,
        management_rate,
        minimum_agents,
        tax_rate,
        cast(round((agents_total_rp + management_rp) * tax_rate) as bigint) as tax_rp,
        'open' as status
    from paid
    union all
    select
        period,
        wadah_code,
        scheme,
        pks,
        agent_count,
        agents_total_rp,
        adjustment_rp,
        management_rp,
        payable_rp,
        management_basis_rp,
        management_rate,
        minimum_agents,
        tax_rate,
        tax_rp,
        'closed' as status
    from closed.incentive_wadah_month
),

final as (
    select
        period as month,  -- Month of registration or of payment, its first day
        period,  -- The same; in the lake only
        wadah_code,  -- Wadah (Kantor Perisai) that is paid
        scheme,  -- Incentive scheme of its agreement
        pks,  -- Agreements in force in the month, each as branch and number; null if there are only adjustments
        agent_count,  -- Active agents of the wadah in the month
        agents_total_rp,  -- Incentive of its Perisai, the sum of their rounded totals
        adjustment_rp,  -- What of it corrects closed months
        management_rp,  -- Incentive of the wadah itself: rate times basis, rounded half up once
        payable_rp,  -- What the wadah is paid, before tax
        management_basis_rp,  -- Basis of the wadah's own incentive, the agents' incentive before any split
        management_rate,  -- Rate that was applied to it, for too few agents a lower one; null before the first terms
        minimum_agents,  -- Agents that the scheme asks a wadah to have; null likewise
        tax_rate,  -- Rate of the tax on what is paid; null as long as it is not known
        tax_rp,  -- Tax on what is paid; null as long as its rate is not known
        status,  -- closed, or open: an open month may still change
        period >= (select running_month.first_day from core.running_month) as is_running  -- True until it is over
    from every
    order by period, wadah_code, scheme
)

select * from final
