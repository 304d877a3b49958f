/*
grain: one row per person whom a Perisai acquired (participant_key)
key: participant_key
by: agent_code from acquiring_agent_code,
    period from cast(date_trunc('month', first_registration_date) as date)
also: core.account through participant_key;
    core.agent through agent_code since registration_date;
    core.wadah_agreement through wadah_code since registration_date;
    reference.incentive_scheme through scheme since registration_date
meaning: New participants of each Perisai: persons whose first registration anywhere names the agent, with the wadah
    and scheme that the agent worked under that day, how many of them the agent has in that month, and which place each
    has among these.
source: core.participant, core.account, core.agent, core.wadah_agreement, reference.incentive_scheme
owner: head office, Perisai monitoring
caveats: an acquisition counts, in the month of registration, once a first contribution was received, of at least the
    smallest legal amount of its month and not given back below it, unless the scheme asks for none. An agent's month
    is counted over all wadahs of the agent, but without registrations made while no agreement, or no terms of its
    scheme, were in force
*/
with acquired as (
    select
        *,
        cast(date_trunc('month', first_registration_date) as date) as period
    from core.participant
    where acquiring_agent_code is not null
),

agreed as (
    select
        acquired.*,
        account.first_payment_date,
        agent.wadah_code,
        agreement.scheme,
        scheme.scheme is not null as has_terms,
        case
            when scheme.threshold_per_programmes then acquired.first_programmes
        end as apart,
        coalesce(account.paid_in, false)
        or coalesce(not scheme.acquisition_needs_contribution, false) as is_counted
    from acquired
    left join core.account on acquired.participant_key = account.participant_key
    left join core.agent
        on
            acquired.acquiring_agent_code = agent.agent_code
            and acquired.first_registration_date >= agent.valid_from
            and acquired.first_registration_date < coalesce(agent.valid_to, date '9999-12-31')
    left join core.wadah_agreement as agreement
        on
            agent.branch_code = agreement.branch_code
            and agent.wadah_code = agreement.wadah_code
            and acquired.first_registration_date >= agreement.valid_from
            and acquired.first_registration_date < agreement.valid_to
    left join reference.incentive_scheme as scheme
        on
            agreement.scheme = scheme.scheme
            and acquired.first_registration_date >= scheme.valid_from
            and acquired.first_registration_date <= coalesce(scheme.valid_to, acquired.first_registration_date)
),

counted as (
    select
        *,
        sum(case when is_counted and has_terms then 1 else 0 end) over (
            partition by acquiring_agent_code, period
        ) as month_count,
        sum(case when is_counted and has_terms then 1 else 0 end) over (
            partition by acquiring_agent_code, period, first_programmes
        ) as month_count_apart,
        sum(case when is_counted and has_terms then 1 else 0 end) over (
            partition by acquiring_agent_code, period
            order by first_registration_date, first_registration_no, first_branch_code rows unbounded preceding
        ) as month_place,
        sum(case when is_counted and has_terms then 1 else 0 end) over (
            partition by acquiring_agent_code, period, first_programmes
            order by first_registration_date, first_registration_no, first_branch_code rows unbounded preceding
        ) as month_place_apart
    from agreed
),

final as (
    select
        participant_key,  -- The new participant, a keyed hash
        period,  -- Month of registration, its first day
        first_registration_date as registration_date,  -- Day of registration
        first_branch_code as branch_code,  -- Branch of the registration
        first_registration_no as registration_no,  -- Number of the registration, given by that branch
        acquiring_agent_code as agent_code,  -- Perisai who registered the person
        wadah_code,  -- Wadah of the agent that day; null if on no roster
        scheme,  -- Incentive scheme in force that day; null without an agreement
        first_programmes as programmes,  -- Programmes of the registration, 2 or 3
        first_payment_date,  -- Day of the first contribution; null if none was received yet
        is_counted as counted,  -- True if the acquisition counts
        cast(
            case when apart is null then month_count else month_count_apart end as integer
        ) as agent_month_count,  -- Counted new participants of the agent in that month, to compare with the threshold
        cast(
            case
                when is_counted and has_terms then case when apart is null then month_place else month_place_apart end
            end as integer
        ) as agent_month_place,  -- Place among those, from 1, by day of registration; null if it is none of them
        first_delivery_id as delivery_id  -- Delivery that brought the registration
    from counted
)

select * from final
