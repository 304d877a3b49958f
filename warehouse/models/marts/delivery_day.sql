/*
grain: one row per delivery, and one per branch, feed and business date for which nothing came
key: business_date, branch_code, feed, delivery_id
meaning: What every branch delivered for every business date, and what became of it. A branch that sent nothing is
    as visible as one that sent rubbish; failed says that its landing place, or the file, could not be read this time,
    so that nobody knows.
date: business_date; the day that the delivery is for
source: core.delivery, core.conflicting_row, raw.landing_problem, core.branch_place, reference.feed and
    reference.feed_deadline; the dates are those of raw.business_day and of accepted deliveries
owner: head office, data team
caveats: a branch is expected to deliver every feed for each of these dates on which it exists. received_at is what the
    landing place says of the file: a copy that keeps the time at which the file was written tells that time.
    lines = accepted + rejected + duplicates in every row; the accepted lines of a superseded delivery count
    nowhere else. Rows whose numbers stand for something else (conflicting) were accepted by themselves; here they are
    counted as rejected, since they do not count. not_data is not among the lines; raw.not_data in the lake lists them
*/
with day as (
    select business_date
    from raw.business_day
    union
    select business_date
    from core.delivery
    where judgement = 'accepted' and outcome <> 'nothing_accepted'
),

expected as (
    select
        day.business_date,
        branch.branch_code,
        feed.feed
    from day
    inner join core.branch_place as branch
        on
            day.business_date >= greatest(branch.from_date, branch.first_date)
            and day.business_date < branch.to_date
            and day.business_date <= branch.last_date
    inner join reference.feed on day.business_date >= coalesce(feed.valid_from, date '0001-01-01')
),

absent as (
    select
        expected.business_date,
        expected.branch_code,
        expected.feed,
        landing_problem.reason as problem
    from expected
    left join core.delivery
        on
            expected.business_date = delivery.business_date
            and expected.branch_code = delivery.branch_code
            and expected.feed = delivery.feed
    left join raw.landing_problem
        on
            expected.business_date = landing_problem.business_date
            and expected.branch_code = landing_problem.branch_code
    where delivery.delivery_id is null
),

conflicting as (
    select
        delivery_id,
        count(*) as conflicting
    from core.conflicting_row
    group by delivery_id
),

said as (
    select
        *,
        string_split(reason, ' / ') as parts
    from core.delivery
),

told as (
    select
        *,
        nullif(array_to_string(array_slice(parts, 1, len(parts) // 2), ' / '), '') as in_indonesian,
        nullif(array_to_string(array_slice(parts, len(parts) // 2 + 1, -1), ' / '), '') as in_english
    from said
),

every as (
    select
        delivery.business_date,
        delivery.branch_code,
        delivery.feed,
        case
            when conflicting.conflicting = delivery.accepted then 'nothing_accepted'
            when conflicting.conflicting > 0 then 'accepted_with_rejects'
            else delivery.outcome
        end as outcome,
        delivery.lines,
        delivery.not_data,
        delivery.accepted - coalesce(conflicting.conflicting, 0) as accepted,
        delivery.rejected + coalesce(conflicting.conflicting, 0) as rejected,
        delivery.duplicates,
        coalesce(conflicting.conflicting, 0) as conflicting,
        delivery.verified,
        case
            when conflicting.conflicting > 0
                then
                    concat(
                        conflicting.conflicting,
                        ' baris tidak dihitung: nomornya sudah dipakai untuk isi lain; lihat buku kerja',
                        '. ' || delivery.in_indonesian,
                        ' / ',
                        conflicting.conflicting,
                        case conflicting.conflicting
                            when 1 then ' row does not count: its number stands'
                            else ' rows do not count: their numbers stand'
                        end,
                        ' for something else; see the workbook',
                        '. ' || delivery.in_english
                    )
            else delivery.reason
        end as reason,
        delivery.revision,
        delivery.file_name,
        delivery.delivery_id,
        delivery.forms,
        delivery.received_utc
    from told as delivery
    left join conflicting on delivery.delivery_id = conflicting.delivery_id
    union all
    select
        business_date,
        branch_code,
        feed,
        case when problem is null then 'absent' else 'failed' end as outcome,
        0 as lines,
        0 as not_data,
        0 as accepted,
        0 as rejected,
        0 as duplicates,
        0 as conflicting,
        false as verified,
        coalesce(problem, 'tidak ada file yang diterima / no file was received') as reason,
        null as revision,
        null as file_name,
        null as delivery_id,
        null as forms,
        null as received_utc
    from absent
),

-- Hours that the clock of a branch is ahead of UTC, all year.
clock as (
    select
        branch_code,
        from_date,
        to_date,
        case time_zone
            when 'WIB' then 7
            when 'WITA' then 8
            when 'WIT' then 9
        end as hours_ahead
    from core.branch_place
),

timed as (
    select
        every.*,
        expected.business_date is not null as expected,
        every.received_utc + clock.hours_ahead * interval 1 hour as received_at,
        cast(every.business_date + feed_deadline.days_after as timestamp)
        + hour(feed_deadline.by_time) * interval 1 hour
        + minute(feed_deadline.by_time) * interval 1 minute
        + second(feed_deadline.by_time) * interval 1 second as due_at
    from every
    left join expected
        on
            every.business_date = expected.business_date
            and every.branch_code = expected.branch_code
            and every.feed = expected.feed
    left join clock
        on
            every.branch_code = clock.branch_code
            and coalesce(every.business_date, cast(every.received_utc as date)) >= clock.from_date
            and coalesce(every.business_date, cast(every.received_utc as date)) < clock.to_date
    left join reference.feed_deadline
        on
            every.feed = feed_deadline.feed
            and every.business_date >= feed_deadline.valid_from
            and every.business_date <= coalesce(feed_deadline.valid_to, date '9999-12-31')
),

final as (
    select
        business_date,  -- Date that the delivery is for; null if the file name does not tell
        branch_code,  -- Branch that delivers
        feed,  -- registrations, contributions, claims or agents; unknown if the file name does not tell
        -- accepted, accepted_with_rejects, nothing_accepted, superseded, duplicate, refused, failed or absent
        outcome,
        cast(coalesce(lines, 0) as bigint) as lines,  -- Data lines of the file
        cast(coalesce(not_data, 0) as bigint) as not_data,  -- Rows that are no data, such as totals and page heads
        cast(coalesce(accepted, 0) as bigint) as accepted,  -- Lines that were accepted and count
        cast(coalesce(rejected, 0) as bigint) as rejected,  -- Lines that were rejected, the conflicting ones among them
        cast(coalesce(duplicates, 0) as bigint) as duplicates,  -- Lines that repeat a delivery that already counts
        cast(coalesce(conflicting, 0) as bigint) as conflicting,  -- Lines whose number stands for something else
        verified,  -- True if the branch's own control totals came along and agree with the count
        reason,  -- Why the delivery or some of it does not count
        revision,  -- 1 for the first file of the date, 2 and up for corrections; null if absent
        file_name,  -- Name of the file; null if absent
        delivery_id,  -- Identifies the delivery; null if absent
        forms,  -- JSON object, by header the form in which a column was read; null or empty if all are standard
        expected,  -- True if the branch had to deliver the feed for this date
        received_at,  -- When the file was left in its landing place, by the clock of the branch; null if not known
        due_at  -- Until when it was due, by the same clock; null if no deadline holds
    from timed
    order by business_date, branch_code, feed, revision, file_name, delivery_id
)

select * from final
