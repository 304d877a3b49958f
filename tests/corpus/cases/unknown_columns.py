"""Columns that the contract does not know, and which change what a row means or leave it as it is."""

from __future__ import annotations

from collections.abc import Iterator

from corpus.case import Case
from corpus.cases.amounts import CLAIMS, ROSTER, agent, claim, columns, paid
from corpus.files import PAYMENTS, PEOPLE, Cells, person, text, xls, xlsx

RULE = "row_not_contradicted"
SAID: dict[str, dict[str, tuple[list[str], list[str]]]] = {
    "contributions": {
        "STATUS TRANSAKSI": (["SUKSES", "Lunas", "", "berhasil"], ["GAGAL", "PENDING", "menunggu"]),
        "Status": (["AKTIF", "ok"], ["EXPIRED", "ditolak"]),
        "KOREKSI JUMLAH IURAN": (["", "0", "-", "tidak ada"], ["54.800", "ya"]),
        "JUMLAH_IURAN.1": (["36800", "", "36.800"], ["73600", "16800"]),
        "KPJ_BARU": ([""], ["00000000099", "00000000098"]),
        "BIAYA ADMIN": (["0", "Rp 0", ""], ["2.500", "1000"]),
        "QTY": (["1", "1.0"], ["2", "12"]),
        "": (["Rp", "", "lunas", "-"], ["0", "4", "DB"]),
    },
    "claims": {
        "MATA_UANG": (["IDR", "Rp", ""], ["MYR", "USD"]),
        "Satuan": (["Rp", "rupiah"], ["Ribu Rp", "juta"]),
        "JUMLAH KASUS": (["1", "01", ""], ["3", "4"]),
        "deleted_at": (["NULL", "", "0000-00-00 00:00:00"], ["2023-09-29 10:01:02", "2023-09-30"]),
        " ": (["IDR", "OK"], ["0", "12500000"]),
    },
    "registrations": {
        "MATA UANG": (["IDR"], ["MYR", "SGD"]),
        "is_deleted": (["0", "false", "tidak"], ["1", "true", "ya"]),
        "STATUS KAWIN": (["KAWIN", "BELUM KAWIN", "CERAI"], []),
        "STATUS": (
            ["menunggu pembayaran", "pending payment"],
            ["menunggu verifikasi", "belum disetujui"],
        ),
        "NAMA_BELAKANG": (["Contoh", ""], ["Rahayu", "Contoh Rahayu"]),
        "Last Name": (["PESERTA CONTOH"], ["Lestari"]),
        "STATUS_DATA": (["VALID", "", "aktif"], ["DRAFT", "DITOLAK DUKCAPIL", "menunggu verifikasi"]),
        "JENIS PEKERJAAN 2": (["PETANI", ""], []),
        "HANDPHONE 2": (["081200000001"], []),
        "UNIT KERJA": (["Pelayanan 2"], []),
        "JUMLAH TANGGUNGAN": (["3", "2"], []),
        "": (["", "v"], ["Rahayu", "3"]),
    },
    "agents": {
        "deleted_at": (["NULL", ""], ["2023-09-29 10:01:02", "29/09/2023"]),
        "Marga": (["contoh"], ["Lestari"]),
        "Status Verifikasi": (["sudah"], ["draf", "Pending"]),
        "NO_PKS_2": (["PKS/2022/0001", "pks-2022-0001"], ["PKS/2023/0009", "PKS/2024/1"]),
        "": (["", "***"], ["mutasi", "5"]),
    },
}
"""By feed and heading cells that change nothing, and cells that reject their row."""


def cases() -> Iterator[Case]:
    makers = {
        "contributions": (PAYMENTS, lambda count: paid(["36800"] * count)),
        "claims": (CLAIMS, lambda count: [claim(n, "42000000") for n in range(1, count + 1)]),
        "registrations": (PEOPLE, lambda count: [person(n) for n in range(1, count + 1)]),
        "agents": (ROSTER, lambda count: [agent(n) for n in range(1, count + 1)]),
    }
    for feed, headings in SAID.items():
        header, made = makers[feed]
        for number, (heading, (harmless, wrong)) in enumerate(headings.items()):
            said = [*harmless, *wrong]
            table = [[*row, cell] for row, cell in zip(made(len(said)), said, strict=True)]
            lines = tuple(range(2 + len(harmless), 2 + len(said)))
            kinds = {".csv": text, ".xlsx": _book, ".xls": _old_book, ".parquet": columns}
            # the fast way and one of the slow ones
            for extension in (".csv", [".xlsx", ".xls", ".parquet"][number % 3]):
                content = kinds[extension](table, [*header, heading])
                yield Case(
                    f"unknown_{feed}_{number}_{extension[1:]}",
                    extension,
                    content.encode() if isinstance(content, str) else content,
                    len(harmless),
                    lines,
                    feed=feed,
                    rules=dict.fromkeys(lines, RULE),
                )
    total = ["TOTAL", "", "", "", "", "", "", "", "126000000", "14"]
    counted = [[*claim(n, "42000000"), "1"] for n in range(1, 4)]
    footed = text([*counted, total], [*CLAIMS, "JUMLAH KASUS"])
    yield Case("unknown_count_of_a_total", ".csv", footed.encode(), 3, feed="claims", not_data=(5,))
    fees = [[*row, "2500"] for row in paid(["36800"] * 12)]
    content = text(fees, [*PAYMENTS, "BIAYA ADMIN"]).encode()
    yield Case("unknown_fee_on_every_row", ".csv", content, refused="unknown columns, ignored: 10 (J)")
    remarks = ["salah input, abaikan", "tidak jadi bayar", "void", "lunas", ""]
    noted = [[*row, remark] for row, remark in zip(paid(["36800"] * 5), remarks, strict=True)]
    told = dict.fromkeys((2, 3, 4), "row_readable")
    named = [*PAYMENTS, "KET"]
    for extension, content in {".tsv": text(noted, named, "\t").encode(), ".xlsx": _book(noted, named)}.items():
        yield Case(f"unknown_remarks_{extension[1:]}", extension, content, 2, (2, 3, 4), rules=told)


def _book(rows: list[Cells], header: list[str]) -> bytes:
    return xlsx([header, *rows])


def _old_book(rows: list[Cells], header: list[str]) -> bytes:
    return xls([header, *rows])
