-- By branch, people who declared an income and paid, by the base that their last payment implies; perisai/incomes.py.
with declared as (
    select registrations.participant_key, registrations.declared_income_rp
    from vault.registrations
    inner join core.delivery on registrations.delivery_id = delivery.delivery_id
    where delivery.effective and not list_contains($restricted, registrations.participant_key::varchar)
    qualify row_number() over (
        partition by registrations.participant_key
        order by registrations.business_date desc, registrations.delivery_id desc, registrations.line_no desc
    ) = 1
),

last_payment as (
    select participant_key, branch_code, first_month, months, programmes, payer, amount_rp
    from core.contribution
    where amount_rp > 0 and participant_key in (select participant_key from declared)
    qualify row_number() over (
        partition by participant_key order by payment_date desc, receipt_no desc, branch_code desc
    ) = 1
),

asked as (select distinct first_month, months, programmes, payer, amount_rp from last_payment),

asked_month as (select *, unnest(range(months)) as step from asked),

legal as (
    select asked.first_month, asked.months, asked.programmes, asked.payer, asked.amount_rp, due.base_rp, due.sector
    from asked_month as asked
    inner join core.contribution_due as due
        on asked.programmes = due.programmes and asked.payer = due.payer
            and asked.first_month + to_months(cast(asked.step as integer)) >= due.from_month
            and asked.first_month + to_months(cast(asked.step as integer)) <= coalesce(due.to_month, date '9999-12-31')
    group by all
    having sum(due.due_rp) = asked.amount_rp and count(*) = asked.months
),

implied as (
    select first_month, months, programmes, payer, amount_rp, min(base_rp) as implied_rp from legal group by all
),

compared as (
    select
        last_payment.branch_code,
        implied.implied_rp,
        max(bracket.base_rp) as declared_rp
    from last_payment
    inner join declared on last_payment.participant_key = declared.participant_key
    left join implied using (first_month, months, programmes, payer, amount_rp)
    left join reference.contribution_bracket as bracket
        on declared.declared_income_rp >= bracket.income_from_rp
            and last_payment.first_month >= bracket.valid_from
            and last_payment.first_month <= coalesce(bracket.valid_to, last_payment.first_month)
    group by last_payment.participant_key, last_payment.branch_code, implied.implied_rp
)

select
    branch_code,
    count(*) as people,
    count(*) filter (implied_rp = declared_rp) as same,
    count(*) filter (implied_rp < declared_rp) as lower,
    count(*) filter (implied_rp > declared_rp) as higher,
    count(*) filter (implied_rp is null) as not_known,
    (select value from reference.parameter where parameter = 'smallest_cell') as smallest
from compared
group by branch_code
order by branch_code
