/*
grain: one row per period and agent who stood on a roster on any day of it
key: month, agent_code
meaning: Which agents need attention: how many new participants they lack to the threshold, and for how long they have
    acquired nobody, or done nothing at all. And who may not be one: a Perisai is a participant himself, adult, and
    one person has one code.
date: the month of registration_date for acquisitions, of payment_date for payments; business_date of the roster for NIK
source: core.agent, core.acquisition, core.payment_month, core.wadah_agreement, core.participant, raw.agents of
    effective deliveries, reference.incentive_scheme; parameters warning_months, inactive_months, reentry_months and
    perisai_adult_years
owner: head office, Perisai monitoring
caveats: a report, which deactivates nobody. Only acquisitions that count, and payments (no refunds), are activity.
    The month that still runs adds no month without activity, nor does the one in which the agent joined, unless on
    its first day; months on no roster are not counted. Threshold and wadah are those of the agent's last day in the
    period. Where a scheme counts 2 and 3 programmes apart, the group nearer to the threshold counts. The NIK is the
    last whole one that rosters up to the end of the month told; of the age the lake knows the year of birth that
    the agent's own registration says
version: 2
withheld: period
*/
with as_of as (
    select
        max(business_date) as as_of_date,
        year(max(business_date)) * 12 + month(max(business_date)) - 1 as last_index,
        year(max(business_date) + 1) * 12 + month(max(business_date) + 1) - 1 as running_index
    from raw.business_day
),

present as (
    select
        agent.*,
        as_of.running_index,
        min(agent.valid_from) over (partition by agent.agent_code) as first_day,
        least(agent.valid_to - 1, as_of.as_of_date) as last_day
    from core.agent
    inner join as_of on agent.valid_from <= as_of.as_of_date
),

present_month as (
    select
        *,
        unnest(generate_series(
            year(valid_from) * 12 + month(valid_from) - 1, year(last_day) * 12 + month(last_day) - 1
        )) as month_index
    from present
),

-- Of several spells in a month the last one stands for it.
agent_month as (
    select
        *,
        least(
            last_day, make_date((month_index + 1) // 12, (month_index + 1) % 12 + 1, 1) - 1
        ) as last_day_of_month,
        case
            when
                month_index < running_index
                and make_date(month_index // 12, month_index % 12 + 1, 1) >= first_day
                then 1
            else 0
        end as is_whole
    from present_month
    qualify row_number() over (partition by agent_code, month_index order by valid_from desc) = 1
),

told as (
    select
        agents.agent_code,
        agents.participant_key,
        agents.business_date as told_from
    from raw.agents
    inner join core.delivery on agents.delivery_id = delivery.delivery_id
    where delivery.effective and agents.participant_key is not null and agents.nik_in_doubt is null
    qualify row_number() over (
        partition by agents.agent_code, agents.business_date order by agents.branch_code desc, agents.line_no desc
    ) = 1
),

-- By agent the NIK that rosters told, each until they told another.
identity as (
    select
        *,
        lead(told_from) over (partition by agent_code order by told_from) as told_until
    from told
),

-- Few of all people, picked before anything is joined with them.
registered as (
    select
        participant_key,
        first_registration_date,
        birth_year
    from core.participant
    where participant_key in (select told.participant_key from told)
),

identified as (
    select
        agent_month.agent_code,
        agent_month.month_index,
        identity.participant_key,
        registered.first_registration_date <= agent_month.last_day_of_month as is_participant,
        year(agent_month.last_day_of_month) - registered.birth_year as years_at_most,
        min(agent_month.agent_code) over same_person as first_code,
        max(agent_month.agent_code) over same_person as last_code
    from agent_month
    inner join identity
        on
            agent_month.agent_code = identity.agent_code
            and agent_month.last_day_of_month >= identity.told_from
            and agent_month.last_day_of_month < coalesce(identity.told_until, date '9999-12-31')
    left join registered on identity.participant_key = registered.participant_key
    window same_person as (partition by identity.participant_key, agent_month.month_index)
),

acquired as (
    select
        agent_code,
        year(period) * 12 + month(period) - 1 as month_index,
        sum(case when counted then 1 else 0 end) as acquisitions,
        sum(case when counted and scheme is not null then 1 else 0 end) as new_participants,
        sum(case when counted then 0 else 1 end) as unpaid,
        max(agent_month_count) as toward_threshold
    from core.acquisition
    group by agent_code, period
),

paid as (
    select
        agent_code,
        year(period) * 12 + month(period) - 1 as month_index,
        sum(payments) as payments
    from core.payment_month
    where agent_code is not null and payments > 0
    group by agent_code, period
),

active as (
    select
        agent_month.*,
        agreement.scheme,
        scheme.threshold_new,
        coalesce(acquired.new_participants, 0) as new_participants,
        coalesce(acquired.unpaid, 0) as unpaid,
        coalesce(acquired.toward_threshold, 0) as toward_threshold,
        coalesce(paid.payments, 0) as payments,
        case when acquired.acquisitions > 0 then 1 else 0 end as acquires,
        case when acquired.acquisitions > 0 or paid.payments > 0 then 1 else 0 end as transacts
    from agent_month
    left join acquired
        on agent_month.agent_code = acquired.agent_code and agent_month.month_index = acquired.month_index
    left join paid
        on agent_month.agent_code = paid.agent_code and agent_month.month_index = paid.month_index
    left join core.wadah_agreement as agreement
        on
            agent_month.branch_code = agreement.branch_code
            and agent_month.wadah_code = agreement.wadah_code
            and agent_month.last_day_of_month >= agreement.valid_from
            and agent_month.last_day_of_month < agreement.valid_to
    left join reference.incentive_scheme as scheme
        on
            agreement.scheme = scheme.scheme
            and agent_month.last_day_of_month >= scheme.valid_from
            and agent_month.last_day_of_month <= coalesce(scheme.valid_to, agent_month.last_day_of_month)
),

numbered as (
    select
        *,
        sum(acquires) over life as acquisition_no,
        sum(transacts) over life as transaction_no
    from active
    window life as (partition by agent_code order by month_index rows unbounded preceding)
),

idle as (
    select
        *,
        sum(is_whole * (1 - acquires)) over (
            partition by agent_code, acquisition_no order by month_index rows unbounded preceding
        ) as months_without_acquisition,
        sum(is_whole * (1 - transacts)) over (
            partition by agent_code, transaction_no order by month_index rows unbounded preceding
        ) as months_without_transaction
    from numbered
),

-- What the rules said in each month.
ruled_month as (
    select
        every.month_index,
        max(case parameter.parameter when 'warning_months' then parameter.value end) as warning_months,
        max(case parameter.parameter when 'inactive_months' then parameter.value end) as inactive_months,
        max(case parameter.parameter when 'reentry_months' then parameter.value end) as reentry_months,
        max(case parameter.parameter when 'perisai_adult_years' then parameter.value end) as adult_years
    from (select distinct month_index from agent_month) as every
    inner join reference.parameter
        on
            every.month_index >= year(parameter.valid_from) * 12 + month(parameter.valid_from) - 1
            and every.month_index
            <= coalesce(year(parameter.valid_to) * 12 + month(parameter.valid_to) - 1, every.month_index)
    group by every.month_index
),

judged as (
    select
        idle.*,
        ruled.reentry_months,
        case
            when identified.participant_key is null then 'participation_unknown'
            when identified.is_participant then 'participant'
            else 'not_participant'
        end as participation,
        -- who turns the years in this year may have done so or not
        case
            when identified.years_at_most > ruled.adult_years then 'adult'
            when identified.years_at_most < ruled.adult_years then 'under_age'
            else 'age_unknown'
        end as adulthood,
        case idle.agent_code
            when identified.first_code then identified.last_code
            else identified.first_code
        end as other_code,
        case
            when idle.months_without_transaction >= ruled.inactive_months then 'inactive'
            when idle.months_without_acquisition >= ruled.warning_months then 'warning'
            else 'active'
        end as state,
        min(
            case when idle.months_without_transaction >= ruled.inactive_months then idle.month_index end
        ) over (
            partition by idle.agent_code, idle.transaction_no order by idle.month_index rows unbounded preceding
        ) + 1 as inactive_index
    from idle
    left join ruled_month as ruled on idle.month_index = ruled.month_index
    left join identified on idle.agent_code = identified.agent_code and idle.month_index = identified.month_index
),

final as (
    select
        make_date(month_index // 12, month_index % 12 + 1, 1) as month,  -- Month, its first day
        make_date(month_index // 12, month_index % 12 + 1, 1) as period,  -- The same; in the lake only
        agent_code,  -- Agent
        branch_code,  -- Branch on whose roster the agent stood last in the month
        wadah_code,  -- Wadah of the agent then
        scheme,  -- Incentive scheme of the wadah's agreement then; null without one
        status as roster_status,  -- AKTIF or NONAKTIF, as the roster said then
        cast(new_participants as integer) as new_participants,  -- New participants of the month who count
        cast(unpaid as integer) as unpaid_participants,  -- New participants of the month for whom no money is there
        threshold_new as threshold,  -- New participants that the scheme asks for; null without an agreement
        cast(
            case when threshold_new is not null then greatest(threshold_new - toward_threshold, 0) end as integer
        ) as missing_to_threshold,  -- How many are missing to it, 0 if it is met; null without an agreement
        cast(payments as bigint) as payments,  -- Payments received in the month from people whom the agent manages
        cast(
            months_without_acquisition as integer
        ) as months_without_acquisition,  -- Whole months since the last acquisition, this one included
        cast(
            months_without_transaction as integer
        ) as months_without_transaction,  -- Whole months since the last acquisition or payment, this one included
        state,  -- active, warning (too long without an acquisition) or inactive (too long without anything)
        case
            when state = 'inactive' then make_date(inactive_index // 12, inactive_index % 12 + 1, 1)
        end as inactive_from,  -- Day from which the agent is inactive; null if not inactive
        case
            when state = 'inactive'
                then make_date(
                    (inactive_index + reentry_months) // 12, (inactive_index + reentry_months) % 12 + 1, 1
                )
        end as reentry_from,  -- First day on which the agent may enter again; null if not inactive
        participation,  -- participant (registered by then), not_participant, or participation_unknown (no NIK told)
        adulthood,  -- adult, under_age, or age_unknown (year of birth not known, or too near to say)
        nullif(
            other_code, agent_code
        ) as other_agent_code,  -- Another agent with the same NIK in the month; null if there is none
        make_date(month_index // 12, month_index % 12 + 1, 1)
        >= (select running_month.first_day from core.running_month) as is_running  -- True until it is over
    from judged
    order by period, agent_code
)

select * from final
