"""What a recent date of a row cannot show by itself, and its neighbours, business date or document's number do.

* ``…_not_turned``: the date lies weeks before the business date, and with day and month exchanged shortly before it,
  and so do all dates of the delivery that lie so far back. Three such dates refuse it (transforms.date_damage).
* ``…_of_this_year``: the date lies a year or several before those of most rows, as where last year's year is typed in
  January, or so do five of nine rows that follow each other, and nearly all dates of the delivery that lie so far back,
  beside some of its own days: perhaps a bundle of old forms. ``…_not_years_early``: the latter, and its document's
  number or the month that is paid for tells another year. ``…_not_long_past``: it lies weeks back otherwise, and most
  do not.
* ``…_of_this_zone``: a moment without a zone at an hour that is midnight of some zone, in a delivery of one or two; of
  more the delivery is refused (transforms.date_forms).
* ``…_beside_its_number``: days rise with the numbers of the documents, and this one lies outside those of the documents
  before and after it; or those of all others are of one week, and this one is of another month.
* ``…_of_its_month``: the document's number tells a whole day, on all rows the day behind the date, or before it, and in
  another month: a program took the day of another zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from expectations.column import Column, Rule, Severity, made, structural

TURNED, ZONE, MONTH, PLACE = "_not_turned", "_of_this_zone", "_of_its_month", "_beside_its_number"
YEAR, BLOCK, LONG = "_of_this_year", "_not_years_early", "_not_long_past"
_NEAR, _FAR = 31, 62
"""Days before the business date: where most dates of a daily file lie, and where none of a daily file has to."""
_FEW, _SEVERAL = 2, 5
_ROWS, _LATE, _WEEK = 10, 3, 7
"""Rows that show an order of days; days that a paper comes late; days of a list that is of no other month."""
_HALF = 183
"""Days of half a year: a month that was paid for is nearer to the payment, or to the same day of another year."""
_BEGAN = 2014
"""Days before that year are rejected (``…_plausible`` in the contracts)."""
_HOURS = "(?:15|16|17|22|23)"
_DAY = "(?:^|[^0-9])(20[0-3][0-9])[./-]?(0[1-9]|1[0-2])[./-]?(0[1-9]|[12][0-9]|3[01])(?:[^0-9]|$|[0-9]{3,}$)"
_OF_ALL = "OVER (PARTITION BY delivery_id)"


def columns(column: Column, others: Sequence[Column], *, numbered: bool) -> list[Column]:
    """The derived columns that are 1 where a recent date may be exchanged, of another zone, or of another time.

    Args:
        column: the column.
        others: the feed's columns; one of them may be the month that was paid for.
        numbered: whether its document's number may tell its month, too (expectations.declared).
    """
    name = column.name
    denied = _denied(column, others, numbered=numbered)
    turned = (
        f"coalesce(CASE WHEN day({name}) <= 12 AND {name} < business_date - {_FAR} THEN make_date(year({name}),"
        f" day({name}), month({name})) BETWEEN business_date - {_NEAR} AND business_date END, FALSE)"
    )
    far = f"CASE WHEN {name} < business_date - {_FAR} THEN 1 END"
    only = f"count({far}) {_OF_ALL} = count(CASE WHEN {turned} THEN 1 END) {_OF_ALL}"
    moment = f"regexp_matches({name}_text, '[0-9][ T][0-9]{{1,2}}[:.][0-9]{{2}}')"
    hour = f"coalesce(regexp_matches({name}_text, '[0-9][ T]{_HOURS}[:.]00[:.]00([.,]0+)?$'), FALSE)"
    hours = f"count(CASE WHEN {hour} THEN 1 END) {_OF_ALL}"
    all_so = f"{hours} = count(CASE WHEN {moment} THEN 1 END) {_OF_ALL} AND {hours} <= {_FEW}"
    whole = f"date_sub('year', {name}, business_date)::INTEGER"
    old = f"coalesce({whole} > 0 AND business_date - CAST({name} + to_years({whole}) AS DATE) <= {_NEAR}, FALSE)"
    most, some = (f"count(CASE WHEN {name} >= business_date - {days} THEN 1 END) {_OF_ALL}" for days in (_FAR, _NEAR))
    rows = f"ROWS BETWEEN {_SEVERAL - 1} PRECEDING AND {_SEVERAL - 1} FOLLOWING"
    block = (
        f"count(CASE WHEN {old} THEN 1 END) OVER (PARTITION BY delivery_id ORDER BY line_no {rows}) >= {_SEVERAL}"
        f" AND {some} >= {_SEVERAL}"
    )
    all_old = f"count(CASE WHEN {old} THEN 1 END) {_OF_ALL} >= 0.9 * count({far}) {_OF_ALL}"
    unsaid = f"coalesce({name}_off_number > {_NEAR}, TRUE)" if numbered else "TRUE"
    late = f"{name} < business_date - {_FAR} AND year({name}) >= {_BEGAN} AND NOT {old} AND NOT {turned} AND {unsaid}"
    nearly_all = f"{some} >= greatest({_SEVERAL}, 2 / 3 * count(*) {_OF_ALL})"
    several = f"{unsaid} AND {block} AND {all_old}"
    sure = f"{several} AND {denied}"
    year = f"(2 * {most} > count(*) {_OF_ALL} OR {several}) AND NOT ({sure})"
    blocks = [_among(name + BLOCK, f"CASE WHEN {old} AND {sure} THEN 1 END", old)] if denied != "FALSE" else []
    return [
        _among(name + TURNED, f"CASE WHEN {turned} AND {only} THEN 1 END", turned),
        _among(name + ZONE, f"CASE WHEN {hour} AND {all_so} THEN 1 END", hour),
        _among(name + YEAR, f"CASE WHEN {old} AND {year} THEN 1 END", old),
        *blocks,
        _among(name + LONG, f"CASE WHEN {late} AND {nearly_all} THEN 1 END", late),
    ]


def _denied(column: Column, others: Sequence[Column], *, numbered: bool) -> str:
    """SQL of whether what stands beside a date tells another year: the month that was paid for, or else the number."""
    for month in others:
        if month.spans:
            return f"coalesce(abs({month.name} - {column.name}) > {_HALF}, FALSE)"
    return f"coalesce({column.name}_off_number > {_NEAR}, FALSE)" if numbered else "FALSE"


def number_column(column: Column, number: str) -> Column:
    """The derived column that is 1 where a date lies in another month than the day that its document's number tells."""
    told = (
        f"list_transform([regexp_extract({number}, '{_DAY}', ['y', 'm', 'd'])],"
        " each -> try_cast(concat(each.y, '-', each.m, '-', each.d) AS DATE))[1]"
    )
    off = f"({told} - {column.name})"
    one_off = f"min({off}) {_OF_ALL} = max({off}) {_OF_ALL} AND abs({off}) = 1 AND count({off}) {_OF_ALL} >= {_SEVERAL}"
    other = f"coalesce(abs({off}) = 1 AND month({told}) <> month({column.name}), FALSE)"
    return _among(column.name + MONTH, f"CASE WHEN {other} AND {one_off} THEN 1 END", other)


def rules(column: Column, others: Sequence[Column], *, numbered: bool) -> list[Rule]:
    """The rules of ``columns``."""
    found = [
        _rule(
            column,
            TURNED,
            f"{column.header} lies more than {_FAR} days before the day of this file, and with day and month exchanged"
            " shortly before it. Perhaps a spreadsheet set to English exchanged them; compare it with the document.",
            f"{column.header} lebih dari {_FAR} hari sebelum tanggal file ini, tetapi dengan hari dan bulan ditukar"
            " berada tak lama sebelumnya. Mungkin spreadsheet berbahasa Inggris menukarnya; cocokkan dengan"
            " dokumennya.",
        ),
        _rule(
            column,
            ZONE,
            f"{column.header} has a time of day that is midnight in Indonesia as UTC or another zone says it. Perhaps"
            " the next day is meant; export days without a time of day, or with the zone.",
            f"Jam pada {column.header} adalah tengah malam di Indonesia menurut UTC atau zona lain. Mungkin yang"
            " dimaksud hari berikutnya; ekspor tanggal tanpa jam, atau dengan zonanya.",
        ),
        _rule(
            column,
            YEAR,
            f"{column.header} lies a year or several before the days of this file, and on other rows it does not."
            " Perhaps the year is mistyped, as last year's in January, or a program counts days from 1904 (4 years and"
            " a day); compare it with the document.",
            f"{column.header} setahun atau beberapa tahun sebelum hari-hari file ini, padahal di baris lain tidak."
            " Mungkin tahunnya salah ketik, misalnya tahun lalu di bulan Januari, atau program menghitung hari sejak"
            " 1904 (4 tahun dan sehari); cocokkan dengan dokumennya.",
        ),
        _rule(
            column,
            BLOCK,
            f"{column.header} lies a year or several before the days of this file on rows that follow each other, and"
            " on others it does not; what stands beside it tells another year. The year is mistyped, or a program"
            " counts days from 1904 (4 years and a day). Take the dates from the source again; rows that are so old"
            " are sent under a business date of that time.",
            f"{column.header} setahun atau beberapa tahun sebelum hari-hari file ini di baris-baris yang berurutan,"
            " padahal di baris lain tidak; isi kolom lain di baris itu menunjukkan tahun lain. Tahunnya salah ketik,"
            " atau program menghitung hari sejak 1904 (4 tahun dan sehari). Ambil lagi tanggalnya dari sumbernya;"
            " baris yang benar setua itu dikirim dengan tanggal file waktu itu.",
            "error",
        ),
        _rule(
            column,
            LONG,
            f"{column.header} lies more than {_FAR} days before the day of this file, and on two rows of three it is of"
            f" the last {_NEAR}. Perhaps its month or year is mistyped; if the row is late, nothing is to be done.",
            f"{column.header} lebih dari {_FAR} hari sebelum tanggal file ini, padahal di dua dari tiga baris dari"
            f" {_NEAR} hari terakhir. Mungkin bulan atau tahunnya salah ketik; jika barisnya memang terlambat, tidak"
            " perlu apa-apa.",
        ),
    ]
    sure = _denied(column, others, numbered=numbered) != "FALSE"
    return [rule for rule in found if sure or not rule.name.endswith(BLOCK)]


def place_column(column: Column, number: str) -> Column:
    """The derived column that is 1 where a date does not lie among those of the documents numbered before and after it.

    Numbers that differ in more than their digits are of several books, each with an order of its own. Where many rows
    are out of order, papers are numbered as they come, and none is told.
    """
    rows = (
        f"SELECT delivery_id, line_no, {column.name} - DATE '2000-01-01' AS day, date_trunc('month', {column.name}) AS"
        f" month, regexp_replace({number}, '[0-9]+', '9', 'g') AS book, lpad({number}, 60, ' ') AS no FROM typed"
        f" WHERE row_problem IS NULL AND {column.name} IS NOT NULL"
    )
    book = "(PARTITION BY delivery_id, book ORDER BY no, line_no"
    falling = (
        f"SELECT delivery_id FROM (SELECT delivery_id, day < lag(day) OVER {book}) AS falls FROM ({rows})) WHERE falls"
    )
    beside = ", ".join(
        f"CASE WHEN count(*) OVER {side} > 2 THEN median(day) OVER {side} END AS {side}" for side in ("above", "below")
    )
    sides = (
        f"above AS {book} ROWS BETWEEN 5 PRECEDING AND 1 PRECEDING),"
        f" below AS {book} ROWS BETWEEN 1 FOLLOWING AND 5 FOLLOWING)"
    )
    odd = f"greatest(above - day, day - below) > {_LATE} AND coalesce(above <= below, TRUE)"
    some = f"SELECT *, {beside} FROM ({rows}) WHERE delivery_id IN ({falling}) WINDOW {sides}"
    parted = f"SELECT *, {odd} AS odd FROM ({some})"
    rest = f"lag(CASE WHEN NOT odd THEN day END IGNORE NULLS) OVER {book})"
    lines, few = (
        "unnest(list(line_no) FILTER (odd))",
        f"count(*) >= {_ROWS} AND count(*) FILTER (odd) <= greatest(2, count(*) / 20)",
    )
    in_order = (
        f"SELECT delivery_id, {lines} FROM (SELECT *, NOT odd AND day < {rest} AS falls FROM ({parted}))"
        f" GROUP BY delivery_id, book HAVING {few} AND count(*) FILTER (falls) <= count(*) // 20"
        " AND count(DISTINCT day) FILTER (NOT odd) > 2"
    )
    usual = f"quantile_disc({{0}}, 0.25) {_OF_ALL}"
    of_a_week = (
        f"SELECT delivery_id, {lines} FROM (SELECT *, day < {usual.format('day')} - {_WEEK} AND month <>"
        f" {usual.format('month')} AS odd, {usual.format('day')} AS usual FROM ({rows}))"
        f" GROUP BY delivery_id HAVING {few} AND max(day) - any_value(usual) <= {_WEEK}"
    )
    told, near = in_order, "TRUE"
    if column.dated == "recent":  # what lies further back is told already
        told, near = f"{in_order} UNION ALL {of_a_week}", f"{column.name} >= business_date - {_FAR}"
    sql = f"CASE WHEN (delivery_id, line_no) IN ({told}) THEN 1 END"
    return replace(made(column.name + PLACE, sql), only_if="FALSE", suspects=f"row_problem IS NULL AND {near}")


def number_rules(column: Column, number: Column) -> list[Rule]:
    """The rules of ``number_column`` and ``place_column``."""
    return [
        _of_its_month(column, number),
        _rule(
            column,
            PLACE,
            f"{column.header} lies outside the days of the documents whose {number.header} comes before and after, or"
            " in another month than all others, which are of a few days. Perhaps its day or month is mistyped; if the"
            " document came late and was numbered then, nothing is to be done.",
            f"{column.header} berada di luar tanggal dokumen dengan {number.header} sebelum dan sesudahnya, atau di"
            " bulan lain daripada semua baris lain, yang hanya dari beberapa hari. Mungkin hari atau bulannya salah"
            " ketik; jika dokumennya terlambat dan baru kemudian diberi nomor, tidak perlu apa-apa.",
        ),
    ]


def _of_its_month(column: Column, number: Column) -> Rule:
    return _rule(
        column,
        MONTH,
        f"On all rows {column.header} lies one day beside the day that {number.header} tells, and here in another"
        " month. Perhaps a program took the day of another zone (UTC); compare both with the document.",
        f"Di semua baris {column.header} berselisih satu hari dengan tanggal di dalam {number.header}, dan di sini"
        " bulannya lain. Mungkin program memakai hari zona lain (UTC); cocokkan keduanya dengan dokumennya.",
    )


def _rule(column: Column, end: str, reason: str, saran: str, severity: Severity = "warning") -> Rule:
    name = column.name + end
    return replace(structural(name, name, reason, saran, severity), column=column.name)


def _among(name: str, sql: str, suspect: str) -> Column:
    """A derived column that looks at the deliveries alone of which some row is suspect."""
    some = f"delivery_id IN (SELECT delivery_id FROM typed WHERE {suspect})"
    return replace(made(name, sql), only_if="FALSE", suspects=f"row_problem IS NULL AND {some}")
