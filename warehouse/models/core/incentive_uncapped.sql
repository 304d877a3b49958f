/*
grain: one row per amount that an agent earned or could have earned: a new participant (acquisition), a month of a
    payment (contribution), an agent's month (acquisition_flat)
meaning: What every event earns by itself, before the cap of a month (core.incentive_earning): the amount with the
    person, rule, basis and rate behind it. What earns nothing stands here too, with the reason.
source: core.acquisition, core.contribution_month, reference.incentive_rule, reference.incentive_scheme
owner: head office, Perisai monitoring
kind: view
caveats: gross, before tax. Wadah, scheme, its terms and rates are those of the day of registration or payment (of the
    payment that it takes back, for a refund), while the threshold
    is counted over all wadahs of the agent in the month; what was registered without an agreement earns nothing
    and does not count. A flat acquisition goes to the wadah of the agent's last new participant of the month. An
    agent's status (AKTIF or not) changes nothing here
*/
with acquisition as (
    select
        acquisition.*,
        scheme.scheme is not null as has_terms,
        scheme.threshold_new,
        scheme.agent_share,
        rule.amount_rp as unit_rp,
        flat.amount_rp as flat_rp
    from core.acquisition
    left join reference.incentive_scheme as scheme
        on
            acquisition.scheme = scheme.scheme
            and acquisition.registration_date >= scheme.valid_from
            and acquisition.registration_date <= coalesce(scheme.valid_to, acquisition.registration_date)
    left join reference.incentive_rule as rule
        on
            scheme.scheme = rule.scheme
            and rule.rule = 'acquisition'
            and (acquisition.programmes = rule.programmes or rule.programmes is null)
            and acquisition.registration_date >= rule.valid_from
            and acquisition.registration_date <= coalesce(rule.valid_to, acquisition.registration_date)
            and acquisition.agent_month_place >= coalesce(rule.new_from, acquisition.agent_month_place)
            and acquisition.agent_month_place <= coalesce(rule.new_to, acquisition.agent_month_place)
    left join reference.incentive_rule as flat
        on
            scheme.scheme = flat.scheme
            and flat.rule = 'acquisition_flat'
            and acquisition.registration_date >= flat.valid_from
            and acquisition.registration_date <= coalesce(flat.valid_to, acquisition.registration_date)
),

acquisition_line as (
    select
        period,
        agent_code,
        wadah_code,
        scheme,
        'acquisition' as rule,
        participant_key,
        delivery_id,
        branch_code as source_branch_code,
        registration_no as source_no,
        agent_share,
        case when counted then 1 else 0 end as new_participants,
        case
            when not counted then 'no_contribution_yet'
            when scheme is null then 'no_agreement'
            when not has_terms then 'scheme_not_in_force'
            when unit_rp is null then 'no_rate'
            when agent_month_count < threshold_new then 'below_threshold'
        end as reason,
        unit_rp as gross_rp
    from acquisition
    where flat_rp is null or not counted
),

flat_line as (
    select
        period,
        agent_code,
        wadah_code,
        scheme,
        'acquisition_flat' as rule,
        agent_share,
        count(*) over (partition by period, agent_code, scheme) as new_participants,
        -- where programmes are counted apart, one of the counts has to reach it
        case
            when
                max(agent_month_count) over (partition by period, agent_code, scheme) < threshold_new
                then 'below_threshold'
        end as reason,
        flat_rp as gross_rp
    from acquisition
    where flat_rp is not null and counted
    qualify row_number() over (
        partition by period, agent_code, scheme order by registration_date desc, registration_no desc
    ) = 1
),

contribution_line as (
    select
        paid_month.period,
        paid_month.agent_code,
        paid_month.wadah_code,
        paid_month.scheme,
        'contribution' as rule,
        paid_month.participant_key,
        paid_month.contribution_month,
        paid_month.contribution_month_no,
        paid_month.basis_rp,
        rule.rate,
        paid_month.delivery_id,
        paid_month.branch_code as source_branch_code,
        paid_month.receipt_no as source_no,
        scheme.agent_share,
        case
            when paid_month.scheme is null then 'no_agreement'
            when scheme.scheme is null then 'scheme_not_in_force'
            when paid_month.reason is not null then paid_month.reason
            when paid_month.payer in ('APBN', 'APBD') and not scheme.state_paid_earns then 'state_paid'
            when rule.rate is null then 'after_last_month'
        end as reason
    from core.contribution_month as paid_month
    left join reference.incentive_scheme as scheme
        on
            paid_month.scheme = scheme.scheme
            and paid_month.earned_date >= scheme.valid_from
            and paid_month.earned_date <= coalesce(scheme.valid_to, paid_month.earned_date)
    left join reference.incentive_rule as rule
        on
            scheme.scheme = rule.scheme
            and paid_month.earned_date >= rule.valid_from
            and paid_month.earned_date <= coalesce(rule.valid_to, paid_month.earned_date)
            and rule.rule = 'contribution'
            and (paid_month.programmes = rule.programmes or rule.programmes is null)
            and paid_month.contribution_month_no >= coalesce(rule.month_from, paid_month.contribution_month_no)
            and paid_month.contribution_month_no <= coalesce(rule.month_to, paid_month.contribution_month_no)
    where paid_month.agent_code is not null
),

every as (
    select
        period,
        agent_code,
        wadah_code,
        scheme,
        rule,
        participant_key,
        cast(null as date) as contribution_month,
        cast(null as integer) as contribution_month_no,
        cast(null as bigint) as basis_rp,
        cast(null as decimal(7, 4)) as rate,
        reason,
        delivery_id,
        source_branch_code,
        source_no,
        agent_share,
        new_participants,
        cast(case when reason is null then gross_rp else 0 end as decimal(24, 4)) as gross_rp
    from acquisition_line
    union all
    select
        period,
        agent_code,
        wadah_code,
        scheme,
        rule,
        null as participant_key,
        null as contribution_month,
        null as contribution_month_no,
        null as basis_rp,
        null as rate,
        reason,
        null as delivery_id,
        null as source_branch_code,
        null as source_no,
        agent_share,
        new_participants,
        cast(case when reason is null then gross_rp else 0 end as decimal(24, 4)) as gross_rp
    from flat_line
    union all
    select
        period,
        agent_code,
        wadah_code,
        scheme,
        rule,
        participant_key,
        contribution_month,
        contribution_month_no,
        basis_rp,
        case when reason is null then rate end as rate,
        reason,
        delivery_id,
        source_branch_code,
        source_no,
        agent_share,
        0 as new_participants,
        cast(case when reason is null then basis_rp * rate else 0 end as decimal(24, 4)) as gross_rp
    from contribution_line
),

final as (
    select
        period,  -- Month of registration, payment or refund, its first day
        agent_code,  -- Perisai who earns
        wadah_code,  -- Wadah of the agent on the day of registration or payment; null if on no roster
        scheme,  -- Incentive scheme in force that day; null without an agreement
        rule,  -- acquisition, acquisition_flat or contribution
        participant_key,  -- The person; null for a flat acquisition
        contribution_month,  -- Month that was paid for, its first day; null for acquisitions
        contribution_month_no,  -- Number of that month; null for acquisitions and for months that already counted
        basis_rp,  -- Contribution for the month that counts, in rupiah, negative for a refund; null for acquisitions
        rate,  -- Share of the basis; null for acquisitions and for what earns nothing
        -- Why it earns nothing; null if it earns: no_contribution_yet, no_agreement, scheme_not_in_force (no terms of
        -- the agreement's scheme hold that day), no_rate, below_threshold, month_not_whole_yet, month_already_counted,
        -- given_back_before, refund_of_uncounted, nothing_received, state_paid or after_last_month
        reason,
        delivery_id,  -- Delivery that brought the registration or payment; null for a flat acquisition
        source_branch_code,  -- Branch that took the registration or payment; null for a flat acquisition
        source_no,  -- That branch's number of the registration or of the receipt; null for a flat acquisition
        gross_rp,  -- Exact incentive before the split between agent and wadah
        agent_share,  -- Share of it that the agent keeps; null without an agreement
        new_participants  -- New participants that the line stands for
    from every
)

select * from final
