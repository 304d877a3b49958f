"""What is looked for in the name of a person: that it is one, of one person who lives.

The words are whole words or whole names, since a name may begin with any of them (Tesalonika, Almira, Alamsyah). What
may be a name, however seldom, is a warning.
"""

from __future__ import annotations

from expectations.cells import Finding

_TEST = (
    "tes|test|testing|percobaan|uji ?coba|dummy|coba|asdf(?:gh?j?k?l?)?|qwert(?:y(?:uiop)?)?|zxcv(?:bn?m?)?"
    "|abcd?(?:ef)?|admin|user[0-9]*"
)
_OF_A_TEST = f"{_TEST}|aplikasi|data|input|peserta|nama|satu|dua|tiga|[0-9]+|saja|sistem|system"
_SAMPLE = f"^[(]?(?i:contoh|sampel|sample|dummy) ?[:=)-]|^(?i:(?:(?:{_OF_A_TEST}) )*(?:{_TEST})(?: (?:{_OF_A_TEST}))*)$"
_PERSON = "peserta|pekerja|tenaga kerja|anggota|pegawai|karyawan|perisai|agen|orang"
_FULAN = "(?:si )?fulan(?:ah)?"
_NOBODY = (
    "hamba (?:allah|tuhan)|tanpa nama|no ?name|n[.]? ?n|anonim|anonymous|unknown|lorem ipsum.*|menyusul"
    "|(?:tidak|tdk|belum|blm) (?:ada|diketahui|tahu)(?: nama(?:nya)?)?|(?:john|jane) doe"
    f"|{_FULAN} bin(?:ti)? {_FULAN}|nama(?: (?:lengkap|depan|belakang|anda|{_PERSON}))*"
    f"|(?:calon )?(?:{_PERSON})(?: (?:bpu|baru|lama))*"
)
_PROGRAM = r"(?i:\b(?:undefined|null)\b|\[object )|\bNaN\b"
_MARKS = r"[~<>{}«»$@|\\^\x{274c}\x{274e}\x{2715}-\x{2718}\x{26d4}\x{1f6ab}]"
_DEAD = r"(?i)^[^\pL]*(?:almh?|almarhum(?:ah)?|mendiang)\b|\b(?:almh?|almarhum(?:ah)?)[^\pL]*$|\bahli waris\b|\x{2020}"
_OF_ANOTHER = r"(?i)\b(?:bin|binti|bt|bte|b|anak|istri|suami|janda|duda)\b.*\balm"
_GROUP = (
    "kelompok|kub|gapoktan|poktan|pokdarwis|koperasi|kud|paguyuban|yayasan|perkumpulan|komunitas|himpunan|rombongan"
    "|keluarga|majelis"
)
_SEVERAL = (
    r"&|\p{Ll} dan \p{Lu}"
    rf"|(?i:^[^\pL]*(?:{_GROUP})\b|\b(?:dkk|dll|beserta)\b|\bdan (?:kawan|rekan|teman|lain|istri|suami|anak|keluarga)"
    r"|\b[0-9]+ ?(?:orang|org|jiwa|anggota|peserta|pekerja|nelayan|petani|pedagang)\b|\b(?:istri|suami|anak) ?:)"
)
_QUOTES = r"\x{2018}-\x{201d}`\x{b4}\x{2bc}"
# longer numbers are left alone: people who are invented for a trial are numbered so
_ODD = (
    rf"[^\pL\pM 0-9.,\x{{27}}\"()\-\x{{2013}}{_QUOTES}]|\pL[0-9]|[0-9]\pL|(?:^| )[0-9]{{1,2}}(?: |$)"
    r"|(?i:\pL dan \pL|\b(?:istri|suami)\b"
    r"|^[^\pL]*(?:pt|cv|ud|pd|toko|warung|kantor|bumdes|pkk|posyandu|fulan(?:ah)?)\b)"
)
_SIGNS = "regexp_matches({text}, '[^A-Za-z ]')"

NAMES = (
    Finding(
        "written_out",
        "name",
        r"regexp_matches({text}, '[*+•●]|%[0-9A-Fa-f]{2}|(?i:x{3}|\b[a-z]?xx+\b)')",
        "is masked (S*** A*****, Sxxx), or written as in a web address (Siti+Nurul, Ma%27ruf). Export the names as they"
        " are",
        "disamarkan (S*** A*****, Sxxx), atau ditulis seperti dalam alamat web (Siti+Nurul, Ma%27ruf). Ekspor nama apa"
        " adanya",
        f"{_SIGNS} OR contains(lower({{text}}), 'xx')",
    ),
    Finding(
        "no_sample",
        "name",
        f"regexp_matches({{text}}, '{_SAMPLE}')",
        "says that the row is a sample or a test, such as CONTOH: BUDI or TES APLIKASI. Take such rows out",
        "menyebut bahwa baris ini contoh atau uji coba, seperti CONTOH: BUDI atau TES APLIKASI. Hapus baris seperti"
        " itu",
    ),
    Finding(
        "is_a_name",
        "name",
        f"regexp_matches({{text}}, '{_PROGRAM}|{_MARKS}')"
        rf" OR regexp_full_match({{text}}, '(?i)[^\pL0-9]*(?:{_NOBODY})[^\pL0-9]*')",
        "is nobody's name: a word for somebody unknown (Hamba Allah, N.N.), what a program leaves (undefined, null), a"
        " field of a letter that was not filled in, or a name that is struck out (~, \u274c). Write the name as on the"
        " identity card, or leave the row out",
        "bukan nama orang: sebutan bagi yang tidak dikenal (Hamba Allah, N.N.), sisa program (undefined, null), isian"
        " surat yang belum terisi, atau nama yang dicoret (~, \u274c). Tulis nama seperti di KTP, atau jangan kirim"
        " baris ini",
    ),
    Finding(
        "of_the_living",
        "name",
        f"{{there}} AND regexp_matches({{text}}, '{_DEAD}') AND NOT regexp_matches({{text}}, '{_OF_ANOTHER}')",
        "says that the person has died (Alm., Almarhumah). Nobody is registered or works after death; leave the row"
        " out",
        "menyebut orangnya sudah meninggal (Alm., Almarhumah). Orang yang meninggal tidak didaftarkan dan tidak"
        " bekerja; jangan kirim baris ini",
    ),
    Finding(
        "not_of_several",
        "name",
        f"regexp_matches({{text}}, '{_SEVERAL}')",
        "is that of a group or of several people (Kelompok, Koperasi, dkk, 15 orang, &). Each person has a row of their"
        " own, with their own NIK",
        "milik kelompok atau beberapa orang (Kelompok, Koperasi, dkk, 15 orang, &). Setiap orang satu baris, dengan NIK"
        " masing-masing",
    ),
    Finding(
        "is_usual",
        "name",
        f"regexp_matches({{text}}, '{_ODD}')",
        "has a digit, a sign or a word that names seldom have (2, /, \u2705, DAN, istri, PT, Toko). It may be a mark of"
        " somebody, a second person or a company; compare it with the identity card",
        "berisi angka, tanda atau kata yang jarang ada dalam nama (2, /, \u2705, DAN, istri, PT, Toko). Mungkin itu"
        " tanda seseorang, orang kedua atau badan usaha; cocokkan dengan KTP",
        severity="warning",
    ),
)
