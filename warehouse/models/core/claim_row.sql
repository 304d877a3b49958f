/*
grain: one row per accepted row of claims in an effective delivery (delivery_id, line_no)
meaning: Claims as the branches exported them, with the person, and whether that is the person whose claim the number
    was first.
source: raw.claims of effective deliveries; core.card
owner: head office, benefits
kind: view
caveats: a claim number belongs to the person of its first row, by business date; a person may be known by several
    cards, and a card that no registration names is a person of its own. Rows about another person do not count
    (core.conflicting_row)
*/
with source as (
    select
        claims.*,
        delivery.revision,
        card.participant_key,
        coalesce(card.participant_key, claims.card_key) as claimant_key,
        coalesce(
            claims.name_key not in (card.owner_name_key, card.other_name_key), false
        ) as is_named_otherwise
    from raw.claims
    inner join core.delivery on claims.delivery_id = delivery.delivery_id
    left join core.card on claims.card_key = card.card_key
    where delivery.effective
),

first_named as (
    select
        *,
        first_value(claimant_key) over number as first_claimant_key,
        first_value(delivery_id) over number as first_delivery_id
    from source
    window
        number as (
            partition by branch_code, claim_no order by business_date asc, revision desc, line_no asc
        )
),

final as (
    select
        claim_no,  -- Number of the claim, given by the branch
        status,  -- Diajukan (submitted), Ditetapkan (determined), Ditolak (rejected) or Dibayarkan (paid)
        status_date,  -- Day of the status, as this row says
        submitted_date,  -- Day on which the claim was submitted
        branch_code,  -- Branch that handles the claim
        programme,  -- Programme that pays: JKK, JKM or JHT
        benefit,  -- Kind of benefit
        amount_rp,  -- Value of the claim at this status, in rupiah
        card_key,  -- The card that the row names, a keyed hash
        participant_key,  -- The person; null if no registration names the card
        claimant_key,  -- The person, or else the card
        coalesce(
            claimant_key = first_claimant_key, true
        ) as is_same_person,  -- False if the row is about another person and does not count
        is_named_otherwise,  -- True if the row has another name beside the card than its owner registered under
        first_delivery_id,  -- Delivery of the number's first row
        revision,  -- Revision of the delivery
        line_no,  -- Line of the row in its file
        business_date,  -- Date of the delivery that brought it
        delivery_id  -- Delivery that brought it
    from first_named
)

select * from final
