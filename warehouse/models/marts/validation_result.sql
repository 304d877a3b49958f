/*
grain: one row per delivery and rule of its contract that some row broke (delivery_id, rule)
key: delivery_id, rule
meaning: Why rows were rejected or counted as warnings, by branch and day.
date: business_date; the day that the delivery is for
source: raw.validation, core.delivery
owner: head office, data team
caveats: a row that breaks several rules is counted under each, so rows are not to be added up over rules. Rules that
    no row broke have no row here
*/
with source as (
    select
        validation.*,
        delivery.business_date,
        delivery.branch_code,
        delivery.feed,
        delivery.file_name,
        delivery.outcome
    from raw.validation
    inner join core.delivery on validation.delivery_id = delivery.delivery_id
),

final as (
    select
        business_date,  -- Date that the delivery is for
        branch_code,  -- Branch that sent it
        feed,  -- registrations, contributions, claims or agents
        delivery_id,  -- Identifies the delivery
        file_name,  -- Name of its file
        outcome,  -- What became of the delivery
        rule,  -- Rule of the feed's contract
        severity,  -- error (the row was rejected) or warning (it was counted and let pass)
        reason,  -- What the rule asks for, in Bahasa Indonesia / in English; null if judged before that was noted
        evaluated,  -- Rows that were judged
        failed  -- Rows that broke the rule
    from source
    order by business_date, branch_code, feed, delivery_id, rule
)

select * from final
