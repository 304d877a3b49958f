/*
grain: one row per delivery, column and measure that is other than before (delivery_id, column_name, measure)
key: delivery_id, column_name, measure
meaning: Columns that look other than in what the branch sent of the feed before: in far more or fewer of their rows a
    cell is blank or stands above the row above, in far more it repeats that one, or what else the contract has counted.
source: raw.profile, core.delivery, raw.business_day, reference.parameter
owner: head office, data team
caveats: deliveries of the last change_weeks weeks are compared with those before them, from as many weeks earlier on,
    if there are column_change_deliveries; the first ones of a branch are not told. The shares differ by
    column_change_percent points, and by column_change_errors standard errors, which are larger where the branch's
    deliveries differ from each other. Order and gaps are told where the document numbers rise, since a whole file may
    be sorted otherwise, and a column that has blanks no more only if it had a value before. Where two columns or more
    repeat their values, the delivery is thought to be of people who are alike (of one employer, or paid for by one
    government): nothing but gaps is told of it
*/
with parameter as (
    select
        max(value) filter (parameter = 'change_weeks') * 7 as window_days,
        max(value) filter (parameter = 'column_change_deliveries') as enough_deliveries,
        max(value) filter (parameter = 'column_change_rows') as enough_rows,
        max(value) filter (parameter = 'column_change_percent') / 100.0 as enough_points,
        max(value) filter (parameter = 'column_change_errors') as enough_errors
    from reference.parameter
),

as_of as (
    select max(business_date) as as_of_date
    from raw.business_day
),

counted as (
    select
        profile.*,
        delivery.branch_code,
        delivery.feed,
        delivery.business_date,
        date_diff('day', delivery.business_date, as_of.as_of_date) as days_ago,
        cast(profile.row_count as double) / profile.counted as share
    from raw.profile
    inner join core.delivery as delivery on profile.delivery_id = delivery.delivery_id
    cross join as_of
    cross join parameter
    where delivery.effective and date_diff('day', delivery.business_date, as_of.as_of_date) <= 2 * parameter.window_days
),

followed as (
    select
        *,
        count(*) over earlier as deliveries_before,
        sum(row_count) over earlier as rows_before,
        sum(counted) over earlier as counted_before,
        sum(row_count * share) over earlier as squares_before
    from counted
    window earlier as (
        partition by branch_code, feed, column_name, measure order by business_date
        rows between unbounded preceding and 1 preceding
    )
),

compared as (
    select
        followed.*,
        followed.rows_before / followed.counted_before as share_before
    from followed
    cross join parameter
    where
        followed.days_ago <= parameter.window_days
        and followed.deliveries_before >= parameter.enough_deliveries
        and least(followed.counted, followed.counted_before) >= parameter.enough_rows
),

-- The square of one standard error; deliveries that differ by more than chance make it larger.
weighed as (
    select
        *,
        greatest(share * (1 - share), share_before * (1 - share_before))
        * (1.0 / counted + 1.0 / counted_before)
        * case
            when rows_before in (0, counted_before) then 1
            else greatest(
                1,
                (squares_before - rows_before * share_before)
                / ((deliveries_before - 1) * share_before * (1 - share_before))
            )
        end as variance
    from compared
),

-- Whether both shares lie so many standard errors apart, by their squares.
judged as (
    select
        weighed.*,
        weighed.share > weighed.share_before as is_more,
        power(weighed.share - weighed.share_before, 2)
        > weighed.variance * power(parameter.enough_errors, 2)
        and abs(weighed.share - weighed.share_before) >= parameter.enough_points as is_other,
        -- a weaker sign is enough that other columns are no chance
        power(weighed.share - weighed.share_before, 2)
        > weighed.variance * power(parameter.enough_errors / 2, 2) as is_perhaps_other
    from weighed
    cross join parameter
),

told as (
    select
        *,
        coalesce(
            max(case when measure = 'blank' and is_other and not is_more then 1 end) over column_of, 0
        ) as is_filled
    from judged
    window column_of as (partition by delivery_id, column_name)
),

of_delivery as (
    select
        *,
        count(
            case when measure = 'repeated' and is_perhaps_other and is_more and is_filled = 0 then 1 end
        ) over delivery_of as alike_columns,
        max(case when measure = 'next' then column_name end) over delivery_of as number_name
    from told
    window delivery_of as (partition by delivery_id)
),

numbered as (
    select
        *,
        coalesce(
            max(case when measure = 'rising' and column_name = number_name then share end) over delivery_of, 0
        ) as numbers_rise
    from of_delivery
    window delivery_of as (partition by delivery_id)
),

final as (
    select
        delivery_id,  -- Identifies the delivery
        column_name,  -- Heading of the column in the contract
        measure,  -- blank, repeated, rising, next, or another that the contract declares; see raw.profile
        counted,  -- Rows that were looked at
        cast(round(abs(share - share_before) * counted) as bigint) as row_count,  -- Rows more or fewer than before
        cast(round(share_before * 100) as bigint) as percent_before,  -- Of the rows looked at in earlier deliveries
        cast(round(share * 100) as bigint) as percent_now,  -- Of those in this one
        deliveries_before  -- Earlier deliveries that it is compared with
    from numbered
    where
        is_other
        and (alike_columns < 2 or (measure = 'next' and not is_more))
        and case measure
            when 'blank' then is_more or rows_before < counted_before
            when 'repeated' then is_more
            when 'rising' then column_name <> number_name and numbers_rise >= 0.9
            when 'next' then numbers_rise >= 0.9
            else true
        end
)

select * from final
