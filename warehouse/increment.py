"""Brings core up to date with the deliveries that came since it was built, at a cost that grows with those.

The SQL of the models stays the only place where anything is computed: each model runs on the rows of the persons,
documents and periods that the new deliveries touch, and what comes out replaces what stood there for them. A person
whose payments simply go on is counted on from ``core.account``; whoever has anything else (a refund, a payment that
comes late, a corrected file, a new agent in the past) is counted again from the first payment. What comes out is
what a full build gives, row for row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from warehouse import models
from warehouse.duck import quoted
from warehouse.durable import transaction
from warehouse.models import Model

REBUILT_FIRST = ("core.delivery", "core.agent", "core.agreement", "core.wadah_agreement")
INCREMENTAL = (
    "core.registration",
    "core.card",
    "core.participant",
    "core.participant_spell",
    "core.contribution",
    "core.payment_number",
    "core.unagreed_payment",
    "core.unresolved_payment",
    "core.contribution_month",
    "core.account",
    "core.paid_stretch",
    "core.status_change",
    "core.agent_change",
    "core.acquisition",
    "core.claim_status",
    "core.conflicting_row",
    "core.kept_row",
    "core.payment_month",
    "core.incentive_adjustment",
    "marts.incentive_agent_month",
)
# What is looked up for the people of a day, and by which key.
_LOOKED_UP = {
    "card": "card_key",
    "participant": "participant_key",
    "participant_spell": "participant_key",
    "account": "participant_key",
    "paid_stretch": "participant_key",
}
_FED = ("registrations", "contributions", "claims")
_TABLE = re.compile(r"\b((?:raw|before|core|closed|marts)\.\w+)(\s+as\s+\w+)?")
# What a payment's agent, wadah and scheme are looked up by; a change of any other column moves no money.
_AGENT_STATE = "concat(branch_code, '|', wadah_code)"
_AGREEMENT_STATE = "concat(pks_no, '|', scheme)"
# As in core.payment_number; a payment that comes again would stand twice if they differed, and the tests would see it.
_PAYMENT_NUMBER = "cast(md5_number_lower(concat(branch_code, '|', receipt_no)) >> 16 as bigint)"

# Of an account. Whose account is plain gave nothing back, so that nothing of theirs is from before the first payment.
_NOTHING_BEFORE = "case when is_plain then first_payment_date else date '1900-01-01' end"


def bring_up_to_date(con: duckdb.DuckDBPyConnection, reference: Path, *, stamp: str, code: str) -> int:
    """Builds what new deliveries change; everything where another SQL or reference file changes what is kept.

    Kept is what a day brings up to date, and what that is computed from. All else is built anew each day, so that
    another SQL or reference file there needs no more than the day.

    Args:
        con: a connection whose default catalog is the lake; no transaction may be open on it.
        reference: folder of the reference CSV files.
        stamp: what tells this build from others; see `models.built_stamp`.
        code: what tells these models, their words included, and reference tables from others.

    Returns:
        The number of models that were built or brought up to date.
    """
    chosen = models.discover()
    every = {model.table: model for model in chosen}
    kept = models.code_of(every, (*INCREMENTAL, *REBUILT_FIRST), reference)
    if models.built_kept(con) != kept:
        return len(models.build(con, reference, stamp=stamp, code=code, kept=kept))
    con.execute(f"set variable reference = {quoted(str(reference))}")
    updated = {*INCREMENTAL, *REBUILT_FIRST}
    with transaction(con):
        is_other = models.built_code(con) != code
        if is_other:
            models.make_room(con, chosen, whole=True)
        fixed = {model.table for model in chosen if model.schema == "reference" or model.is_view}
        anew = [model for model in chosen if model.table not in updated and (is_other or model.table not in fixed)]
        for model in anew:
            if model.schema == "reference":
                models.refresh(con, model)
        update(con, every)
        for model in anew:
            if model.schema != "reference":
                models.refresh(con, model)
        models.write_stamp(con, stamp, code, kept)
        if is_other:
            for model in chosen:
                models.describe(con, model)
            models.write_dictionary(con, chosen)
    return len(updated) + len(anew)


def update(con: duckdb.DuckDBPyConnection, every: Mapping[str, Model]) -> None:
    """Brings the tables of ``INCREMENTAL`` up to date; the caller holds the transaction.

    Of the tables of ``REBUILT_FIRST`` the deliveries are built anew on the way, the others if a roster came or went.

    Args:
        con: a connection on whose default catalog all models are built, from fewer deliveries.
        every: all models by their table.
    """
    _Update(con, every).run()


def sql_on(every: Mapping[str, Model], table: str, given: Mapping[str, str]) -> str:
    """The SQL of a model, with other relations in the place of some of its inputs, also behind views.

    Args:
        every: all models by their table.
        table: the model.
        given: relations by the table that they stand for.
    """

    def put(match: re.Match[str]) -> str:
        name, alias = match[1], match[2] or f" as {match[1].split('.')[1]}"
        if name in given:
            return f"{given[name]}{alias}"
        model = every.get(name)
        if model is not None and model.is_view and name != table:
            return f"({sql_on(every, name, given)}){alias}"
        return match[0]

    return _TABLE.sub(put, every[table].statement)


class _Update:
    """One run of ``update``; temporary tables are named by table: ``old_…``, ``removed_…``, ``added_…``."""

    def __init__(self, con: duckdb.DuckDBPyConnection, every: Mapping[str, Model]) -> None:
        self.con = con
        self.every = every
        self.known: set[str] = set()

    def run(self) -> None:
        self._deliveries()
        self._agents()
        self._know_all()
        self._people()
        self._payments()
        self._count()
        self._status()
        self._acquisitions()
        self._claims()
        self._periods()
        self._sums()

    def _deliveries(self) -> None:
        """``changed_delivery``: deliveries whose rows count now and did not, or the other way round."""
        self._temp("effective_before", "select delivery_id, feed, business_date from core.delivery where effective")
        models.refresh(self.con, self.every["core.delivery"])
        self._temp("effective_now", "select delivery_id, feed, business_date from core.delivery where effective")
        self._temp(
            "changed_delivery",
            """select coalesce(now.delivery_id, past.delivery_id) as delivery_id,
                coalesce(now.feed, past.feed) as feed, coalesce(now.business_date, past.business_date) as business_date,
                past.delivery_id is null as is_new
            from effective_now as now full join effective_before as past using (delivery_id)
            where now.delivery_id is null or past.delivery_id is null""",
        )

    def _raw(self, feed: str, where: str = "true") -> str:
        """The changed deliveries' rows of a feed; their dates spare reading the files of other months."""
        dates = f"(select {{}}(business_date) from changed_delivery where feed = '{feed}')"
        (first, last) = self._row(f"select {dates.format('min')}, {dates.format('max')}")
        if first is None:
            return f"(select * from raw.{feed} where false)"
        return f"""(select * from raw.{feed} where business_date between date '{first}' and date '{last}'
            and delivery_id in (select delivery_id from changed_delivery) and {where})"""

    def _agents(self) -> None:
        """``changed_agent`` and ``changed_agreement``: from which day on something else is said of them."""
        rosters = self._count_of("changed_delivery where feed = 'agents'")
        if rosters:
            models.refresh(self.con, self.every["core.agreement"])
        for table, key, state in (
            ("agent", "agent_code", _AGENT_STATE),
            ("wadah_agreement", "branch_code, wadah_code", _AGREEMENT_STATE),
        ):
            points = f"""select {key}, valid_from as day, {state} as state from core.{table}
                union all select {key}, valid_to, null from core.{table} where valid_to is not null"""
            # the end of a spell says nothing where the next one begins
            said = f"from ({points}) qualify state is not null or count(*) over (partition by {key}, day) = 1"
            self._temp(f"before_{table}", said)
            if rosters:
                models.refresh(self.con, self.every[f"core.{table}"])
            self._temp(f"now_{table}", said)
            self._temp(
                f"changed_{table}",
                f"""select {key}, min(day) as from_date from (
                    (from before_{table} except from now_{table}) union (from now_{table} except from before_{table})
                ) group by {key}""",
            )

    def _rows(self, feed: str, key: str) -> str:
        """``touched_document`` and, of each, the raw rows that come into question beside the one that stands in core.

        The first row stands, by business date. So another than a new one can only come into question where a delivery
        does not count any more, and then it is not from before that one.
        """
        self._temp("touched_document", f"select distinct {key} from {self._raw(feed)}")
        effective = "delivery_id in (select delivery_id from effective_now)"
        new = f"select * from {self._raw(feed, effective)}"
        (gone,) = self._row(f"select min(business_date) from changed_delivery where feed = '{feed}' and not is_new")
        if gone is None:
            return new
        return f"""{new} union select * from raw.{feed} semi join touched_document using ({key})
            where business_date >= date '{gone}' and {effective}"""

    def _candidates(self, feed: str, standing: str) -> str:
        """Rows that ``_rows`` found, and those that stand in core, as raw rows; these have no line number.

        It is not missed: two rows of one document and one delivery are both new, or one of them stands.
        """
        raw = {name for (name, *_) in self.con.execute(f"describe raw.{feed}").fetchall()}
        columns = ", ".join(name for name in self.every[f"core.{standing}"].columns if name in raw)
        return f"""(select {columns}, line_no from new_row union all select {columns}, 0 as line_no
            from old_{standing} where delivery_id in (select delivery_id from effective_now))"""

    def _people(self) -> None:
        """Registrations, and the cards, persons and spells that they say something else of."""
        key = "branch_code, registration_no"
        self._temp("new_row", self._rows("registrations", key))
        self._temp(
            "touched_person",
            f"""select participant_key from new_row
            union select participant_key from core.registration semi join touched_document using ({key})""",
        )
        own = "participant_key in (from touched_person)"
        self._temp("old_registration", f"select rowid as row_id, * from core.registration where {own}")
        rows = self._candidates("registrations", "registration")
        self._exchange("core.registration", self._sql("core.registration", {"raw.registrations": rows}))
        self._conflicts("registrations", "registration", "registration_no")
        changed = "(from removed_registration union all from added_registration)"
        self._temp("touched_card", f"select distinct card_key from {changed}")
        named = "card_key in (from touched_card)"
        self._know("card", "from touched_card")
        self._temp("old_card", f"from known_card where {named}")
        given = {"core.registration": f"(select * from core.registration where {named})"}
        self._exchange("core.card", self._sql("core.card", given))
        self._temp("registered_person", f"select distinct participant_key from {changed}")
        own = "participant_key in (from registered_person)"
        given = {"core.registration": f"(select * from {self._now('registration')} where {own})"}
        for name in ("participant", "participant_spell"):
            self._know(name, "from registered_person")
            self._temp(f"old_{name}", f"from known_{name} where {own}")
            self._exchange(f"core.{name}", self._sql(f"core.{name}", given))

    def _know_all(self) -> None:
        """Reads at once what is known of the cards in new rows, and of the people whose cards they are."""
        self._know("card", " union ".join(f"select card_key from {self._raw(feed)}" for feed in _FED))
        self._temp(
            "day_person",
            f"select participant_key from known_card union select participant_key from {self._raw('registrations')}",
        )
        for name in _LOOKED_UP:
            if name != "card":
                self._know(name, "from day_person")

    def _know(self, name: str, keys: str) -> None:
        """``known_<name>``: the rows of a table of core that have certain keys, as they stand at any time of the run.

        Looking for a few of many people means reading everybody's keys, so nobody is looked for twice.
        """
        key = _LOOKED_UP[name]
        if name not in self.known:
            self.known.add(name)
            self._temp(f"known_{name}", f"select rowid as row_id, * from core.{name} where false")
            self._temp(f"asked_{name}", f"select {key} from core.{name} where false")
        self._temp("missing_key", f"select {key} from ({keys}) anti join asked_{name} using ({key})")
        if self._count_of("missing_key"):
            self.con.execute(
                f"insert into known_{name} select rowid as row_id, * from core.{name} where {key} in (from missing_key)"
            )
            self.con.execute(f"insert into asked_{name} from missing_key")

    def _payments(self) -> None:
        """Payments that came or went, and those that now belong to another person, agent, wadah or agreement."""
        key = "branch_code, receipt_no"
        self._temp("new_row", self._rows("contributions", key))
        # Payments are looked for in the months in which their short numbers stand.
        self._temp("touched_number", f"select distinct {_PAYMENT_NUMBER} as payment_number from touched_document")
        self._temp(
            "old_payment_number",
            """select rowid as row_id, * from core.payment_number
            where payment_number in (from touched_number)""",
        )
        months = self._listed("select distinct period from old_payment_number").format("period")
        found = f"{_PAYMENT_NUMBER} in (from touched_number)"
        self._temp(
            "resolved_payment",
            """select card_key, period from core.unresolved_payment
            where card_key in (select card_key from added_card)""",
        )
        resolved = self._listed("select distinct period from resolved_payment").format("period")
        # a payment for a card that belongs to another person now stands under the one whose it was
        person = "select card_key, participant_key from {}_card"
        self._temp("other_card", f"{person.format('removed')} except {person.format('added')}")
        self._know("account", "select participant_key from other_card")
        self._temp(
            "remapped_card",
            f"""select card_key, min({_NOTHING_BEFORE}) as from_date
            from other_card join known_account using (participant_key) group by card_key""",
        )
        moved = "(from removed_participant_spell union all from added_participant_spell)"
        self._know("account", f"select participant_key from {moved}")
        self._temp(
            "moved_person",
            f"""select participant_key, min(valid_from) as from_date from {moved}
            where participant_key in (select participant_key from known_account) group by participant_key""",
        )
        standing = [
            (f"{months} and {found}", "old_payment_number", None),
            (
                f"{resolved} and participant_key is null and card_key in (select card_key from resolved_payment)",
                "resolved_payment",
                None,
            ),
            ("card_key in (select card_key from remapped_card)", "remapped_card", "from_date"),
            (
                "exists (from moved_person as moved where moved.participant_key = contribution.participant_key"
                " and payment_date >= from_date)",
                "moved_person",
                "from_date",
            ),
            (
                "exists (from changed_agent as changed where changed.agent_code = contribution.agent_code"
                " and payment_date >= from_date)",
                "changed_agent",
                "from_date",
            ),
            (
                "exists (from changed_wadah_agreement as changed where changed.branch_code = agent_branch_code"
                " and changed.wadah_code = contribution.wadah_code and payment_date >= from_date)",
                "changed_wadah_agreement",
                "from_date",
            ),
        ]
        parts = []
        for where, touched, day in standing:
            if not self._count_of(touched):
                continue
            since = ""
            if day:
                (first,) = self._row(f"select date_trunc('month', min({day}))::date from {touched}")
                since = f"period >= date '{first}' and "
            parts.append(f"select rowid as row_id, * from core.contribution where {since}{where}")
        nothing = "select rowid as row_id, * from core.contribution where false"
        self._temp("old_contribution", " union ".join(parts) or nothing)
        rows = self._candidates("contributions", "contribution")
        self._temp("payment", self._sql("core.payment", {"raw.contributions": rows}))
        self._know("card", "select card_key from payment")
        self._know(
            "participant_spell",
            "select participant_key from known_card where card_key in (select card_key from payment)",
        )
        given = {table: f"known_{table.split('.')[1]}" for table in ("core.card", "core.participant_spell")}
        self._exchange("core.contribution", self._sql("core.contribution", given | {"core.payment": "payment"}))
        other = f"(select branch_code, receipt_no from old_contribution where not {found})"
        now = f"(select * from {self._now('contribution')} anti join {other} using (branch_code, receipt_no))"
        given = {"core.contribution": now}
        # two payments may share their number, so that rows may be equal, and what differs is not told from a set
        self._exchange("core.payment_number", self._sql("core.payment_number", given), compared=False)
        self._conflicts("contributions", "contribution", "receipt_no")

    def _conflicts(self, feed: str, standing: str, number: str) -> None:
        """Rows of the touched documents that say something else than what stands in core.

        Whether an older row does so changes only where another delivery's row came to stand.
        """
        key = f"branch_code, {number}"
        past, now = (
            f"(select {key}, delivery_id from {change}_{standing} semi join touched_document using ({key}))"
            for change in ("removed", "added")
        )
        self._temp(
            "other_standing", f"select {key} from (from {now} except from {past}) semi join {past} using ({key})"
        )
        rows = "new_row"
        if self._count_of("other_standing"):
            (since,) = self._row(
                f"select min(business_date) from {self._now(standing)} semi join other_standing using ({key})"
            )
            rows = f"""(select * from new_row union select * from raw.{feed} semi join other_standing using ({key})
                where business_date >= date '{since}' and delivery_id in (select delivery_id from effective_now))"""
        stays = """delivery_id in (select delivery_id from effective_now)
            and (branch_code, document_no) not in (from other_standing)"""
        given = {f"raw.{feed}": rows, f"core.{standing}": self._now(standing)}
        self._conflicting(feed, given, "(branch_code, document_no) in (from touched_document)", stays)

    def _conflicting(self, feed: str, given: Mapping[str, str], own: str, stays: str) -> None:
        """Exchanges a feed's conflicting rows of the documents of ``own``, but for those that stay."""
        table = "core.conflicting_row"
        listed = ", ".join(self.every[table].columns)
        nothing = {f"raw.{name}": f"(select * from raw.{name} where false)" for name in _FED}
        short = {"core.kept_row": "(select '' as delivery_id, 0 as row_count where false)"}
        self._temp("old_conflicting_row", f"select rowid as row_id, * from {table} where feed = '{feed}' and {own}")
        made = self._sql(table, {**nothing, **short, **given})
        self._exchange(table, f"select {listed} from old_conflicting_row where {stays} union from ({made})")

    def _count(self) -> None:
        """Contribution months, accounts and paid stretches of everybody whose payments changed."""
        self._temp(
            "counted_person",
            """select distinct participant_key from (from removed_contribution union all from added_contribution)
            where participant_key is not null""",
        )
        for name in ("account", "paid_stretch"):
            self._know(name, "from counted_person")
            self._temp(f"old_{name}", f"from known_{name} where participant_key in (from counted_person)")
        month = "year(first_month) * 12 + month(first_month) - 1"
        self._temp(
            "recounted_person",
            f"""select participant_key from removed_contribution where participant_key is not null
            union select added.participant_key from added_contribution as added
            join old_account as account using (participant_key)
            where not account.is_plain
                or added.agent_code is distinct from account.agent_code
                or (added.payment_date, added.receipt_no, added.branch_code)
                <= (account.last_payment_date, account.last_receipt_no, account.last_branch_code)
            union select added.participant_key from added_contribution as added
            join old_paid_stretch as paid on added.participant_key = paid.participant_key
                and {month} < paid.to_index and {month} + added.months > paid.from_index""",
        )
        going_on = "(select * exclude (row_id) from old_{} where participant_key not in (from recounted_person))"
        before = {f"before.{name}": going_on.format(name) for name in ("account", "paid_stretch")}
        since = self._counted_payments()
        given = {"core.contribution": "counted_contribution"} | before
        self._temp("counted_month", self._sql("core.contribution_month", given))
        # Nothing changes before the first payment that changed.
        recounted = f"""participant_key in (from recounted_person)
            and period >= date_trunc('month', {since}) and payment_date >= {since}"""
        self._temp(
            "old_contribution_month", f"select rowid as row_id, * from core.contribution_month where {recounted}"
        )
        self._exchange(
            "core.contribution_month",
            f"from counted_month where participant_key in (from recounted_person) and payment_date >= {since}",
            besides="from counted_month where participant_key not in (from recounted_person)",
        )
        given = {"core.contribution_month": "counted_month"} | before
        for table in ("core.account", "core.paid_stretch"):  # whoever pays has another account
            self._exchange(table, self._sql(table, given), compared=False)

    def _counted_payments(self) -> str:
        """``counted_contribution``: what has come, and all payments of those who are counted again.

        Returns:
            SQL of the first date of which anything changes for them.
        """
        # nobody counts by cards, agreements and business dates
        unread = ["card_key", "pks_no", "business_date"]
        listed = list(self.every["core.contribution"].columns)
        read = ", ".join(column for column in listed if column not in unread)
        self._temp(
            "counted_contribution",
            f"select {read} from added_contribution where participant_key not in (from recounted_person)",
        )
        if not self._count_of("recounted_person"):
            return "date '9999-12-31'"
        own = "participant_key in (from recounted_person)"
        first, month = self._row(
            f"""select min(payment_date), date_trunc('month', min(payment_date))::date
            from (from removed_contribution union all from added_contribution) where {own}"""
        )
        since = f"date '{month}'"
        whole = f"insert into counted_contribution select {read} from core.contribution where {own} and period"
        self.con.execute(f"{whole} >= {since}")
        earliest = f"coalesce(min({_NOTHING_BEFORE}), date '{first}')"
        (begun,) = self._row(f"select date_trunc('month', {earliest})::date from old_account where {own}")
        # Lines before that month stay as they are, and most of what would be read tells them apart. That is needed of
        # payments of one day, for their order; of a person's last one; and where a later one may be charged to it.
        month = "year(first_month) * 12 + month(first_month)"
        counting = "participant_key, payment_date, period, first_month, months, amount_rp, agent_code"
        self._temp(
            "older_payment",
            f"""select {counting}, {month} as from_index, {month} + months as to_index
            from core.contribution where {own} and period < {since} and period >= date '{begun}'""",
        )
        self._temp(
            "later_payment",
            f"select participant_key, {month} as from_index, {month} + months as to_index from counted_contribution",
        )
        months = self._listed(
            """select distinct period from (
                select *, count(*) over (partition by participant_key, payment_date) as payments_of_day,
                    max(payment_date) over (partition by participant_key) as last_date
                from older_payment
            ) as older
            where payments_of_day > 1
                or (payment_date = last_date and participant_key not in (select participant_key from later_payment))
                or exists (
                    from later_payment as later where later.participant_key = older.participant_key
                        and later.from_index < older.to_index and later.to_index > older.from_index
                )"""
        ).format("period")
        self.con.execute(
            f"insert into counted_contribution by name select {counting} from older_payment where not ({months})"
        )
        if months != "false":
            self.con.execute(
                f"insert into counted_contribution select {read} from core.contribution where {own} and {months}"
            )
        return f"date '{first}'"

    def _status(self) -> None:
        """Sums over the statuses of everybody of whom something else is said: as they are, less as they were."""
        tables = ("paid_stretch", "participant", "participant_spell")
        self._temp(
            "touched_person",
            " union ".join(
                f"select participant_key from {change}_{table}" for change in ("removed", "added") for table in tables
            ),
        )
        # Of others who are known the same is said of now and of then, and so taken away again. Rows that this run added
        # have no row_id, since their keys were looked up before they came.
        now, past = {}, {}
        for table in tables:
            self._know(table, "from touched_person")
            columns = ", ".join(self.every[f"core.{table}"].columns)
            now[f"core.{table}"] = f"known_{table}"
            past[f"core.{table}"] = f"""(select {columns} from known_{table} where row_id is not null
                union all from removed_{table})"""
        keys = {
            "core.status_change": "month_index, region_code, occupation, status, protected, by_perisai",
            "core.agent_change": "agent_code, month_index",
        }
        for table, key in keys.items():
            self._add_up(table, key.split(", "), self._sql(table, now), self._sql(table, past))

    def _acquisitions(self) -> None:
        """By agent and month, since all new participants of an agent's month count together."""
        self._temp(
            "touched_person",
            """select participant_key from (from removed_account union all from added_account)
            group by participant_key
            having count(distinct (first_payment_date, paid_in)) > 1 or count(*) = 1""",
        )
        self._know("participant", "from touched_person")
        period = "date_trunc('month', first_registration_date)"
        self._temp(
            "touched_month",
            f"""select acquiring_agent_code, {period}::date as period
            from (from removed_participant union all from added_participant) where acquiring_agent_code is not null
            union select acquiring_agent_code, {period}::date from known_participant
            where participant_key in (from touched_person) and acquiring_agent_code is not null
            union select agent_code, period from core.acquisition where exists (
                from changed_agent as changed
                where changed.agent_code = acquisition.agent_code and registration_date >= from_date)
            union select acquisition.agent_code, period from core.acquisition
            join core.agent on agent.agent_code = acquisition.agent_code
                and registration_date >= agent.valid_from
                and registration_date < coalesce(agent.valid_to, date '9999-12-31')
            join changed_wadah_agreement as changed
                on changed.branch_code = agent.branch_code and changed.wadah_code = agent.wadah_code
                and registration_date >= changed.from_date""",
        )
        # the border is a literal, so that most people are passed over before they are looked up
        (since,) = self._row("select coalesce(min(period), date '9999-12-31') from touched_month")
        self._temp(
            "touched_participant",
            f"""select * from core.participant
            where first_registration_date >= date '{since}' and exists (from touched_month as touched
                where touched.acquiring_agent_code = participant.acquiring_agent_code
                    and touched.period = {period}::date)""",
        )
        accounts = (
            "(select * from core.account where participant_key in (select participant_key from touched_participant))"
        )
        self._replace(
            "core.acquisition",
            {"core.participant": "touched_participant", "core.account": accounts},
            "exists (from touched_month as touched where touched.acquiring_agent_code = acquisition.agent_code"
            " and touched.period = acquisition.period)",
        )

    def _claims(self) -> None:
        """Claims that say something else, or whose card or person does."""
        changed = "(select {1} from removed_{0} union select {1} from added_{0})"
        persons = [changed.format(table, "participant_key") for table in ("card", "participant", "participant_spell")]
        self._temp(
            "touched_claim",
            f"""select branch_code, claim_no from {self._raw("claims")}
            union select branch_code, claim_no from core.claim_status
            where claimant_key in {changed.format("card", "card_key")}
                or participant_key in ({" union ".join(persons)})
            union select branch_code, document_no from core.conflicting_row
            where feed = 'claims' and card_key in {changed.format("card", "card_key")}""",
        )
        self._temp("claim", "select * from raw.claims semi join touched_claim using (branch_code, claim_no)")
        self._know("card", "select card_key from claim")
        given = {"raw.claims": "claim", "core.card": "known_card"}
        for name in ("participant", "participant_spell"):
            self._know(name, "select participant_key from known_card where card_key in (select card_key from claim)")
            given[f"core.{name}"] = f"known_{name}"
        self._replace(
            "core.claim_status",
            given,
            """exists (from touched_claim as touched
            where touched.branch_code = claim_status.branch_code and touched.claim_no = claim_status.claim_no)""",
        )
        self._conflicting("claims", given, "(branch_code, document_no) in (from touched_claim)", "false")

    def _periods(self) -> None:
        """What is summed up or corrected by month: the months whose lines changed, and those that a close changes."""
        changed = " union ".join(
            f"select period from {change}_{table}"
            for change in ("removed", "added")
            for table in ("contribution_month", "acquisition")
        )
        self._temp("touched_period", f"select distinct period from ({changed})")
        # The tables of before still say which months were closed then.
        closed_now = "select period from closed.month"
        closed_then = "select period from marts.incentive_agent_month where status = 'closed'"
        self._temp("newly_closed", f"({closed_now} except {closed_then}) union ({closed_then} except {closed_now})")
        target = """select cast(max(period) + interval 1 month as date) as period from closed.month
            having max(period) is not null"""
        corrected = "from touched_period union from newly_closed"
        if self._count_of("newly_closed"):
            corrected += " union select corrects_period from core.incentive_adjustment"
        self._temp("corrected_period", corrected)
        self._temp(
            "paid_period",
            f"from corrected_period union select period from core.incentive_adjustment union {target}",
        )
        months = {
            table: self._listed(f"from {table}") for table in ("touched_period", "corrected_period", "paid_period")
        }
        read = ("core.contribution_month", "core.acquisition")

        def lines(touched: str) -> dict[str, str]:
            return {table: f"(select * from {table} where {months[touched].format('period')})" for table in read}

        self._payment_months(months["touched_period"].format("period"))
        of_it = months["corrected_period"].format("coalesce(corrects_period, period)")
        self._replace(
            "core.incentive_adjustment",
            lines("corrected_period")
            | {"closed.incentive_line": f"(select * from closed.incentive_line where {of_it})"},
            months["corrected_period"].format("corrects_period"),
        )
        self._replace(
            "marts.incentive_agent_month",
            lines("paid_period"),
            months["paid_period"].format("period"),
            months["paid_period"].format("period"),
        )

    def _payment_months(self, touched: str) -> None:
        """By persons: a row counts each of them once, whatever others do."""
        person = "participant_key in (select participant_key from {}_contribution_month)"
        own = " or ".join(person.format(change) for change in ("removed", "added"))
        self._temp("now_line", f"select * from core.contribution_month where {touched} and ({own})")
        self._temp(
            "past_line",
            """from now_line anti join added_contribution_month using (branch_code, receipt_no, contribution_month)
            union all from removed_contribution_month""",
        )
        key = ("period", "branch_code", "agent_code", "agent_branch_code", "programmes", "payer")
        made = [
            self._sql("core.payment_month", {"core.contribution_month": line}) for line in ("now_line", "past_line")
        ]
        self._add_up("core.payment_month", key, *made)

    def _listed(self, periods: str) -> str:
        """Condition with the periods of a query as literals, so that files of other months are not read."""
        listed = [f"date '{period}'" for (period,) in self.con.execute(f"{periods} order by all").fetchall()]
        return f"{{}} in ({', '.join(listed)})" if listed else "false"

    def _sums(self) -> None:
        """How much of each delivery stands in core; payments without an agreement, and without a person."""
        keys = {
            "core.kept_row": "delivery_id",
            "core.unresolved_payment": "card_key, period",
            "core.unagreed_payment": "agent_branch_code, wadah_code, agent_code, payment_date",
        }
        read = ("registration", "contribution")
        added, removed = ({f"core.{name}": f"{change}_{name}" for name in read} for change in ("added", "removed"))
        for table, key in keys.items():
            self._add_up(table, key.split(", "), self._sql(table, added), self._sql(table, removed))

    def _add_up(self, table: str, key: Sequence[str], now: str, past: str) -> None:
        """Adds what a model makes of the rows that changed as they are, and takes away what it makes of the past ones.

        Only for a model that sums its rows up by a key, and leaves out a key of which every sum is 0.
        """
        name = table.split(".")[1]
        sums = [column for column in self.every[table].columns if column not in key]
        by = ", ".join(key)
        summed = f"select {by}, " + ", ".join(f"cast(sum({column}) as bigint) as {column}" for column in sums)
        something = f"group by {by} having " + " or ".join(f"sum({column}) <> 0" for column in sums)
        parts = [
            f"select {by}, {', '.join(f'{sign} * {column} as {column}' for column in sums)} from ({made})"
            for sign, made in ((1, now), (-1, past))
        ]
        self._temp(f"{name}_difference", f"{summed} from ({' union all '.join(parts)}) {something}")
        same = " and ".join(f"one.{column} is not distinct from other.{column}" for column in key)
        self._temp(
            f"old_{name}",
            f"""select rowid as row_id, * from {table} as one
            where exists (from {name}_difference as other where {same})""",
        )
        self._exchange(
            table,
            f"""{summed} from (
                select {by}, {", ".join(sums)} from old_{name} union all from {name}_difference
            ) {something}""",
            compared=False,
        )

    def _replace(self, table: str, given: Mapping[str, str], old: str, new: str = "true") -> None:
        """Puts what a model makes of ``given`` in the place of the rows of its table where ``old`` holds."""
        self._temp(f"old_{table.split('.')[1]}", f"select rowid as row_id, * from {table} where {old}")
        self._exchange(table, f"from ({self._sql(table, given)}) where {new}")

    def _exchange(self, table: str, new: str, *, compared: bool = True, besides: str = "") -> None:
        """Puts the rows of ``new`` in the place of those in ``old_<name>``, writing only what differs, if ``compared``.

        Rows ``besides`` stand in nobody's place. Leaves the difference in ``removed_<name>`` and ``added_<name>``.
        """
        name = table.split(".")[1]
        columns = list(self.every[table].columns)
        listed = ", ".join(columns)
        if compared and self._count_of(f"old_{name}"):
            same = " and ".join(f"old.{column} is not distinct from added.{column}" for column in columns)
            self._temp(f"added_{name}", f"select {listed} from ({new})")
            self._temp(
                f"gone_{name}", f"from old_{name} as old where not exists (from added_{name} as added where {same})"
            )
            self.con.execute(f"delete from added_{name} as added where exists (from old_{name} as old where {same})")
        else:
            self._temp(f"gone_{name}", f"from old_{name}")
            self._temp(f"added_{name}", f"select {listed} from ({new})")
        if besides:
            self.con.execute(f"insert into added_{name} by name {besides}")
        if self._count_of(f"gone_{name}"):
            self.con.execute(f"delete from {table} where rowid in (select row_id from gone_{name})")
        self._temp(f"removed_{name}", f"select {listed} from gone_{name}")
        self.con.execute(f"insert into {table} by name from added_{name}")
        if name in self.known:
            self.con.execute(f"delete from known_{name} where row_id in (select row_id from gone_{name})")
            self.con.execute(f"insert into known_{name} by name from added_{name}")

    def _now(self, name: str) -> str:
        """The rows that stand where those of ``old_<name>`` stood."""
        columns = ", ".join(self.every[f"core.{name}"].columns)
        return f"""(select {columns} from old_{name} where row_id not in (select row_id from gone_{name})
            union all select {columns} from added_{name})"""

    def _sql(self, table: str, given: Mapping[str, str]) -> str:
        return sql_on(self.every, table, given)

    def _temp(self, name: str, query: str) -> None:
        try:
            self.con.execute(f"create or replace temp table {name} as {query}")
        except duckdb.Error as error:
            error.add_note(f"while making {name} for the increment")
            raise

    def _row(self, query: str) -> tuple[object, ...]:
        return self.con.execute(query).fetchone() or ()

    def _count_of(self, table: str) -> int:
        (rows,) = self._row(f"select count(*) from {table}")
        return int(str(rows))
