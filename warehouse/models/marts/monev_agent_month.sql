/*
grain: one row per month and agent, from the agent's first month on
key: month, agent_code
meaning: How a Perisai does: new and continuing participants, who stays, who falls behind, what comes in, the place
    among the agents of the branch and province, months in a row at the threshold, and warnings.
date: the month, its state at the end or on the latest business day; registration_date, payment_date
source: core.monev_agent_month; parameters warn_people, warn_drop_out_pct, warn_arrears_pct, warn_never_paid_pct
owner: head office, Perisai monitoring
caveats: see core.monev_agent_month for whom a person belongs to and what a paid month is. Shares without anybody to
    share are null. The running month has no shares, drop-outs and warnings, and breaks no streak. Ranks are among
    agents on duty, by new participants and then contributions received; equals share a rank. The threshold is that of
    the incentive: acquisitions that count, under the scheme of the agreement. How many are missing to it, and months
    without any result, are in marts.agent_watch
*/
with parameter as (
    select
        max(case parameter when 'warn_people' then value end) as people,
        max(case parameter when 'warn_drop_out_pct' then value end) as drop_out_pct,
        max(case parameter when 'warn_arrears_pct' then value end) as arrears_pct,
        max(case parameter when 'warn_never_paid_pct' then value end) as never_paid_pct
    from reference.parameter
),

marked as (
    select
        *,
        month >= (select running_month.first_day from core.running_month) as is_running
    from core.monev_agent_month
),

-- Months in a row at the threshold share the number of months before them that missed it; the running one misses none.
missed as (
    select
        *,
        sum(case when threshold_reached or is_running then 0 else 1 end) over (
            partition by agent_code order by month rows unbounded preceding
        ) as missed_so_far
    from marked
),

ranked as (
    select
        *,
        sum(case when threshold_reached then 1 else 0 end) over (
            partition by agent_code, missed_so_far order by month rows unbounded preceding
        ) as streak,
        rank() over (
            partition by month, branch_code, on_duty order by new_2 + new_3 desc, contribution_rp desc
        ) as branch_rank,
        rank() over (
            partition by month, province_code, on_duty order by new_2 + new_3 desc, contribution_rp desc
        ) as province_rank
    from missed
),

warned as (
    select
        ranked.*,
        case
            when
                ranked.cohort_1 >= parameter.people
                and ranked.is_running is not true
                and (ranked.cohort_1 - ranked.kept_1) * 100 > parameter.drop_out_pct * ranked.cohort_1
                then 'drop_out'
        end as drop_out_warning,
        case
            when
                ranked.active + ranked.in_arrears >= parameter.people
                and ranked.is_running is not true
                and ranked.in_arrears * 100 > parameter.arrears_pct * (ranked.active + ranked.in_arrears)
                then 'arrears'
        end as arrears_warning,
        case
            when
                ranked.managed >= parameter.people
                and ranked.is_running is not true
                and ranked.never_paid * 100 > parameter.never_paid_pct * ranked.managed
                then 'never_paid'
        end as never_paid_warning
    from ranked
    cross join parameter
),

final as (
    select
        month,  -- The month, its first day
        agent_code,  -- Code of the agent
        branch_code,  -- Branch on whose roster the agent stands at the end of the month, or last stood
        province_code,  -- Province in which that branch stands
        wadah_code,  -- Wadah of the agent; null if on no roster
        region_code,  -- Kabupaten or kota where the agent works; null if on no roster
        on_duty,  -- True if the roster has the agent as AKTIF on the last day of the month
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
        case when on_duty then branch_rank end as branch_rank,  -- Place in the branch, 1 is best; null if not on duty
        case when on_duty then province_rank end as province_rank,  -- The same in the province
        threshold_reached,  -- True if as many acquisitions count as the scheme's threshold asks for
        cast(streak as integer) as streak,  -- Months in a row at the threshold, up to this one
        nullif(
            concat_ws(', ', drop_out_warning, arrears_warning, never_paid_warning), ''
        ) as warnings,  -- Shares above the parameters warn_...: drop_out, arrears, never_paid; null if none
        is_running  -- True until it is over
    from warned
    order by month, agent_code
)

select * from final
