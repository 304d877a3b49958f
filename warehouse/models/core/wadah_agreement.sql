/*
grain: one row per branch, wadah and spell (branch_code, wadah_code, valid_from); spells do not overlap
meaning: Which agreement (PKS) between a wadah and a branch was in force on a day, and the incentive scheme that it
    names. Both the first and the last day of an agreement are in force. Where agreements overlap, the one that
    began later holds.
date: pks_from and pks_to, both days included
source: core.agreement
owner: head office, Perisai monitoring
caveats: an overlap of agreements with different schemes is listed in marts.agreement_problem
*/
with border as (
    select
        branch_code,
        wadah_code,
        valid_from
    from core.agreement
    union
    select
        branch_code,
        wadah_code,
        valid_to as valid_from
    from core.agreement
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
    inner join core.agreement
        on
            stretch.branch_code = agreement.branch_code
            and stretch.wadah_code = agreement.wadah_code
            and stretch.valid_from >= agreement.valid_from
            and stretch.valid_from < agreement.valid_to
    qualify row_number() over (
        partition by stretch.branch_code, stretch.wadah_code, stretch.valid_from
        order by agreement.valid_from desc, agreement.pks_no desc
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
