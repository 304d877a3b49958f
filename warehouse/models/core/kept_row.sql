/*
grain: one row per delivery of registrations or contributions of which a row stands in core (delivery_id)
key: delivery_id
sums: row
meaning: How many of a delivery's rows stand in core, for how many payments the person is not known, and how many
    payments contradict what is known of the person.
source: core.registration, core.contribution
owner: head office, data team
*/
with every as (
    select
        delivery_id,
        0 as unresolved,
        0 as other_programmes,
        0 as other_programmes_rp,
        0 as too_early,
        0 as too_early_rp,
        0 as early_month,
        0 as early_month_rp,
        0 as other_name,
        0 as other_name_rp
    from core.registration
    union all
    select
        delivery_id,
        case when participant_key is null then 1 else 0 end as unresolved,
        case when programmes <> registered_programmes then 1 else 0 end as other_programmes,
        case when programmes <> registered_programmes then amount_rp else 0 end as other_programmes_rp,
        case when participant_key is not null and registered_programmes is null then 1 else 0 end as too_early,
        case
            when participant_key is not null and registered_programmes is null then amount_rp else 0
        end as too_early_rp,
        case when is_before_registration and amount_rp > 0 then 1 else 0 end as early_month,
        case when is_before_registration and amount_rp > 0 then amount_rp else 0 end as early_month_rp,
        case when is_named_otherwise then 1 else 0 end as other_name,
        case when is_named_otherwise then amount_rp else 0 end as other_name_rp
    from core.contribution
),

final as (
    select
        delivery_id,  -- Identifies the delivery
        count(*) as row_count,  -- Rows that stand in core
        cast(sum(unresolved) as bigint) as unresolved_count,  -- Payments for cards that no registration names
        cast(sum(other_programmes) as bigint) as other_programmes_count,  -- Payments for 2 programmes of 3, or 3 of 2
        cast(sum(other_programmes_rp) as bigint) as other_programmes_rp,  -- Rupiah of those
        cast(sum(too_early) as bigint) as too_early_count,  -- Payments from before the person's first registration
        cast(sum(too_early_rp) as bigint) as too_early_rp,  -- Rupiah of those
        cast(sum(early_month) as bigint) as early_month_count,  -- Payments for months before it, made after it
        cast(sum(early_month_rp) as bigint) as early_month_rp,  -- Rupiah of those
        cast(sum(other_name) as bigint) as other_name_count,  -- Payments beside another name than the card's owner has
        cast(sum(other_name_rp) as bigint) as other_name_rp  -- Rupiah of those
    from every
    group by delivery_id
)

select * from final
