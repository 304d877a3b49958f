/*
grain: one row per delivery and kind of content that is new in it (delivery_id, kind)
key: delivery_id, kind
meaning: What accepted files hold beside the contract's columns that the branch has not sent before in files of that
    feed: columns, values of columns, and lines of text. Columns that repeat amounts and differ are told each time.
source: raw.unknown_content, core.delivery
owner: head office, data team
caveats: a value is new in a column that came before, or is that of a minority of the rows where the column is new too
*/
with said as (
    select
        content.*,
        delivery.branch_code,
        delivery.feed,
        delivery.business_date,
        delivery.arrival
    from raw.unknown_content as content
    inner join core.delivery as delivery on content.delivery_id = delivery.delivery_id
    where delivery.accepted > 0
),

ordered as (
    select
        *,
        row_number() over (
            partition by branch_code, feed, kind, content_key order by business_date, arrival, place
        ) as sending,
        min(row(business_date, arrival)) over (partition by branch_code, feed, heading_key) as first_sent
    from said
),

fresh as (
    select *
    from ordered
    where
        (sending = 1 or kind = 'unlike_rupiah')
        and (kind <> 'value' or row_count * 2 < filled or first_sent <> row(business_date, arrival))
),

final as (
    select
        delivery_id,  -- Identifies the delivery
        concat('unknown_', kind) as kind,  -- unknown_column, unknown_value, unknown_unlike, unknown_unlike_rupiah, ...
        cast(sum(row_count) as bigint) as row_count,  -- Rows that hold it, or lines of text
        min(place) as from_place,  -- A column's number and letter, or a line
        max(place) as to_place  -- Another one; the same if there is one
    from fresh
    group by delivery_id, kind
)

select * from final
