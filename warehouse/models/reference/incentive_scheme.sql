/*
grain: one row per scheme
key: scheme
meaning: Parameters of each incentive scheme; an agreement (PKS) names the scheme that it follows.
date: none; the scheme that an agreement names holds while the agreement does
source: warehouse/reference/incentive_scheme.csv
owner: head office, membership
caveats: the agreement decides which scheme pays, so the dates of the scheme itself are for information; tax_rate
    is empty because no published rate settles it
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
        cast(tax_rate as decimal(7, 4)) as tax_rate,
        citation
    from source
),

final as (
    select
        scheme,  -- Name of the scheme, as agreements state it
        valid_from,  -- First day on which agreements were made under the scheme
        valid_to,  -- Last such day; null while it goes on
        threshold_new,  -- New participants that an agent needs in a month for the acquisition incentive
        threshold_per_programmes,  -- True if 2- and 3-programme participants have to reach the threshold apart
        acquisition_needs_contribution,  -- True if an acquisition counts only once its first contribution was received
        state_paid_earns,  -- True if contributions paid by APBN or APBD earn an incentive
        agent_share,  -- Share of the incentive that the agent keeps, 1 for all of it
        management_rate,  -- Share of the agents' incentive before their share that the wadah gets
        minimum_agents,  -- Agents that a wadah must have
        tax_rate,  -- Rate of the tax on what is paid; null if not known
        citation  -- Rule that the row follows
    from renamed
    order by scheme
)

select * from final
