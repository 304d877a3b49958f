-- What the report shows, read from the published file: every mart once, a view for each use. facts.py has DuckDB run
-- this, with the variables periods, days_shown and explained, and groups the rows for the pages.
create or replace temp table moment as
select
    as_of, as_of + days_after + 1 as due,  -- a version is published once the files of its business date are due
    (select max(month) from marts.coverage_month) as coverage_month,
    (select max(month) from marts.monev_branch_month) as month,
    (select max(month) from marts.monev_branch_month where not is_running) as whole,
    (select max(month) from marts.incentive_close) as period,
    coalesce(date_trunc('month', as_of)::date, (select max(month) from marts.monev_branch_month)) as claim_month,
    (
        select min(business_date)  -- rejected rows are told of the last 30 business dates
        from (select distinct business_date from marts.delivery_day order by all desc nulls last limit 30)
    ) as since
from (select max(business_date) as as_of from marts.delivery_day)
cross join (select max(days_after) as days_after from reference.feed_deadline where valid_to is null);

set variable as_of = (select as_of from moment);
set variable since = (select since from moment);
set variable month = (select month from moment);
set variable whole = (select whole from moment);
set variable period = (select period from moment);
set variable claim_month = (select claim_month from moment);
-- what is later than these is shown
set variable before_month = (select month - to_months(getvariable('periods')) from moment);
set variable before_period = (select period - to_months(getvariable('periods')) from moment);
set variable before_claim = (select claim_month - to_months(getvariable('periods')) from moment);

create or replace temp view recent as
select distinct business_date from marts.delivery_day
where business_date is not null order by all desc limit getvariable('days_shown');

create or replace temp view feeds as
select feed, label_indonesian, label_english from reference.feed order by position, feed;

create or replace temp view regions as
select region_code, region_level, region_name, parent_code from reference.region order by region_code;

create or replace temp view contradictions as
from marts.contradiction where month + interval 1 month >= getvariable('period') order by all;

create or replace temp view region_changes as
from marts.region_history where shown_code <> region_code;

create or replace temp view branches as
select branch_code, branch_name, branch.region_code, office_code, office_name,
    coalesce(region.parent_code, branch.region_code) as province
from reference.branch left join reference.region using (region_code)
order by branch_code;

-- The places, and the offices, whose figures those of a branch are part of, itself among them.
create or replace temp view places as
select branch_code, unnest(list_distinct([branch_code, province, office_code, '00'])) as place from branches;

create or replace temp view coverage as
select *
from marts.coverage_month
where month > (select coverage_month from moment)
    - to_months(case when region_level = 'regency' then getvariable('periods') else 24 end)
order by region_code, definition, month;

create or replace temp view agents_of_region as
select month, region_code, agents, regencies_without_agents
from marts.agent_region_month
where month > getvariable('before_month');

create or replace temp view branch_months as
select month, branch_code, province_code, agents_on_duty, agents_with_new, agents_at_threshold,
    new_2 + new_3 as new_participants, managed, active, in_arrears, lapsed, never_paid, arrears_rp, active_pct,
    drop_out_pct, retention_3_pct, retention_6_pct, retention_12_pct, contribution_rp, new_per_agent, target_new,
    realised_new_pct, target_contribution_rp, realised_contribution_pct, streak,
    target_province_rank, target_nation_rank, province_rank, nation_rank
from marts.monev_branch_month
where month > getvariable('before_month')
order by month, branch_code;

-- What places produced; what is of no branch is the nation's.
create or replace temp view produced as
select coalesce(place, '00') as place, month, sum(target_new) as target_new,
    sum(target_contribution_rp) as target_contribution_rp,
    coalesce(
        sum(columns([
            'new_participants', 'agents_on_duty', 'agents_with_new', 'agents_at_threshold', 'managed', 'active',
            'in_arrears', 'lapsed', 'never_paid', 'arrears_rp', 'contribution_rp'
        ])), 0
    )
from branch_months left join places using (branch_code)
group by all
order by place, month;

-- The running month beside the same days of the month before.
create or replace temp view same_day as
select place, max(to_date_before) as until,
    coalesce(
        sum(columns(['new_by_perisai', 'new_by_perisai_before', 'contribution_rp', 'contribution_before_rp'])), 0
    )
from marts.branch_to_date inner join places using (branch_code)
where is_running
group by place;

create or replace temp view wadah_months as
select month, branch_code, wadah_code, agents_on_duty, agents_at_threshold, new_2 + new_3 as new_participants,
    managed, active, in_arrears, active_pct, drop_out_pct, retention_3_pct, contribution_rp, branch_rank, province_rank
from marts.monev_wadah_month
where month > getvariable('before_month') and wadah_code is not null
order by month, branch_rank nulls last, branch_code, wadah_code;

create or replace temp view wadah_watch as
select wadah_code, sum(agent_count) as agents, max(minimum_agents) as minimum_agents,
    max(missing_agents) as missing_agents, sum(agents_warned) as warned, sum(agents_inactive) as inactive
from marts.wadah_watch
where month = getvariable('month')
group by wadah_code
order by wadah_code;

create or replace temp view agreements as
select branch_code, wadah_code, wadah_name, pks_no, scheme, first_day, last_day
from marts.agreement
qualify last_day = max(last_day) over (partition by branch_code, wadah_code)
order by wadah_code, branch_code, last_day desc, pks_no;

-- An agent of two wadahs in a month is one line here: the incentives of both are added up. Shares are those of the last
-- month that is over.
create or replace temp view agents as
with earned as (
    select agent_code, sum(new_count) as counted, sum(cap_rp) as cap_rp, sum(total_rp) as total_rp
    from marts.incentive_agent_month
    where month = getvariable('month')
    group by agent_code
),
whole as (
    select agent_code, managed as whole_managed, active_pct, arrears_pct, drop_out_pct, retention_3_pct
    from marts.monev_agent_month
    where month = getvariable('whole')
),
before as (
    select agent_code, new_2 + new_3 as new_before
    from marts.monev_agent_month
    where month = getvariable('month') - interval 1 month
)
select agent_code, monev.branch_code, monev.wadah_code, monev.region_code, on_duty, new_2 + new_3 as new_participants,
    new_before, managed, in_arrears, arrears_rp, whole_managed, whole.active_pct, whole.arrears_pct, whole.drop_out_pct,
    whole.retention_3_pct, branch_rank, province_rank, streak,
    warnings, watch.threshold, watch.missing_to_threshold, watch.unpaid_participants, watch.months_without_acquisition,
    watch.months_without_transaction, watch.state, watch.participation, watch.adulthood, watch.other_agent_code,
    counted, cap_rp, total_rp, monev.province_code as province
from marts.monev_agent_month as monev
left join (from marts.agent_watch where month = getvariable('month')) as watch using (agent_code)
left join earned using (agent_code)
left join before using (agent_code)
left join whole using (agent_code)
where monev.month = getvariable('month')
order by branch_rank nulls last, agent_code;

create or replace temp view close as
select month, state, agreement_problems, wadahs, payable_rp, approved_at
from marts.incentive_close
where month > getvariable('before_period')
order by month desc;

create or replace temp view agreement_problems as
select month, branch_code, wadah_code, problem, detail
from marts.agreement_problem where month >= getvariable('period') - interval 1 month
order by month desc, branch_code, wadah_code, problem, detail;

create or replace temp view roster_gaps as
select branch_code, agent_code, min(from_date) as from_date, sum(new_participants) as new_participants,
    sum(payments) as payments
from marts.roster_gap where month >= getvariable('period') - interval 1 month and kind = 'missing'
group by branch_code, agent_code
order by from_date, branch_code, agent_code;

create or replace temp view wadah_incentives as
select month, wadah_code, scheme, pks, agent_count, minimum_agents, agents_total_rp, adjustment_rp, management_rp,
    payable_rp, status
from marts.incentive_wadah_month
where month > getvariable('before_period')
order by month desc, wadah_code, scheme;

-- The branch of an agent's month is that of its end; management stands with the wadah alone.
create or replace temp view incentives as
with earned as (
    select month, agent_code, sum(acquisition_rp) as acquisition_rp, sum(contribution_rp) as contribution_rp,
        sum(adjustment_rp) as adjustment_rp, sum(total_rp) as total_rp
    from marts.incentive_agent_month
    where month > getvariable('before_period')
    group by all
)
select coalesce(place, '00') as place, month, count(*) filter (total_rp <> 0) as agents,
    sum(acquisition_rp) as acquisition_rp, sum(earned.contribution_rp) as contribution_rp,
    sum(adjustment_rp) as adjustment_rp, sum(total_rp) as total_rp, close.* exclude (month)
from earned
left join marts.monev_agent_month as monev using (month, agent_code)
left join places using (branch_code)
left join close using (month)
group by all
order by place, month desc;

create or replace temp view claims as
select place, programme, status, channel,
    sum(claim_count) as all_count, sum(claim_rp) as all_rp,
    sum(claim_count) filter (month = getvariable('claim_month')) as month_count,
    sum(claim_rp) filter (month = getvariable('claim_month')) as month_rp,
    sum(part_count) as parts, count(*) - count(part_count) as untold
from marts.claim_month, unnest(list_distinct([branch_code, province_code, '00'])) as part_of (place)
group by all
order by all;

create or replace temp view claims_paid as
select place, month, sum(claim_count) as claim_count
from marts.claim_month, unnest(list_distinct([province_code, '00'])) as part_of (place)
where status = 'Dibayarkan' and month > getvariable('before_claim')
group by all
order by all;

create or replace temp view claim_groups as
select place, dimension, value, sum(claim_count) as claim_count,
    sum(claim_rp) as claim_rp, sum(part_count) as parts, count(*) - count(part_count) as untold
from marts.claim_group_month, unnest(list_distinct([province_code, '00'])) as part_of (place)
where status = 'Dibayarkan' and month > getvariable('claim_month') - interval 12 month
    and dimension in ('benefit', 'age_band', 'sex')
group by place, dimension, value
order by place, list_position(['benefit', 'age_band', 'sex'], dimension), value <> 'under 25', value = 'pooled', value;

create or replace temp view claim_duration as
select province_code as province, month, claim_count, median_days, p90_days
from marts.claim_duration
where programme = 'all'
qualify row_number() over (partition by province_code order by month desc) = 1;

create or replace temp view claim_ratio as
select region_code as province, month, contribution_rp, benefit_rp, ratio_pct
from marts.claim_ratio
where programmes = 'all' and month > getvariable('claim_month') - interval 3 month
order by region_code, month desc;

create or replace temp view sectors as
select region_code, sector, sector_name, protected, perisai, new_registrations, people_change_year, growth_year_pct,
    universe, coverage_pct, claim_count, claim_rp, claims_hidden
from marts.sector_month left join reference.sector using (sector)
where month = (select max(month) from marts.sector_month) and region_level <> 'regency'
order by region_code, protected desc, sector;

create or replace temp view unmapped as
select occupation, withheld, texts, people
from marts.occupation_unmapped
where people > 0
order by people desc, occupation, withheld
limit 20;

-- Of several files for one day the one that counts decides the branch's outcome.
create or replace temp view outcomes as
select business_date, branch_code, feed, outcome
from marts.delivery_day
where business_date in (from recent) and feed <> 'unknown'
qualify row_number() over (
    partition by business_date, branch_code, feed
    order by
        list_position(['accepted', 'accepted_with_rejects', 'duplicate', 'superseded'], outcome) nulls last, outcome
) = 1
order by business_date, branch_code, feed;

create or replace temp view behind as
select branch_code, feed, missing_since as since, days_behind as days, outcome, reason
from marts.freshness
where missing_since is not null
order by since, branch_code, feed;

create or replace temp view refused as
select business_date, branch_code, feed, outcome, reason, lines, file_name
from marts.delivery_day
where outcome in ('refused', 'failed', 'nothing_accepted') and (business_date is null or business_date in (from recent))
order by business_date desc nulls first, branch_code, feed, file_name;

create or replace temp view feed_lines as
select place, feed, sum(lines) as lines, sum(accepted) as accepted, sum(rejected) as rejected,
    sum(duplicates) as duplicates, coalesce(sum(rejected) filter (business_date = getvariable('as_of')), 0) as that_day,
    count(*) filter (outcome <> 'absent') as deliveries, count(*) filter (verified) as verified
from marts.delivery_day inner join places using (branch_code) left join reference.feed using (feed)
where business_date >= getvariable('since') or business_date is null
group by place, feed, position
order by place, position, feed;

-- Rows that are still to be corrected: those of a file that was replaced since are done.
create or replace temp view open_rejected as
select branch_code, feed, business_date, sum(lines) as lines, sum(rejected) as rejected
from marts.delivery_day
where outcome not in ('superseded', 'duplicate') and rejected > 0
    and (business_date >= getvariable('since') or business_date is null)
group by all
order by business_date desc nulls first, branch_code, feed;

-- Rules that rows broke, with the branches whose rows they are, most broken first.
create or replace temp view reasons as
with broken as (
    select branch_code, severity, feed, rule, any_value(reason order by business_date desc, reason) as reason,
        sum(failed) as failed, sum(failed) filter (business_date = getvariable('as_of')) as that_day,
        max(business_date) as last_date,
        sum(failed) filter (outcome not in ('superseded', 'duplicate')) as open_failed
    from marts.validation_result
    where business_date >= getvariable('since')
    group by all
)
select place, severity, feed, rule, first(reason order by branch_code) as reason, sum(failed) as failed,
    coalesce(sum(that_day), 0) as that_day, max(last_date) as last_date, coalesce(sum(open_failed), 0) as open_failed,
    list(branch_code order by failed desc, branch_code) as branches
from broken inner join places using (branch_code)
group by place, severity, feed, rule
order by place, severity, sum(failed) desc, feed, rule;

create or replace temp view signals as
select branch_code, kind, agent_code, signal_count, threshold, from_date, to_date, clock
from marts.quality_signal
order by to_date desc, kind, branch_code, agent_code, from_date, clock, signal_count;

create or replace temp view checks as
select check_name, mart, severity, outcome, failed, examples, meaning, meaning_indonesian
from marts.check_result
where outcome <> 'passed'
order by severity, check_name;

create or replace temp view figures as
select * from marts.reconciliation order by all;

-- Months of agents behind each other, the newest first.
create or replace temp view agent_months as
with earned as (
    select month, agent_code, sum(acquisition_rp) as acquisition_rp, sum(contribution_rp) as contribution_rp,
        sum(adjustment_rp) as adjustment_rp, sum(cap_rp) as cap_rp, sum(total_rp) as total_rp,
        sum(new_count) as counted, sum(contribution_basis_rp) as basis_rp
    from marts.incentive_agent_month
    where month > getvariable('before_month')
    group by all
)
select month, agent_code, on_duty, new_2 + new_3 as new_participants, counted, managed, active, in_arrears, lapsed,
    never_paid, active_pct, retention_3_pct, branch_rank, threshold_reached, streak,
    monev.contribution_rp as received_rp, acquisition_rp, earned.contribution_rp, adjustment_rp, cap_rp, total_rp,
    basis_rp
from marts.monev_agent_month as monev left join earned using (month, agent_code)
where month > getvariable('before_month')
order by agent_code, month desc;

-- Lines of incentive of the last months, added up by what they say.
create or replace temp view agent_lines as
select agent_code, month, rule, rate, reason, corrects_period, count(*) as lines, sum(new_participants) as people,
    sum(amount_rp) as amount_rp
from marts.incentive_line
where agent_code is not null and month > getvariable('month') - to_months(getvariable('explained'))
group by all
order by agent_code, month desc, corrects_period nulls first, rule, reason nulls first, rate desc;
