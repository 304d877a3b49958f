/*
grain: one row per signal: per agent, branch and minute (registrations_in_one_minute), per phone, agent and branch
    (one_phone_many_people), per agent, branch and month (registrations_never_paid), per agent, branch and series
    (nik_series), per agent, branch and month (amount_of_another_sector and the kinds of core.taken_signal)
meaning: Patterns in the registrations and payments of the last months that somebody should look at. A signal proves
    nothing and rejects nothing.
date: registration_date; payment_date for amount_of_another_sector
source: core.registration, core.acquisition, core.account, core.contribution, core.contribution_due,
    core.participant_spell, core.occupation_sector, core.taken_signal, raw.business_day; parameters signal_…
owner: head office, Perisai monitoring
caveats: the parameters and why they are as they are stand in reference.parameter. A minute is known only where the
    branch sends the time of day. People are counted once each. A phone is counted over all agents, and each agent who
    used it gets a row with the count of all; agent_code is null for what the branch registered by itself. Never paid
    means that nothing is left of what was ever received. A file does not say in which sector a payer works, so that it
    is judged by all of them (docs/contributions.md); amount_of_another_sector is what is legal in another sector only
    than that of the person on the day of payment. Words that name no sector are given the benefit of the doubt
version: 2
withheld: period
*/
with parameter as (
    select
        max(case parameter when 'signal_window_months' then value end) as window_months,
        max(case parameter when 'signal_minute_registrations' then value end) as minute_registrations,
        max(case parameter when 'signal_phone_people' then value end) as phone_people,
        max(case parameter when 'signal_unpaid_months' then value end) as unpaid_months,
        max(case parameter when 'signal_unpaid_people' then value end) as unpaid_people,
        max(case parameter when 'signal_unpaid_percent' then value end) as unpaid_percent,
        max(case parameter when 'signal_series_people' then value end) as series_people
    from reference.parameter
),

as_of as (
    select year(max(business_date)) * 12 + month(max(business_date)) - 1 as last_index
    from raw.business_day
),

recent as (
    select
        registration.participant_key,
        registration.agent_code,
        registration.branch_code,
        registration.registration_date,
        registration.registered_at,
        registration.phone_key,
        registration.nik_series_key
    from core.registration
    cross join as_of
    cross join parameter
    where
        year(registration.registration_date) * 12 + month(registration.registration_date) - 1
        > as_of.last_index - parameter.window_months
),

same_minute as (
    select
        'registrations_in_one_minute' as kind,
        recent.agent_code,
        recent.branch_code,
        count(*) as signal_count,
        max(parameter.minute_registrations) as threshold,
        recent.registration_date as from_date,
        recent.registration_date as to_date,
        hour(recent.registered_at) * 60 + minute(recent.registered_at) as minute_of_day
    from recent
    cross join parameter
    where recent.registered_at is not null and recent.agent_code is not null
    group by
        recent.agent_code, recent.branch_code, recent.registration_date,
        hour(recent.registered_at) * 60 + minute(recent.registered_at)
    having count(*) >= max(parameter.minute_registrations)
),

-- Few phones and series have so many registrations, and people are told apart in those only.
frequent_phone as (
    select
        recent.phone_key,
        max(parameter.phone_people) as threshold
    from recent
    cross join parameter
    where recent.phone_key is not null
    group by recent.phone_key
    having count(*) >= max(parameter.phone_people)
),

shared_phone as (
    select
        recent.phone_key,
        frequent_phone.threshold,
        count(distinct recent.participant_key) as people
    from recent
    inner join frequent_phone on recent.phone_key = frequent_phone.phone_key
    group by recent.phone_key, frequent_phone.threshold
    having count(distinct recent.participant_key) >= frequent_phone.threshold
),

same_phone as (
    select
        'one_phone_many_people' as kind,
        recent.agent_code,
        recent.branch_code,
        max(shared_phone.people) as signal_count,
        max(shared_phone.threshold) as threshold,
        min(recent.registration_date) as from_date,
        max(recent.registration_date) as to_date
    from recent
    inner join shared_phone on recent.phone_key = shared_phone.phone_key
    group by recent.phone_key, recent.agent_code, recent.branch_code
),

frequent_series as (
    select
        recent.nik_series_key,
        max(parameter.series_people) as threshold
    from recent
    cross join parameter
    where recent.nik_series_key is not null
    group by recent.nik_series_key
    having count(*) >= max(parameter.series_people)
),

same_series as (
    select
        'nik_series' as kind,
        recent.agent_code,
        recent.branch_code,
        count(distinct recent.participant_key) as signal_count,
        frequent_series.threshold,
        min(recent.registration_date) as from_date,
        max(recent.registration_date) as to_date
    from recent
    inner join frequent_series on recent.nik_series_key = frequent_series.nik_series_key
    group by recent.nik_series_key, recent.agent_code, recent.branch_code, frequent_series.threshold
    having count(distinct recent.participant_key) >= frequent_series.threshold
),

acquired as materialized (
    select acquisition.*
    from core.acquisition
    cross join parameter
    cross join as_of
    where
        year(acquisition.period) * 12 + month(acquisition.period) - 1 > as_of.last_index - parameter.window_months
        and year(acquisition.period) * 12 + month(acquisition.period) - 1 < as_of.last_index - parameter.unpaid_months
),

-- Few of all accounts, picked before anything is joined with them.
paid as (
    select
        participant_key,
        total_rp
    from core.account
    where participant_key in (select acquired.participant_key from acquired)
),

judged as (
    select
        acquired.agent_code,
        acquired.branch_code,
        acquired.period,
        acquired.registration_date,
        case when paid.total_rp > 0 then 0 else 1 end as is_unpaid
    from acquired
    left join paid on acquired.participant_key = paid.participant_key
),

never_paid as (
    select
        'registrations_never_paid' as kind,
        judged.agent_code,
        judged.branch_code,
        sum(judged.is_unpaid) as signal_count,
        max(parameter.unpaid_people) as threshold,
        min(case judged.is_unpaid when 1 then judged.registration_date end) as from_date,
        max(case judged.is_unpaid when 1 then judged.registration_date end) as to_date
    from judged
    cross join parameter
    group by judged.agent_code, judged.branch_code, judged.period
    having
        sum(judged.is_unpaid) >= max(parameter.unpaid_people)
        and sum(judged.is_unpaid) * 100 >= count(*) * max(parameter.unpaid_percent)
),

-- Stretches in which what is due depends on the sector.
doubtful_stretch as (
    select
        from_month,
        coalesce(to_month, date '9999-12-31') as to_month,
        programmes,
        payer
    from core.contribution_due
    group by from_month, to_month, programmes, payer
    having count(distinct due_rp) > count(distinct base_rp)
),

doubtful_time as (
    select
        min(from_month) - interval 11 month as from_month,
        max(to_month) as to_month
    from doubtful_stretch
),

doubtful_payment as (
    select
        contribution.participant_key,
        contribution.agent_code,
        contribution.branch_code,
        contribution.payment_date,
        contribution.period,
        contribution.first_month,
        contribution.months,
        contribution.programmes,
        contribution.payer,
        contribution.amount_rp
    from core.contribution
    cross join doubtful_time
    cross join as_of
    cross join parameter
    where
        contribution.amount_rp > 0
        and contribution.first_month >= doubtful_time.from_month
        and contribution.first_month <= doubtful_time.to_month
        and year(contribution.period) * 12 + month(contribution.period) - 1
        > as_of.last_index - parameter.window_months
        and exists (
            select 1
            from doubtful_stretch as stretch
            where
                stretch.programmes = contribution.programmes
                and stretch.payer = contribution.payer
                and stretch.to_month >= contribution.first_month
                and year(stretch.from_month) * 12 + month(stretch.from_month)
                < year(contribution.first_month) * 12 + month(contribution.first_month) + contribution.months
        )
),

named_sector as (
    select distinct sector
    from core.contribution_due
    where sector is not null
),

-- The sector as the fee schedule knows it: one with discounts of its own, or null for all others.
sector_payment as (
    select
        payment.*,
        named_sector.sector as own_sector
    from doubtful_payment as payment
    inner join core.participant_spell as spell
        on
            payment.participant_key = spell.participant_key
            and payment.payment_date >= spell.valid_from
            and payment.payment_date < coalesce(spell.valid_to, date '9999-12-31')
    inner join core.occupation_sector as meant on spell.occupation = meant.occupation
    left join named_sector on meant.sector = named_sector.sector
    where meant.sector not in ('unspecific', 'unmapped', 'unstated')
),

asked as (
    select distinct
        first_month,
        months,
        programmes,
        payer,
        amount_rp,
        own_sector
    from sector_payment
),

asked_month as (
    select
        *,
        unnest(generate_series(0, months - 1)) as step
    from asked
),

total as (
    select
        asked_month.first_month,
        asked_month.months,
        asked_month.programmes,
        asked_month.payer,
        asked_month.amount_rp,
        asked_month.own_sector,
        due.sector
    from asked_month
    inner join core.contribution_due as due
        on
            asked_month.programmes = due.programmes
            and asked_month.payer = due.payer
            and asked_month.first_month + to_months(cast(asked_month.step as integer)) >= due.from_month
            and asked_month.first_month + to_months(cast(asked_month.step as integer))
            <= coalesce(due.to_month, date '9999-12-31')
    group by
        asked_month.first_month, asked_month.months, asked_month.programmes, asked_month.payer, asked_month.amount_rp,
        asked_month.own_sector, due.sector, due.base_rp
    having sum(due.due_rp) = asked_month.amount_rp
),

of_another as (
    select
        first_month,
        months,
        programmes,
        payer,
        amount_rp,
        own_sector
    from total
    group by first_month, months, programmes, payer, amount_rp, own_sector
    having max(case when coalesce(sector, '') = coalesce(own_sector, '') then 1 else 0 end) = 0
),

other_sector as (
    select
        'amount_of_another_sector' as kind,
        payment.agent_code,
        payment.branch_code,
        count(*) as signal_count,
        1 as threshold,
        min(payment.payment_date) as from_date,
        max(payment.payment_date) as to_date
    from sector_payment as payment
    inner join of_another
        on
            payment.first_month = of_another.first_month
            and payment.months = of_another.months
            and payment.programmes = of_another.programmes
            and payment.payer = of_another.payer
            and payment.amount_rp = of_another.amount_rp
            and coalesce(payment.own_sector, '') = coalesce(of_another.own_sector, '')
    group by payment.agent_code, payment.branch_code, payment.period
),

every as (
    select
        *,
        concat(
            lpad(cast(minute_of_day // 60 as varchar), 2, '0'), ':', lpad(cast(minute_of_day % 60 as varchar), 2, '0')
        ) as clock
    from same_minute
    union all
    select
        *,
        null as minute_of_day,
        null as clock
    from same_phone
    union all
    select
        *,
        null as minute_of_day,
        null as clock
    from same_series
    union all
    select
        *,
        null as minute_of_day,
        null as clock
    from never_paid
    union all
    select
        *,
        null as minute_of_day,
        null as clock
    from other_sector
    union all by name
    select
        *,
        1 as threshold
    from core.taken_signal
),

final as (
    select
        cast(date_trunc('month', to_date) as date) as month,  -- Month of the last of them, its first day
        cast(date_trunc('month', to_date) as date) as period,  -- The same; in the lake only
        -- registrations_in_one_minute, one_phone_many_people, registrations_never_paid, nik_series or
        -- amount_of_another_sector; acquisition_dated_back, agents_back_and_forth or refunded_after_close
        kind,
        agent_code,  -- Agent whose registrations or payments they are; null for the branch's own
        branch_code,  -- Branch that took the registrations or payments
        cast(
            signal_count as integer
        ) as signal_count,  -- Registrations (in one minute), payments (of another sector), refunds, people otherwise
        threshold,  -- From how many on it is a signal
        from_date,  -- Day of the first of these registrations or payments
        to_date,  -- Day of the last one
        clock,  -- The minute, as HH:MM; null for other kinds
        amount_rp,  -- Incentive that hangs on it, before tax; null for the kinds of which none is told
        to_date >= (select running_month.first_day from core.running_month) as is_running  -- True until it is over
    from every
    order by period, kind, branch_code, agent_code, from_date, to_date, clock, signal_count
)

select * from final
