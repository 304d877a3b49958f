/*
grain: one row per delivery, that is per file that was received
meaning: What became of every delivery, and whether its rows count. A delivery that says again what an effective
    one of an earlier date, or the one just before it, has said is a duplicate; otherwise the last revision of a
    branch, feed and business date counts and the earlier ones are superseded.
date: business_date; the day that the delivery is for
source: raw.delivery, raw.left_out
owner: head office, data team
caveats: derived from all deliveries together, so the order in which days were loaded does not matter; only two
    files of the same name are told apart by their arrival. A superseded delivery keeps its counts of lines, but
    none of its rows counts. Rosters and empty files are never duplicates. A file of which no row was accepted
    supersedes nothing, like a refused one. The reason of one that counts tells how many documents of the version before
    it for its date it lacks, since these do not count any more; how many stand beside another card there; and both
    numbers where less than half of the rows of the version before (of a roster also of an earlier date) were accepted
*/
with judged as (
    select
        *,
        case
            when judgement = 'accepted' and lines > 0 and accepted = 0 then 'nothing_accepted'
            else judgement
        end as word
    from raw.delivery
),

source as (
    select
        delivery.*,
        delivery.word = 'accepted' as is_accepted,
        delivery.lines > 0 and feed.delivery = 'events' as can_repeat,
        case when feed.delivery = 'snapshot' then null else delivery.business_date end as own_date
    from judged as delivery
    left join reference.feed on delivery.feed = feed.feed
),

-- A copy sent right after the original, for the same date.
followed as (
    select
        *,
        lag(file_name) over sequence as file_before,
        can_repeat and coalesce(sha256 = lag(sha256) over sequence, false) as is_repeat
    from source
    where is_accepted
    window sequence as (partition by branch_code, feed, business_date order by revision, arrival)
),

last_word as (
    select *
    from followed
    where not is_repeat
    qualify row_number() over (partition by branch_code, feed, business_date order by revision desc, arrival desc) = 1
),

-- The first date on which some content was a branch's last word: what comes with it later is a duplicate. Content
-- that was itself superseded does not count, so a file sent first under a wrong date can be sent again.
original as (
    select
        branch_code,
        feed,
        sha256,
        business_date,
        file_name
    from last_word
    where can_repeat
    qualify row_number() over (partition by branch_code, feed, sha256 order by business_date) = 1
),

compared as (
    select
        followed.*,
        followed.is_repeat or (followed.can_repeat and original.sha256 is not null) as is_duplicate,
        case when followed.is_repeat then followed.file_before else original.file_name end as original_file
    from followed
    left join original
        on
            followed.branch_code = original.branch_code
            and followed.feed = original.feed
            and followed.sha256 = original.sha256
            and followed.business_date > original.business_date
),

effective as (
    select
        branch_code,
        feed,
        business_date,
        delivery_id,
        file_name
    from compared
    where not is_duplicate
    qualify row_number() over (partition by branch_code, feed, business_date order by revision desc, arrival desc) = 1
),

-- The version that a file follows: the one before it for its date; of a roster's first file, that of an earlier date.
followed_up as (
    select
        delivery_id,
        lag(delivery_id) over version as id_before,
        lag(accepted) over version as accepted_before
    from followed
    where not is_repeat
    window version as (
        partition by branch_code, feed, own_date
        order by business_date, revision, arrival
    )
),

decided as (
    select
        source.*,
        string_split(source.reason, ' / ') as parts,
        source.accepted * 2 < followed_up.accepted_before as is_shrunk,
        followed_up.accepted_before,
        left_out.documents as left_out,
        left_out.turned,
        compared.original_file,
        effective.file_name as effective_file,
        coalesce(effective.delivery_id = source.delivery_id, false) as is_effective,
        case
            when not source.is_accepted then source.word
            when compared.is_duplicate then 'duplicate'
            when effective.delivery_id <> source.delivery_id then 'superseded'
            when source.rejected > 0 then 'accepted_with_rejects'
            else 'accepted'
        end as outcome
    from source
    left join compared on source.delivery_id = compared.delivery_id
    left join followed_up on source.delivery_id = followed_up.delivery_id
    left join raw.left_out
        on followed_up.delivery_id = left_out.delivery_id and followed_up.id_before = left_out.other_id
    left join effective
        on
            source.branch_code = effective.branch_code
            and source.feed = effective.feed
            and source.business_date = effective.business_date
),

told as (
    select
        *,
        nullif(
            concat_ws(
                '. ',
                case
                    when turned > 0
                        then
                            concat(
                                turned, ' nomor ada di samping KPJ lain daripada di kiriman sebelumnya; jika bukan itu',
                                ' yang diperbaiki, kolom KPJ atau nomornya bergeser: cocokkan dengan sumbernya'
                            )
                end,
                nullif(array_to_string(array_slice(parts, 1, len(parts) // 2), ' / '), '')
            ),
            ''
        ) as in_indonesian,
        nullif(
            concat_ws(
                '. ',
                case
                    when turned > 0
                        then
                            concat(
                                turned, case turned when 1 then ' number stands' else ' numbers stand' end,
                                ' beside another KPJ than in the version before; if that is not what was put right,',
                                ' the column of cards or of numbers has slipped: compare it with the source'
                            )
                end,
                nullif(array_to_string(array_slice(parts, len(parts) // 2 + 1, -1), ' / '), '')
            ),
            ''
        ) as in_english
    from decided
),

final as (
    select
        delivery_id,  -- Identifies the delivery
        branch_code,  -- Branch in whose folder the file lay
        feed,  -- registrations, contributions, claims or agents; unknown if the file name could not be read
        business_date,  -- Date that the file is for
        revision,  -- 1 for the first file of the date, 2 and up for corrections
        arrival,  -- Order in which files were first seen
        file_name,  -- Name of the file
        sha256,  -- Hash of the content
        bytes,  -- Size of the file
        lines,  -- Data lines that the file holds
        coalesce(not_data, 0) as not_data,  -- Rows below the header that are no data, such as totals
        case outcome when 'duplicate' then 0 else accepted end as accepted,  -- Lines that were accepted
        case outcome when 'duplicate' then 0 else rejected end as rejected,  -- Lines that were rejected
        case outcome when 'duplicate' then lines else duplicates end as duplicates,  -- Lines that repeat others
        control_lines,  -- Lines according to the branch's manifest; null without one
        control_rp,  -- Rupiah according to the branch's manifest; null without one
        counted_rp,  -- Rupiah counted over all lines; null if the feed has none or one cannot be read
        judgement,  -- accepted, refused or failed, as the load judged the file by itself
        outcome,  -- accepted, accepted_with_rejects, nothing_accepted, superseded, duplicate, refused or failed
        is_effective as effective,  -- True if the rows of the delivery count
        coalesce(
            control_lines in (lines, lines + not_data)
            and (control_rp is null or control_rp = counted_rp),
            false
        ) as verified,  -- True if a manifest came with the file and its totals agree with the count
        case
            when outcome = 'duplicate'
                then concat('isinya sama dengan ', original_file, ' / the same content as ', original_file)
            when outcome = 'superseded'
                then concat('digantikan oleh ', effective_file, ' / superseded by ', effective_file)
            when outcome = 'nothing_accepted'
                then
                    concat(
                        'Tidak satu baris pun diterima; lihat buku kerja',
                        '. ' || in_indonesian,
                        ' / not one row was accepted; see the workbook',
                        '. ' || in_english
                    )
            when left_out > 0
                then
                    concat(
                        left_out, ' nomor dari kiriman sebelumnya (', accepted_before, ' baris) tidak ada lagi di sini',
                        ' dan tidak dihitung; revisi menggantikan seluruh kiriman',
                        '. ' || in_indonesian,
                        ' / ', left_out, case left_out when 1 then ' number' else ' numbers' end,
                        ' of the version before (', accepted_before,
                        case accepted_before when 1 then ' row)' else ' rows)' end,
                        case left_out when 1 then ' is not here and does' else ' are not here and do' end,
                        ' not count any more; a revision replaces all of it',
                        '. ' || in_english
                    )
            when is_shrunk
                then
                    concat(
                        'Hanya ', accepted, ' baris diterima, sebelumnya ', accepted_before,
                        '. ' || in_indonesian,
                        ' / only ', accepted, case accepted when 1 then ' row was' else ' rows were' end,
                        ' accepted, ', accepted_before, ' in the version before',
                        '. ' || in_english
                    )
            when turned > 0 then concat(in_indonesian, ' / ', in_english)
            else reason
        end as reason,  -- Why the delivery or some of it does not count
        accepted_before,  -- Rows accepted of the version before, of a roster also of an earlier date; null without one
        coalesce(left_out, 0) as left_out,  -- Documents of the version before for its date that it lacks
        contract_version,  -- Version of the contract that judged it
        forms,  -- JSON object, by header the form in which a column was read; null or empty if all are standard
        received_utc  -- When the file was left in the landing place, as the place says, in UTC; null if not noted
    from told
    order by business_date, branch_code, feed, revision, arrival, delivery_id
)

select * from final
