/*
grain: one row per effective delivery of the last months (delivery_id)
kind: view
meaning: The deliveries that are compared with others, and what each lacks of the version that it replaces.
date: business_date
source: core.delivery, raw.business_day, parameter signal_window_months
owner: head office, data team
*/
with as_of as (
    select date_trunc('month', max(business_date)) as last_month
    from raw.business_day
),

replaced as (
    select
        branch_code,
        feed,
        business_date,
        max(accepted) as accepted
    from core.delivery
    where outcome = 'superseded'
    group by branch_code, feed, business_date
),

final as (
    select
        delivery.delivery_id,  -- Identifies the delivery
        delivery.branch_code,  -- Branch that sent the file
        delivery.feed,  -- registrations, contributions, claims or agents
        delivery.business_date,  -- Date that the file is for
        delivery.file_name,  -- Name of the file
        delivery.accepted,  -- Accepted rows
        replaced.accepted - delivery.accepted as dropped  -- Rows fewer than in a version before; null without one
    from core.delivery
    cross join as_of
    left join replaced
        on
            delivery.branch_code = replaced.branch_code
            and delivery.feed = replaced.feed
            and delivery.business_date = replaced.business_date
    where
        delivery.effective
        and date_trunc('month', delivery.business_date) > as_of.last_month - (
            select to_months(cast(max(span.value) as integer))
            from reference.parameter as span
            where span.parameter = 'signal_window_months'
        )
)

select * from final
