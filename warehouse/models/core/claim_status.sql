/*
grain: one row per claim and status that it reached (branch_code, claim_no, status)
by: branch_code, claim_no
also: core.delivery through delivery_id, business_date in raw.claims;
    core.card through card_key in raw.claims;
    core.participant through participant_key;
    core.participant_spell through participant_key since reached_date
meaning: The history of every claim, through whom the person came to be insured, and who the person is.
date: status_date; the first on which the claim had the status
source: core.claim_row, core.participant, core.participant_spell
owner: head office, benefits
caveats: a claim that is exported again with the same status counts once, on the first date named; what it is worth is
    what the latest delivery says. A row about another person than the first row of the number does not count
    (core.conflicting_row). Region and programmes are those of the latest registration on or before the day of the
    status, or of the first one before that. Rows are about single persons and are never published; see
    core.claim_cell
*/
with reached as (
    select
        *,
        min(status_date) over (partition by branch_code, claim_no, status) as reached_date,
        min(amount_rp) over (partition by branch_code, claim_no, status)
        <> max(amount_rp) over (partition by branch_code, claim_no, status) as is_amount_changed,
        min(submitted_date) over (partition by branch_code, claim_no)
        <> max(submitted_date) over (partition by branch_code, claim_no) as is_day_changed,
        min(concat(programme, benefit)) over (partition by branch_code, claim_no)
        <> max(concat(programme, benefit)) over (partition by branch_code, claim_no) as is_benefit_changed,
        bool_or(status = 'Dibayarkan') over (partition by branch_code, claim_no)
        and bool_or(status = 'Ditolak') over (partition by branch_code, claim_no) as is_paid_and_rejected,
        min(case when status = 'Dibayarkan' then amount_rp end) over (partition by branch_code, claim_no)
        <> min(case when status = 'Ditetapkan' then amount_rp end) over (partition by branch_code, claim_no)
        and status = 'Dibayarkan' as is_paid_otherwise,
        max(status_date) over (partition by branch_code, claim_no, status) as status_until,
        max(case when status in ('Diajukan', 'Ditetapkan') then status_date end) over (
            partition by branch_code, claim_no
        ) as unpaid_until,
        min(case when status = 'Dibayarkan' then status_date end) over (
            partition by branch_code, claim_no
        ) as paid_date
    from core.claim_row
    where is_same_person
    qualify row_number() over (
        partition by branch_code, claim_no, status
        order by business_date desc, revision desc, line_no desc
    ) = 1
),

final as (
    select
        reached.claim_no,  -- Number of the claim, given by the branch
        reached.status,  -- Diajukan (submitted), Ditetapkan (determined), Ditolak (rejected) or Dibayarkan (paid)
        reached.reached_date,  -- Day on which the claim reached the status
        reached.submitted_date,  -- Day on which the claim was submitted
        reached.branch_code,  -- Branch that handles the claim
        reached.programme,  -- Programme that pays: JKK, JKM or JHT
        reached.benefit,  -- Kind of benefit
        reached.amount_rp,  -- Value of the claim at this status, in rupiah
        reached.participant_key,  -- The person; null if no registration names the card
        reached.claimant_key,  -- The person, or else the card
        coalesce(
            spell.region_code, participant.first_region_code
        ) as region_code,  -- Region of the person on the day of the status; null if not known
        spell.occupation,  -- Occupation as last said up to that day, a keyed hash; null if never said
        case
            when participant.participant_key is null then 'unresolved'
            when participant.acquiring_agent_code is null then 'other'
            else 'perisai'
        end as channel,  -- perisai if a Perisai acquired the person, other if not, unresolved if nobody knows the card
        coalesce(
            spell.programmes, participant.first_programmes
        ) as programmes,  -- Programmes of the person, 2 or 3; null if not known
        participant.sex,  -- L (male) or P (female); null if not known
        participant.birth_year,  -- Year of birth; null if not known
        reached.is_named_otherwise,  -- True if the row has another name than the card's owner registered under
        reached.is_amount_changed,  -- True if deliveries have said other amounts of the claim at this status
        reached.status_until > reached.reached_date as is_status_again,  -- True if rows say two days of it
        reached.is_day_changed,  -- True if deliveries have said other days of its submission
        reached.is_benefit_changed,  -- True if deliveries have said other benefits or programmes of the claim
        reached.is_paid_and_rejected,  -- True if rows of the claim say that it was paid and that it was rejected
        coalesce(reached.is_paid_otherwise, false) as is_paid_otherwise,  -- True if it was paid as was not determined
        coalesce(
            case
                when reached.status in ('Diajukan', 'Ditetapkan') then reached.status_until > reached.paid_date
                when reached.status = 'Dibayarkan' then reached.unpaid_until > reached.paid_date
            end, false
        ) as is_turned_back,  -- True if a row says that it was paid before it was submitted or determined
        coalesce(
            reached.submitted_date < participant.first_registration_date, false
        ) as is_before_registration,  -- True if it was submitted before the person was first registered
        reached.delivery_id  -- Delivery that said it last
    from reached
    left join core.participant on reached.participant_key = participant.participant_key
    left join core.participant_spell as spell
        on
            reached.participant_key = spell.participant_key
            and reached.reached_date >= spell.valid_from
            and reached.reached_date < coalesce(spell.valid_to, date '9999-12-31')
)

select * from final
