/*
grain: one row per agreement (branch_code, wadah_code, pks_no)
meaning: Agreements (PKS) between a wadah and a branch: what the wadah is called, which scheme it is paid by, and until
    when.
date: first_day and last_day, both in force
source: core.agreement
owner: head office, Perisai monitoring
caveats: known from the rosters, so only agreements that some roster ever named; as the latest roster that names each
    of them states it
*/
with final as (
    select
        branch_code,  -- Branch that made the agreement
        wadah_code,  -- Wadah (Kantor Perisai) that made it
        wadah_name,  -- Name of the wadah, an organisation
        pks_no,  -- Number of the agreement
        scheme,  -- Incentive scheme that the agreement names
        valid_from as first_day,  -- First day on which it is in force
        valid_to - 1 as last_day  -- Last day on which it is in force
    from core.agreement
    order by branch_code, wadah_code, pks_no
)

select * from final
