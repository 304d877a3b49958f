-- Where an agent's month of incentive comes from. perisai/explain.py has DuckDB run this, with the variables agent and
-- period.

-- Rows of the exports, as they came: also of lines that were frozen long ago, and of files that were corrected since.
create or replace temp view agent_paper as
with wanted as (
    select delivery_id
    from marts.incentive_line
    where agent_code = getvariable('agent') and period = getvariable('period')
    union
    select delivery_id
    from core.acquisition
    where agent_code = getvariable('agent') and period = getvariable('period')
)

select
    'contribution' as rule,
    delivery_id,
    branch_code,
    receipt_no as source_no,
    min(line_no) as line_no,
    min(payment_date) as payment_date,
    cast(null as date) as registration_date,
    cast(null as integer) as programmes
from raw.contributions
where delivery_id in (select delivery_id from wanted)
group by delivery_id, branch_code, receipt_no
union all
select
    'acquisition' as rule,
    delivery_id,
    branch_code,
    registration_no as source_no,
    min(line_no) as line_no,
    null as payment_date,
    min(registration_date) as registration_date,
    min(programmes) as programmes
from raw.registrations
where delivery_id in (select delivery_id from wanted)
group by delivery_id, branch_code, registration_no;

create or replace temp view agent_lines as
select
    line.rule,
    line.wadah_code,
    line.scheme,
    replace(cast(line.participant_key as varchar), '-', '') as participant_key,
    coalesce(acquisition.registration_date, paper.registration_date) as registration_date,
    coalesce(acquisition.programmes, paper.programmes) as programmes,
    acquisition.counted,
    acquisition.agent_month_place as place,
    coalesce(paid.payment_date, paper.payment_date) as payment_date,
    line.contribution_month,
    line.contribution_month_no,
    paid.received_rp,
    line.basis_rp,
    line.rate,
    line.agent_share,
    line.amount_rp,
    case
        when line.reason = 'no_contribution_yet' and account.total_rp <= 0 then 'contribution_given_back'
        else line.reason
    end as reason,
    line.new_participants,
    line.source_branch_code,
    line.source_no,
    delivery.file_name,
    paper.line_no as file_line,
    line.delivery_id,
    line.corrects_period,
    case
        when line.corrects_period is not null then 'adjustment'
        when line.rule = 'cap' then 'cap'
        when line.rule <> 'contribution' then 'acquisition'
        when line.basis_rp < 0 or paid.is_refund then 'refund'
        else 'contribution'
    end as part
from marts.incentive_line as line
left join core.acquisition
    on line.participant_key = acquisition.participant_key and line.rule = 'acquisition'
left join core.account
    on line.participant_key = account.participant_key
left join core.contribution_month as paid
    on
        line.rule = 'contribution'
        and line.delivery_id = paid.delivery_id
        and line.source_no = paid.receipt_no
        and line.contribution_month = paid.contribution_month
left join raw.delivery
    on line.delivery_id = delivery.delivery_id
left join agent_paper as paper
    on
        line.rule = paper.rule
        and line.delivery_id = paper.delivery_id
        and line.source_branch_code = paper.branch_code
        and line.source_no = paper.source_no
where line.agent_code = getvariable('agent') and line.period = getvariable('period')
order by
    corrects_period, wadah_code, scheme, rate desc, reason nulls first, payment_date, source_no,
    contribution_month, line.participant_key;

create or replace temp view agent_agreements as
select distinct
    agent.branch_code,
    agent.wadah_code,
    agreement.pks_no,
    agreement.valid_from,
    agreement.valid_to - 1 as valid_to,
    agreement.scheme
from core.agent
inner join core.wadah_agreement as spell
    on
        agent.branch_code = spell.branch_code
        and agent.wadah_code = spell.wadah_code
        and spell.valid_from < coalesce(agent.valid_to, date '9999-12-31')
        and spell.valid_to > agent.valid_from
inner join core.agreement
    on
        spell.branch_code = agreement.branch_code
        and spell.wadah_code = agreement.wadah_code
        and spell.pks_no = agreement.pks_no
where
    agent.agent_code = getvariable('agent')
    and greatest(agent.valid_from, spell.valid_from) < getvariable('period') + interval 1 month
    and least(agent.valid_to, spell.valid_to) > getvariable('period')
order by all;

-- Who counts where a scheme pays acquisitions flat, and one line stands for them all.
create or replace temp view agent_people as
select
    replace(cast(acquisition.participant_key as varchar), '-', '') as participant_key,
    acquisition.registration_date,
    acquisition.programmes,
    acquisition.counted,
    acquisition.scheme,
    acquisition.branch_code as source_branch_code,
    acquisition.registration_no as source_no,
    delivery.file_name,
    paper.line_no as file_line
from core.acquisition
left join raw.delivery
    on acquisition.delivery_id = delivery.delivery_id
left join agent_paper as paper
    on
        paper.rule = 'acquisition'
        and acquisition.delivery_id = paper.delivery_id
        and acquisition.branch_code = paper.branch_code
        and acquisition.registration_no = paper.source_no
where acquisition.agent_code = getvariable('agent') and acquisition.period = getvariable('period') and acquisition.counted
order by acquisition.registration_date, acquisition.registration_no;

create or replace temp view agent_month as
from marts.incentive_agent_month
where agent_code = getvariable('agent') and period = getvariable('period')
order by all;

create or replace temp view agent_wadahs as
from marts.incentive_wadah_month
where period = getvariable('period') and (wadah_code, scheme) in (
    select (wadah_code, scheme) from marts.incentive_agent_month where agent_code = getvariable('agent') and period = getvariable('period')
)
order by wadah_code, scheme;
