/*
grain: one row per month, province of the office, branch, programme, status and channel
key: month, province_code, branch_code, programme, status, channel
meaning: How many claims reached each status in a month and what they are worth, as the monthly report to the
    authority counts them, by office and by who brought the person.
date: reached_date; the month in which the claim reached the status
source: core.claim_cell; parameter smallest_cell
owner: head office, benefits
caveats: a claim counts once in each status, in the month in which it reached it; so claims are not to be added up
    over statuses. No row stands for fewer people than smallest_cell: where one would, it is pooled with others,
    and sums over what is pooled are exact. A month and status with fewer people in all has one row without figures
*/
with parameter as (
    select max(case parameter when 'smallest_cell' then value end) as enough
    from reference.parameter
),

counted as (
    select
        month,
        status,
        person_shown,
        province_shown,
        programme_shown,
        channel,
        branch_code,
        is_hidden,
        sum(people) as people,
        count(*) as claim_count,
        sum(amount_rp) as claim_rp
    from core.claim_cell
    group by
        month, status, person_shown, province_shown, programme_shown, channel, branch_code, is_hidden
),

channel_size as (
    select
        counted.month,
        counted.status,
        counted.person_shown,
        counted.province_shown,
        counted.programme_shown,
        counted.channel,
        case when sum(counted.people) < max(parameter.enough) then 1 else 0 end as is_small,
        sum(counted.people) as people
    from counted
    cross join parameter
    group by
        counted.month, counted.status, counted.person_shown, counted.province_shown, counted.programme_shown,
        counted.channel
),

channel_part as (
    select
        month,
        status,
        person_shown,
        province_shown,
        programme_shown,
        channel,
        case
            when
                sum(is_small) over node > 0
                and row_number() over (
                    partition by month, status, person_shown, province_shown, programme_shown
                    order by is_small desc, people asc, channel asc
                ) <= sum(is_small) over node + 1
                then 'pooled'
            else channel
        end as channel_shown
    from channel_size
    window node as (partition by month, status, person_shown, province_shown, programme_shown)
),

channelled as (
    select
        counted.*,
        channel_part.channel_shown
    from counted
    inner join channel_part
        on
            counted.month = channel_part.month
            and counted.status = channel_part.status
            and counted.person_shown = channel_part.person_shown
            and counted.province_shown = channel_part.province_shown
            and counted.programme_shown = channel_part.programme_shown
            and counted.channel = channel_part.channel
),

branch_size as (
    select
        channelled.month,
        channelled.status,
        channelled.person_shown,
        channelled.province_shown,
        channelled.programme_shown,
        channelled.channel_shown,
        channelled.branch_code,
        channelled.is_hidden,
        case when sum(channelled.people) < max(parameter.enough) then 1 else 0 end as is_small,
        sum(channelled.people) as people,
        sum(channelled.claim_count) as claim_count,
        sum(channelled.claim_rp) as claim_rp
    from channelled
    cross join parameter
    group by
        channelled.month, channelled.status, channelled.person_shown, channelled.province_shown,
        channelled.programme_shown, channelled.channel_shown, channelled.branch_code, channelled.is_hidden
),

branch_part as (
    select
        *,
        case
            when
                sum(is_small) over node > 0
                and row_number() over (
                    partition by month, status, person_shown, province_shown, programme_shown, channel_shown
                    order by is_small desc, people asc, branch_code asc
                ) <= sum(is_small) over node + 1
                then 'pooled'
            else branch_code
        end as branch_shown
    from branch_size
    window node as (partition by month, status, person_shown, province_shown, programme_shown, channel_shown)
),

final as (
    select
        month,  -- Month in which the status was reached, its first day
        branch_shown as branch_code,  -- Branch that handles the claims, or pooled
        programme_shown as programme,  -- Programme that pays: JKK, JKM or JHT, or pooled
        status,  -- Diajukan (submitted), Ditetapkan (determined), Ditolak (rejected) or Dibayarkan (paid)
        channel_shown as channel,  -- perisai, other, unresolved (the card is unknown), or pooled
        cast(sum(case when not is_hidden then claim_count end) as bigint) as claim_count,  -- Number of claims
        cast(sum(case when not is_hidden then claim_rp end) as bigint) as claim_rp,  -- Their value, in rupiah
        province_shown as province_code,  -- Province in which the branch stands, or pooled
        month >= (select running_month.first_day from core.running_month) as is_running  -- True until it is over
    from branch_part
    group by month, branch_shown, programme_shown, status, channel_shown, province_shown
    order by month, province_code, branch_code, programme, status, channel
)

select * from final
