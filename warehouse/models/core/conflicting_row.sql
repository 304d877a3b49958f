/*
grain: one row per accepted row of an effective delivery that does not count (feed, delivery_id, document_no, status)
by: branch_code, document_no from registration_no or receipt_no or claim_no
also: core.delivery through delivery_id, business_date in raw.registrations, raw.contributions, raw.claims;
    core.card through card_key in raw.claims
beside: core.kept_row
meaning: Rows whose document number stands for something else: a receipt or registration number that an earlier row of
    the branch has with other content, a claim number that an earlier row has for another person. They are shown to the
    branch, which gives them numbers of their own.
source: core.registration, core.contribution, core.claim_row, core.kept_row; raw.registrations and raw.contributions
    of effective deliveries
owner: head office, data team
caveats: earlier is the order of business dates, whatever order the files came in. A row that says the same again is no
    conflict, nor one that leaves out occupation, time or phone. Names and declared income are not compared.
    Registrations and payments are looked for only in deliveries of which not every row stands in core
*/
with short as (
    select
        delivery.delivery_id,
        delivery.feed
    from core.delivery
    left join core.kept_row on delivery.delivery_id = kept_row.delivery_id
    where
        delivery.effective
        and delivery.accepted > coalesce(kept_row.row_count, 0)
        and delivery.feed in ('registrations', 'contributions')
),

registration_row as (
    select registrations.*
    from raw.registrations
    inner join short on registrations.delivery_id = short.delivery_id
),

contribution_row as (
    select contributions.*
    from raw.contributions
    inner join short on contributions.delivery_id = short.delivery_id
),

conflict as (
    select
        'registrations' as feed,
        registration_row.branch_code,
        registration_row.registration_no as document_no,
        null as status,
        registration_row.delivery_id,
        registration_row.business_date,
        registration.delivery_id as standing_delivery_id,
        registration_row.card_key
    from registration_row
    inner join core.registration
        on
            registration_row.branch_code = registration.branch_code
            and registration_row.registration_no = registration.registration_no
            and registration_row.delivery_id <> registration.delivery_id
    where
        registration_row.registration_date is distinct from registration.registration_date
        or registration_row.participant_key is distinct from registration.participant_key
        or registration_row.card_key is distinct from registration.card_key
        or registration_row.region_code is distinct from registration.region_code
        or registration_row.agent_code is distinct from registration.agent_code
        or registration_row.programmes is distinct from registration.programmes
        or registration_row.sex is distinct from registration.sex
        or registration_row.birth_year is distinct from registration.birth_year
        or registration_row.occupation_key <> registration.occupation_key
        or registration_row.registered_at <> registration.registered_at
        or registration_row.phone_key <> registration.phone_key
    union all
    select
        'contributions' as feed,
        contribution_row.branch_code,
        contribution_row.receipt_no as document_no,
        null as status,
        contribution_row.delivery_id,
        contribution_row.business_date,
        contribution.delivery_id as standing_delivery_id,
        contribution_row.card_key
    from contribution_row
    inner join core.contribution
        on
            contribution_row.branch_code = contribution.branch_code
            and contribution_row.receipt_no = contribution.receipt_no
            and contribution_row.delivery_id <> contribution.delivery_id
    where
        contribution_row.payment_date is distinct from contribution.payment_date
        or contribution_row.card_key is distinct from contribution.card_key
        or contribution_row.first_month is distinct from contribution.first_month
        or contribution_row.months is distinct from contribution.months
        or contribution_row.programmes is distinct from contribution.programmes
        or contribution_row.amount_rp is distinct from contribution.amount_rp
        or contribution_row.payer is distinct from contribution.payer
    union all
    select
        'claims' as feed,
        branch_code,
        claim_no as document_no,
        status,
        delivery_id,
        business_date,
        first_delivery_id as standing_delivery_id,
        card_key
    from core.claim_row
    where not is_same_person
),

final as (
    select
        feed,  -- registrations, contributions or claims
        branch_code,  -- Branch whose number it is
        document_no,  -- Number of the registration, receipt or claim
        status,  -- Status that the claim's row says; null for other feeds
        delivery_id,  -- Delivery that brought the row
        business_date,  -- Date of that delivery
        standing_delivery_id,  -- Delivery that brought what the number stands for
        card_key  -- The card that the row names, a keyed hash
    from conflict
)

select * from final
