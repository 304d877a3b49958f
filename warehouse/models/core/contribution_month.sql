/*
grain: one row per payment and month that it covers (branch_code, receipt_no, contribution_month)
key: branch_code, receipt_no, contribution_month
by: participant_key
since: payment_date
unless: not account.is_plain
    or (account.participant_key is not null and contribution.own_count is distinct from account.own_count)
    or (contribution.payment_date, contribution.receipt_no, contribution.branch_code)
    <= (account.last_payment_date, account.last_receipt_no, account.last_branch_code)
    or (year(contribution.first_month) * 12 + month(contribution.first_month) - 1 < paid_stretch.to_index
    and year(contribution.first_month) * 12 + month(contribution.first_month) - 1 + contribution.months
    > paid_stretch.from_index)
meaning: Payments and refunds of known persons, spread over the months that they cover: what of them counts for the
    month, under which agent, and the number of the contribution month, by rules 4 to 7 of docs/incentives.md. Who pays
    each month once, whole and in order takes a short way.
source: core.contribution, core.smallest_contribution; parameters arrears_months and
    counter_restarts_on_reactivation; the schema before
owner: head office, membership
partition: period
caveats: a line depends on the payments of the person before it, never on a later one. The schema before has what is
    known of earlier payments that are not among the rows; it is empty if all are
*/
with payment as (
    select
        contribution.*,
        arrears.value as arrears_months,
        restarting.value as restarts,
        before.covered_until as covered_before,
        coalesce(before.counter_no, 0) as counter_before,
        case when contribution.own_count = before.own_count then before.months_counted else 0 end as counted_before,
        contribution.amount_rp < 0 as is_refund,
        year(contribution.first_month) * 12 + month(contribution.first_month) - 1 as first_index,
        year(contribution.payment_date) * 12 + month(contribution.payment_date) - 1 as paid_index
    from core.contribution
    left join before.account as before on contribution.participant_key = before.participant_key
    left join reference.parameter as arrears
        on
            arrears.parameter = 'arrears_months'
            and contribution.payment_date >= arrears.valid_from
            and contribution.payment_date <= coalesce(arrears.valid_to, contribution.payment_date)
    left join reference.parameter as restarting
        on
            restarting.parameter = 'counter_restarts_on_reactivation'
            and contribution.payment_date >= restarting.valid_from
            and contribution.payment_date <= coalesce(restarting.valid_to, contribution.payment_date)
    where contribution.participant_key is not null
),

ordered as materialized (
    select
        *,
        row_number() over life as payment_no,
        sum(months) over life as months_so_far,
        lag(own_count) over life as own_count_of_last,
        greatest(
            covered_before,
            max(case when amount_rp > 0 then first_index + months - 1 end) over (
                partition by participant_key
                order by payment_date, receipt_no, branch_code
                rows between unbounded preceding and 1 preceding
            )
        ) as covered_until
    from payment
    window life as (
        partition by participant_key order by payment_date, receipt_no, branch_code rows unbounded preceding
    )
),

-- The largest of the smallest legal amounts of a payment's months: from it on each of its months is whole.
paid_span as (
    select distinct
        first_month,
        first_index,
        months
    from ordered
),

span as (
    select
        paid_span.first_index,
        paid_span.months,
        coalesce(max(smallest.due_rp), 1) as due_rp
    from paid_span
    left join core.smallest_contribution as smallest
        on
            smallest.from_month < paid_span.first_month + to_months(paid_span.months)
            and paid_span.first_month <= smallest.to_month
    group by paid_span.first_index, paid_span.months
),

-- Who does not simply pay one whole month after the other, under one agent: a payment that leaves a month unwhole (such
-- as a refund), months that were paid for before or earlier than those, a lapse, or another agent.
mixed_person as materialized (
    select distinct ordered.participant_key
    from ordered
    inner join span on ordered.first_index = span.first_index and ordered.months = span.months
    where
        ordered.amount_rp // ordered.months < span.due_rp
        or ordered.first_index <= ordered.covered_until
        or (ordered.restarts <> 0 and ordered.first_index > ordered.covered_until + 1 + ordered.arrears_months)
        or ordered.own_count_of_last <> ordered.own_count
),

-- Everybody else takes the short way: each month counts whole, and gets the next number.
plain_month as (
    select
        *,
        unnest(generate_series(0, months - 1)) as step
    from ordered
    where participant_key not in (from mixed_person)
),

plain as (
    select
        *,
        make_date((first_index + step) // 12, (first_index + step) % 12 + 1, 1) as contribution_month,
        case
            when step < months - 1 then amount_rp // months
            else amount_rp - amount_rp // months * (months - 1)
        end as received_rp,
        counted_before + months_so_far - months + step + 1 as month_no
    from plain_month
),

mixed as (
    select *
    from ordered
    where participant_key in (from mixed_person)
),

-- No month within arrears of a payment's day was the last one covered by then, and none within arrears of its first
-- month. Months may have been paid ahead and out of order, so that an earlier one may be.
doubtful as (
    select
        mixed.participant_key,
        mixed.payment_no,
        mixed.first_index,
        mixed.paid_index,
        mixed.first_index - 1 - mixed.arrears_months as first_since,
        mixed.paid_index - 1 - mixed.arrears_months as paid_since
    from mixed
    where
        mixed.restarts <> 0
        and mixed.amount_rp > 0
        and not mixed.covered_until between mixed.paid_index - 1 - mixed.arrears_months and mixed.paid_index
        and not mixed.covered_until between mixed.first_index - 1 - mixed.arrears_months and mixed.first_index
),

covered as (
    select
        participant_key,
        payment_no,
        first_index as from_index,
        first_index + months - 1 as until_index
    from mixed
    where amount_rp > 0
    union all
    select
        participant_key,
        0 as payment_no,
        from_index,
        to_index - 1 as until_index
    from before.paid_stretch
),

reactivation as (
    select
        doubtful.participant_key,
        doubtful.payment_no
    from doubtful
    inner join covered
        on doubtful.participant_key = covered.participant_key and doubtful.payment_no > covered.payment_no
    group by doubtful.participant_key, doubtful.payment_no
    having
        min(covered.from_index) < least(min(doubtful.first_index), min(doubtful.paid_index))
        and not bool_or(
            (covered.from_index <= doubtful.paid_index and covered.until_index >= doubtful.paid_since)
            or (covered.from_index <= doubtful.first_index and covered.until_index >= doubtful.first_since)
        )
),

-- Columns that do not decide anything are left out here, and found again by the number of the payment.
counted as (
    select
        mixed.participant_key,
        mixed.payment_no,
        mixed.first_index,
        mixed.months,
        mixed.amount_rp,
        mixed.own_count,
        mixed.counter_before,
        mixed.counted_before,
        mixed.counter_before + sum(case when reactivation.payment_no is null then 0 else 1 end)
            over (partition by mixed.participant_key order by mixed.payment_no)
            as counter_no,
        unnest(generate_series(0, mixed.months - 1)) as step
    from mixed
    left join reactivation
        on mixed.participant_key = reactivation.participant_key and mixed.payment_no = reactivation.payment_no
),

parted as (
    select
        *,
        first_index + step as month_index,
        make_date((first_index + step) // 12, (first_index + step) % 12 + 1, 1) as contribution_month,
        case
            when step < months - 1 then amount_rp // months
            else amount_rp - amount_rp // months * (months - 1)
        end as received_rp
    from counted
),

-- From how much on a part makes its month whole. A payment is spread evenly, so that an even share of the smallest
-- amounts of all its months is enough, and two instalments for several months may lose a rupiah for each further one.
priced as (
    select
        parted.*,
        greatest(1, 1 - parted.months + least(
            coalesce(smallest.due_rp, 1),
            sum(coalesce(smallest.due_rp, 1)) over (partition by parted.participant_key, parted.payment_no)
            // parted.months
        )) as enough_rp
    from parted
    left join core.smallest_contribution as smallest
        on parted.contribution_month >= smallest.from_month and parted.contribution_month <= smallest.to_month
),

-- What was left of the money received for the month after each payment or refund.
netted as (
    select
        *,
        sum(received_rp) over (
            partition by participant_key, month_index order by payment_no rows unbounded preceding
        ) as net_rp
    from priced
),

-- The last time that nothing was left, the month was free.
freed as (
    select
        *,
        case when received_rp > 0 and net_rp >= enough_rp then greatest(net_rp, received_rp) end as whole_rp,
        max(case when net_rp <= 0 then payment_no end) over (
            partition by participant_key, month_index order by payment_no
            rows between unbounded preceding and 1 preceding
        ) as freed_no
    from netted
),

capped as (
    select
        *,
        greatest(0, least(net_rp, coalesce(first_value(whole_rp ignore nulls) over (
            partition by participant_key, month_index, freed_no order by payment_no rows unbounded preceding
        ), 0))) as counts_rp
    from freed
),

valued as (
    select
        *,
        counts_rp - coalesce(lag(counts_rp) over so_far, 0) as basis_rp,
        case when counts_rp > 0 and coalesce(lag(counts_rp) over so_far, 0) = 0 then 1 else 0 end as begins
    from capped
    window so_far as (partition by participant_key, month_index order by payment_no)
),

turned as (
    select
        *,
        sum(begins) over (
            partition by participant_key, month_index order by payment_no rows unbounded preceding
        ) as turn,
        begins = 1 and row_number() over (
            partition by participant_key, own_count, counter_no, month_index, begins order by payment_no
        ) = 1 as takes_number
    from valued
),

numbered as (
    select
        *,
        case when basis_rp <> 0 or amount_rp < 0 then turn end as begun_turn,
        sum(case when takes_number then 1 else 0 end)
            over (
                partition by participant_key, own_count, counter_no
                order by payment_no, month_index rows unbounded preceding
            )
        + case when counter_before = counter_no then counted_before else 0 end as running_no
    from turned
),

-- A month that was paid back and is paid again keeps its number.
begin_line as (
    select
        participant_key,
        month_index,
        turn,
        payment_no,
        min(running_no) over (partition by participant_key, own_count, counter_no, month_index) as month_no
    from numbered
    where begins = 1
),

charged as (
    select
        numbered.*,
        begin_line.month_no,
        coalesce(begin_line.payment_no, numbered.payment_no) as charged_no
    from numbered
    left join begin_line
        on
            numbered.participant_key = begin_line.participant_key
            and numbered.month_index = begin_line.month_index
            and numbered.begun_turn = begin_line.turn
),

mixed_line as (
    select
        own.branch_code,
        own.receipt_no,
        charged.contribution_month,
        own.payment_date,
        own.period,
        charged.participant_key,
        own.is_refund,
        charged.received_rp,
        charged.basis_rp,
        case when charged.basis_rp <> 0 then charged.month_no end as month_no,
        charged.takes_number,
        charged.counter_no,
        paid.own_count,
        paid.agent_code,
        paid.agent_branch_code,
        paid.wadah_code,
        paid.scheme,
        paid.payment_date as earned_date,
        paid.payer,
        paid.programmes,
        case
            when charged.basis_rp <> 0 then null
            when own.is_refund then 'refund_of_uncounted'
            when charged.received_rp = 0 then 'nothing_received'
            when charged.net_rp <= 0 then 'given_back_before'
            when charged.counts_rp = 0 then 'month_not_whole_yet'
            else 'month_already_counted'
        end as reason,
        own.delivery_id
    from charged
    inner join mixed as own on charged.participant_key = own.participant_key and charged.payment_no = own.payment_no
    inner join mixed as paid
        on charged.participant_key = paid.participant_key and charged.charged_no = paid.payment_no
),

line as (
    select *
    from mixed_line
    union all by name
    select
        *,
        received_rp as basis_rp,
        true as takes_number,
        counter_before as counter_no,
        payment_date as earned_date
    from plain
),

final as (
    select
        branch_code,  -- Branch that received the payment
        receipt_no,  -- Receipt of the payment, a number of that branch
        contribution_month,  -- Month covered, its first day
        payment_date,  -- Day on which the money was received, or given back
        period,  -- Month of that day, its first day
        participant_key,  -- The person, a keyed hash
        is_refund,  -- True if the payment is a refund
        cast(received_rp as bigint) as received_rp,  -- Part of the payment for this month, in rupiah
        cast(basis_rp as bigint) as basis_rp,  -- What of it counts; negative if a refund takes back what had counted
        cast(month_no as integer) as contribution_month_no,  -- Number of the month; null if the line counts nothing
        takes_number,  -- True if the month got its number with this line
        cast(counter_no as integer) as counter_no,  -- Grows by one with each reactivation
        own_count,  -- Whose count of months it is, as in core.contribution
        agent_code,  -- Perisai of the payment, for refunds of the payment given back; or null
        agent_branch_code,  -- Branch on whose roster the agent stood; null if on none
        wadah_code,  -- Wadah of the agent; null if on no roster
        scheme,  -- Incentive scheme of the agreement; null if none was in force
        earned_date,  -- Day of that payment, whose terms hold
        payer,  -- Who paid: PESERTA, APBN or APBD
        programmes,  -- Programmes paid for, 2 or 3
        -- Why nothing counts, null if something does: month_not_whole_yet, month_already_counted, given_back_before (no
        -- less was paid back before), refund_of_uncounted or nothing_received
        reason,
        delivery_id  -- Delivery that brought it
    from line
)

select * from final
