/*
grain: one row per agreement (branch_code, wadah_code, pks_no)
also: core.delivery through delivery_id, business_date in raw.agents
meaning: Agreements (PKS) between a wadah and a branch, as the latest roster that names each of them states it. Both the
    first and the last day of an agreement are in force. Agreements may overlap; core.wadah_agreement says which holds.
source: raw.agents of effective deliveries
owner: head office, Perisai monitoring
caveats: known from the rosters, so only agreements that some roster ever named
*/
with source as (
    select agents.*
    from raw.agents
    inner join core.delivery on agents.delivery_id = delivery.delivery_id
    where delivery.effective and agents.wadah_code is not null and agents.pks_no is not null
),

latest as (
    select *
    from source
    qualify row_number() over (
        partition by branch_code, wadah_code, pks_no
        order by business_date desc, pks_from desc, pks_to desc, scheme desc, wadah_name desc
    ) = 1
),

final as (
    select
        branch_code,  -- Branch that made the agreement
        wadah_code,  -- Wadah (Kantor Perisai) that made it
        pks_no,  -- Number of the agreement
        pks_from as valid_from,  -- First day
        cast(pks_to + interval 1 day as date) as valid_to,  -- Day after the last one
        wadah_name,  -- Name of the wadah
        scheme  -- Incentive scheme that the agreement names
    from latest
    order by branch_code, wadah_code, pks_no
)

select * from final
