/*
grain: one row per claim and status that it reached (branch_code, claim_no, status)
meaning: Every claim with the group in which it may be published. Groups are made by splitting the claims of a month
    and status by whether the person is known, then by province of the office, then by programme. Where one of the
    parts has fewer people than smallest_cell, the small parts and the smallest of the others become one part
    called pooled. So every group has people enough, and no published sum less another one leaves fewer.
date: reached_date; the month in which the claim reached the status
source: core.claim_status, core.occupation_sector, core.branch_place; parameter smallest_cell
owner: head office, benefits
caveats: rows are about single persons and are never published. What is published of claims is a sum of these groups,
    or divides one of them by a single further attribute in the same way (marts.claim_month,
    marts.claim_group_month); anything else would let a pooled figure be computed. Each month and status is grouped
    by itself. The office is where it stood on the last day of the month
*/
with claim as (
    select
        claim_status.*,
        cast(date_trunc('month', claim_status.reached_date) as date) as month,
        case claim_status.channel when 'unresolved' then 'unresolved' else 'known' end as person,
        coalesce(office.province_code, 'unknown') as province,
        year(claim_status.reached_date) - claim_status.birth_year as age
    from core.claim_status
    left join core.branch_place as office
        on
            claim_status.branch_code = office.branch_code
            and last_day(claim_status.reached_date) >= office.from_date
            and last_day(claim_status.reached_date) < office.to_date
),

-- Of the claims of a person in a month and status one stands for the person, so that people add up like claims.
numbered as (
    select
        *,
        case
            when
                row_number() over (
                    partition by month, status, claimant_key order by branch_code asc, claim_no asc
                ) = 1
                then 1
            else 0
        end as people
    from claim
),

counted as (
    select
        month,
        status,
        person,
        province,
        programme,
        sum(people) as people
    from numbered
    group by month, status, person, province, programme
),

-- The parts of a node that have too few people come first, the smallest first; if there are any, they and the part
-- behind them are pooled.
root as (
    select
        counted.*,
        parameter.value as enough,
        sum(counted.people) over (partition by counted.month, counted.status) < parameter.value as is_hidden
    from counted
    cross join reference.parameter
    where parameter.parameter = 'smallest_cell'
),

person_sized as (
    select
        *,
        sum(people) over (
            partition by month, status, person
        ) as person_size
    from root
),

person_placed as (
    select
        *,
        dense_rank() over (
            partition by month, status
            order by person_size >= enough asc, person_size asc, person asc
        ) as person_place
    from person_sized
),

person_part as (
    select
        *,
        case
            when person_place <= 1 + max(case when person_size < enough then person_place end) over node then 'pooled'
            else person
        end as person_shown
    from person_placed
    window node as (partition by month, status)
),

province_sized as (
    select
        *,
        sum(people) over (
            partition by month, status, person_shown, province
        ) as province_size
    from person_part
),

province_placed as (
    select
        *,
        dense_rank() over (
            partition by month, status, person_shown
            order by province_size >= enough asc, province_size asc, province asc
        ) as province_place
    from province_sized
),

province_part as (
    select
        *,
        case
            when
                province_place <= 1 + max(case when province_size < enough then province_place end) over node
                then 'pooled'
            else province
        end as province_shown
    from province_placed
    window node as (partition by month, status, person_shown)
),

programme_sized as (
    select
        *,
        sum(people) over (
            partition by month, status, person_shown, province_shown, programme
        ) as programme_size
    from province_part
),

programme_placed as (
    select
        *,
        dense_rank() over (
            partition by month, status, person_shown, province_shown
            order by programme_size >= enough asc, programme_size asc, programme asc
        ) as programme_place
    from programme_sized
),

programme_part as (
    select
        *,
        case
            when
                programme_place <= 1 + max(case when programme_size < enough then programme_place end) over node
                then 'pooled'
            else programme
        end as programme_shown
    from programme_placed
    window node as (partition by month, status, person_shown, province_shown)
),

final as (
    select
        claim.claim_no,  -- Number of the claim, given by the branch
        claim.status,  -- Diajukan (submitted), Ditetapkan (determined), Ditolak (rejected) or Dibayarkan (paid)
        claim.month,  -- Month in which the status was reached, its first day
        claim.people,  -- 1 if the claim stands for its person in the month and status, 0 for further ones
        named.is_hidden,  -- True if the month and status as a whole have too few people for any figure
        named.person_shown,  -- known, unresolved (no registration names the card) or pooled
        named.province_shown,  -- Province of the office that handles the claim, or pooled
        named.programme_shown,  -- Programme that pays, or pooled
        claim.person,  -- The part itself: known or unresolved
        claim.province,  -- Province of the office that handles the claim, or unknown
        claim.programme,  -- Programme that pays
        claim.branch_code,  -- Branch that handles the claim
        claim.channel,  -- perisai if a Perisai acquired the person, other if not, unresolved if nobody knows the card
        claim.benefit,  -- Kind of benefit
        coalesce(claim.region_code, 'unknown') as region_code,  -- Kabupaten or kota of the person
        coalesce(cast(claim.programmes as varchar), 'unknown') as programmes,  -- Programmes of the person, 2 or 3
        case
            when claim.person = 'unresolved' then 'unknown'
            when claim.occupation is null then 'unstated'
            else coalesce(spoken.sector, 'unmapped')
        end as sector,  -- Sector of the person's occupation; unmapped, unstated, or unknown if nobody knows the card
        coalesce(claim.sex, 'unknown') as sex,  -- L (male) or P (female)
        case
            when claim.age is null then 'unknown'
            when claim.age < 25 then 'under 25'
            when claim.age < 35 then '25 to 34'
            when claim.age < 45 then '35 to 44'
            when claim.age < 55 then '45 to 54'
            when claim.age < 65 then '55 to 64'
            else '65 and over'
        end as age_band,  -- Age that the person reaches in the year of the status
        cast(
            date_diff('day', claim.submitted_date, claim.reached_date) as integer
        ) as days,  -- Days since the claim was submitted
        claim.amount_rp  -- Value of the claim at this status, in rupiah
    from numbered as claim
    inner join programme_part as named
        on
            claim.month = named.month
            and claim.status = named.status
            and claim.person = named.person
            and claim.province = named.province
            and claim.programme = named.programme
    left join core.occupation_sector as spoken on claim.occupation = spoken.occupation
)

select * from final
