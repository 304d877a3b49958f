/*
grain: one row per stretch of coverage months in which nothing changes, base income, number of programmes, payer and
    sector (from_month, base_rp, programmes, payer, sector)
meaning: The legal contributions of a month. A payment is legal if it is the sum over the months that it covers, all at
    one base income.
date: coverage month, from from_month to to_month
source: reference.contribution_bracket, reference.contribution_programme, reference.contribution_discount
owner: head office, membership
kind: view
caveats: sector is one that some discount names, or null for everybody else. Each programme is rounded to the rupiah by
    itself; by the tables of today every amount is whole
*/
with border as (
    select valid_from as month from reference.contribution_bracket
    union
    select valid_to + 1 as month from reference.contribution_bracket
    union
    select valid_from as month from reference.contribution_programme
    union
    select valid_to + 1 as month from reference.contribution_programme
    union
    select valid_from as month from reference.contribution_discount
    union
    select valid_to + 1 as month from reference.contribution_discount
),

stretch as (
    select
        month as from_month,
        lead(month) over (order by month) as next_month
    from border
    where month is not null
),

payer as (
    select 'PESERTA' as payer
    union all
    select 'APBN' as payer
    union all
    select 'APBD' as payer
),

sector as (
    select sector from reference.contribution_discount
    union
    select cast(null as varchar) as sector
),

normal as (
    select
        stretch.from_month,
        stretch.next_month,
        bracket.base_rp,
        payer.payer,
        sector.sector,
        programme.programme,
        programme.from_programmes,
        programme.rate * bracket.base_rp + programme.amount_rp as normal_rp
    from stretch
    inner join reference.contribution_bracket as bracket
        on
            stretch.from_month >= bracket.valid_from
            and stretch.from_month <= coalesce(bracket.valid_to, stretch.from_month)
    inner join reference.contribution_programme as programme
        on
            stretch.from_month >= programme.valid_from
            and stretch.from_month <= coalesce(programme.valid_to, stretch.from_month)
    cross join payer
    cross join sector
),

charged as (
    select
        normal.*,
        round(normal.normal_rp) as full_rp,
        round(normal.normal_rp * coalesce(discount.share, 1)) as due_rp
    from normal
    left join reference.contribution_discount as discount
        on
            normal.programme = discount.programme
            and normal.from_month >= discount.valid_from
            and normal.from_month <= coalesce(discount.valid_to, normal.from_month)
            and normal.payer = coalesce(discount.payer, normal.payer)
            and (discount.sector is null or normal.sector = discount.sector)
    qualify row_number() over (
        partition by normal.from_month, normal.base_rp, normal.payer, normal.sector, normal.programme
        order by discount.sector nulls last, discount.payer nulls last
    ) = 1
),

package as (
    select distinct from_programmes as programmes
    from reference.contribution_programme
),

final as (
    select
        charged.from_month,  -- First coverage month of the stretch
        charged.next_month - 1 as to_month,  -- Last day of its last one; null while it goes on
        charged.base_rp,  -- Base income of the bracket
        package.programmes,  -- Programmes, 2 or 3
        charged.payer,  -- PESERTA, APBN or APBD
        charged.sector,  -- Sector with discounts of its own; null for all others
        cast(sum(charged.due_rp) as bigint) as due_rp,  -- Rupiah due for a month
        cast(sum(charged.full_rp) as bigint) as full_rp  -- The same without any discount
    from charged
    inner join package on charged.from_programmes <= package.programmes
    group by
        charged.from_month, charged.next_month, charged.base_rp, package.programmes, charged.payer, charged.sector
)

select * from final
