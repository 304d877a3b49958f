-- What `perisai status` tells of the published warehouse, a view for each table. perisai/status.py has DuckDB run this,
-- with the variable everyone: whether those who are not behind are told, too.
create or replace temp view deliveries as
select
    feed,
    count(*) filter (outcome <> 'absent') as delivered,
    sum(lines) as lines,
    sum(accepted) as accepted,
    sum(rejected) as rejected,
    sum(duplicates) as duplicates,
    sum(conflicting) as conflicting,
    count(*) filter (outcome in ('refused', 'nothing_accepted')) as refused,
    count(*) filter (outcome in ('duplicate', 'superseded')) as replaced,
    count(*) filter (outcome = 'absent') as absent,
from marts.delivery_day
group by feed
order by feed;

create or replace temp view behind as
select branch_code, feed, usable_date as last_usable, missing_since, days_behind, outcome as latest, reason
from marts.freshness
where getvariable('everyone') or days_behind > 0
order by days_behind desc, branch_code, feed;

create or replace temp view coverage as
select region_name, definition, universe, protected, coverage_pct, perisai, perisai_share_pct, ucj_points
from marts.coverage_month
join reference.region using (region_code)
where coverage_month.region_level = 'province' and month = (select max(month) from marts.coverage_month)
order by region_name, definition;

create or replace temp view incentives as
select
    period,
    count(*) as wadah,
    sum(agent_count) as agents,
    sum(agents_total_rp) as agents_total_rp,
    sum(management_rp) as management_rp,
    sum(payable_rp) as payable_rp,
from marts.incentive_wadah_month
group by period
order by period desc
limit 3;

create or replace temp view published_figures as
select subject, region_code, period, published, computed, difference, self_consistent
from marts.reconciliation
where (branch_code is null and computed is not null) or difference <> 0 or not self_consistent
order by subject, region_code, period;
