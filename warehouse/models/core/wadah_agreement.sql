/*
grain: one row per branch, wadah and spell (branch_code, wadah_code, valid_from); spells do not overlap
meaning: Which agreement (PKS) between a wadah and a branch was in force on a day, and the incentive scheme that it
    names. Both the first and the last day of an agreement are in force. Where agreements overlap, the one that
    began later holds.
date: pks_from and pks_to, both days included
source: raw.agents of effective deliveries
owner: head office, Perisai monitoring
caveats: known from the rosters, so only agreements that some roster ever named; the latest roster that names an
    agreement says what its dates and scheme are
*/
with source as (
    select agents.*
    from raw.agents
    inner join core.delivery on agents.delivery_id = delivery.delivery_id
    where delivery.effective and agents.wadah_code is not null and agents.pks_no is not null
),

agreement as (
    select
        branch_code,
        wadah_code,
        wadah_name,
        pks_no,
        scheme,
        pks_from,
        cast(pks_to + interval 1 day as date) as pks_end
    from source
    qualify row_number() over (
        partition by branch_code, wadah_code, pks_no
        order by business_date desc, pks_from desc, pks_to desc, scheme desc, wadah_name desc
    ) = 1
),

border as (
    select
        branch_code,
        wadah_code,
        pks_from as valid_from
    from agreement
    union
    select
        branch_code,
        wadah_code,
        pks_end as valid_from
    from agreement
),

stretch as (
    select
        *,
        lead(valid_from) over (partition by branch_code, wadah_code order by valid_from) as valid_to
    from border
),

in_force as (
    select
        stretch.branch_code,
        stretch.wadah_code,
        stretch.valid_from,
        stretch.valid_to,
        agreement.wadah_name,
        agreement.pks_no,
        agreement.scheme
    from stretch
    inner join agreement
        on
            stretch.branch_code = agreement.branch_code
            and stretch.wadah_code = agreement.wadah_code
            and stretch.valid_from >= agreement.pks_from
            and stretch.valid_from < agreement.pks_end
    qualify row_number() over (
        partition by stretch.branch_code, stretch.wadah_code, stretch.valid_from
        order by agreement.pks_from desc, agreement.pks_no desc
    ) = 1
),

final as (
    select
        branch_code,  -- Branch that made the agreement
        wadah_code,  -- Wadah (Kantor Perisai) that made it
        valid_from,  -- First day of the spell
        valid_to,  -- Day after the last one
        wadah_name,  -- Name of the wadah
        pks_no,  -- Number of the agreement
        scheme  -- Incentive scheme that the agreement names
    from in_force
    order by branch_code, wadah_code, valid_from
)

select * from final
