/*
grain: one row per subject, region, branch, feed, period and source
key: subject, region_code, branch_code, feed, period, source
meaning: Figures of others beside the warehouse's own, with the difference: published figures, the control totals of
    the branches' manifests, and counts of what did not fit (payments for unknown cards, rows that came again).
date: period; what it says by its last day
source: marts.published_comparison, core.delivery, core.kept_row, core.claim_status, core.conflicting_row,
    core.branch_place
owner: head office, data team
caveats: differences are shown and never repaired. Control totals add up what stands in the end, which is effective
    deliveries, and refused or failed ones that nothing effective has replaced
*/
with as_of as (
    select max(business_date) as as_of_date
    from raw.business_day
),

standing as (
    select *
    from core.delivery
    where outcome not in ('superseded', 'duplicate')
    qualify effective or not coalesce(bool_or(effective) over (partition by branch_code, feed, business_date), false)
),

manifest as (
    select
        'manifest_lines' as subject,
        branch_code,
        feed,
        sum(control_lines) as published,
        sum(coalesce(lines, 0)) as computed
    from standing
    where control_lines is not null
    group by branch_code, feed
    union all
    select
        'manifest_amount_rp' as subject,
        branch_code,
        feed,
        sum(control_rp) as published,
        sum(coalesce(counted_rp, 0)) as computed
    from standing
    where control_rp is not null
    group by branch_code, feed
),

unresolved as (
    select
        'unresolved_contributions' as subject,
        delivery.branch_code,
        'contributions' as feed,
        sum(kept_row.unresolved_count) as computed
    from core.kept_row
    inner join core.delivery on kept_row.delivery_id = delivery.delivery_id
    where delivery.feed = 'contributions'
    group by delivery.branch_code
),

kept as (
    select
        delivery_id,
        row_count
    from core.kept_row
    union all
    select
        delivery_id,
        count(*) as row_count
    from core.claim_status
    group by delivery_id
),

conflicting as (
    select
        delivery_id,
        count(*) as row_count
    from core.conflicting_row
    group by delivery_id
),

unkept as (
    select
        delivery.branch_code,
        delivery.feed,
        delivery.accepted - coalesce(kept.row_count, 0) as row_count,
        coalesce(conflicting.row_count, 0) as conflicting
    from core.delivery
    left join kept on delivery.delivery_id = kept.delivery_id
    left join conflicting on delivery.delivery_id = conflicting.delivery_id
    where
        delivery.effective
        and delivery.accepted > 0
        and delivery.feed in ('registrations', 'contributions', 'claims')
),

repeated as (
    select
        'repeated_rows' as subject,
        branch_code,
        feed,
        sum(row_count - conflicting) as computed
    from unkept
    group by branch_code, feed
    union all
    select
        'conflicting_rows' as subject,
        branch_code,
        feed,
        sum(conflicting) as computed
    from unkept
    group by branch_code, feed
),

counted as (
    select
        subject,
        branch_code,
        feed,
        published,
        computed,
        'manifest cabang / manifest of the branch' as source
    from manifest
    union all
    select
        subject,
        branch_code,
        feed,
        null as published,
        computed,
        'pembayaran kartu tanpa pendaftaran / payments for cards that no registration names' as source
    from unresolved
    union all
    select
        subject,
        branch_code,
        feed,
        null as published,
        computed,
        case subject
            when 'repeated_rows'
                then
                    'baris yang juga dibawa kiriman lain / accepted rows that an earlier or later delivery also brought'
            else 'baris dengan nomor yang mewakili hal lain / rows whose number stands for something else'
        end as source
    from repeated
),

every as (
    select
        subject,
        region_code,
        null as branch_code,
        null as feed,
        period_from,
        period_to as period,
        published,
        computed,
        agrees,
        self_consistent,
        source
    from marts.published_comparison
    union all
    select
        counted.subject,
        place.region_code,
        counted.branch_code,
        counted.feed,
        null as period_from,
        as_of.as_of_date as period,
        cast(counted.published as decimal(20, 4)) as published,
        cast(counted.computed as decimal(20, 4)) as computed,
        counted.published = counted.computed as agrees,
        true as self_consistent,
        counted.source
    from counted
    cross join as_of
    left join core.branch_place as place
        on
            counted.branch_code = place.branch_code
            and as_of.as_of_date >= place.from_date
            and as_of.as_of_date < place.to_date
),

final as (
    select
        subject,  -- What is compared
        region_code,  -- Region that it is for; for branches the one of the office
        branch_code,  -- Branch that it is for; null for published figures
        feed,  -- Feed that it is for; null for published figures
        period_from,  -- First day that it covers; null for a state or for everything so far
        period,  -- Last day that it covers
        published,  -- The figure of the other side; null if there is none
        computed,  -- The figure of the warehouse; null if out of its reach
        cast(published - computed as decimal(20, 4)) as difference,  -- published minus computed
        agrees,  -- True if computed, rounded as published, is the same; null if there is nothing to compare
        self_consistent,  -- False if the published parts or ratio do not give the published figure
        source  -- Where the figure comes from
    from every
    order by subject, region_code, branch_code, feed, period, source
)

select * from final
