/*
grain: one row per delivery and way in which it contradicts others (delivery_id, kind)
key: business_date, delivery_id, kind
meaning: Deliveries whose rows, each right by itself, contradict what other deliveries say of the same payments,
    persons, cards, claims or agents: with how many rows, how much money, and where to look.
date: business_date; from_date and to_date are the days of the rows
source: core.payment_contradiction, core.registration_doubt, core.claim_contradiction, core.roster_contradiction,
    core.unknown_content, core.revision_change, core.column_change, core.recent_delivery, core.running_month;
    parameters contradiction_rows and contradiction_percent
owner: head office, data team
caveats: the rows count, since nobody but a person can say which side is wrong; the branch corrects its file by a
    revision, and the row is gone. What is_holding says holds the close of each month that the rows are of until
    somebody has looked (docs/close.md); claims never do. Only deliveries of the last months are compared
    (core.recent_delivery)
*/
with parameter as (
    select
        max(case parameter when 'contradiction_rows' then value end) as enough_rows,
        max(case parameter when 'contradiction_percent' then value end) as enough_percent
    from reference.parameter
),

every as (
    select *
    from core.payment_contradiction
    union all by name
    select
        kind,
        delivery_id,
        count(*) as row_count,
        array_to_string(
            array_sort(array_agg(distinct first_branch_code) filter (where first_branch_code <> branch_code)), ', '
        ) as other_branch_code,
        min(registration_no) as from_no,
        max(registration_no) as to_no,
        min(first_registration_no) as other_no,
        min(registration_date) as from_date,
        max(registration_date) as to_date
    from core.registration_doubt
    group by kind, delivery_id
    union all by name
    select *
    from core.claim_contradiction
    union all by name
    select *
    from core.roster_contradiction
    union all by name
    select
        kind,
        delivery_id,
        row_count,
        from_place as from_no,
        to_place as to_no
    from core.unknown_content
    union all by name
    select
        'revision_is_shorter' as kind,
        delivery_id,
        dropped as row_count
    from core.recent_delivery
    where dropped > 0
    union all by name
    select
        kind,
        delivery_id,
        max(changed) as row_count,
        max(amount_rp) as amount_rp,
        string_agg(heading, ', ' order by heading) as from_no,
        bool_or(moves_money) as moves_money
    from core.revision_change
    where kind is not null
    group by kind, delivery_id
    union all by name
    select
        concat('column_', measure) as kind,
        delivery_id,
        max(row_count) as row_count,
        string_agg(concat(column_name, ' ', percent_before, ' % → ', percent_now, ' %'), ', ' order by column_name)
            as from_no
    from core.column_change
    group by kind, delivery_id
),

weighed as (
    select
        every.*,
        recent.branch_code,
        recent.feed,
        recent.business_date,
        recent.file_name,
        recent.accepted,
        coalesce(every.from_date, recent.business_date) as first_day,
        coalesce(every.to_date, recent.business_date) as last_day,
        every.row_count >= parameter.enough_rows as is_enough,
        every.row_count * 100 >= recent.accepted * parameter.enough_percent as is_share
    from every
    inner join core.recent_delivery as recent on every.delivery_id = recent.delivery_id
    cross join parameter
),

-- What a few people may do, or what may have come late, is told only where many rows of a file are so.
dated as (
    select
        *,
        -- a person under two NIK is paid for twice; a few other names or months may be typing errors; claims earn
        -- nobody anything, nor do an agent's region and NIK and a wadah's name, payments for unknown cards do so by a
        -- correction, and a government begins and ends to pay for many at once, as amounts change with the law
        feed <> 'claims'
        and coalesce(moves_money, true)
        and not starts_with(kind, 'column_')
        and kind not in (
            'unknown_column', 'unknown_text', 'payment_of_unknown', 'agent_region_changed', 'agent_nik_left_out',
            'payer_changed', 'amount_changed', 'wadah_named_otherwise'
        )
        and (
            kind = 'person_again'
            or (
                is_enough
                and (
                    is_share
                    or kind not in (
                        'named_otherwise', 'agent_named_otherwise', 'registered_once_more', 'months_paid_again',
                        'months_before_registration', 'months_left_out'
                    )
                )
            )
        ) as is_holding
    from weighed
    where
        (is_enough and is_share)
        or kind not in (
            'programmes_of_others', 'payer_changed', 'amount_changed', 'paid_before_registration', 'payment_of_unknown',
            'registered_again', 'status_turned'
        )
),

final as (
    select
        cast(date_trunc('month', last_day) as date) as month,  -- Month of the last of these rows, its first day
        -- as in core.payment_contradiction, core.registration_doubt, core.claim_contradiction,
        -- core.roster_contradiction, core.revision_change and core.unknown_content; revision_is_shorter; column_ with a
        -- measure of core.column_change (columns that look other than before; from_no says which, and their
        -- shares before and now)
        kind,
        branch_code,  -- Branch that sent the file
        feed,  -- registrations, contributions, claims or agents
        business_date,  -- Date that the file is for
        file_name,  -- Name of the file
        delivery_id,  -- Identifies the delivery
        cast(row_count as bigint) as row_count,  -- Rows that contradict others
        accepted,  -- Accepted rows of the delivery
        cast(amount_rp as bigint) as amount_rp,  -- Rupiah of these rows; null where the feed has none
        other_branch_code,  -- Other branches that the contradicted rows are of; null if none
        from_no,  -- Lowest number of these rows (receipt, registration, agent), columns or line; null if none
        to_no,  -- Highest of them
        other_no,  -- Lowest number of what the rows contradict; null where not listed
        first_day as from_date,  -- First day of payment or registration of these rows, else the business date
        last_day as to_date,  -- Last such day
        is_holding,  -- True if it holds the close
        last_day >= (select running_month.first_day from core.running_month) as is_running  -- True until it is over
    from dated
    order by month, branch_code, business_date, kind, delivery_id
)

select * from final
