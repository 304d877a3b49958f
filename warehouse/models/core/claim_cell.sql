/*
grain: one row per claim and status that it reached (branch_code, claim_no, status)
meaning: Every claim with the group in which it may be published. Groups are made by splitting the claims of a month
    and status by whether the person is known, then by province of the office, then by programme. Where one of the
    parts has fewer people than smallest_cell, the small parts and the smallest of the others become one part
    called pooled. So every group has people enough, and no published sum less another one leaves fewer.
date: reached_date; the month in which the claim reached the status
source: core.claim_status, reference.branch, reference.region; parameter smallest_cell
owner: head office, benefits
caveats: rows are about single persons and are never published. What is published of claims is a sum of these groups,
    or divides one of them by a single further attribute in the same way (marts.claim_month,
    marts.claim_group_month); anything else would let a pooled figure be computed. Each month and status is grouped
    by itself
*/
with claim as (
    select
        claim_status.*,
        cast(date_trunc('month', claim_status.reached_date) as date) as month,
        case claim_status.channel when 'unresolved' then 'unresolved' else 'known' end as person,
        coalesce(office.parent_code, office.region_code, 'unknown') as province,
        year(claim_status.reached_date) - claim_status.birth_year as age
    from core.claim_status
    left join reference.branch on claim_status.branch_code = branch.branch_code
    left join reference.region as office on branch.region_code = office.region_code
),

claimant as (
    select distinct
        month,
        status,
        person,
        province,
        programme,
        claimant_key
    from claim
),

parameter as (
    select max(case parameter when 'smallest_cell' then value end) as enough
    from reference.parameter
),

root as (
    select
        claimant.month,
        claimant.status,
        count(distinct claimant.claimant_key) < max(parameter.enough) as is_hidden
    from claimant
    cross join parameter
    group by claimant.month, claimant.status
),

person_size as (
    select
        claimant.month,
        claimant.status,
        claimant.person,
        case when count(distinct claimant.claimant_key) < max(parameter.enough) then 1 else 0 end as is_small,
        count(distinct claimant.claimant_key) as people
    from claimant
    cross join parameter
    group by
        claimant.month, claimant.status, claimant.person
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

person_claimant as (
    select
        claimant.*,
        person_part.person_shown
    from claimant
    inner join person_part
        on
            claimant.month = person_part.month
            and claimant.status = person_part.status
            and claimant.person = person_part.person
),

province_size as (
    select
        person_claimant.month,
        person_claimant.status,
        person_claimant.person_shown,
        person_claimant.province,
        case when count(distinct person_claimant.claimant_key) < max(parameter.enough) then 1 else 0 end as is_small,
        count(distinct person_claimant.claimant_key) as people
    from person_claimant
    cross join parameter
    group by
        person_claimant.month, person_claimant.status, person_claimant.person_shown, person_claimant.province
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

province_claimant as (
    select
        person_claimant.*,
        province_part.province_shown
    from person_claimant
    inner join province_part
        on
            person_claimant.month = province_part.month
            and person_claimant.status = province_part.status
            and person_claimant.person_shown = province_part.person_shown
            and person_claimant.province = province_part.province
),

programme_size as (
    select
        province_claimant.month,
        province_claimant.status,
        province_claimant.person_shown,
        province_claimant.province_shown,
        province_claimant.programme,
        case when count(distinct province_claimant.claimant_key) < max(parameter.enough) then 1 else 0 end as is_small,
        count(distinct province_claimant.claimant_key) as people
    from province_claimant
    cross join parameter
    group by
        province_claimant.month, province_claimant.status, province_claimant.person_shown,
        province_claimant.province_shown, province_claimant.programme
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
        province_claimant.month,
        province_claimant.status,
        province_claimant.person,
        province_claimant.province,
        province_claimant.programme,
        province_claimant.person_shown,
        province_claimant.province_shown,
        programme_part.programme_shown,
        root.is_hidden
    from province_claimant
    inner join programme_part
        on
            province_claimant.month = programme_part.month
            and province_claimant.status = programme_part.status
            and province_claimant.person_shown = programme_part.person_shown
            and province_claimant.province_shown = programme_part.province_shown
            and province_claimant.programme = programme_part.programme
    inner join root
        on
            province_claimant.month = root.month
            and province_claimant.status = root.status
),

final as (
    select
        claim.claim_no,  -- Number of the claim, given by the branch
        claim.status,  -- Diajukan (submitted), Ditetapkan (determined), Ditolak (rejected) or Dibayarkan (paid)
        claim.month,  -- Month in which the status was reached, its first day
        claim.claimant_key,  -- The person, or else the card
        named.is_hidden,  -- True if the month and status as a whole have too few people for any figure
        named.person_shown,  -- known, unresolved (no registration names the card) or pooled
        named.province_shown,  -- Province of the office that handles the claim, or pooled
        named.programme_shown,  -- Programme that pays, or pooled
        claim.branch_code,  -- Branch that handles the claim
        claim.channel,  -- perisai if a Perisai acquired the person, other if not, unresolved if nobody knows the card
        claim.benefit,  -- Kind of benefit
        coalesce(claim.region_code, 'unknown') as region_code,  -- Kabupaten or kota of the person
        coalesce(cast(claim.programmes as varchar), 'unknown') as programmes,  -- Programmes of the person, 2 or 3
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
    from claim
    inner join named
        on
            claim.month = named.month
            and claim.status = named.status
            and claim.person = named.person
            and claim.province = named.province
            and claim.programme = named.programme
)

select * from final
