/*
grain: one row per thing that is new about a branch's feed on the latest business date
key: business_date, kind, branch_code, feed, rule
meaning: What is new since the day before: a branch that fell silent or whose file was refused, a rule that broke for
    the first time or many times as often, and files with far more or fewer rows than on that weekday. Where to look
    first in the morning.
date: business_date; the latest one that was run
source: marts.reporting_day, marts.validation_result, raw.business_day, reference.parameter
owner: head office, data team
caveats: a branch is compared with itself. Nobody is told of a rule or of rows on the first days of a branch: a rule is
    new once a file came before, and rows need change_days of the same weekday in the last change_weeks weeks. Holidays
    are not known, so that the day after one may be told of. What broke a rule as often as ever is in validation_result
*/
with as_of as (
    select max(business_date) as as_of_date
    from raw.business_day
),

setting as (
    select
        max(value) filter (parameter = 'change_times') as times,
        max(value) filter (parameter = 'change_few') as few,
        max(value) filter (parameter = 'change_weeks') * 7 as window_days,
        max(value) filter (parameter = 'change_days') as least_days,
        max(value) filter (parameter = 'change_percent') / 100.0 as least_share,
        max(value) filter (parameter = 'change_fence_percent') / 100.0 as fence
    from reference.parameter
),

past as (
    select
        day.*,
        date_diff('day', day.business_date, as_of.as_of_date) as days_ago
    from marts.reporting_day as day
    inner join as_of on day.business_date <= as_of.as_of_date
),

today as (
    select *
    from past
    where days_ago = 0
),

-- The date before, on which the branch was expected too.
before as (
    select *
    from past
    where days_ago > 0 and expected
    qualify row_number() over (partition by branch_code, feed order by business_date desc) = 1
),

fallen as (
    select
        case when today.refused_files > 0 then 'refused' else 'silent' end as kind,
        today.branch_code,
        today.feed,
        null as rule,
        null as severity,
        today.lines as found,
        cast(before.lines as double) as usual,
        null as low,
        null as high
    from today
    inner join before on today.branch_code = before.branch_code and today.feed = before.feed
    where today.expected and not today.delivered and before.delivered
),

broken as (
    select
        past.branch_code,
        past.feed,
        validation_result.rule,
        validation_result.severity,
        past.days_ago,
        validation_result.failed
    from past
    inner join marts.validation_result on past.delivery_id = validation_result.delivery_id
),

broken_before as (
    select
        broken.branch_code,
        broken.feed,
        broken.rule,
        coalesce(sum(broken.failed) filter (broken.days_ago <= setting.window_days), 0) as failed
    from broken
    cross join setting
    where broken.days_ago > 0
    group by broken.branch_code, broken.feed, broken.rule
),

lines_before as (
    select
        past.branch_code,
        past.feed,
        coalesce(sum(past.lines) filter (past.days_ago <= setting.window_days), 0) as lines
    from past
    cross join setting
    where past.days_ago > 0
    group by past.branch_code, past.feed
    having sum(past.lines) > 0
),

rule_change as (
    select
        case when broken_before.rule is null then 'rule_new' else 'rule_more' end as kind,
        today.branch_code,
        today.feed,
        broken.rule,
        broken.severity,
        broken.failed as found,
        cast(coalesce(broken_before.failed, 0) as double) * today.lines / nullif(lines_before.lines, 0) as usual,
        null as low,
        null as high
    from today
    cross join setting
    inner join broken
        on today.branch_code = broken.branch_code and today.feed = broken.feed and broken.days_ago = 0
    inner join lines_before on today.branch_code = lines_before.branch_code and today.feed = lines_before.feed
    left join broken_before
        on
            broken.branch_code = broken_before.branch_code
            and broken.feed = broken_before.feed
            and broken.rule = broken_before.rule
    where
        broken_before.rule is null
        or (
            broken.failed >= setting.few
            and broken.failed * lines_before.lines >= setting.times * broken_before.failed * today.lines
        )
),

weekday as (
    select
        past.branch_code,
        past.feed,
        count(*) as days,
        quantile_cont(past.lines, 0.25) as lower_quartile,
        median(past.lines) as middle,
        quantile_cont(past.lines, 0.75) as upper_quartile
    from past
    cross join setting
    where past.delivered and past.days_ago between 7 and setting.window_days and past.days_ago % 7 = 0
    group by past.branch_code, past.feed
),

fenced as (
    select
        weekday.*,
        greatest(
            setting.fence * (weekday.upper_quartile - weekday.lower_quartile),
            setting.least_share * weekday.middle,
            setting.few
        ) as margin
    from weekday
    cross join setting
    where weekday.days >= setting.least_days
),

usual as (
    select
        branch_code,
        feed,
        middle,
        greatest(lower_quartile - margin, 0) as low,
        upper_quartile + margin as high
    from fenced
),

row_change as (
    select
        case when today.lines < usual.low then 'rows_fewer' else 'rows_more' end as kind,
        today.branch_code,
        today.feed,
        null as rule,
        null as severity,
        today.lines as found,
        usual.middle as usual,
        usual.low,
        usual.high
    from today
    inner join usual on today.branch_code = usual.branch_code and today.feed = usual.feed
    where today.delivered and (today.lines < usual.low or today.lines > usual.high)
),

every as (
    select * from fallen
    union all
    select * from rule_change
    union all
    select * from row_change
),

final as (
    select
        as_of.as_of_date as business_date,  -- The latest business date
        every.kind,  -- silent, refused, rule_new, rule_more, rows_fewer or rows_more
        every.branch_code,  -- Branch
        every.feed,  -- registrations, contributions, claims or agents
        every.rule,  -- Rule of the feed's contract; null if it is about the file
        every.severity,  -- error or warning; null if it is about the file
        cast(every.found as bigint) as found,  -- Rows that broke the rule, or rows of the file; 0 if none came
        cast(every.usual as double) as usual,  -- What found would be as in the last weeks, or was the day before
        cast(every.low as double) as low,  -- Fewest rows that are usual on that weekday; null but for rows_*
        cast(every.high as double) as high  -- Most rows that are usual on that weekday; null but for rows_*
    from every
    cross join as_of
    order by every.kind, every.branch_code, every.feed, every.rule
)

select * from final
