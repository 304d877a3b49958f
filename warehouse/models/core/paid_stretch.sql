/*
grain: one row per person and unbroken stretch of paid months (participant_key, from_index)
key: participant_key, from_index
along: core.contribution_month
meaning: From when to when a person's months are paid: months for which more was received than given back.
source: core.contribution_month; before.paid_stretch
owner: head office, membership
caveats: months are year * 12 + month - 1. before.paid_stretch holds the stretches of payments that are not among
    the rows; it is empty if all are
*/
with paid_month as (
    select
        participant_key,
        year(contribution_month) * 12 + month(contribution_month) - 1 as month_index,
        sum(received_rp) as received_rp
    from core.contribution_month
    group by participant_key, contribution_month
    having sum(received_rp) > 0
),

piece as (
    select
        participant_key,
        month_index as from_index,
        month_index + 1 as to_index,
        received_rp
    from paid_month
    union all
    select
        participant_key,
        from_index,
        to_index,
        last_month_rp as received_rp
    from before.paid_stretch
),

preceded as (
    select
        *,
        max(to_index) over (
            partition by participant_key order by from_index, to_index
            rows between unbounded preceding and 1 preceding
        ) as paid_until
    from piece
),

numbered as (
    select
        *,
        sum(case when from_index <= paid_until then 0 else 1 end) over (
            partition by participant_key order by from_index, to_index
            rows between unbounded preceding and current row
        ) as stretch_no
    from preceded
),

stretch as (
    select
        participant_key,
        stretch_no,
        min(from_index) as from_index,
        max(to_index) as to_index,
        max_by(received_rp, to_index) as last_month_rp
    from numbered
    group by participant_key, stretch_no
),

final as (
    select
        participant_key,  -- The person, a keyed hash
        cast(from_index as integer) as from_index,  -- First paid month
        cast(to_index as integer) as to_index,  -- First month after it that is not paid
        cast(last_month_rp as bigint) as last_month_rp  -- Rupiah received for the last month of the stretch
    from stretch
)

select * from final
