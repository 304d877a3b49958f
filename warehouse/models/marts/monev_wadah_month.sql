/*
grain: one row per month, branch and wadah
key: month, branch_code, wadah_code
meaning: How the Perisai of a wadah do together: new and continuing participants, who stays, who falls behind, what
    comes in, and the place among the wadahs of the branch and province.
date: the month, its state at the end or on the latest business day; registration_date, payment_date
source: core.monev_agent_month
owner: head office, Perisai monitoring
caveats: an agent's whole month counts in the wadah in which the agent ended it. Agents on no roster stand in rows
    without a branch, those of no wadah in rows without one; only wadahs with agents on duty have a rank, by new
    participants and then contributions received. Shares without anybody to share are null, and all of them in the
    running month
*/
with summed as (
    select
        month,
        branch_code,
        province_code,
        wadah_code,
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
    group by month, branch_code, province_code, wadah_code
),

ranked as (
    select
        *,
        wadah_code is not null and agents_on_duty > 0 as is_ranked
    from summed
),

placed as (
    select
        *,
        month >= (select running_month.first_day from core.running_month) as is_running,
        rank() over (
            partition by month, branch_code, is_ranked order by new_2 + new_3 desc, contribution_rp desc
        ) as branch_rank,
        rank() over (
            partition by month, province_code, is_ranked order by new_2 + new_3 desc, contribution_rp desc
        ) as province_rank
    from ranked
),

final as (
    select
        month,  -- The month, its first day
        branch_code,  -- Branch on whose roster its agents stand; null for agents on none
        province_code,  -- Province in which that branch stands
        wadah_code,  -- Wadah; null for agents of none
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
        case when is_ranked then branch_rank end as branch_rank,  -- Place among the wadahs of the branch, 1 is best
        case when is_ranked then province_rank end as province_rank,  -- The same in the province
        is_running  -- True until it is over
    from placed
    order by month, branch_code, wadah_code
)

select * from final
