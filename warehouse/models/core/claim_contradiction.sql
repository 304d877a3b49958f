/*
grain: one row per delivery and way in which its claims contradict others (delivery_id, kind)
kind: view
meaning: How many claims of a recent delivery contradict what others say of them, or of the persons.
source: core.claim_status, core.account, core.recent_delivery
owner: head office, benefits
caveats: what claims are worth and when they were submitted stays in core.claim_status, which tells of single persons
*/
-- A person dies once; other benefits are the same claim if day and amount are.
with twice as (
    select
        claimant_key,
        benefit,
        case when benefit <> 'SANTUNAN_KEMATIAN' then submitted_date end as submitted_date,
        case when benefit <> 'SANTUNAN_KEMATIAN' then amount_rp end as amount_rp
    from core.claim_status
    where status <> 'Ditolak'
    group by all
    having count(distinct branch_code || ' ' || claim_no) > 1
),

-- Statuses of claims that recent deliveries said last, once for each way in which they contradict what is known.
told as (
    select
        claim.delivery_id,
        claim.claim_no,
        unnest([
            case when claim.is_named_otherwise then 'named_otherwise' end,
            case when claim.is_amount_changed then 'claim_amount_changed' end,
            case when claim.is_day_changed then 'claim_day_changed' end,
            case when claim.is_benefit_changed then 'claim_benefit_changed' end,
            case when claim.is_status_again then 'claim_status_again' end,
            case when claim.is_paid_and_rejected then 'claim_paid_and_rejected' end,
            case when claim.is_paid_otherwise then 'claim_paid_otherwise' end,
            case when claim.is_turned_back then 'claim_turned_back' end,
            case when claim.programme = 'JHT' and claim.programmes = 2 then 'claim_of_other_programme' end,
            case when twice.claimant_key is not null then 'claim_again' end,
            case
                when claim.benefit = 'SANTUNAN_KEMATIAN' and account.last_payment_date > claim.submitted_date
                    then 'paid_after_death'
            end,
            case when claim.is_before_registration then 'claim_before_registration' end,
            case
                when claim.participant_key is null then 'claim_of_unknown'
                when account.participant_key is null then 'claim_never_paid'
            end
        ]) as kind
    from core.claim_status as claim
    inner join core.recent_delivery as recent on claim.delivery_id = recent.delivery_id
    left join core.account on claim.participant_key = account.participant_key
    left join twice
        on
            claim.claimant_key = twice.claimant_key
            and claim.benefit = twice.benefit
            and claim.submitted_date = coalesce(twice.submitted_date, claim.submitted_date)
            and claim.amount_rp = coalesce(twice.amount_rp, claim.amount_rp)
),

final as (
    select
        delivery_id,  -- Identifies the delivery
        kind,  -- named_otherwise, paid_after_death, or claim_ and what is wrong
        count(distinct claim_no) as row_count,  -- Claims
        min(claim_no) as from_no,  -- Lowest number of these claims
        max(claim_no) as to_no  -- Highest of them
    from told
    where kind is not null
    group by delivery_id, kind
)

select * from final
