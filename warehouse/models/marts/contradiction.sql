/*
grain: one row per delivery and way in which it contradicts others (delivery_id, kind)
key: business_date, delivery_id, kind
meaning: Deliveries whose rows, each right by itself, contradict what other deliveries say of the same payments,
    persons, cards, claims or agents: with how many rows, how much money, and where to look.
date: business_date; from_date and to_date are the days of the rows
source: core.repeated_payment, core.kept_row, core.month_again, core.registration, core.card, core.agent, core.delivery,
    core.running_month, core.unknown_content, core.revision_change, core.column_change, raw.business_day,
    reference.parameter
owner: head office, data team
caveats: the rows count, since nobody but a person can say which side is wrong; the branch corrects its file by a
    revision, and the row is gone. What is_holding says holds the close of each month that the rows are of until
    somebody has looked (docs/close.md); claims never do. Only deliveries of the last months
    are compared (signal_window_months)
*/
with parameter as (
    select
        max(case parameter when 'contradiction_rows' then value end) as enough_rows,
        max(case parameter when 'contradiction_percent' then value end) as enough_percent,
        max(case parameter when 'signal_window_months' then value end) as window_months,
        max(case parameter when 'reentry_months' then value end) as reentry_months
    from reference.parameter
),

as_of as (
    select date_trunc('month', max(business_date)) as last_month
    from raw.business_day
),

recent as (
    select delivery.*
    from core.delivery
    cross join as_of
    cross join parameter
    where
        delivery.effective
        and date_trunc('month', delivery.business_date)
        > as_of.last_month - to_months(cast(parameter.window_months as integer))
),

payment_again as (
    select
        'payment_again' as kind,
        delivery_id,
        count(*) as row_count,
        sum(amount_rp) as amount_rp,
        max(case when first_branch_code <> branch_code then first_branch_code end) as other_branch_code,
        min(first_receipt_no) as other_no,
        min(receipt_no) as from_no,
        max(receipt_no) as to_no,
        min(payment_date) as from_date,
        max(payment_date) as to_date
    from core.repeated_payment
    group by delivery_id
),

other_programmes as (
    select
        'programmes_of_others' as kind,
        delivery_id,
        other_programmes_count as row_count,
        other_programmes_rp as amount_rp
    from core.kept_row
),

too_early as (
    select
        'paid_before_registration' as kind,
        delivery_id,
        too_early_count as row_count,
        too_early_rp as amount_rp
    from core.kept_row
),

early_month as (
    select
        'months_before_registration' as kind,
        delivery_id,
        early_month_count as row_count,
        early_month_rp as amount_rp
    from core.kept_row
),

unknown_card as (
    select
        'payment_of_unknown' as kind,
        delivery_id,
        unresolved_count as row_count
    from core.kept_row
),

other_name as (
    select
        'named_otherwise' as kind,
        delivery_id,
        other_name_count as row_count,
        other_name_rp as amount_rp
    from core.kept_row
    where other_name_count > 0
),

doubtful_registration as (
    select
        kind,
        delivery_id,
        count(*) as row_count,
        max(case when first_branch_code <> branch_code then first_branch_code end) as other_branch_code,
        min(registration_no) as from_no,
        max(registration_no) as to_no,
        min(first_registration_no) as other_no,
        min(registration_date) as from_date,
        max(registration_date) as to_date
    from core.registration_doubt
    group by kind, delivery_id
),

-- A person dies once; other benefits are the same claim if day and amount are.
claim_twice as (
    select
        claimant_key,
        benefit,
        case when benefit <> 'SANTUNAN_KEMATIAN' then submitted_date end as submitted_date,
        case when benefit <> 'SANTUNAN_KEMATIAN' then amount_rp end as amount_rp
    from core.claim_status
    where status <> 'Ditolak'
    group by all
    having count(distinct branch_code || ' ' || claim_no) > 1
),

-- Statuses of claims that recent deliveries said last, once for each way in which they contradict what is known. What
-- they are worth and when they were submitted stays in core.claim_status: that tells of single persons.
claim_told as (
    select
        claim.delivery_id,
        claim.claim_no,
        unnest([
            case when claim.is_named_otherwise then 'named_otherwise' end,
            case when claim.is_amount_changed then 'claim_amount_changed' end,
            case when claim.is_day_changed then 'claim_day_changed' end,
            case when claim.is_paid_and_rejected then 'claim_paid_and_rejected' end,
            case when claim.is_paid_otherwise then 'claim_paid_otherwise' end,
            case when claim.is_turned_back then 'claim_turned_back' end,
            case when claim.programme = 'JHT' and claim.programmes = 2 then 'claim_of_other_programme' end,
            case when twice.claimant_key is not null then 'claim_again' end,
            case
                when claim.benefit = 'SANTUNAN_KEMATIAN' and account.last_payment_date > claim.submitted_date
                    then 'paid_after_death'
            end,
            case when claim.is_before_registration then 'claim_before_registration' end,
            case
                when claim.participant_key is null then 'claim_of_unknown'
                when account.participant_key is null then 'claim_never_paid'
            end
        ]) as kind
    from core.claim_status as claim
    inner join recent on claim.delivery_id = recent.delivery_id
    left join core.account on claim.participant_key = account.participant_key
    left join claim_twice as twice
        on
            claim.claimant_key = twice.claimant_key
            and claim.benefit = twice.benefit
            and claim.submitted_date = coalesce(twice.submitted_date, claim.submitted_date)
            and claim.amount_rp = coalesce(twice.amount_rp, claim.amount_rp)
),

claim as (
    select
        kind,
        delivery_id,
        count(distinct claim_no) as row_count,
        min(claim_no) as from_no,
        max(claim_no) as to_no
    from claim_told
    where kind is not null
    group by kind, delivery_id
),

-- An agent's spell beside the one before it, of the same branch.
followed as (
    select
        *,
        lag(joined_date) over spells as joined_before,
        lag(status) over spells as status_before,
        lag(wadah_code) over spells as wadah_before,
        lag(valid_from) over spells as since_before
    from core.agent
    window spells as (partition by agent_code, branch_code order by valid_from)
),

listed_agent as (
    select agents.*
    from raw.agents
    inner join recent on agents.delivery_id = recent.delivery_id
),

told_person as (
    select
        'agent_of_another' as kind,
        participant_key as person,
        *
    from listed_agent
    union all by name
    select
        'agent_named_otherwise' as kind,
        name_key as person,
        *
    from listed_agent
),

-- Rosters that tell another NIK, or another name, of an agent than the one before that told any.
other_person as (
    select
        kind,
        agent_code,
        branch_code,
        business_date
    from told_person
    where person is not null
    qualify person <> lag(person) over (partition by kind, agent_code, branch_code order by business_date, line_no)
),

-- Rosters that tell another first day of an agent's agreement than the one before, or an earlier last day, under the
-- same number. A later last day is an extension.
other_agreement as (
    select
        agent_code,
        branch_code,
        business_date
    from listed_agent
    qualify
        pks_from <> lag(pks_from) over (partition by agent_code, branch_code, wadah_code, pks_no order by business_date)
        or pks_to < lag(pks_to) over (partition by agent_code, branch_code, wadah_code, pks_no order by business_date)
),

agent_change as (
    select
        kind,
        agent_code,
        branch_code,
        business_date as valid_from
    from other_person
    union all
    select
        'agreement_dates_changed' as kind,
        agent_code,
        branch_code,
        business_date as valid_from
    from other_agreement
    union all
    select
        unnest([
            case when joined_date <> joined_before then 'joined_otherwise' end,
            case when status <> status_before then 'status_turned' end,
            case when wadah_code <> wadah_before and 'NONAKTIF' not in (status, status_before) then 'wadah_changed' end,
            case
                when
                    status = 'AKTIF'
                    and status_before = 'NONAKTIF'
                    and wadah_code = wadah_before
                    and valid_from
                    < since_before + (select to_months(cast(parameter.reentry_months as integer)) from parameter)
                    then 'came_back'
            end
        ]) as kind,
        agent_code,
        branch_code,
        valid_from
    from followed
),

other_roster as (
    select
        agent_change.kind,
        recent.delivery_id,
        count(*) as row_count,
        min(agent_change.agent_code) as from_no,
        max(agent_change.agent_code) as to_no
    from agent_change
    inner join recent
        on
            agent_change.branch_code = recent.branch_code
            and agent_change.valid_from = recent.business_date
            and recent.feed = 'agents'
    where agent_change.kind is not null
    group by agent_change.kind, recent.delivery_id
),

-- A revision with fewer rows than what it replaces: it may hold only what was looked through so far.
short_revision as (
    select
        recent.delivery_id,
        max(past.accepted) - any_value(recent.accepted) as dropped_count
    from recent
    inner join core.delivery as past
        on
            recent.branch_code = past.branch_code
            and recent.feed = past.feed
            and recent.business_date = past.business_date
            and past.outcome = 'superseded'
    group by recent.delivery_id
    having max(past.accepted) > any_value(recent.accepted)
),

-- The columns in which a revision changed many documents.
changed_column as (
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
),

every as (
    select *
    from payment_again
    union all by name
    select *
    from other_programmes
    union all by name
    select *
    from too_early
    union all by name
    select *
    from early_month
    union all by name
    select *
    from core.month_again
    union all by name
    select
        'revision_is_shorter' as kind,
        delivery_id,
        dropped_count as row_count
    from short_revision
    union all by name
    select *
    from changed_column
    union all by name
    select *
    from other_name
    union all by name
    select *
    from unknown_card
    union all by name
    select *
    from doubtful_registration
    union all by name
    select *
    from claim
    union all by name
    select *
    from other_roster
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
        concat('column_', measure) as kind,
        delivery_id,
        sum(row_count) as row_count,
        min(concat(column_name, ' ', percent_before, ' % → ', percent_now, ' %')) as from_no,
        max(concat(column_name, ' ', percent_before, ' % → ', percent_now, ' %')) as to_no
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
    inner join recent on every.delivery_id = recent.delivery_id
    cross join parameter
),

-- What a few people may do, or what may have come late, is told only where many rows of a file are so.
dated as (
    select
        *,
        -- a person under two NIK is paid for twice; a few other names may be typing errors; claims earn nobody anything
        -- and payments for unknown cards do so by a correction, once their registration comes
        feed <> 'claims'
        and coalesce(moves_money, true)
        and kind not in ('unknown_column', 'unknown_text', 'payment_of_unknown')
        and not starts_with(kind, 'column_')
        and (
            kind = 'person_again'
            or (
                is_enough
                and (is_share or kind not in ('named_otherwise', 'agent_named_otherwise', 'months_paid_again'))
            )
        ) as is_holding
    from weighed
    where
        (is_enough and is_share)
        or kind not in (
            'programmes_of_others', 'paid_before_registration', 'months_before_registration', 'payment_of_unknown',
            'registered_again', 'status_turned', 'claim_of_unknown', 'claim_never_paid', 'claim_of_other_programme'
        )
),

final as (
    select
        cast(date_trunc('month', last_day) as date) as month,  -- Month of the last of these rows, its first day
        -- payment_again (an earlier delivery has it under another number), programmes_of_others (others than the
        -- persons registered for), paid_before_registration, card_of_another (who registered it first),
        -- joined_otherwise, agent_named_otherwise, wadah_changed and agreement_dates_changed (than the roster before
        -- says), came_back (NONAKTIF, and AKTIF soon after), status_turned (many agents left or came back at once),
        -- revision_slipped and revision_changes_many (columns in which a revision differs from the version before),
        -- unknown_column, unknown_value and unknown_text (the branch sends it for the first time), unknown_unlike and
        -- unknown_unlike_rupiah (a column that mostly repeats one of the contract),
        -- column_blank, column_repeated, column_rising, column_next, column_as_in_nik and column_before_seven (columns
        -- that look other than before; from_no and to_no say which, and their shares before and now)
        kind,
        branch_code,  -- Branch that sent the file
        feed,  -- registrations, contributions, claims or agents
        business_date,  -- Date that the file is for
        file_name,  -- Name of the file
        delivery_id,  -- Identifies the delivery
        cast(row_count as bigint) as row_count,  -- Rows that contradict others
        accepted,  -- Accepted rows of the delivery
        cast(amount_rp as bigint) as amount_rp,  -- Rupiah of these rows; null where the feed has none
        other_branch_code,  -- Another branch that has sent the same payments; null if none
        from_no,  -- Lowest number of these rows (receipt, registration, agent), or columns or line; null if not listed
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
