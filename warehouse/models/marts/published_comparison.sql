/*
grain: one row per published figure (figure_id)
key: figure_id
meaning: Figures that were published elsewhere beside the same figures as the warehouse computes them, and whether
    the source agrees with itself: parts with their total, a ratio with its own numerator and denominator.
date: period_to; a state at the end of its month, a count from period_from to period_to
source: reference.published_figure; marts.coverage_month, core.claim_status, core.registration, core.agent,
    core.region_history
owner: head office, data team
caveats: a state is compared with the month of its last day, a count over time with what happened up to that day;
    computed is null if the warehouse does not reach that month, or if claims are those of fewer than smallest_cell
    people. The difference is shown and never repaired. A figure is as exact as it was printed: 8.02 m is anything from
    8,015,000 to 8,025,000, a count that was printed to the last digit is exact, and parts or a ratio agree if some
    values within what was printed do
*/
with figure as (
    select
        *,
        cast(date_trunc('month', period_to) as date) as month,
        coalesce(period_from, date '0001-01-01') as from_date,
        cast(
            case
                when decimals = 0 and not regexp_matches(subject, '_(pct|points)$') then 0
                else 0.5 * pow(10, -decimals)
            end as decimal(24, 6)
        ) as rounding
    from reference.published_figure
),

-- What those who are counted in a region on the day of a figure named: itself or what went into it, also in a province.
member as (
    select
        figure.figure_id,
        history.state = 'in_force' and figure.region_code = history.parent_code as is_regency_of_it,
        history.region_code as member_code
    from figure
    inner join core.region_history as history
        on
            figure.region_code in (history.shown_code, history.parent_code)
            and figure.month >= coalesce(history.first_month, figure.month)
            and figure.month <= coalesce(history.last_month, figure.month)
),

covered as (
    select
        figure.figure_id,
        case figure.subject
            when 'informal_workers' then cast(bpu.universe as decimal(20, 4))
            when 'protected' then cast(bpu.protected as decimal(20, 4))
            when 'protected_by_perisai' then cast(bpu.perisai as decimal(20, 4))
            when 'coverage_pct' then cast(bpu.coverage_pct as decimal(20, 4))
            when 'perisai_share_pct' then cast(bpu.perisai_share_pct as decimal(20, 4))
            when 'ucj_points' then cast(bpu.ucj_points as decimal(20, 4))
            when 'ucj_coverage_pct' then cast(ucj.coverage_pct as decimal(20, 4))
        end as computed
    from figure
    inner join marts.coverage_month as bpu
        on
            figure.region_code = bpu.region_code
            and figure.month = bpu.month
            and bpu.definition = 'bpu'
    inner join marts.coverage_month as ucj
        on
            figure.region_code = ucj.region_code
            and figure.month = ucj.month
            and ucj.definition = 'ucj'
),

paid as (
    select
        figure.figure_id,
        case figure.subject
            when 'perisai_claims_paid_count' then cast(count(claim.claim_no) as decimal(20, 4))
            when 'perisai_claims_paid_rp' then cast(coalesce(sum(claim.amount_rp), 0) as decimal(20, 4))
        end as computed
    from figure
    inner join member on figure.figure_id = member.figure_id
    left join core.claim_status as claim
        on
            member.member_code = claim.region_code
            and claim.status = 'Dibayarkan'
            and claim.channel = 'perisai'
            and figure.from_date <= claim.reached_date
            and figure.period_to >= claim.reached_date
    inner join reference.parameter on parameter.parameter = 'smallest_cell'
    where figure.subject in ('perisai_claims_paid_count', 'perisai_claims_paid_rp')
    group by figure.figure_id, figure.subject, parameter.value
    having count(distinct claim.participant_key) = 0 or count(distinct claim.participant_key) >= parameter.value
),

-- Registrations that name an agent, whether or not they are the first of the person.
registered as (
    select
        figure.figure_id,
        cast(count(registration.registration_no) as decimal(20, 4)) as computed
    from figure
    inner join member on figure.figure_id = member.figure_id
    left join core.registration
        on
            member.member_code = registration.region_code
            and registration.agent_code is not null
            and figure.from_date <= registration.registration_date
            and figure.period_to >= registration.registration_date
    where figure.subject = 'perisai_registrations'
    group by figure.figure_id
),

working as (
    select
        figure.figure_id,
        cast(count(distinct agent.agent_code) as decimal(20, 4)) as computed
    from figure
    inner join member on figure.figure_id = member.figure_id
    left join core.agent
        on
            member.member_code = agent.region_code
            and agent.status = 'AKTIF'
            and figure.period_to >= agent.valid_from
            and figure.period_to < coalesce(agent.valid_to, date '9999-12-31')
    where figure.subject = 'agents'
    group by figure.figure_id
),

listed_region as (
    select
        figure.figure_id,
        cast(count(member.member_code) as decimal(20, 4)) as computed
    from figure
    left join member on figure.figure_id = member.figure_id and member.is_regency_of_it
    where figure.subject = 'regencies'
    group by figure.figure_id
),

computed as (
    select * from covered
    where computed is not null
    union all
    select * from paid
    union all
    select * from registered
    union all
    select * from working
    union all
    select * from listed_region
),

listed as (
    select
        figure_id,
        'part' as role,
        unnest(string_split(total_of, ';')) as term
    from figure
    union all
    select
        figure_id,
        'numerator' as role,
        unnest(string_split(numerator, ';')) as term
    from figure
),

added as (
    select
        listed.figure_id,
        listed.role,
        case
            when count(*) = count(figure.published)
                then sum(case when listed.term like '-%' then -figure.published else figure.published end)
        end as total,
        sum(figure.rounding) as rounding
    from listed
    left join figure on regexp_replace(listed.term, '^-', '') = figure.figure_id
    group by listed.figure_id, listed.role
),

compared as (
    select
        figure.*,
        computed.computed,
        part.total as parts_sum,
        figure.rounding + part.rounding as parts_rounding,
        cast(numerator.total as double) as upper,
        cast(numerator.rounding as double) as upper_rounding,
        coalesce(cast(denominator.published as double), case when figure.denominator is null then 1 end) as lower,
        coalesce(cast(denominator.rounding as double), 0) as lower_rounding,
        coalesce(cast(figure.factor as double), 100) as times
    from figure
    left join computed on figure.figure_id = computed.figure_id
    left join added as part on figure.figure_id = part.figure_id and part.role = 'part'
    left join added as numerator on figure.figure_id = numerator.figure_id and numerator.role = 'numerator'
    left join figure as denominator on figure.denominator = denominator.figure_id
),

judged as (
    select
        *,
        upper * times / lower as own_value,
        case
            when total_of is not null then coalesce(abs(parts_sum - published) <= parts_rounding, false)
        end as parts_agree,
        case
            when numerator is not null
                then coalesce(
                    (upper - upper_rounding) * times / (lower + lower_rounding) <= published + rounding
                    and (upper + upper_rounding) * times / (lower - lower_rounding) >= published - rounding,
                    false
                )
        end as ratio_agrees
    from compared
),

final as (
    select
        figure_id,  -- Name of the figure
        subject,  -- What is counted
        region_code,  -- Region that the figure is for
        period_from,  -- First day that it covers; null for a state on one day
        period_to,  -- Last day that it covers, or the day of the state
        published,  -- The figure as published
        cast(computed as decimal(20, 4)) as computed,  -- The same figure from the warehouse; null if out of its reach
        cast(published - computed as decimal(20, 4)) as difference,  -- published minus computed
        abs(published - computed) <= rounding as agrees,  -- True if computed, rounded as published, is the same
        coalesce(parts_agree, true)
        and coalesce(ratio_agrees, true) as self_consistent,  -- False if the published parts or ratio do not give it
        parts_sum,  -- Sum of the published parts; null if it has none or one is missing
        case when factor is null then own_value end as own_ratio_pct,  -- own_value, if it is a percentage
        parts_agree,  -- True if the parts add up to the figure, false if not or if one is missing; null if it has none
        cast(published - parts_sum as decimal(20, 4)) as parts_difference,  -- published minus parts_sum
        ratio_agrees,  -- True if own_value can be the figure, as exactly as all were printed; null if it has none
        cast(published as double) - own_value as ratio_difference,  -- published minus own_value
        published_on,  -- Day of publication; null if not known
        source,  -- Where it was published
        own_value,  -- Published numerators by the published denominator, times the factor; null if it has none
        rounding  -- Half of the last digit that was printed; 0 for a count to the last digit
    from judged
    order by figure_id
)

select * from final
