"""Which documents a delivery lacks, or has for another card than another of its date, noted as facts.

No order of arrival changes them.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

from transforms.delivery import Delivery

TABLE = {
    "delivery_id": ("VARCHAR", "Delivery."),
    "other_id": ("VARCHAR", "Another delivery of the same branch, feed and business date."),
    "documents": ("BIGINT", "Documents of which the other one has an accepted row and this one has none."),
    "turned": (
        "BIGINT",
        "Documents of which both have one accepted row, beside different cards; null if noted earlier.",
    ),
}
"""Columns of ``raw.left_out``."""


def note(con: duckdb.DuckDBPyConnection, feed: str, number: str, new: list[Delivery]) -> None:
    """Notes how many documents of others of their date the new deliveries lack or turn to others, and these of theirs.

    Which one follows the other is for the models to say: a later run may bring one that comes between.
    """
    days = {d.business_date for d in new}
    con.register("brought", pa.table({"delivery_id": pa.array([d.delivery_id for d in new], pa.string())}))
    pairs = con.execute(
        """select one.delivery_id, other.delivery_id
        from raw.delivery as one
        join raw.delivery as other using (branch_code, feed, business_date)
        where feed = $feed and business_date in (select unnest($days)) and one.delivery_id <> other.delivery_id
            and one.judgement = 'accepted' and other.judgement = 'accepted' and one.accepted > 0 and other.accepted > 0
            and (one.delivery_id in (from brought) or other.delivery_id in (from brought))""",
        {"feed": feed, "days": list(days)},
    ).fetchall()
    con.unregister("brought")
    if not pairs:
        return
    con.register(
        "pair", pa.table({"delivery_id": [one for one, _ in pairs], "other_id": [other for _, other in pairs]})
    )
    has_cards = "card_key" in con.table(f"raw.{feed}").columns
    # a claim has a row for each status; of a number that stands beside two cards nothing is compared
    card = "case when min(card_key) = max(card_key) then min(card_key) end" if has_cards else "null"
    con.execute(
        f"""insert into raw.left_out by name
        with document as (
            select delivery_id, {number} as number, {card} as card from raw.{feed}
            where business_date in (select unnest($days)) and delivery_id in (select delivery_id from pair)
            group by all
        )
        select pair.delivery_id, other_id,
            count(*) filter (here.number is null) as documents, count(*) filter (here.card <> has.card) as turned
        from pair
        join document as has on pair.other_id = has.delivery_id
        left join document as here on pair.delivery_id = here.delivery_id and has.number = here.number
        where here.number is null or here.card <> has.card
        group by all""",
        {"days": list(days)},
    )
    con.unregister("pair")
