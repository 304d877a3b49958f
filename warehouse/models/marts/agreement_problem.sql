/*
grain: one row per period and problem of a wadah's agreements (PKS) with a branch: per pair of agreements that overlap
    (overlapping_terms), per agreement whose scheme has no terms in the month (scheme_not_in_force), per wadah whose
    agents did something without an agreement (no_agreement)
meaning: Months whose incentive cannot be settled before somebody has put the agreements right. While a period has a row
    here, it is not closed.
date: registration_date and payment_date; the month in which there was no agreement, or more than one
source: core.agreement, reference.incentive_scheme, core.acquisition, core.doubtful_payment, core.agent,
    raw.business_day
owner: head office, Perisai monitoring
caveats: agreements that overlap under the same scheme pay the same and are no problem. Agents on no roster have no
    wadah, and therefore no row here but one in marts.roster_gap. Refunds are no activity
version: 2
withheld: period
*/
with as_of as (
    select max(business_date) as as_of_date
    from raw.business_day
),

agreement as (
    select
        *,
        concat(
            pks_no, ' (', cast(valid_from as varchar), '..', cast(valid_to - 1 as varchar), ', ', scheme, ')'
        ) as words
    from core.agreement
),

overlap as (
    select
        one.branch_code,
        one.wadah_code,
        other.valid_from as from_date,
        least(one.valid_to, other.valid_to) - 1 as to_date,
        concat(one.words, ', ', other.words) as both_agreements
    from agreement as one
    inner join agreement as other
        on
            one.branch_code = other.branch_code
            and one.wadah_code = other.wadah_code
            and one.scheme <> other.scheme
            and one.valid_to > other.valid_from
            and (
                one.valid_from < other.valid_from
                or (one.valid_from = other.valid_from and one.pks_no < other.pks_no)
            )
),

overlap_month as (
    select
        *,
        cast(unnest(
            generate_series(date_trunc('month', from_date), date_trunc('month', to_date), interval 1 month)
        ) as date) as period
    from overlap
),

activity as (
    select
        acquisition.registration_date as activity_date,
        acquisition.agent_code,
        agent.branch_code,
        acquisition.wadah_code,
        1 as acquisitions,
        0 as contributions
    from core.acquisition
    inner join core.agent
        on
            acquisition.agent_code = agent.agent_code
            and acquisition.registration_date >= agent.valid_from
            and acquisition.registration_date < coalesce(agent.valid_to, date '9999-12-31')
    where acquisition.scheme is null and acquisition.wadah_code is not null
    union all
    select
        payment_date as activity_date,
        agent_code,
        agent_branch_code as branch_code,
        wadah_code,
        0 as acquisitions,
        payments as contributions
    from core.doubtful_payment
    where wadah_code is not null and not has_agreement
),

unagreed as (
    select
        branch_code,
        wadah_code,
        cast(date_trunc('month', activity_date) as date) as period,
        min(activity_date) as from_date,
        max(activity_date) as to_date,
        sum(acquisitions) as acquisitions,
        sum(contributions) as contributions,
        min(agent_code) as first_agent,
        count(distinct agent_code) as agents
    from activity
    group by branch_code, wadah_code, date_trunc('month', activity_date)
),

agreement_month as (
    select
        *,
        cast(unnest(
            generate_series(date_trunc('month', valid_from), date_trunc('month', valid_to - 1), interval 1 month)
        ) as date) as period
    from agreement
),

scheme_terms as (
    select
        scheme,
        string_agg(concat(valid_from, '..', valid_to), ', ' order by valid_from) as known
    from reference.incentive_scheme
    group by scheme
),

termless as (
    select
        agreement_month.*,
        scheme_terms.known
    from agreement_month
    left join reference.incentive_scheme as terms
        on
            agreement_month.scheme = terms.scheme
            and agreement_month.period >= date_trunc('month', terms.valid_from)
            and agreement_month.period <= coalesce(terms.valid_to, agreement_month.period)
    left join scheme_terms on agreement_month.scheme = scheme_terms.scheme
    where terms.scheme is null
),

known as (
    select
        branch_code,
        wadah_code,
        string_agg(words, ', ' order by valid_from, pks_no) as agreements
    from agreement
    group by branch_code, wadah_code
),

every as (
    select
        overlap_month.period,
        overlap_month.branch_code,
        overlap_month.wadah_code,
        'overlapping_terms' as problem,
        overlap_month.from_date,
        overlap_month.to_date,
        concat(
            overlap_month.both_agreements, ' bertumpang tindih dari ', overlap_month.from_date, ' sampai ',
            overlap_month.to_date,
            ' / ', overlap_month.both_agreements, ' overlap from ', overlap_month.from_date, ' to ',
            overlap_month.to_date
        ) as detail
    from overlap_month
    inner join as_of on overlap_month.period <= as_of.as_of_date
    union all
    select
        termless.period,
        termless.branch_code,
        termless.wadah_code,
        'scheme_not_in_force' as problem,
        greatest(termless.valid_from, termless.period) as from_date,
        least(termless.valid_to - 1, last_day(termless.period)) as to_date,
        concat(
            termless.words, ': skemanya mempunyai aturan untuk masa ', coalesce(termless.known, '-'),
            ' / ', termless.words, ': its scheme has terms for the time ', coalesce(termless.known, '-')
        ) as detail
    from termless
    inner join as_of on termless.period <= as_of.as_of_date
    union all
    select
        unagreed.period,
        unagreed.branch_code,
        unagreed.wadah_code,
        'no_agreement' as problem,
        unagreed.from_date,
        unagreed.to_date,
        concat(
            unagreed.acquisitions, ' akuisisi dan ', unagreed.contributions, ' iuran dari ', unagreed.agents,
            ' agen (pertama ', unagreed.first_agent, '), pada hari tanpa perjanjian dari ', unagreed.from_date,
            ' sampai ', unagreed.to_date, '; yang diketahui: ', coalesce(known.agreements, '-'),
            ' / ', unagreed.acquisitions, ' acquisitions and ', unagreed.contributions, ' contributions of ',
            unagreed.agents, ' agents (', unagreed.first_agent, ' first), on days without an agreement from ',
            unagreed.from_date, ' to ', unagreed.to_date, '; known: ', coalesce(known.agreements, '-')
        ) as detail
    from unagreed
    left join known on unagreed.branch_code = known.branch_code and unagreed.wadah_code = known.wadah_code
),

final as (
    select
        period as month,  -- Month that has the problem, its first day
        period,  -- The same; in the lake only
        branch_code,  -- Branch that made the agreements, or on whose roster the agents stand
        wadah_code,  -- Wadah that has to be asked
        problem,  -- overlapping_terms, scheme_not_in_force or no_agreement
        from_date,  -- First day of the overlap, also if in an earlier month; first day without an agreement or terms
        to_date,  -- Last such day
        detail,  -- The agreements with numbers, dates and schemes, and what happened without one
        period >= (select running_month.first_day from core.running_month) as is_running  -- True until it is over
    from every
    order by period, branch_code, wadah_code, problem, detail
)

select * from final
