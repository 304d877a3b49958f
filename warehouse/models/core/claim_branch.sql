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
with counted as (
    select
        cell.month,
        cell.status,
        cell.person_shown,
        cell.province_shown,
        cell.programme_shown,
        cell.channel,
        cell.branch_code,
        parameter.value as enough,
        sum(cell.people) as people
    from core.claim_cell as cell
    cross join reference.parameter
    where parameter.parameter = 'smallest_cell'
    group by
        cell.month, cell.status, cell.person_shown, cell.province_shown, cell.programme_shown, cell.channel,
        cell.branch_code, parameter.value
),

channel_sized as (
    select
        *,
        sum(people) over (
            partition by month, status, person_shown, province_shown, programme_shown, channel
        ) as channel_size
    from counted
),

channel_placed as (
    select
        *,
        dense_rank() over (
            partition by month, status, person_shown, province_shown, programme_shown
            order by channel_size >= enough asc, channel_size asc, channel asc
        ) as channel_place
    from channel_sized
),

channel_part as (
    select
        *,
        case
            when
                channel_place <= 1 + max(case when channel_size < enough then channel_place end) over node
                then 'pooled'
            else channel
        end as channel_shown
    from channel_placed
    window node as (partition by month, status, person_shown, province_shown, programme_shown)
),

branch_sized as (
    select
        *,
        sum(people) over (
            partition by month, status, person_shown, province_shown, programme_shown, channel_shown, branch_code
        ) as branch_size
    from channel_part
),

branch_placed as (
    select
        *,
        dense_rank() over (
            partition by month, status, person_shown, province_shown, programme_shown, channel_shown
            order by branch_size >= enough asc, branch_size asc, branch_code asc
        ) as branch_place
    from branch_sized
),

branch_part as (
    select
        *,
        case
            when branch_place <= 1 + max(case when branch_size < enough then branch_place end) over node then 'pooled'
            else branch_code
        end as branch_shown
    from branch_placed
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
        named.channel_shown,  -- perisai, other, unresolved, or pooled
        named.branch_shown,  -- Branch that handles the claim, or pooled
        claim.people,  -- 1 if the claim stands for its person in the month and status, 0 for further ones
        claim.programme,  -- Programme that pays
        claim.channel,  -- perisai, other, or unresolved
        claim.days,  -- Days since the claim was submitted
        claim.amount_rp  -- Value of the claim at this status, in rupiah
    from core.claim_cell as claim
    inner join branch_part as named
        on
            claim.month = named.month
            and claim.status = named.status
            and claim.person_shown = named.person_shown
            and claim.province_shown = named.province_shown
            and claim.programme_shown = named.programme_shown
            and claim.channel = named.channel
            and claim.branch_code = named.branch_code
)

select * from final
