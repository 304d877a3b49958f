/*
grain: one row per kind, agent, branch and month (kind, agent_code, branch_code, month of to_date)
meaning: Ways in which an acquisition may be taken from another agent, and money that was given back once its month was
    closed. acquisition_dated_back: the first registration of a person by its date came later than one of another agent
    that has no earlier date, and so took the acquisition. agents_back_and_forth: a person was registered by an agent,
    by another and by the first again. refunded_after_close: payments of a closed month that were given back later.
date: business_date of the delivery for acquisition_dated_back, registration_date of the return to the agent, and
    payment_date of the refund
source: core.registration, core.contribution_month, core.incentive_earning, closed.month; parameter
    signal_window_months
owner: head office, Perisai monitoring
caveats: a signal proves nothing: branches deliver late, and people change their agent for good reasons. amount_rp is
    what the agent earns by the acquisitions of these people, by all that these people paid, or what the refunds take
    back; a flat acquisition is of no single person and is not in it
*/
with often as (
    select participant_key
    from core.registration
    where person_registration_no = 3
),

returned as (
    select
        *,
        lag(agent_code, 1) over (partition by participant_key order by person_registration_no) as agent_before,
        lag(agent_code, 2) over (partition by participant_key order by person_registration_no) as agent_before_that
    from core.registration
    where participant_key in (from often)
),

registered as (
    select distinct
        'acquisition_dated_back' as kind,
        taken.agent_code,
        taken.branch_code,
        taken.participant_key,
        taken.business_date as day
    from core.registration as taken
    inner join core.registration as known
        on
            taken.participant_key = known.participant_key
            and taken.agent_code <> known.agent_code
            and taken.business_date > known.business_date
            and taken.registration_date <= known.registration_date
    where taken.person_registration_no = 1
    union all
    select
        'agents_back_and_forth' as kind,
        agent_code,
        branch_code,
        participant_key,
        registration_date as day
    from returned
    where agent_code = agent_before_that and agent_code <> agent_before
),

earned as (
    select
        participant_key,
        agent_code,
        sum(case rule when 'acquisition' then amount_rp else 0 end) as acquired_rp,
        sum(amount_rp) as amount_rp
    from core.incentive_earning
    where participant_key in (select registered.participant_key from registered)
    group by participant_key, agent_code
),

-- Of a person who came back several times in a month the rupiah are counted once.
person as (
    select
        registered.kind,
        registered.agent_code,
        registered.branch_code,
        date_trunc('month', registered.day) as month,
        registered.participant_key,
        min(registered.day) as from_date,
        max(registered.day) as to_date,
        max(case registered.kind when 'agents_back_and_forth' then earned.amount_rp else earned.acquired_rp end)
            as amount_rp
    from registered
    left join earned
        on registered.participant_key = earned.participant_key and registered.agent_code = earned.agent_code
    group by
        registered.kind, registered.agent_code, registered.branch_code, date_trunc('month', registered.day),
        registered.participant_key
),

refund as (
    select
        refund.agent_code,
        refund.branch_code,
        refund.receipt_no,
        refund.period as month,
        any_value(refund.payment_date) as day,
        sum(earning.amount_rp) as amount_rp
    from core.contribution_month as refund
    inner join closed.month as closing
        on date_trunc('month', refund.earned_date) = closing.period and refund.period > closing.period
    left join core.incentive_earning as earning
        on
            refund.branch_code = earning.source_branch_code
            and refund.receipt_no = earning.source_no
            and refund.contribution_month = earning.contribution_month
            and earning.rule = 'contribution'
    where refund.is_refund and refund.basis_rp < 0
    group by refund.agent_code, refund.branch_code, refund.receipt_no, refund.period
),

every as (
    select
        kind,
        agent_code,
        branch_code,
        month,
        from_date,
        to_date,
        amount_rp
    from person
    union all
    select
        'refunded_after_close' as kind,
        agent_code,
        branch_code,
        month,
        day as from_date,
        day as to_date,
        amount_rp
    from refund
),

as_of as (
    select date_trunc('month', max(business_date)) as last_month
    from raw.business_day
),

recent as (
    select every.*
    from every
    cross join as_of
    inner join reference.parameter as span on span.parameter = 'signal_window_months'
    where every.month > as_of.last_month - to_months(cast(span.value as integer))
),

final as (
    select
        kind,  -- acquisition_dated_back, agents_back_and_forth or refunded_after_close
        agent_code,  -- Agent who earns by it; of a refund the one whose payment was given back, or null
        branch_code,  -- Branch that took the registrations, or that gave the money back
        count(*) as signal_count,  -- People, or refunds
        min(from_date) as from_date,  -- Day of the first of them
        max(to_date) as to_date,  -- Day of the last one
        cast(coalesce(sum(amount_rp), 0) as decimal(20, 2)) as amount_rp  -- Incentive that hangs on it, before tax
    from recent
    group by kind, agent_code, branch_code, month
)

select * from final
