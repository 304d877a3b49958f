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

parameter as (
    select max(case parameter when 'smallest_cell' then value end) as enough
    from reference.parameter
),

root as (
    select
        counted.month,
        counted.status,
        sum(counted.people) < max(parameter.enough) as is_hidden
    from counted
    cross join parameter
    group by counted.month, counted.status
),

person_size as (
    select
        counted.month,
        counted.status,
        counted.person,
        case when sum(counted.people) < max(parameter.enough) then 1 else 0 end as is_small,
        sum(counted.people) as people
    from counted
    cross join parameter
    group by
        counted.month, counted.status, counted.person
),

person_part as (
    select
        month,
        status,
        person,
        case
            when
                sum(is_small) over node > 0
                and row_number() over (
                    partition by month, status
                    order by is_small desc, people asc, person asc
                ) <= sum(is_small) over node + 1
                then 'pooled'
            else person
        end as person_shown
    from person_size
    window node as (partition by month, status)
),

person_counted as (
    select
        counted.*,
        person_part.person_shown
    from counted
    inner join person_part
        on
            counted.month = person_part.month
            and counted.status = person_part.status
            and counted.person = person_part.person
),

province_size as (
    select
        person_counted.month,
        person_counted.status,
        person_counted.person_shown,
        person_counted.province,
        case when sum(person_counted.people) < max(parameter.enough) then 1 else 0 end as is_small,
        sum(person_counted.people) as people
    from person_counted
    cross join parameter
    group by
        person_counted.month, person_counted.status, person_counted.person_shown, person_counted.province
),

province_part as (
    select
        month,
        status,
        person_shown,
        province,
        case
            when
                sum(is_small) over node > 0
                and row_number() over (
                    partition by month, status, person_shown
                    order by is_small desc, people asc, province asc
                ) <= sum(is_small) over node + 1
                then 'pooled'
            else province
        end as province_shown
    from province_size
    window node as (partition by month, status, person_shown)
),

province_counted as (
    select
        person_counted.*,
        province_part.province_shown
    from person_counted
    inner join province_part
        on
            person_counted.month = province_part.month
            and person_counted.status = province_part.status
            and person_counted.person_shown = province_part.person_shown
            and person_counted.province = province_part.province
),

programme_size as (
    select
        province_counted.month,
        province_counted.status,
        province_counted.person_shown,
        province_counted.province_shown,
        province_counted.programme,
        case when sum(province_counted.people) < max(parameter.enough) then 1 else 0 end as is_small,
        sum(province_counted.people) as people
    from province_counted
    cross join parameter
    group by
        province_counted.month, province_counted.status, province_counted.person_shown,
        province_counted.province_shown, province_counted.programme
),

programme_part as (
    select
        month,
        status,
        person_shown,
        province_shown,
        programme,
        case
            when
                sum(is_small) over node > 0
                and row_number() over (
                    partition by month, status, person_shown, province_shown
                    order by is_small desc, people asc, programme asc
                ) <= sum(is_small) over node + 1
                then 'pooled'
            else programme
        end as programme_shown
    from programme_size
    window node as (partition by month, status, person_shown, province_shown)
),

-- What the parts of a month and status are called, for each combination that occurs.
named as (
    select distinct
        province_counted.month,
        province_counted.status,
        province_counted.person,
        province_counted.province,
        province_counted.programme,
        province_counted.person_shown,
        province_counted.province_shown,
        programme_part.programme_shown,
        root.is_hidden
    from province_counted
    inner join programme_part
        on
            province_counted.month = programme_part.month
            and province_counted.status = programme_part.status
            and province_counted.person_shown = programme_part.person_shown
            and province_counted.province_shown = programme_part.province_shown
            and province_counted.programme = programme_part.programme
    inner join root
        on
            province_counted.month = root.month
            and province_counted.status = root.status
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
        cast(claim.reached_date - claim.submitted_date as integer) as days,  -- Days since the claim was submitted
        claim.amount_rp  -- Value of the claim at this status, in rupiah
    from numbered as claim
    inner join named
        on
            claim.month = named.month
            and claim.status = named.status
            and claim.person = named.person
            and claim.province = named.province
            and claim.programme = named.programme
    left join core.occupation_sector as spoken on claim.occupation = spoken.occupation
)

select * from final
