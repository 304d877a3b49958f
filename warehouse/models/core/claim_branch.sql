/*
grain: one row per claim and status that it reached (branch_code, claim_no, status)
meaning: Every claim with the group by office in which it may be published: the groups of core.claim_cell, split once
    more by channel and then by branch, with small parts pooled in the same way.
date: reached_date; the month in which the claim reached the status
source: core.claim_cell; parameter smallest_cell
owner: head office, benefits
caveats: rows are about single persons and are never published. marts.claim_month sums these groups, and
    marts.claim_duration_branch measures them; whatever else is published by branch is made of them too
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
        sum(people) as people
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
        sum(channelled.people) as people
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
        claim.branch_code,  -- Branch that handles the claim
        claim.claim_no,  -- Number of the claim, given by the branch
        claim.status,  -- Diajukan (submitted), Ditetapkan (determined), Ditolak (rejected) or Dibayarkan (paid)
        claim.month,  -- Month in which the status was reached, its first day
        claim.is_hidden,  -- True if the month and status as a whole have too few people for any figure
        claim.province_shown,  -- Province of the office that handles the claim, or pooled
        claim.programme_shown,  -- Programme that pays, or pooled
        branch_part.channel_shown,  -- perisai, other, unresolved, or pooled
        branch_part.branch_shown,  -- Branch that handles the claim, or pooled
        claim.people,  -- 1 if the claim stands for its person in the month and status, 0 for further ones
        claim.programme,  -- Programme that pays
        claim.channel,  -- perisai, other, or unresolved
        claim.days,  -- Days since the claim was submitted
        claim.amount_rp  -- Value of the claim at this status, in rupiah
    from core.claim_cell as claim
    inner join channel_part
        on
            claim.month = channel_part.month
            and claim.status = channel_part.status
            and claim.person_shown = channel_part.person_shown
            and claim.province_shown = channel_part.province_shown
            and claim.programme_shown = channel_part.programme_shown
            and claim.channel = channel_part.channel
    inner join branch_part
        on
            channel_part.month = branch_part.month
            and channel_part.status = branch_part.status
            and channel_part.person_shown = branch_part.person_shown
            and channel_part.province_shown = branch_part.province_shown
            and channel_part.programme_shown = branch_part.programme_shown
            and channel_part.channel_shown = branch_part.channel_shown
            and claim.branch_code = branch_part.branch_code
)

select * from final
