/*
grain: one row per payment (branch_code, receipt_no)
by: branch_code, receipt_no
also: core.delivery through delivery_id, business_date in raw.contributions;
    core.card through card_key;
    core.participant_spell through participant_key since payment_date;
    core.agent through agent_code since payment_date;
    core.wadah_agreement through agent_branch_code as branch_code, wadah_code since payment_date;
    reference.incentive_scheme through scheme since payment_date
meaning: Payments of contributions, each once, with the person whose card was paid for, the agent who managed the
    person that day, and the wadah, agreement and scheme that the agent worked under that day.
source: core.payment, core.card, core.participant_spell, core.agent, core.wadah_agreement, reference.incentive_scheme
owner: head office, membership
partition: period
caveats: a payment for a card that no registration names stays, with participant_key null. A payment from before the
    first registration of the person has no agent
*/
with managed as (
    select
        payment.*,
        card.participant_key,
        coalesce(
            payment.name_key not in (card.owner_name_key, card.other_name_key), false
        ) as is_named_otherwise,
        spell.agent_code,
        spell.region_code,
        spell.occupation,
        spell.programmes as registered_programmes,
        spell.is_first and payment.first_month < date_trunc('month', spell.valid_from) as is_before_registration
    from core.payment
    left join core.card on payment.card_key = card.card_key
    left join core.participant_spell as spell
        on
            card.participant_key = spell.participant_key
            and payment.payment_date >= spell.valid_from
            and payment.payment_date < coalesce(spell.valid_to, date '9999-12-31')
),

agreed as (
    select
        managed.*,
        agent.branch_code as agent_branch_code,
        agent.wadah_code,
        agent.is_missing,
        agreement.pks_no,
        agreement.scheme,
        terms.months_count_from
    from managed
    left join core.agent
        on
            managed.agent_code = agent.agent_code
            and managed.payment_date >= agent.valid_from
            and managed.payment_date < coalesce(agent.valid_to, date '9999-12-31')
    left join core.wadah_agreement as agreement
        on
            agent.branch_code = agreement.branch_code
            and agent.wadah_code = agreement.wadah_code
            and managed.payment_date >= agreement.valid_from
            and managed.payment_date < agreement.valid_to
    left join reference.incentive_scheme as terms
        on
            agreement.scheme = terms.scheme
            and managed.payment_date >= terms.valid_from
            and managed.payment_date <= coalesce(terms.valid_to, managed.payment_date)
            and managed.payment_date >= terms.months_count_from
),

final as (
    select
        receipt_no,  -- Number of the receipt, given by the branch
        payment_date,  -- Day on which the money was received, or given back
        cast(date_trunc('month', payment_date) as date) as period,  -- Month of that day, its first day
        participant_key,  -- The person; null if no registration names the card
        card_key,  -- The card that was paid for, a keyed hash
        branch_code,  -- Branch that received the money
        first_month,  -- First month that the payment covers, as its first day
        months,  -- Number of consecutive months that it covers
        programmes,  -- Programmes paid for, 2 or 3
        amount_rp,  -- Amount received, in rupiah; negative for a refund
        payer,  -- PESERTA (the participant), APBN or APBD (the budget of the state or of the region)
        agent_code,  -- Perisai who managed the person on the day of payment; null if none did
        agent_branch_code,  -- Branch on whose roster the agent stood that day; null if on none
        wadah_code,  -- Wadah of the agent that day; null if on no roster
        coalesce(is_missing, false) as is_agent_missing,  -- True if rosters lack the agent that day; see core.agent
        pks_no,  -- Agreement in force that day; null if none was
        scheme,  -- Incentive scheme of that agreement; null if none was in force
        coalesce(agent_code, '') || coalesce(
            ' ' || scheme || ' ' || cast(months_count_from as varchar), ''
        ) as own_count,  -- Whose count of months it is: the agent, and scheme and day if the scheme counts from one on
        region_code,  -- Kabupaten or kota where the person worked that day; null before the first registration
        occupation,  -- Occupation as last said up to that day, a keyed hash; null if never said
        registered_programmes,  -- Programmes of the registration that held that day; null before the first one
        -- True if the first month lies before that of the person's first registration, and the payment does not
        coalesce(is_before_registration, false) as is_before_registration,
        is_named_otherwise,  -- True if the file has another name beside the card than its owner registered under
        business_date,  -- Date of the delivery that brought it
        delivery_id  -- Delivery that brought it
    from agreed
)

select * from final
