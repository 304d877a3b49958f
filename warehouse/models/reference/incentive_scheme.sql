/*
grain: one row per scheme and day from which its terms hold
key: scheme, valid_from
meaning: Terms of each incentive scheme; an agreement (PKS) names the scheme that it follows.
date: registration_date for threshold and acquisitions, payment_date for contributions, the month for what the wadah
    gets, its agents and tax; valid_from to valid_to
source: warehouse/reference/incentive_scheme.csv
owner: head office, membership
version: 2
caveats: the agreement decides which scheme pays; where that has no row for the day, nothing is paid, and
    marts.agreement_problem names the agreement. A row without a last day holds until the next one of the scheme begins.
    Rows begin and end with a month, since incentives are settled by month. tax_rate is empty because no published rate
    settles it
*/
with source as (
    select *
    from read_csv(
        getvariable('reference') || '/incentive_scheme.csv',
        header = true, all_varchar = true, delim = ',', quote = '"', nullstr = ''
    )
),

renamed as (
    select
        scheme,
        cast(valid_from as date) as valid_from,
        cast(valid_to as date) as valid_to,
        cast(threshold_new as integer) as threshold_new,
        cast(threshold_per_programmes as boolean) as threshold_per_programmes,
        cast(acquisition_needs_contribution as boolean) as acquisition_needs_contribution,
        cast(state_paid_earns as boolean) as state_paid_earns,
        cast(agent_share as decimal(5, 2)) as agent_share,
        cast(management_rate as decimal(7, 4)) as management_rate,
        cast(minimum_agents as integer) as minimum_agents,
        cast(management_rate_below_minimum as decimal(7, 4)) as management_rate_below_minimum,
        cast(agent_cap_rp as bigint) as agent_cap_rp,
        cast(months_count_from as date) as months_count_from,
        cast(tax_rate as decimal(7, 4)) as tax_rate,
        citation
    from source
),

followed as (
    select
        *,
        lead(valid_from) over (partition by scheme order by valid_from) - 1 as day_before_next
    from renamed
),

final as (
    select
        scheme,  -- Name of the scheme, as agreements state it
        valid_from,  -- First day on which these terms hold
        coalesce(valid_to, day_before_next) as valid_to,  -- Last such day; null while it goes on
        threshold_new,  -- New participants that an agent needs in a month for the acquisition incentive
        threshold_per_programmes,  -- True if 2- and 3-programme participants have to reach the threshold apart
        acquisition_needs_contribution,  -- True if an acquisition counts only once its first contribution was received
        state_paid_earns,  -- True if contributions paid by APBN or APBD earn an incentive
        agent_share,  -- Share of the incentive that the agent keeps, 1 for all of it
        management_rate,  -- Share of the agents' incentive before their share that the wadah gets
        minimum_agents,  -- Agents that a wadah must have
        management_rate_below_minimum,  -- Its rate for a wadah with fewer agents than that; null for the same rate
        agent_cap_rp,  -- Most that an agent earns in a month under the scheme, before the split; null for no cap
        months_count_from,  -- Day since which payments have a count of contribution months of their own; null for none
        tax_rate,  -- Rate of the tax on what is paid; null if not known
        citation  -- Rule that the row follows
    from followed
    order by scheme, valid_from
)

select * from final
