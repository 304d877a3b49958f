/*
grain: one row per delivery of registrations or contributions of which a row stands in core (delivery_id)
key: delivery_id
sums: row
meaning: How many of a delivery's rows stand in core, and for how many payments the person is not known.
source: core.registration, core.contribution
owner: head office, data team
*/
with every as (
    select
        delivery_id,
        0 as unresolved
    from core.registration
    union all
    select
        delivery_id,
        case when participant_key is null then 1 else 0 end as unresolved
    from core.contribution
),

final as (
    select
        delivery_id,  -- Identifies the delivery
        count(*) as row_count,  -- Rows that stand in core
        cast(sum(unresolved) as bigint) as unresolved_count  -- Payments for cards that no registration names
    from every
    group by delivery_id
)

select * from final
