"""Numbers, dates and words as the report shows them: in Indonesian form, in two languages."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from markupsafe import Markup, escape

DASH = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
Number = int | float | Decimal

_MONTHS = (
    ("Januari", "January"),
    ("Februari", "February"),
    ("Maret", "March"),
    ("April", "April"),
    ("Mei", "May"),
    ("Juni", "June"),
    ("Juli", "July"),
    ("Agustus", "August"),
    ("September", "September"),
    ("Oktober", "October"),
    ("November", "November"),
    ("Desember", "December"),
)
_LABELS = {
    # a feed that a file's name does not tell
    "unknown": ("Tidak dikenal", "Unknown"),
    # outcomes of a delivery
    "accepted": ("Diterima", "Accepted"),
    "accepted_with_rejects": ("Diterima sebagian", "Accepted in part"),
    "nothing_accepted": ("Tidak ada baris diterima", "Not one row accepted"),
    "duplicate": ("Kiriman ganda", "Sent twice"),
    "superseded": ("Diganti koreksi", "Superseded"),
    "refused": ("Ditolak", "Refused"),
    "failed": ("Gagal dibaca", "Failed"),
    "absent": ("Tidak ada", "Absent"),
    # statuses and channels of claims
    "Diajukan": ("Diajukan", "Submitted"),
    "Ditetapkan": ("Ditetapkan", "Determined"),
    "Ditolak": ("Ditolak", "Rejected"),
    "Dibayarkan": ("Dibayarkan", "Paid"),
    "perisai": ("Perisai", "Perisai"),
    "other": ("Jalur lain", "Other"),
    "unresolved": ("Kartu tidak dikenal", "Card unknown"),
    "pooled": ("Digabung", "Pooled"),
    "all": ("Semua", "All"),
    # people and benefits of claims
    "L": ("Laki-laki", "Men"),
    "P": ("Perempuan", "Women"),
    "under 25": ("di bawah 25", "under 25"),
    **{age: (age.replace("to", "sampai"), age) for age in ("25 to 34", "35 to 44", "45 to 54", "55 to 64")},
    "65 and over": ("65 ke atas", "65 and over"),
    # agents and wadahs
    "active": ("Aktif", "Active"),
    "warning": ("Peringatan", "Warning"),
    "inactive": ("Tidak aktif", "Inactive"),
    "drop_out": ("banyak berhenti sesudah sebulan", "many stop after a month"),
    "arrears": ("banyak menunggak", "many in arrears"),
    "never_paid": ("banyak tidak pernah membayar", "many never paid"),
    "not_participant": ("bukan peserta", "no participant"),
    "participation_unknown": ("NIK tidak ada", "NIK not told"),
    "under_age": ("belum dewasa", "not adult"),
    # the close of a month of incentives
    "running": ("Berjalan", "Running"),
    "open": ("Belum ditutup", "Not closed yet"),
    "held_up": ("Tertahan perjanjian", "Held up by agreements"),
    "closed": ("Ditutup", "Closed"),
    "earlier": ("Sebelum penutupan pertama", "Before the first close"),
    "overlapping_terms": ("Perjanjian tumpang tindih", "Agreements overlap"),
    "payment_again": (
        "Pembayaran yang sudah ada dengan nomor lain",
        "Payments that stand under other numbers already",
    ),
    "programmes_of_others": ("Program bukan program peserta", "Programmes that are not the person's"),
    "paid_before_registration": ("Dibayar sebelum pesertanya terdaftar", "Paid before the person was registered"),
    "payment_of_unknown": ("Pembayaran kartu yang tidak terdaftar", "Payments for cards that nobody registered"),
    "months_before_registration": ("Bulan sebelum pendaftaran", "Months before the person was registered"),
    "card_of_another": ("Kartu milik peserta lain", "Cards of other persons"),
    "named_otherwise": ("Nama bukan nama pemilik kartu", "Names that are not the card owner's"),
    "person_again": ("Satu orang dengan dua NIK", "One person under two NIK"),
    "registered_again": ("Peserta lama didaftarkan lagi lewat agen lain", "People registered again by another agent"),
    "registered_twice": ("Peserta didaftarkan dua agen", "People registered by two agents at once"),
    "agent_of_other_branch": ("Pendaftaran lewat agen cabang lain", "Registrations by agents of another branch"),
    "agent_not_active": ("Pendaftaran lewat agen yang tidak aktif", "Registrations by agents who were not active"),
    "refund_of_unpaid": ("Pengembalian bulan yang tidak dibayar", "Refunds of months that were never paid"),
    "revision_is_shorter": ("Revisi dengan baris lebih sedikit", "Revisions with fewer rows"),
    "months_paid_again": ("Bulan yang sudah dibayar", "Months that had been paid already"),
    "agent_of_another": ("Kode Perisai milik orang lain", "Agents' codes that are other persons' now"),
    "agent_named_otherwise": ("Nama agen berubah", "Agents whose names changed"),
    "claim_again": ("Klaim yang sama dengan nomor lain", "Claims that stand under other numbers"),
    "claim_paid_and_rejected": ("Klaim dibayarkan dan ditolak", "Claims both paid and rejected"),
    "claim_paid_otherwise": ("Klaim dibayar lain dari ketetapan", "Claims paid otherwise than determined"),
    "claim_turned_back": ("Status klaim mundur sesudah dibayar", "Claims whose status turned back after payment"),
    "claim_of_other_programme": ("Klaim JHT tanpa program JHT", "Claims of JHT by people without it"),
    "paid_after_death": ("Iuran sesudah klaim kematian", "Payments after a claim of death"),
    "claim_of_unknown": ("Klaim orang yang tidak terdaftar", "Claims of people whom nobody registered"),
    "claim_never_paid": ("Klaim orang yang tidak pernah membayar", "Claims of people who never paid"),
    "claim_before_registration": ("Klaim sebelum pendaftaran", "Claims from before the registration"),
    "claim_amount_changed": ("Nilai klaim berubah", "Amounts of claims that changed"),
    "claim_day_changed": ("Tanggal pengajuan klaim berubah", "Days of claims that changed"),
    "wadah_changed": ("Perisai pindah wadah", "Agents under another wadah"),
    "agreement_dates_changed": ("Tanggal PKS berubah", "Agreements whose days changed"),
    "joined_otherwise": ("Tanggal gabung berubah", "Days of joining that changed"),
    "came_back": ("Agen NONAKTIF menjadi AKTIF lagi", "Agents who left and are active again"),
    "status_turned": ("STATUS banyak agen berubah sekaligus", "The status of many agents turned at once"),
    "unknown_column": ("Kolom yang baru dan tidak dikenal", "New columns that are not known"),
    "unknown_value": ("Isi baru di kolom yang tidak dikenal", "New values in columns that are not known"),
    "unknown_unlike": ("Kolom lain yang tidak sama isinya", "Other columns that do not say the same"),
    "unknown_unlike_rupiah": ("Kolom jumlah lain yang tidak sama", "Other columns of amounts that do not say the same"),
    "unknown_text": ("Judul atau catatan baru", "New titles or notes"),
    "no_agreement": ("Tanpa perjanjian", "No agreement"),
    "scheme_not_in_force": ("Skema tidak berlaku", "Scheme not in force"),
    # targets of coverage
    "target_reached": ("tercapai", "reached"),
    "target_open": ("belum tercapai", "not reached yet"),
    "target_missed": ("tidak tercapai", "missed"),
    "target_unreachable": ("target melebihi jumlah pekerja", "target exceeds the workers there are"),
    # signals in registrations and payments
    "registrations_in_one_minute": ("Banyak pendaftaran dalam satu menit", "Many registrations in one minute"),
    "one_phone_many_people": ("Satu nomor telepon untuk banyak orang", "One phone for many people"),
    "registrations_never_paid": ("Pendaftaran yang tidak pernah dibayar", "Registrations that were never paid"),
    "nik_series": ("NIK berurutan", "NIKs of one series"),
    "acquisition_dated_back": ("Pendaftaran bertanggal mundur", "Registrations that were dated back"),
    "agents_back_and_forth": ("Peserta bolak-balik antar-Perisai", "People who went back and forth between agents"),
    "refunded_after_close": ("Iuran dikembalikan sesudah penutupan", "Contributions given back after the close"),
    "amount_of_another_sector": ("Iuran menurut sektor lain", "Contributions as of another sector"),
    # severities of rules and checks
    "error": ("Ditolak", "Rejected"),
    "severity_warning": ("Peringatan", "Warning"),
    "digits": ("memuat angka", "has digits"),
    "few_people": ("kurang dari lima orang", "fewer than five people"),
    "not_in_vault": ("tidak ada di brankas", "not in the vault"),
    # subjects of the reconciliation
    "informal_workers": ("Pekerja informal", "Informal workers"),
    "protected": ("Peserta BPU terlindungi", "Protected BPU participants"),
    "protected_by_perisai": ("Terlindungi melalui Perisai", "Protected through Perisai"),
    "coverage_pct": ("Cakupan BPU", "BPU coverage"),
    "ucj_coverage_pct": ("Cakupan UCJ", "UCJ coverage"),
    "perisai_share_pct": ("Pangsa Perisai", "Perisai share"),
    "ucj_points": ("Kontribusi Perisai pada UCJ", "Perisai contribution to UCJ"),
    "perisai_claims_paid_count": ("Klaim peserta Perisai dibayarkan", "Claims of Perisai participants paid"),
    "perisai_claims_paid_rp": (
        "Nilai klaim peserta Perisai dibayarkan",
        "Value of claims of Perisai participants paid",
    ),
    "regencies": ("Kabupaten dan kota", "Kabupaten and kota"),
    "perisai_registrations": ("Pendaftaran oleh Perisai", "Registrations by Perisai"),
    "workers": ("Pekerja menurut sumber", "Workers according to the source"),
    "active_participants": ("Peserta aktif semua segmen", "Active participants of all segments"),
    "active_share_pct": ("Bagian peserta aktif", "Share of active participants"),
    "short_of_target": ("Kekurangan terhadap target", "Short of the target"),
    "target_participants": ("Target peserta", "Target of participants"),
    "target_share_pct": ("Target bagian peserta", "Target share of participants"),
    "unprotected": ("Pekerja informal belum terlindungi", "Informal workers without protection"),
    "supported_participants": ("Peserta yang dibayari daerah", "Participants that the regency pays for"),
    "contribution_need_rp": ("Kebutuhan iuran", "Contributions needed"),
    "claims_paid_count": ("Klaim dibayarkan, semua segmen", "Claims paid, all segments"),
    "claims_paid_rp": ("Nilai klaim dibayarkan, semua segmen", "Value of claims paid, all segments"),
    "manifest_lines": ("Baris menurut manifest", "Lines according to manifests"),
    "manifest_amount_rp": ("Rupiah menurut manifest", "Rupiah according to manifests"),
    "unresolved_contributions": ("Iuran dengan kartu tidak dikenal", "Contributions of unknown cards"),
    "conflicting_rows": ("Baris dengan nomor yang sudah dipakai", "Rows whose number stands for something else"),
    # what changed since the version before
    "new_participants": ("Peserta baru bulan ini", "New participants of this month"),
    "contributions_received_rp": ("Iuran diterima bulan ini", "Contributions received this month"),
    "rows_accepted": ("Baris yang diterima seluruhnya", "Rows accepted in all"),
    "payable_rp": ("Insentif untuk wadah bulan ini", "Incentives to wadahs for this month"),
    # why an agent earned what: rules, and reasons for which a line earns nothing
    "rule_acquisition": ("Peserta baru", "New participants"),
    "rule_acquisition_flat": ("Peserta baru, jumlah tetap", "New participants, flat"),
    "rule_contribution": ("Iuran yang masuk", "Contributions received"),
    "why_no_contribution_yet": ("iuran pertama belum masuk", "no contribution received yet"),
    "why_below_threshold": ("ambang tidak tercapai", "below the threshold"),
    "why_no_agreement": ("tidak ada perjanjian pada hari itu", "no agreement in force that day"),
    "why_scheme_not_in_force": ("skema tidak berlaku pada hari itu", "the scheme was not in force that day"),
    "why_no_rate": ("skema tidak menetapkan tarif", "the scheme has no rate for it"),
    "why_month_not_whole_yet": ("iuran bulan itu belum utuh", "the month is not paid in whole yet"),
    "why_month_already_counted": ("bulan itu sudah dihitung", "the month was counted before"),
    "why_contribution_given_back": ("iuran dikembalikan", "what was received was given back"),
    "why_given_back_before": ("sudah dikembalikan sebelumnya", "as much was given back before"),
    "why_refund_of_uncounted": ("pengembalian uang yang tidak dihitung", "money that had not counted, given back"),
    "why_nothing_received": ("tidak ada uang yang masuk", "nothing received for the month"),
    "why_state_paid": ("dibayar negara, tidak menghasilkan", "paid by the state, which earns nothing"),
    "why_after_last_month": ("sesudah bulan terakhir yang menghasilkan", "after the last month that earns"),
    "why_late": ("terlambat", "late"),
    "why_withdrawn": ("ditarik kembali", "withdrawn"),
    "why_changed": ("berubah", "changed"),
    "repeated_rows": ("Baris berulang antar kiriman", "Rows repeated between deliveries"),
}


class Numeral(str):
    """A number as Indonesians write it; ``english`` is how the English write it."""

    __slots__ = ()

    @property
    def english(self) -> str:
        """1.234,5 % as 1,234.5%."""
        return self.translate(_TO_ENGLISH).replace(" %", "%")

    def __html__(self) -> str:
        """Marked where the two differ, so that the page can write it the English way."""
        return f"<data>{self}</data>" if not _SAME.isdisjoint(self) else str(self)


_TO_ENGLISH = str.maketrans(",.", ".,")
_SAME = frozenset(".,%")


@lru_cache(maxsize=10_000, typed=True)  # the same few thousand stand on all pages; typed, as a str is escaped
def both(indonesian: str, english: str) -> Markup:
    """A text in both languages, of which the page shows one."""
    shown = f'<span class="t" lang="id">{escape(indonesian)}</span><span class="t" lang="en">{escape(english)}</span>'
    return Markup(shown)  # noqa: S704  # both are escaped


class _Counted(str):
    """A number in an English sentence, in which ``{0:row/rows}`` writes the word that goes with it."""

    __slots__ = ()

    def __html_format__(self, words: str) -> str:
        one, _, many = words.partition("/")
        return (one if self == "1" else many) if words else str(self)


def both_of(indonesian: str, english: str, *parts: object) -> Markup:
    """A sentence in both languages around the same parts, which are escaped; the sentences are our own."""
    there = [_Counted(part.english) if isinstance(part, Numeral) else part for part in parts]
    here = [str(part) if isinstance(part, Numeral) else part for part in parts]
    return both(Markup(indonesian).format(*here), Markup(english).format(*there))  # noqa: S704


def counted(value: Number | None, indonesian: str, english: str) -> Markup:
    """How many there are of something: 1 as ``1 cabang`` and, of ``{0:branch/branches}``, as ``1 branch``."""
    return both_of(f"{{}} {indonesian}", f"{{0}} {english}", number(value))


def label(key: str | None) -> Markup | str:
    """The label of a code of the warehouse; a code without a label is shown as it is."""
    if key is None:
        return DASH
    return both(*_LABELS[key]) if key in _LABELS else key


def reason(text: str | None) -> Markup | str:
    """A reason as the warehouse writes it, ``<Indonesian> / <English>``, or in one language where it has no two."""
    halves = _languages(text or "")
    return both(*halves) if halves else text or ""


def first_sentence(text: str) -> Markup | str:
    """The first sentence of a reason, without its full stop."""
    halves = _languages(text)
    return both(*(half.partition(". ")[0].removesuffix(".") for half in halves)) if halves else text.partition(". ")[0]


def _languages(text: str) -> tuple[str, str] | None:
    halves = text.split(" / ")
    if len(halves) % 2:  # none, or one that a quoted heading brought along
        return None
    middle = len(halves) // 2
    return " / ".join(halves[:middle]), " / ".join(halves[middle:])


def number(value: Number | None, decimals: int = 0, *, sign: bool = False) -> Numeral:
    """1234567.8 as 1.234.567,8, rounded half up; nothing as an en dash."""
    if value is None:
        return Numeral(DASH)
    if isinstance(value, int) and not decimals and not sign and value >= 0:  # most are, and this is quick
        return Numeral(f"{value:,}".replace(",", "."))
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    text = f"{abs(rounded):,f}".translate(str.maketrans(",.", ".,"))
    mark = MINUS if rounded < 0 else "+" if sign and rounded > 0 else ""
    return Numeral(mark + text)


def signed(value: Number | None, decimals: int = 0) -> Numeral:
    """3 as +3: how much something has changed."""
    return number(value, decimals, sign=True)


def sector(code: str, indonesian: str | None) -> Markup | str:
    """A sector, by its name in the reference table and the code, which is English."""
    english = code.replace("_", " ").capitalize()
    return both(indonesian or english, english)


def percent(value: Number | None, decimals: int = 1, *, sign: bool = False) -> Numeral:
    """26 as 26,0 %; nothing as an en dash, for a share of nothing is not zero."""
    return Numeral(DASH if value is None else f"{number(value, decimals, sign=sign)} %")


def rupiah(value: Number | None) -> Numeral:
    """64100000000 as Rp 64.100.000.000."""
    return Numeral(DASH if value is None else f"Rp {number(value)}")


def short_rupiah(value: Number | None) -> Markup | str:
    """64100000000 as Rp 64,1 miliar, for where the exact amount stands elsewhere on the page."""
    for power, indonesian, english in ((12, "triliun", "trillion"), (9, "miliar", "billion"), (6, "juta", "million")):
        if value is not None and abs(value) >= 10**power:
            text = Numeral(f"Rp {number(Decimal(str(value)).scaleb(-power), 1)}")
            return both_of(f"{{}} {indonesian}", f"{{}} {english}", text)
    return rupiah(value)


def figure(value: Number | None, subject: str, *, as_printed: bool = False, sign: bool = False) -> Markup | str:
    """A figure in the unit that its subject's name ends with.

    Args:
        value: the figure.
        subject: subject of the reconciliation; ``_rp``, ``_pct`` and ``_points`` tell the unit.
        as_printed: with the decimals that the figure has, rather than those that computed ones get.
        sign: with a plus before what is more than zero.
    """
    if value is None:
        return DASH
    in_points = subject.endswith("_points") or (subject.endswith("_pct") and sign)
    exponent = Decimal(str(value)).normalize().as_tuple().exponent
    printed = max(0, -exponent) if isinstance(exponent, int) else 0
    text = number(value, printed if as_printed else int(subject.endswith(("_pct", "_points"))), sign=sign)
    if in_points:
        return both_of("{} poin", "{} points", text)
    if subject.endswith("_pct"):
        return Numeral(f"{text} %")
    return Numeral(f"Rp {text}") if subject.endswith("_rp") else text


def day(value: date | None) -> Markup | str:
    """2023-10-13 as 13 Oktober 2023."""
    if value is None:
        return DASH
    indonesian, english = _MONTHS[value.month - 1]
    return both(f"{value.day} {indonesian} {value.year}", f"{value.day} {english} {value.year}")


def in_digits(value: date) -> str:
    """2023-10-03 as 03/10, for the narrow columns of the last days."""
    return f"{value:%d/%m}"


def month(value: date | None) -> Markup | str:
    """2023-10-01 as Oktober 2023."""
    return DASH if value is None else both(*month_names(value))


def month_names(value: date) -> tuple[str, str]:
    """2023-10-01 as Oktober 2023, and October 2023."""
    indonesian, english = _MONTHS[value.month - 1]
    return f"{indonesian} {value.year}", f"{english} {value.year}"
