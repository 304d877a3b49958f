/*
grain: one row per line of a closed month that would be another today (corrects_period, agent_code, wadah_code, scheme,
    rule, participant_key, contribution_month, source_branch_code, source_no)
by: corrects_period from coalesce(corrects_period, period) or period
also: closed.month;
    reference.incentive_scheme through scheme since earned_date or registration_date
    in core.contribution_month, core.acquisition;
    reference.incentive_rule through scheme since earned_date or registration_date
    in core.contribution_month, core.acquisition
meaning: What a closed month's lines say now, minus what was frozen for it, minus what later closed months have
    corrected already. It is paid, or taken back, in the earliest open month.
source: core.incentive_earning, closed.incentive_line, closed.month
owner: head office, Perisai monitoring
caveats: only what changes an amount is an adjustment, so a late line that earns nothing is none. Management is not
    corrected by lines of its own: it follows from the open month's basis, which contains the adjustments. The sums
    of each agent and month are compared first, weighted by a hash of what a line is about, and only where they
    differ the lines are. Months before the first one that was closed are not corrected
*/
with target as (
    select cast(max(period) + interval 1 month as date) as period
    from closed.month
),

balance as (
    select
        earning.period as corrects_period,
        earning.agent_code,
        earning.amount_rp,
        earning.gross_rp,
        hash(
            earning.rule,
            earning.wadah_code,
            earning.scheme,
            earning.participant_key,
            earning.contribution_month,
            earning.source_branch_code,
            earning.source_no
        ) % 1000000007 as weight
    from core.incentive_earning as earning
    inner join closed.month on earning.period = month.period
    where earning.gross_rp <> 0
    union all
    select
        coalesce(corrects_period, period) as corrects_period,
        agent_code,
        -amount_rp as amount_rp,
        -gross_rp as gross_rp,
        hash(
            rule, wadah_code, scheme, participant_key, contribution_month, source_branch_code, source_no
        ) % 1000000007 as weight
    from closed.incentive_line
    where amount_rp <> 0 or gross_rp <> 0
),

-- Sums are linear in the amounts, so what was frozen and corrected since weighs as much as what holds now. The plain
-- sums see every change of an agent's month for certain; the weighted ones see lines that changed places.
suspect as (
    select
        corrects_period,
        agent_code
    from balance
    group by corrects_period, agent_code
    having
        sum(amount_rp) <> 0
        or sum(gross_rp) <> 0
        or sum(cast(weight as decimal(10, 0)) * amount_rp) <> 0
        or sum(cast(weight as decimal(10, 0)) * gross_rp) <> 0
),

-- Lines of management have no agent, so that none is here.
signed as (
    select
        earning.period as corrects_period,
        earning.agent_code,
        earning.wadah_code,
        earning.scheme,
        earning.rule,
        earning.participant_key,
        earning.contribution_month,
        earning.source_branch_code,
        earning.source_no,
        1 as sign,
        earning.contribution_month_no,
        earning.basis_rp,
        earning.rate,
        earning.amount_rp,
        earning.gross_rp,
        earning.reason,
        earning.delivery_id,
        earning.agent_share,
        earning.new_participants
    from core.incentive_earning as earning
    inner join suspect on earning.period = suspect.corrects_period and earning.agent_code = suspect.agent_code
    union all
    select
        suspect.corrects_period,
        frozen.agent_code,
        frozen.wadah_code,
        frozen.scheme,
        frozen.rule,
        frozen.participant_key,
        frozen.contribution_month,
        frozen.source_branch_code,
        frozen.source_no,
        -1 as sign,
        frozen.contribution_month_no,
        -frozen.basis_rp as basis_rp,
        frozen.rate,
        -frozen.amount_rp as amount_rp,
        -frozen.gross_rp as gross_rp,
        null as reason,
        frozen.delivery_id,
        frozen.agent_share,
        -frozen.new_participants as new_participants
    from closed.incentive_line as frozen
    inner join suspect
        on
            coalesce(frozen.corrects_period, frozen.period) = suspect.corrects_period
            and frozen.agent_code = suspect.agent_code
),

-- How a line is today goes before how it was frozen.
compared as (
    select
        corrects_period,
        agent_code,
        wadah_code,
        scheme,
        rule,
        participant_key,
        contribution_month,
        source_branch_code,
        source_no,
        sum(basis_rp) as basis_rp,
        sum(amount_rp) as amount_rp,
        sum(gross_rp) as gross_rp,
        sum(new_participants) as new_participants,
        max(sign) as now_there,
        min(sign) as was_there,
        max(case sign when 1 then reason end) as reason_now,
        max(case sign when 1 then contribution_month_no end) as month_no_now,
        max(contribution_month_no) as month_no,
        max(case sign when 1 then rate end) as rate_now,
        max(rate) as rate,
        max(case sign when 1 then delivery_id end) as delivery_now,
        max(delivery_id) as delivery_id,
        max(case sign when 1 then agent_share end) as share_now,
        max(agent_share) as agent_share
    from signed
    group by
        corrects_period,
        agent_code,
        wadah_code,
        scheme,
        rule,
        participant_key,
        contribution_month,
        source_branch_code,
        source_no
    having sum(amount_rp) <> 0 or sum(gross_rp) <> 0
),

final as (
    select
        target.period,  -- Month that it is paid or taken back in: the earliest open one, its first day
        compared.agent_code,  -- Perisai of the line
        compared.wadah_code,  -- Wadah of the line
        compared.scheme,  -- Incentive scheme of the line
        compared.rule,  -- Rule of the line: acquisition, acquisition_flat, contribution or cap
        compared.participant_key,  -- The person; null for flat acquisition, cap
        compared.contribution_month,  -- Month that was paid for, its first day; null for other rules
        coalesce(compared.month_no_now, compared.month_no) as contribution_month_no,  -- Its number as it is now
        cast(compared.basis_rp as bigint) as basis_rp,  -- Change of the basis, in rupiah; null for other rules
        coalesce(compared.rate_now, compared.rate) as rate,  -- Rate of the line now, or as frozen if it has none now
        cast(compared.amount_rp as decimal(20, 6)) as amount_rp,  -- Exact change of the incentive of the agent
        coalesce(
            compared.reason_now,
            case
                when compared.now_there < 0 then 'withdrawn'
                when compared.was_there > 0 then 'late'
                else 'changed'
            end
        ) as reason,  -- Why the line earns nothing now, or else late (not there when frozen), withdrawn or changed
        coalesce(compared.delivery_now, compared.delivery_id) as delivery_id,  -- Delivery that brought the line
        compared.source_branch_code,  -- Branch that took the registration or payment; null for flat acquisition, cap
        compared.source_no,  -- That branch's number of the registration or receipt; null for flat acquisition, cap
        cast(compared.gross_rp as decimal(24, 4)) as gross_rp,  -- Exact change before the split of agent and wadah
        coalesce(compared.share_now, compared.agent_share) as agent_share,  -- Share that the agent keeps
        cast(compared.new_participants as integer) as new_participants,  -- Change of the new participants
        compared.corrects_period  -- Closed month that it corrects, its first day
    from compared
    cross join target
)

select * from final
