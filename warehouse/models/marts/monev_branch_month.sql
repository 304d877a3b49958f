/*
grain: one row per month and branch
key: month, branch_code
meaning: How the Perisai of a branch do together: new and continuing participants, who stays, who falls behind, what
    comes in, against the target of the branch, and the place among the branches.
date: the month, its state at the end or on the latest business day; registration_date, payment_date
source: core.monev_agent_month, core.branch_place, reference.branch_target
owner: head office, Perisai monitoring
caveats: about agents and those whom they acquired or manage; who has no agent is in marts.coverage_month alone. Agents
    on no roster stand in the row without a branch; a branch without agents has rows of zeros for the months in which
    it exists. Without a target the realisation is null. The running month has no shares and drop-outs, and breaks no
    streak. province_rank and nation_rank are by new participants and then contributions received, which favours large
    branches; the ranks of the target are by the share of it that was reached
*/
with summed as (
    select
        month,
        branch_code,
        cast(sum(new_2) as bigint) as new_2,
        cast(sum(new_3) as bigint) as new_3,
        cast(sum(continuing_2) as bigint) as continuing_2,
        cast(sum(continuing_3) as bigint) as continuing_3,
        cast(sum(acquired_total) as bigint) as acquired_total,
        cast(sum(managed) as bigint) as managed,
        cast(sum(active) as bigint) as active,
        cast(sum(in_arrears) as bigint) as in_arrears,
        cast(sum(lapsed) as bigint) as lapsed,
        cast(sum(never_paid) as bigint) as never_paid,
        cast(sum(reactivated) as bigint) as reactivated,
        cast(sum(arrears_rp) as bigint) as arrears_rp,
        cast(sum(cohort_1) as bigint) as cohort_1,
        cast(sum(kept_1) as bigint) as kept_1,
        cast(sum(cohort_3) as bigint) as cohort_3,
        cast(sum(kept_3) as bigint) as kept_3,
        cast(sum(cohort_6) as bigint) as cohort_6,
        cast(sum(kept_6) as bigint) as kept_6,
        cast(sum(cohort_12) as bigint) as cohort_12,
        cast(sum(kept_12) as bigint) as kept_12,
        cast(sum(payers) as bigint) as payers,
        cast(sum(paid_months) as bigint) as paid_months,
        cast(sum(contribution_rp) as bigint) as contribution_rp,
        count(*) as agents,
        sum(case when on_duty then 1 else 0 end) as agents_on_duty,
        sum(case when new_2 + new_3 > 0 then 1 else 0 end) as agents_with_new,
        sum(case when threshold_reached then 1 else 0 end) as agents_at_threshold
    from core.monev_agent_month
    group by month, branch_code
),

moment as (
    select distinct month
    from summed
),

cell as (
    select distinct
        moment.month,
        branch.branch_code
    from moment
    inner join core.branch_place as branch
        on moment.month <= branch.last_date and last_day(moment.month) >= branch.first_date
    union
    select
        month,
        branch_code
    from summed
),

target as (
    select
        *,
        lead(period_from) over (partition by branch_code order by period_from) as period_to
    from reference.branch_target
),

joined as (
    select
        cell.month,
        cell.branch_code,
        place.province_code,
        coalesce(summed.new_2, 0) as new_2,
        coalesce(summed.new_3, 0) as new_3,
        coalesce(summed.continuing_2, 0) as continuing_2,
        coalesce(summed.continuing_3, 0) as continuing_3,
        coalesce(summed.acquired_total, 0) as acquired_total,
        coalesce(summed.managed, 0) as managed,
        coalesce(summed.active, 0) as active,
        coalesce(summed.in_arrears, 0) as in_arrears,
        coalesce(summed.lapsed, 0) as lapsed,
        coalesce(summed.never_paid, 0) as never_paid,
        coalesce(summed.reactivated, 0) as reactivated,
        coalesce(summed.arrears_rp, 0) as arrears_rp,
        coalesce(summed.cohort_1, 0) as cohort_1,
        coalesce(summed.kept_1, 0) as kept_1,
        coalesce(summed.cohort_3, 0) as cohort_3,
        coalesce(summed.kept_3, 0) as kept_3,
        coalesce(summed.cohort_6, 0) as cohort_6,
        coalesce(summed.kept_6, 0) as kept_6,
        coalesce(summed.cohort_12, 0) as cohort_12,
        coalesce(summed.kept_12, 0) as kept_12,
        coalesce(summed.payers, 0) as payers,
        coalesce(summed.paid_months, 0) as paid_months,
        coalesce(summed.contribution_rp, 0) as contribution_rp,
        coalesce(summed.agents, 0) as agents,
        coalesce(summed.agents_on_duty, 0) as agents_on_duty,
        coalesce(summed.agents_with_new, 0) as agents_with_new,
        coalesce(summed.agents_at_threshold, 0) as agents_at_threshold,
        target.new_participants as target_new,
        target.contribution_rp as target_contribution_rp,
        target.source as target_source,
        cell.month >= (select running_month.first_day from core.running_month) as is_running
    from cell
    left join summed on cell.month = summed.month and cell.branch_code is not distinct from summed.branch_code
    left join core.branch_place as place
        on
            cell.branch_code = place.branch_code
            and last_day(cell.month) >= place.from_date
            and last_day(cell.month) < place.to_date
    left join target
        on
            cell.branch_code = target.branch_code
            and cell.month >= target.period_from
            and cell.month < coalesce(target.period_to, date '9999-12-31')
),

missed as (
    select
        *,
        coalesce(new_2 + new_3 >= target_new, false) as is_reached,
        sum(case when new_2 + new_3 >= target_new or is_running then 0 else 1 end) over (
            partition by branch_code order by month rows unbounded preceding
        ) as missed_so_far
    from joined
),

ranked as (
    select
        *,
        sum(case when is_reached then 1 else 0 end) over (
            partition by branch_code, missed_so_far order by month rows unbounded preceding
        ) as streak,
        rank() over (
            partition by month, province_code, branch_code is null
            order by new_2 + new_3 desc, contribution_rp desc
        ) as province_rank,
        rank() over (
            partition by month, branch_code is null order by new_2 + new_3 desc, contribution_rp desc
        ) as nation_rank,
        rank() over (
            partition by month, province_code, target_new > 0 order by (new_2 + new_3) / target_new desc
        ) as target_province_rank,
        rank() over (
            partition by month, target_new > 0 order by (new_2 + new_3) / target_new desc
        ) as target_nation_rank
    from missed
),

final as (
    select
        month,  -- The month, its first day
        branch_code,  -- Branch on whose roster the agents stand; null for agents on none
        province_code,  -- Province in which the branch stood on the last day of the month
        cast(agents as bigint) as agents,  -- Agents who stand or last stood there
        cast(agents_on_duty as bigint) as agents_on_duty,  -- Of these, AKTIF on the last day of the month
        cast(agents_with_new as bigint) as agents_with_new,  -- Of agents, with a new participant in the month
        cast(agents_at_threshold as bigint) as agents_at_threshold,  -- Of agents, at the scheme's threshold
        new_2,  -- Persons acquired in the month on 2 programmes (NIK baru)
        new_3,  -- The same on 3 programmes
        continuing_2,  -- Managed with a paid month, registered in another one, on 2 programmes (NIK lanjutan)
        continuing_3,  -- The same on 3 programmes
        acquired_total,  -- Persons ever acquired (jumlah pendaftaran)
        managed,  -- Persons managed, of any status
        active,  -- Of these, the month is paid (jumlah keps aktif)
        in_arrears,  -- Of these, unpaid and still protected
        lapsed,  -- Of these, unpaid for longer
        never_paid,  -- Of these, nothing was paid up to the month
        reactivated,  -- Of active, the first month after a lapse
        arrears_rp,  -- What in_arrears owe so far, at their last base or else the lowest
        cohort_1,  -- Acquired one month before
        kept_1,  -- Of cohort_1, this month is paid
        cohort_3,  -- Acquired three months before
        kept_3,  -- Of cohort_3, this month is paid
        cohort_6,  -- Acquired six months before
        kept_6,  -- Of cohort_6, this month is paid
        cohort_12,  -- Acquired twelve months before
        kept_12,  -- Of cohort_12, this month is paid
        payers,  -- Persons whose payment or refund came in
        paid_months,  -- Months that were paid for, less those refunded
        contribution_rp,  -- Contributions received, less refunds, in rupiah
        case
            when is_running then null
            else cast(active as double) * 100 / nullif(managed, 0)
        end as active_pct,  -- active out of managed, in percent
        case
            when is_running then null
            else cohort_1 - kept_1
        end as dropped_out,  -- Acquired one month before, and this month is not paid
        case
            when is_running then null
            else cast(cohort_1 - kept_1 as double) * 100 / nullif(cohort_1, 0)
        end as drop_out_pct,  -- Out of cohort_1
        case
            when is_running then null
            else cast(kept_3 as double) * 100 / nullif(cohort_3, 0)
        end as retention_3_pct,  -- kept_3 out of cohort_3
        case
            when is_running then null
            else cast(kept_6 as double) * 100 / nullif(cohort_6, 0)
        end as retention_6_pct,  -- kept_6 out of cohort_6
        case
            when is_running then null
            else cast(kept_12 as double) * 100 / nullif(cohort_12, 0)
        end as retention_12_pct,  -- kept_12 out of cohort_12
        case
            when is_running then null
            else cast(in_arrears as double) * 100 / nullif(active + in_arrears, 0)
        end as arrears_pct,  -- in_arrears out of the protected, in percent
        cast(new_2 + new_3 as double) / nullif(agents_on_duty, 0) as new_per_agent,  -- New per agent on duty
        cast(contribution_rp as double)
        / nullif(agents_on_duty, 0) as contribution_per_agent_rp,  -- Contributions per agent on duty
        target_new,  -- New participants that the branch is asked to reach in the month; null without a target
        cast(new_2 + new_3 as double) * 100 / nullif(target_new, 0) as realised_new_pct,  -- Out of target_new
        target_contribution_rp,  -- Contributions that it is asked to reach; null without a target
        cast(contribution_rp as double)
        * 100 / nullif(target_contribution_rp, 0) as realised_contribution_pct,  -- Out of target_contribution_rp
        target_source,  -- Where the target comes from
        cast(streak as integer) as streak,  -- Months in a row in which target_new was reached, up to this one
        case when branch_code is not null then province_rank end as province_rank,  -- Place in the province, 1 is best
        case when branch_code is not null then nation_rank end as nation_rank,  -- The same in the nation
        case
            when branch_code is not null and target_new > 0 then target_province_rank
        end as target_province_rank,  -- Place in the province by realised_new_pct; null without a target
        case
            when branch_code is not null and target_new > 0 then target_nation_rank
        end as target_nation_rank,  -- The same in the nation
        is_running  -- True until it is over
    from ranked
    order by month, branch_code
)

select * from final
