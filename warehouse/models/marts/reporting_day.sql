/*
grain: one row per business date, branch and feed that was expected or of which a file came
key: business_date, branch_code, feed
meaning: Whether a branch delivered a feed for a day, when, and how well. What reporting_month adds up.
date: business_date; the day that the delivery is for
source: marts.delivery_day
owner: head office, data team
caveats: A branch that delivers in time and corrects later was in time: the first file that was accepted tells the
    moment. A moment before the business date has begun is not believed (a wrong clock, a copy with an old date), and
    one that is not noted for every accepted file of the day is not known; such a day is neither on time nor late
*/
with file as (
    select
        *,
        outcome in ('accepted', 'accepted_with_rejects') as is_counting,
        outcome in ('accepted', 'accepted_with_rejects', 'superseded') as is_usable,
        outcome in ('refused', 'nothing_accepted') as is_refused
    from marts.delivery_day
    where business_date is not null and feed <> 'unknown'
),

-- A refused file was put right if what counts came after it: a higher revision, or the same name later.
placed as (
    select
        *,
        is_refused and (
            revision < max(case when is_counting then revision end) over slot
            or (
                revision = max(case when is_counting then revision end) over slot
                and received_at < max(case when is_counting then received_at end) over slot
            )
        ) as is_put_right
    from file
    window slot as (partition by business_date, branch_code, feed)
),

-- The file that counts, or else the last one that was refused.
standing as (
    select *
    from file
    where is_counting or is_refused
    qualify row_number() over (
        partition by business_date, branch_code, feed
        order by is_counting desc, revision desc, file_name desc, delivery_id asc
    ) = 1
),

came as (
    select
        business_date,
        branch_code,
        feed,
        bool_or(expected) as expected,
        bool_or(is_counting) as delivered,
        min(due_at) as due_at,
        count(*) filter (is_refused) as refused_files,
        count(*) filter (outcome = 'superseded') as replaced_files,
        coalesce(bool_or(is_put_right), false) as is_put_right,
        case
            when bool_and(received_at is not null) filter (is_usable)
                then min(received_at) filter (is_usable)
        end as first_at
    from placed
    group by business_date, branch_code, feed
),

timed as (
    select
        *,
        case when delivered and first_at >= business_date then first_at end as received_at
    from came
),

final as (
    select
        timed.business_date,  -- Date that the delivery is for
        timed.branch_code,  -- Branch
        timed.feed,  -- registrations, contributions, claims or agents
        timed.expected,  -- True if the branch had to deliver the feed for this date
        timed.delivered,  -- True if a file counts, with rows or saying that there are none
        timed.received_at,  -- When the first accepted file was left, by the branch's clock; null if not known or none
        timed.due_at,  -- Until when it was due, by the same clock; null if no deadline holds
        cast(
            case
                when timed.received_at <= timed.due_at then 0
                else ceil(date_diff('second', timed.due_at, timed.received_at) / 86400.0)
            end as integer
        ) as days_late,  -- Days from due_at to received_at, a begun one whole; 0 if on time, null if one is not known
        timed.refused_files,  -- Files that were refused, or of which no row was accepted
        timed.replaced_files,  -- Files that a later one replaced
        timed.delivered
        and (timed.is_put_right or timed.replaced_files > 0) as corrected,  -- True if what counts is not the first file
        coalesce(standing.lines, 0) as lines,  -- Data lines of the file that counts, or of the last one refused
        coalesce(standing.rejected, 0) as rejected,  -- Of these, lines that were rejected
        standing.delivery_id  -- The delivery that counts, or the last one refused; null if none came
    from timed
    left join standing
        on
            timed.business_date = standing.business_date
            and timed.branch_code = standing.branch_code
            and timed.feed = standing.feed
    order by timed.business_date, timed.branch_code, timed.feed
)

select * from final
