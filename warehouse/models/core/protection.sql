/*
grain: one row per person and unbroken stretch of protected months (participant_key, from_month)
meaning: From when to when a person was protected: in the months paid for, and in the unpaid months after them for
    which arrears still protect.
source: core.contribution; parameter arrears_months
owner: head office, membership
caveats: a payment for earlier months protects those months as soon as it was received, so a month of the past can
    still change. Stretches may end after the current month, when months were paid ahead. A death does not end one
*/
with as_of as (
    select max(business_date) as as_of_date
    from raw.business_day
),

paid as (
    select
        contribution.participant_key,
        year(contribution.first_month) * 12 + month(contribution.first_month) - 1 as from_index,
        year(contribution.first_month) * 12 + month(contribution.first_month) - 1
        + contribution.months + parameter.value as to_index
    from core.contribution
    cross join reference.parameter
    cross join as_of
    where
        contribution.participant_key is not null
        and parameter.parameter = 'arrears_months'
        and contribution.payment_date <= as_of.as_of_date
),

preceded as (
    select
        *,
        max(to_index) over (
            partition by participant_key
            order by from_index, to_index
            rows between unbounded preceding and 1 preceding
        ) as protected_until
    from paid
),

numbered as (
    select
        *,
        sum(case when from_index <= protected_until then 0 else 1 end) over (
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
        max(to_index) as to_index
    from numbered
    group by participant_key, stretch_no
),

final as (
    select
        participant_key,  -- The person, a keyed hash
        make_date(from_index // 12, from_index % 12 + 1, 1) as from_month,  -- First protected month, its first day
        make_date(to_index // 12, to_index % 12 + 1, 1) as to_month  -- First month that is no longer protected
    from stretch
    order by participant_key, from_month
)

select * from final
