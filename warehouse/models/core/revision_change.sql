/*
grain: one row per delivery that replaced others of its date, and column that it changed (delivery_id, heading)
key: delivery_id, heading
meaning: What revisions changed, by column: how many documents hold another value now than in the first version of the
    date that had them, and how many of those hold the value of the row above or below them there. Changes of many
    documents are in marts.contradiction.
date: business_date of the delivery
source: raw.registrations, raw.contributions, raw.claims, raw.agents, core.delivery, reference.parameter
owner: head office, data team
caveats: a revision is there to correct, so that a change is no fault by itself. Compared is with the first version
    because the next one that a branch sends after a wrong one is to be like it. A cell that was empty is filled in, not
    changed, but for an agent's code. A number that stands twice in a version is not compared, nor is what is not kept
    in the lake (UPAH). Only deliveries of the last months are compared (signal_window_months)
*/
with parameter as (
    select
        max(case parameter when 'contradiction_rows' then value end) as enough_rows,
        max(case parameter when 'contradiction_percent' then value end) as enough_percent,
        max(case parameter when 'signal_window_months' then value end) as window_months
    from reference.parameter
),

as_of as (
    select date_trunc('month', max(business_date)) as last_month
    from raw.business_day
),

replaced as (
    select
        now.delivery_id as revision_id,
        past.delivery_id,
        past.business_date,
        past.feed,
        row_number() over (partition by now.delivery_id order by past.revision, past.arrival) as place
    from core.delivery as now
    inner join core.delivery as past
        on
            now.branch_code = past.branch_code
            and now.feed = past.feed
            and now.business_date = past.business_date
            and past.outcome = 'superseded'
    cross join as_of
    cross join parameter
    where
        now.effective
        and date_trunc('month', now.business_date)
        > as_of.last_month - to_months(cast(parameter.window_months as integer))
),

-- All versions of a date; that which counts has no place.
version as (
    select *
    from replaced
    union all by name
    select distinct
        revision_id,
        revision_id as delivery_id,
        business_date,
        feed
    from replaced
),

-- What each row says in its columns, all as texts.
cell as (
    select
        version.*,
        source.line_no,
        source.registration_no as document_no,
        null as amount_rp,
        unnest([
            'NIK', 'KPJ', 'NAMA_LENGKAP', 'TGL_DAFTAR', 'TGL_LAHIR', 'JENIS_KELAMIN', 'HANDPHONE', 'JENIS_PEKERJAAN',
            'KODE_KAB_KOTA', 'PROGRAM', 'KODE_PERISAI', 'JAM_DAFTAR'
        ]) as heading,
        unnest([
            cast(source.participant_key as varchar),
            cast(source.card_key as varchar),
            cast(source.name_key as varchar),
            cast(source.registration_date as varchar),
            cast(source.birth_year as varchar),
            source.sex,
            cast(source.phone_key as varchar),
            cast(source.occupation_key as varchar),
            source.region_code,
            cast(source.programmes as varchar),
            coalesce(source.agent_code, 'none'),
            cast(source.registered_at as varchar)
        ]) as said
    from raw.registrations as source
    inner join version
        on
            source.delivery_id = version.delivery_id
            and source.business_date = version.business_date
            and version.feed = 'registrations'
    union all by name
    select
        version.*,
        source.line_no,
        source.receipt_no as document_no,
        source.amount_rp,
        unnest([
            'KPJ', 'NAMA_PESERTA', 'TGL_BAYAR', 'BULAN_AWAL', 'JUMLAH_BULAN', 'PROGRAM', 'JUMLAH_IURAN', 'PEMBAYAR'
        ]) as heading,
        unnest([
            cast(source.card_key as varchar),
            cast(source.name_key as varchar),
            cast(source.payment_date as varchar),
            cast(source.first_month as varchar),
            cast(source.months as varchar),
            cast(source.programmes as varchar),
            cast(source.amount_rp as varchar),
            source.payer
        ]) as said
    from raw.contributions as source
    inner join version
        on
            source.delivery_id = version.delivery_id
            and source.business_date = version.business_date
            and version.feed = 'contributions'
    union all by name
    -- a claim has a row for each status; what claims are worth is not told in sum
    select
        version.*,
        source.line_no,
        concat(source.claim_no, ' ', source.status) as document_no,
        null as amount_rp,
        unnest([
            'KPJ', 'NAMA_PESERTA', 'PROGRAM_KLAIM', 'JENIS_MANFAAT', 'TGL_PENGAJUAN', 'TGL_STATUS', 'NILAI_KLAIM'
        ]) as heading,
        unnest([
            cast(source.card_key as varchar),
            cast(source.name_key as varchar),
            source.programme,
            source.benefit,
            cast(source.submitted_date as varchar),
            cast(source.status_date as varchar),
            cast(source.amount_rp as varchar)
        ]) as said
    from raw.claims as source
    inner join version
        on
            source.delivery_id = version.delivery_id
            and source.business_date = version.business_date
            and version.feed = 'claims'
    union all by name
    select
        version.*,
        source.line_no,
        source.agent_code as document_no,
        null as amount_rp,
        unnest([
            'NIK', 'NAMA_PERISAI', 'KODE_KAB_KOTA', 'TGL_GABUNG', 'STATUS', 'KODE_WADAH', 'NAMA_WADAH', 'NO_PKS',
            'SKEMA', 'PKS_MULAI', 'PKS_AKHIR'
        ]) as heading,
        unnest([
            cast(source.participant_key as varchar),
            cast(source.name_key as varchar),
            source.region_code,
            cast(source.joined_date as varchar),
            source.status,
            source.wadah_code,
            source.wadah_name,
            source.pks_no,
            source.scheme,
            cast(source.pks_from as varchar),
            cast(source.pks_to as varchar)
        ]) as said
    from raw.agents as source
    inner join version
        on
            source.delivery_id = version.delivery_id
            and source.business_date = version.business_date
            and version.feed = 'agents'
),

beside as (
    select
        *,
        lag(said) over lines as above,
        lead(said) over lines as below,
        count(*) over (partition by revision_id, delivery_id, heading) as cells,
        count(*) over (partition by revision_id, delivery_id, heading, document_no) as times
    from cell
    window lines as (partition by revision_id, delivery_id, heading order by line_no)
),

earliest as (
    select *
    from beside
    where place is not null and times = 1
    qualify row_number() over (partition by revision_id, heading, document_no order by place) = 1
),

-- How often a version has a value: that a neighbour has it may be chance.
frequency as (
    select
        revision_id,
        delivery_id,
        heading,
        said,
        count(*) as times
    from cell
    where place is not null
    group by revision_id, delivery_id, heading, said
),

compared as (
    select
        now.delivery_id,
        now.heading,
        now.amount_rp,
        coalesce(now.said <> earliest.said, earliest.said is not null) as is_changed,
        coalesce(now.said = earliest.above, false) as is_above,
        coalesce(now.said = earliest.below, false) as is_below,
        coalesce(frequency.times / earliest.cells, 0) as chance
    from beside as now
    inner join earliest
        on
            now.revision_id = earliest.revision_id
            and now.heading = earliest.heading
            and now.document_no = earliest.document_no
    left join frequency
        on
            earliest.revision_id = frequency.revision_id
            and earliest.delivery_id = frequency.delivery_id
            and now.heading = frequency.heading
            and now.said = frequency.said
    where now.place is null and now.times = 1
),

counted as (
    select
        delivery_id,
        heading,
        count(*) as documents,
        count(*) filter (where is_changed) as changed,
        greatest(
            count(*) filter (where is_changed and is_above), count(*) filter (where is_changed and is_below)
        ) as neighbours,
        coalesce(sum(chance) filter (where is_changed), 0) as by_chance,
        sum(amount_rp) filter (where is_changed) as amount_rp
    from compared
    group by delivery_id, heading
),

weighed as (
    select
        counted.*,
        parameter.enough_rows,
        parameter.enough_percent
    from counted
    cross join parameter
    where counted.changed > 0
),

final as (
    select
        delivery_id,  -- The revision; it counts
        heading,  -- The column
        documents,  -- Documents that stand in the revision and in a version before it
        changed,  -- Of these, how many hold another value now; the personal ones are compared as keyed hashes
        neighbours,  -- Of those, how many hold the value of the row above, or else of the row below, before
        cast(amount_rp as bigint) as amount_rp,  -- Rupiah of the changed payments as they are now; null of other feeds
        heading in (
            'KPJ', 'KODE_PERISAI', 'TGL_DAFTAR', 'TGL_BAYAR', 'BULAN_AWAL', 'JUMLAH_BULAN', 'JUMLAH_IURAN', 'NIK',
            'STATUS', 'KODE_WADAH', 'SKEMA', 'PKS_MULAI', 'PKS_AKHIR'
        ) as moves_money,  -- True if somebody earns, or something is paid for, by the column
        case
            when
                neighbours >= enough_rows and neighbours * 2 >= changed and neighbours > 2 * by_chance
                then 'revision_slipped'
            when
                changed >= enough_rows and changed * 100 >= documents * enough_percent
                then 'revision_changes_many'
        end as kind  -- revision_slipped (the neighbours' values), revision_changes_many, or null where few changed
    from weighed
)

select * from final
