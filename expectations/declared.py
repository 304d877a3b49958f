"""What a contract declares in a word, and the SQL of the derived columns and the rules that come of it.

* ``one`` on a rule: rows of a delivery that are alike in some columns have one value of others (``of``, ``has``: a NIK
  has one name). The rule is broken by all rows of which they have several; with ``unlike: most`` by those alone that
  are not like most. Where ``has`` names several, all of them have to differ, and with ``unlike: most`` any.
* ``alone`` on a rule: a column was not sorted by itself. The rule is broken by all rows of a delivery in which the
  letters of ``of`` (its numbers, with ``kind: number``) are in order from the first row to the last, and so is one of
  ``beside``, which it has nothing to do with; so is it with the rows alone that are alike in a column of ``within``.
  With ``against: true`` only if one of both rises and the other falls.
* ``apart`` on a rule: rows of a delivery that are alike in some columns (``of``) have months of their own, ``count`` of
  them from ``begin`` on. The rule is broken by all rows whose months another one has, too; with ``where`` by rows for
  which that SQL is true, where it is true for all rows alike.
* ``slipped`` on a rule: a column repeats on most rows what another one tells of the row (``of``; ``told``, SQL). The
  rule is broken by the rows from which on, to the end of the delivery or of a block, it tells that of the row above or
  below instead.
* ``filled`` on a rule: such a column was not filled down. The rule is broken by rows under each other that have one
  value, where others tell several of the delivery's other values, and that are too many for chance.
* ``rounded`` on a rule: cards (``of``) did not lose their last digits. The rule is broken by those that end in zeros,
  as more of the delivery do than by chance; with ``perhaps: true`` where it may be chance.
* ``coded`` on a rule: a number of programmes (``of``) is no code of a package. The rule is broken by 1 and 2 where 3 is
  missing, in the delivery or in a block of rows.
* ``toldBy`` on a date: the number of the document carries its year or its month, as KW/2023/10/00123 or
  KW/X/23/00123 does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from expectations.column import Column, Rule, made, structural

FITS, NEAR = "_fits_number", "_near_number"
"""What the rules end in that a date is not far from what its document's number tells, and that it lies in it."""
_YEAR, _MONTH, _TWO = "(20[0-3][0-9])", "(0[1-9]|1[0-2])", "([0-3][0-9])"
_DAY, _SIGN, _BEFORE, _BEHIND = "(?:0[1-9]|[12][0-9]|3[01])", "[./-]", "(?:^|[^0-9])", "(?:[^0-9]|$)"
_WORDS = (
    "I II III IV V VI VII VIII IX X XI XII JAN FEB MAR APR MEI JUN JUL AGU SEP OKT NOV DES",
    "JAN PEB MRT APR MAY JUN JUL AGT SEP OCT NOP DEC JAN FEB MAR APR MEI JUN JUL AUG SEP OKT NOV DES",
)
_NAMES = (
    "JAN(?:UAR[IY])?|[FP]EB(?:RUAR[IY])?|MAR(?:ET|CH)?|MRT|APR(?:IL)?|MEI|MAY|JUN[IE]?|JUL[IY]?|AGU(?:STUS)?|AGT"
    "|AUG(?:UST)?|SEPT?(?:EMBER)?|OKT(?:OBER)?|OCT(?:OBER)?|NO[VP](?:EMBER)?|DES(?:EMBER)?|DEC(?:EMBER)?"
)
"""A month's whole name or usual short form; a word that begins as one is another: DESA, MARIA, AGUS."""
_WORD = f"(I{{1,3}}|IV|VI{{0,3}}|IX|XI{{0,2}}|{_NAMES})"
_PARTS = (
    f"{_BEFORE}{_YEAR}{_SIGN}{_MONTH}{_BEHIND}",
    f"{_BEFORE}{_YEAR}{_MONTH}(?:{_BEHIND}|{_DAY})",
    f"{_BEFORE}{_MONTH}{_SIGN}{_YEAR}{_BEHIND}",
    f"{_SIGN}([1-9]){_SIGN}{_YEAR}{_BEHIND}",
    f"{_BEFORE}{_DAY}{_MONTH}{_YEAR}(?:{_BEHIND}|[0-9]{{3}})",
    f"(?:^|{_SIGN}){_WORD}{_SIGN}?{_YEAR}{_BEHIND}",
    f"{_BEFORE}{_YEAR}{_SIGN}{_WORD}(?:{_SIGN}|$)",
    f"{_BEFORE}{_YEAR}{_BEHIND}",
)
_TOLD = ("y1", "m1", "y2", "m2", "m3", "y3", "m4", "y4", "m5", "y5", "w6", "y6", "y7", "w7", "y8")
_SHORT_PARTS = (
    f"(?:^|{_SIGN}){_WORD}{_SIGN}?{_TWO}{_BEHIND}",
    f"{_BEFORE}{_TWO}{_MONTH}{_TWO}{_BEHIND}",
    f"{_BEFORE}{_TWO}{_SIGN}{_MONTH}{_SIGN}{_TWO}{_BEHIND}",
)
_SHORT_TOLD = ("w1", "y1", "y2", "m2", "z2", "y3", "m3", "z3")
"""Years of two digits: beside a month's name or Roman number, or with the year before the month or behind it."""
_LATE, _FAR = 7, 31
"""A document may be numbered so many days before or after its month; beyond the second, one of both is wrong."""
_OF_ALL = "OVER (PARTITION BY delivery_id)"
_PLACES = 5
"""So many changes of a value beside another row's are chance."""
_RARE = 9.2
"""One run of ten thousand (the logarithm of that) is no chance."""
_CHANCE = f"ln({{0}}) + {{1}} * ln(({{2}} - {{1}} + 1) / ({{0}} - {{1}} + 2)) < -{_RARE}"
"""SQL of whether a run of so many (1) among so many rows (0), so many of which are such (2), is no chance."""
_STEPS = ("falls", "rises"), ("rises", "falls")
_ORDERS = 13.8
"""One order of a million (the logarithm of that) is no chance, as that of ten different words."""


def one(rule: str, said: Mapping[str, Any]) -> Column:
    """The derived column, named as the rule, that is 1 where rows differ in what they should have in common.

    Args:
        rule: name of the rule.
        said: ``of`` and ``has``, lists of columns or SQL; perhaps ``where``, SQL of the rows that it holds for, and
            ``unlike: most``.
    """
    of, has = ", ".join(said["of"]), list(said["has"])
    group = f"(PARTITION BY delivery_id, {of})"
    if said.get("unlike") == "most":
        differs = f"2 * count(*) OVER (PARTITION BY delivery_id, {', '.join([of, *has])}) <= count(*) OVER {group}"
    else:
        differs = " AND ".join(f"min({each}) OVER {group} <> max({each}) OVER {group}" for each in has)
    filled = " AND ".join(f"{each} IS NOT NULL" for each in said["of"])
    several = " OR ".join(f"min(hash({each})) <> max(hash({each}))" for each in has)
    suspects = (
        f"hash(delivery_id, {of}) IN (SELECT hash(delivery_id, {of}) AS alike FROM typed WHERE {filled}"
        f" GROUP BY alike HAVING {several})"
    )
    column = made(rule, f"CASE WHEN {filled} AND {said.get('where', 'TRUE')} AND {differs} THEN 1 END")
    return replace(column, only_if="FALSE", suspects=suspects)


def apart(rule: str, said: Mapping[str, Any]) -> Column:
    """The derived column, named as the rule, that is 1 on rows whose months other rows like them have, too.

    Args:
        rule: name of the rule.
        said: ``of``, a list of columns, ``begin`` and ``count``, the columns of the first month and of how many there
            are, and perhaps ``where``, SQL that has to be true for all rows that are alike.
    """
    of = ", ".join(said["of"])
    group = f"PARTITION BY delivery_id, {of}"
    begin = f"(12 * year({said['begin']}) + month({said['begin']}))"
    end = f"({begin} + greatest(1, least({said['count']}, 12)))"
    order = f"({group} ORDER BY {said['begin']}, line_no ROWS BETWEEN"
    before = f"{begin} < max({end}) OVER {order} UNBOUNDED PRECEDING AND 1 PRECEDING)"
    behind = f"{end} > min({begin}) OVER {order} 1 FOLLOWING AND UNBOUNDED FOLLOWING)"
    holds = f"bool_and({said.get('where', 'TRUE')}) OVER ({group})"
    suspects = (
        f"hash(delivery_id, {of}) IN"
        f" (SELECT hash(delivery_id, {of}) AS alike FROM typed WHERE {said['begin']} IS NOT NULL"
        f" GROUP BY alike HAVING count(*) > 1) AND {said['begin']} IS NOT NULL AND {of} IS NOT NULL"
    )
    column = made(rule, f"CASE WHEN {holds} AND ({before} OR {behind}) THEN 1 END")
    return replace(column, only_if="FALSE", suspects=suspects)


def alone(rule: str, said: Mapping[str, Any]) -> Column:
    """The derived column, named as the rule, that is 1 on all rows of a delivery with a column that was sorted alone.

    A whole table that is sorted has one column in order, and another only where the values of the first are equal. Two
    at once are no chance where their values are many.

    Args:
        rule: name of the rule.
        said: ``of``, a column of words, or of numbers with ``kind: number``, and ``beside``, a list of columns or SQL;
            perhaps ``within``, columns whose equal values make rows that a filter shows alone, and a sort moves alone
            (``is_part`` in SQL; what is in order as a whole is so in its parts), ``values``, how many the column has at
            least, where groups of equal ones may stand in any order, and ``against``, true where it rises with the
            others by itself.
    """
    of = str(said["of"])
    letters = of if said.get("kind") == "number" else f"regexp_replace(upper(strip_accents({of})), '[^A-Z ]', '', 'g')"
    beside = {f"beside_{n}": each for n, each in enumerate(said["beside"])}
    values = ", ".join([f"{letters} AS word", *(f"{each} AS {name}" for name, each in beside.items())])
    parts = enumerate(["''", *said.get("within", [])])
    rows = " UNION ALL ".join(
        f"SELECT delivery_id, line_no, {n} > 0 AS is_part, concat({n}, ' ', {part}) AS part, {values} FROM typed"
        for n, part in parts
    )
    steps = ", ".join(
        f"{name} {sign} lag({name}) OVER (PARTITION BY delivery_id, part ORDER BY line_no) AS {name}_{step}"
        for name in ("word", *beside)
        for sign, step in zip("<>", _STEPS[0], strict=True)
    )
    # the logarithm of in how many orders the rows could stand, if not by this column
    orders = "lgamma(count({0}) + 1) - list_sum(list_transform(map_values(histogram({0})), lambda n: lgamma(n + 1)))"
    ordered = {name: f"({_in_order(name)} AND {orders.format(name)} > {_ORDERS})" for name in ("word", *beside)}
    if said.get("against"):
        no = "bool_and(coalesce(NOT {}, TRUE))"
        ways = [(no.format(f"word_{one}"), no.format(f"{{0}}_{other}")) for one, other in zip(*_STEPS, strict=True)]
        against = " OR ".join(map(" AND ".join, ways))
        ordered |= {name: f"{ordered[name]} AND ({against.format(name)})" for name in beside}
        ordered["word"] = _in_order("word")  # numbers are many
    odd = " OR ".join(ordered[name] for name in beside)
    whole = f"max(CASE WHEN NOT is_part AND {_in_order('word')} THEN 1 ELSE 0 END) OVER (PARTITION BY delivery_id)"
    parted = (
        f"SELECT delivery_id, list(line_no) AS lines, {whole} AS whole, is_part, {ordered['word']} AND ({odd})"
        f" AND count(DISTINCT word) >= {said.get('values', 0)} AS is_told"
        f" FROM (SELECT *, {steps} FROM ({rows})) GROUP BY delivery_id, is_part, part"
    )
    sorted_alone = f"SELECT delivery_id, unnest(lines) FROM ({parted}) WHERE is_told AND NOT (is_part AND whole = 1)"
    column = made(rule, f"CASE WHEN (delivery_id, line_no) IN ({sorted_alone}) THEN 1 END")
    return replace(column, only_if="FALSE", suspects="row_problem IS NULL")


def slipped(rule: str, said: Mapping[str, Any]) -> Column:
    """The derived column, named as the rule, that is 1 where a column has slipped by a row.

    Only where the value changes from a row to the next one can it be seen to which of both it belongs. The rows from
    one on have slipped if more than five such places, and five times as many as others, say so; those of a block
    have, if more than five places say so, none among them does otherwise, and they are too many for chance.

    Args:
        rule: name of the rule.
        said: ``of``, the column, and ``told``, SQL of the values that the row's own tell of it.
    """
    ways = {"down": "lag", "up": "lead"}
    places = ", ".join(
        f"CASE WHEN said <> {way}(said) OVER rows_of THEN CASE WHEN said = {way}(told) OVER rows_of AND said <> told"
        f" THEN 1 WHEN said = told AND said <> {way}(told) OVER rows_of THEN 0 END END AS {name}"
        for name, way in ways.items()
    )
    rest = "OVER (PARTITION BY delivery_id ORDER BY line_no ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)"
    sums = ", ".join(f"sum({name}) {rest} AS {name}_moved, count({name}) {rest} AS {name}_all" for name in ways)
    moved = " OR ".join(
        f"{n}_moved > greatest({_PLACES}, {_PLACES} * ({n}_all - {n}_moved))"
        # where nothing is known of the rows above, one place in ten is thought to be such by chance
        f" AND {n}_moved * ln((sum({n}) {_OF_ALL} - {n}_moved + 1) / (count({n}) {_OF_ALL} - {n}_all + 10)) < -{_RARE}"
        for n in ways
    )
    differ = (
        f"SELECT delivery_id FROM typed WHERE {said['of']} <> {said['told']} GROUP BY 1 HAVING count(*) > {_PLACES}"
    )
    parts = ", ".join(f"count(CASE WHEN {n} = 0 THEN 1 END) OVER rows_of AS {n}_part" for n in ways)
    rows = (
        f"SELECT *, {sums}, {parts} FROM (SELECT *, {places} FROM (SELECT delivery_id, line_no,"
        f" {said['of']} AS said, {said['told']} AS told FROM typed WHERE delivery_id IN ({differ}))"
        " WINDOW rows_of AS (PARTITION BY delivery_id ORDER BY line_no))"
        " WINDOW rows_of AS (PARTITION BY delivery_id ORDER BY line_no)"
    )
    since = f"min(CASE WHEN said <> told AND is_moved THEN line_no END) {_OF_ALL}"
    place = "(CASE WHEN {0} = 1 THEN line_no END) OVER {0}_block"
    block = " OR ".join(
        f"sum({n}) OVER {n}_block > {_PLACES} AND line_no BETWEEN min{place.format(n)} AND max{place.format(n)}"
        f" AND {_CHANCE.format(f'count({n}) {_OF_ALL}', f'sum({n}) OVER {n}_block', f'sum({n}) {_OF_ALL}')}"
        for n in ways
    )
    blocks = ", ".join(f"{n}_block AS (PARTITION BY delivery_id, {n}_part)" for n in ways)
    slid = (
        f"SELECT delivery_id, line_no FROM (SELECT *, {moved} AS is_moved FROM ({rows})) WINDOW {blocks}"
        f" QUALIFY coalesce(line_no >= {since}, FALSE) OR {block}"
    )
    suspects = f"row_problem IS NULL AND {said['of']} <> {said['told']}"
    column = made(rule, f"CASE WHEN (delivery_id, line_no) IN ({slid}) THEN 1 END")
    return replace(column, only_if="FALSE", suspects=suspects)


def filled(rule: str, said: Mapping[str, Any]) -> Column:
    """The derived column, named as the rule, that is 1 on rows down which the value of a row above was dragged.

    Their own tell other values, which stand elsewhere in the delivery: people who moved here come from anywhere.

    Args:
        rule: name of the rule.
        said: ``of``, the column, and ``told``, SQL of the values that the row's own tell of it.
    """
    rows_of = "(PARTITION BY delivery_id ORDER BY line_no)"
    values = f"SELECT delivery_id, line_no, {said['of']} AS said, {said['told']} AS told FROM typed"
    differ = (
        "said <> told AND hash(delivery_id, told) IN"
        f" (SELECT hash(delivery_id, {said['of']}) FROM typed WHERE row_problem IS NULL)"
    )
    begins = (
        f"SELECT *, {differ} AS differs, lag(said) OVER {rows_of} AS above FROM ({values} WHERE row_problem IS NULL)"
    )
    parted = (
        f"SELECT *, count(CASE WHEN differs AND said = above THEN NULL ELSE 1 END) OVER {rows_of} AS part,"
        f" count(CASE WHEN differs THEN 1 END) OVER (PARTITION BY delivery_id) AS odd,"
        f" count(*) OVER (PARTITION BY delivery_id) AS all_rows FROM ({begins})"
    )
    length, rows = "count(CASE WHEN differs THEN 1 END)", "any_value(all_rows)"
    runs = (
        f"SELECT delivery_id, unnest(list(line_no) FILTER (differs)) AS line_no FROM ({parted})"
        f" GROUP BY delivery_id, part HAVING {length} >= {_PLACES}"
        f" AND count(DISTINCT CASE WHEN differs THEN told END) > 1 AND {_CHANCE.format(rows, length, 'any_value(odd)')}"
    )
    column = made(rule, f"CASE WHEN (delivery_id, line_no) IN ({runs}) THEN 1 END")
    return replace(column, only_if="FALSE", suspects=f"row_problem IS NULL AND {said['of']} <> {said['told']}")


def rounded(rule: str, said: Mapping[str, Any]) -> Column:
    """The derived column, named as the rule, that is 1 on cards that a spreadsheet or a program rounded.

    One of ten thousand cards ends in 0000. It may stand on several rows: so cards are counted, and rows only where they
    are a tenth of all, since all cards of a series are rounded to the same one.

    Args:
        rule: name of the rule.
        said: ``of``, the column; perhaps ``perhaps``, true if also what may be chance is found.
    """
    of = said["of"]
    rows, cards = (
        "count(CASE WHEN {0} LIKE '%{1}' THEN 1 END)",
        "count(DISTINCT CASE WHEN {0} LIKE '%{1}' THEN {0} END)",
    )
    (rows_5, cards_5), (rows_4, cards_4) = (
        (each.format(of, end) for each in (rows, cards)) for end in ("00000", "0000")
    )
    every, tenth = f"count(DISTINCT {of})", f"greatest(3, count({of}) / 10)"
    many = f"{cards_5} >= greatest(3, {every} / 1000) OR {cards_5} > 1 AND 50 * {cards_5} >= {every}"
    five = f"{many} OR {rows_5} >= {tenth}"
    four = f"{cards_4} >= greatest(3, {every} / 100) OR {cards_4} > 1 AND {rows_4} >= {tenth}"
    if said.get("perhaps"):
        five, four = "TRUE", f"{rows_4} >= least(count({of}), greatest(3, count({of}) / 100))"
    some = f"FROM typed WHERE delivery_id IN (SELECT delivery_id FROM typed WHERE {of} LIKE '%0000') GROUP BY 1 HAVING"
    is_so = " OR ".join(
        f"{of} LIKE '%{end}' AND delivery_id IN (SELECT delivery_id {some} {so})"
        for end, so in (("00000", five), ("0000", four))
    )
    column = made(rule, f"CASE WHEN {is_so} THEN 1 END")
    return replace(column, only_if="FALSE", suspects=f"row_problem IS NULL AND {of} LIKE '%0000'")


def coded(rule: str, said: Mapping[str, Any]) -> Column:
    """The derived column, named as the rule, that is 1 where a number of programmes may be the code of a package.

    As a code 2 may mean three programmes. 1 is none that there is, so more than one in a delivery without 3 are codes;
    so are two among 17 rows, up to the 3 above and below, if elsewhere in the delivery a fifth of the rows has 3.

    Args:
        rule: name of the rule.
        said: ``of``, the column.
    """
    of, rows_of = said["of"], "OVER (PARTITION BY delivery_id ORDER BY line_no ROWS BETWEEN"
    above, below = f"{rows_of} UNBOUNDED PRECEDING AND CURRENT ROW)", f"{rows_of} CURRENT ROW AND UNBOUNDED FOLLOWING)"
    one, three = (f"(CASE WHEN {of} = {n} THEN line_no END)" for n in (1, 3))
    block = (
        f"coalesce({of} < 3 AND count{one} {rows_of} 8 PRECEDING AND 8 FOLLOWING) > 1"
        f" AND (max{one} {above} > coalesce(max{three} {above}, 0)"
        f" OR min{one} {below} < coalesce(min{three} {below}, line_no + 9)), FALSE)"
    )
    some = f"delivery_id IN (SELECT delivery_id FROM typed WHERE {of} = 1 GROUP BY 1 HAVING count(*) > 1)"
    rows = f"SELECT delivery_id, line_no, {of}, {block} AS in_block FROM typed WHERE row_problem IS NULL AND {some}"
    ones, threes = (f"count{each} {_OF_ALL}" for each in (one, three))
    others = f"count(CASE WHEN NOT in_block THEN {of} END) {_OF_ALL}"
    codes = (
        f"SELECT delivery_id, line_no FROM ({rows}) QUALIFY max({of}) {_OF_ALL} < 3 AND {ones} > 1"
        f" OR in_block AND {threes} > 1 AND 5 * {threes} >= {others}"
    )
    column = made(rule, f"CASE WHEN (delivery_id, line_no) IN ({codes}) THEN 1 END")
    return replace(column, only_if="FALSE", suspects=f"row_problem IS NULL AND {of} BETWEEN 1 AND 2")


def _in_order(name: str) -> str:
    return f"(bool_and(coalesce(NOT {name}_falls, TRUE)) OR bool_and(coalesce(NOT {name}_rises, TRUE)))"


def number_columns(column: Column, number: str) -> list[Column]:
    """The derived columns that tell how far a date is from what its document's number tells.

    The number is believed where at least three rows of the delivery, and two thirds of those whose number
    tells anything, lie in the year or month that it tells, or a few days off.
    """
    off = f"{column.name}_off_number"
    whens = " ".join(
        f"WHEN regexp_matches({number}, '{'|'.join(parts)}') THEN {_outside(column, number, parts, names)}"
        for parts, names in ((_PARTS, _TOLD), (_SHORT_PARTS, _SHORT_TOLD))
    )
    believed = f"count(CASE WHEN {off} <= {_LATE} THEN 1 END) {_OF_ALL} >= greatest(3, 2 / 3 * count({off}) {_OF_ALL})"
    return [
        made(off, f"CASE WHEN {column.name} IS NULL THEN NULL {whens} END"),
        made(column.name + FITS, f"CASE WHEN {off} > {_FAR} AND {believed} THEN 1 END"),
        made(column.name + NEAR, f"CASE WHEN {off} > {_LATE} AND {off} <= {_FAR} AND {believed} THEN 1 END"),
    ]


def _outside(column: Column, number: str, parts: Sequence[str], names: Sequence[str]) -> str:
    """SQL of how many days a date lies outside of the month or year that its document's number tells.

    Of a year that may stand in two places, z is the second one; the number tells the month that is nearer.
    """
    by_kind = {kind: ", ".join(f"told.{name}" for name in names if name[0] == kind) for kind in "ymwz"}
    year, month, word, other = (f"concat('', {by_kind[kind] or 'NULL'})" for kind in "ymwz")
    list_of = f"string_split('{' '.join(_WORDS)}', ' ')"
    roman = f"coalesce(list_position({list_of}, {word}), list_position({list_of}, left({word}, 3)))"
    month = f"coalesce(nullif({month}, '')::INTEGER, ({roman} - 1) % 12 + 1)"
    span = (
        f"CASE WHEN {month} IS NULL THEN [make_date(each, 1, 1), make_date(each, 12, 31)]"
        f" ELSE [make_date(each, {month}, 1), last_day(make_date(each, {month}, 1))] END"
    )
    off = f"list_transform([{span}], lambda span: greatest(span[1] - {column.name}, {column.name} - span[2], 0))[1]"
    told = f"list_filter([{year}, {other}], lambda each: each <> '')"
    years = f"list_transform({told}, lambda each: each::INTEGER % 2000 + 2000)"
    found = f"regexp_extract({number}, '{'|'.join(parts)}', {list(names)})"
    return f"list_transform([{found}], lambda told: list_min(list_transform({years}, lambda each: {off})))[1]"


def number_rules(column: Column, number: Column) -> list[Rule]:
    """The rules that a date fits the number of its document."""
    rules = []
    for end, days, words, kata in (
        (FITS, _FAR, "Compare both with the document.", "Cocokkan keduanya dengan dokumennya."),
        (NEAR, _LATE, "This can be right; compare them.", "Ini bisa saja benar; cocokkan keduanya."),
    ):
        reason = (
            f"{column.header} lies more than {days} days outside the month or year that {number.header} tells; on most"
            f" rows it lies within. {words}"
        )
        saran = (
            f"{column.header} lebih dari {days} hari di luar bulan atau tahun di dalam {number.header}; di kebanyakan"
            f" baris sesuai. {kata}"
        )
        name = column.name + end
        rule = structural(name, name, reason, saran, "error" if end == FITS else "warning")
        rules.append(replace(rule, column=column.name))
    return rules


WORDS = {make.__name__: make for make in (one, apart, alone, slipped, filled, rounded, coded)}
"""Words on a rule whose derived column they make."""
