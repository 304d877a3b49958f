"""What is wrong with a row that cannot be read, in words for the clerk."""

from __future__ import annotations

CAUSES = {
    "columns": (
        "The row has more or fewer cells than the header, perhaps because a delimiter or a line break stands inside a"
        " value. Put such values into quotation marks, and export anew.",
        "Jumlah sel baris ini tidak sama dengan judul, mungkin karena ada pemisah atau ganti baris di dalam isi sel."
        " Beri tanda kutip pada isi seperti itu, lalu ekspor ulang.",
    ),
    "remark": (
        "The line holds a remark and no row, and names somebody or something that may have to be put right. Write what"
        " it means into the row that it is about, and take the line out.",
        "Baris ini berisi catatan, bukan data, dan menyebut sesuatu yang mungkin harus diperbaiki. Tulis maksudnya di"
        " baris yang bersangkutan, dan hapus baris catatan ini.",
    ),
    "characters": (
        "The row holds NUL characters: the file was damaged there. Export anew.",
        "Baris ini memuat karakter NUL: file rusak di situ. Ekspor ulang.",
    ),
    "piece": (
        "A text goes on in the next row, which holds nothing else. Write it into one cell, and export anew.",
        "Sebuah teks berlanjut di baris berikutnya, yang tidak berisi apa pun lagi. Tulis dalam satu sel, lalu ekspor"
        " ulang.",
    ),
    "cut": (
        "The row is the last one of the file and seems to be cut off. Export anew, and send the whole file.",
        "Baris ini yang terakhir dan tampaknya terpotong. Ekspor ulang, dan kirim file seluruhnya.",
    ),
    "refund": (
        "A remark beside the row says that it was paid back, cancelled, deleted, stands twice or should be other than"
        " it is. Leave such rows out; write a refund with a minus.",
        "Keterangan di samping baris ini menyebut pengembalian, batal, hapus, dobel atau seharusnya lain. Jangan kirim"
        " baris seperti itu; tulis pengembalian dengan tanda minus.",
    ),
    "denied": (
        "A remark or a comment beside the row, or words behind a name, say that somebody left or died, that money came"
        " back, or that the row does not count. Write what holds now, or leave the row out.",
        "Keterangan atau komentar di samping baris ini, atau kata di belakang nama, menyebut orangnya berhenti atau"
        " meninggal, uangnya kembali, atau barisnya batal. Tulis yang berlaku sekarang,"
        " atau jangan kirim baris ini.",
    ),
    "months": (
        "A remark beside the row names other contribution months than BULAN_AWAL and JUMLAH_BULAN. Compare both with"
        " the receipt, and write the months that were paid for.",
        "Keterangan di samping baris ini menyebut bulan iuran yang lain daripada BULAN_AWAL dan JUMLAH_BULAN. Cocokkan"
        " dengan buktinya, dan tulis bulan yang dibayar.",
    ),
    "error": (
        "A cell holds an error of a spreadsheet such as #N/A, is covered by a merge, or its number format shows"
        " something else. Mend the cell, and export anew.",
        "Ada sel yang berisi galat lembar kerja seperti #N/A, tertutup sel gabungan, atau format angkanya menampilkan"
        " isi lain. Perbaiki selnya, lalu ekspor ulang.",
    ),
}
"""By ``row_problem`` (see transforms.read) the reason in English and in Bahasa Indonesia."""
