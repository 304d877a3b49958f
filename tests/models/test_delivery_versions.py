"""core.delivery: what a version of a file lacks beside the one before it, and files of one line or one name."""

from models.test_delivery import D2, D3, outcomes, sent

__all__ = ["outcomes"]  # the fixture


def test_far_fewer_rows_than_in_the_version_before_are_told(run):
    deliveries = [
        sent("a", accepted=7, lines=7),
        sent("b", revision=2, arrival=2, accepted=3, lines=3, reason="one column is ignored"),
        sent("c", D2, accepted=1, lines=1),  # another day's payments
        sent("d", feed="agents"),
        sent("e", D3, feed="agents", accepted=4, lines=9, rejected=5),
        sent("f", D3, revision=2, arrival=2, feed="agents", accepted=2, lines=2),
        sent("g", D3, revision=3, arrival=3, feed="agents", accepted=9, lines=9),
    ]
    rows = dict(run("core.delivery", {"raw.delivery": deliveries}, "delivery_id reason"))
    said = "Hanya 3 baris diterima, sebelumnya 7 / only 3 rows were accepted, 7 in the version before"
    assert rows["b"] == f"{said}. one column is ignored"
    assert rows["c"] is None
    assert rows["e"] == "digantikan oleh g.csv / superseded by g.csv"
    told = dict(run("core.delivery", {"raw.delivery": deliveries[:-2]}, "delivery_id reason"))
    assert told["e"].endswith("only 4 rows were accepted, 10 in the version before")
    assert rows["g"] is None


def test_documents_that_a_revision_lacks_are_told_by_the_version_before_whatever_came_first(run):
    deliveries = [sent("a"), sent("c", revision=3, arrival=2, accepted=9, lines=9), sent("b", revision=2, arrival=3)]
    lacks = [("c", "a", 7), ("c", "b", 1), ("b", "a", 8), ("a", "b", 6), ("a", "c", 6), ("b", "c", 2)]
    noted = [dict(zip(("delivery_id", "other_id", "documents"), row, strict=True)) for row in lacks]
    columns = "delivery_id accepted_before left_out reason"
    found = {
        row[0]: row[1:] for row in run("core.delivery", {"raw.delivery": deliveries, "raw.left_out": noted}, columns)
    }
    assert found["c"][:2] == (10, 1)
    assert found["c"][2].endswith("1 number of the version before (10 rows) is not here and does not count any more;"
                                  " a revision replaces all of it")  # fmt: skip
    assert found["a"][:2] == (None, 0)


def test_one_row_and_one_number_are_told_as_one(run):
    tables = {
        "raw.delivery": [sent("a", accepted=1, lines=1), sent("b", revision=2, arrival=2)],
        "raw.left_out": [{"delivery_id": "b", "other_id": "a", "documents": 1}],
    }
    said = dict(run("core.delivery", tables, "delivery_id reason"))["b"]
    assert " / 1 number of the version before (1 row) is not here and does not count any more;" in said


def test_half_of_the_rows_before_is_not_far_fewer(run):
    def reason(accepted, **more):
        deliveries = [sent("a"), sent("b", revision=2, arrival=2, accepted=accepted, lines=accepted, **more)]
        return dict(run("core.delivery", {"raw.delivery": deliveries}, "delivery_id reason"))["b"]

    said = "Hanya 4 baris diterima, sebelumnya 10 / only 4 rows were accepted, 10 in the version before"
    assert reason(5) is None
    assert reason(4) == reason(4, reason="") == said
    assert reason(1).endswith(" / only 1 row was accepted, 10 in the version before")


def test_what_else_is_said_of_a_file_stands_behind_the_documents_that_it_lacks(run):
    def reason(documents, said=None):
        tables = {
            "raw.delivery": [sent("a"), sent("b", revision=2, arrival=2, reason=said)],
            "raw.left_out": [{"delivery_id": "b", "other_id": "a", "documents": documents}],
        }
        return dict(run("core.delivery", tables, "delivery_id reason"))["b"]

    assert reason(0) is None
    assert reason(1).endswith("a revision replaces all of it")
    assert reason(1, "").endswith("a revision replaces all of it")
    assert reason(1, "a column is ignored").endswith("a revision replaces all of it. a column is ignored")


def test_documents_of_other_cards_than_in_the_version_before_are_told(run):
    def reason(turned, documents=0, said=None):
        noted = {"delivery_id": "b", "other_id": "a", "documents": documents, "turned": turned}
        tables = {
            "raw.delivery": [sent("a"), sent("b", revision=2, arrival=2, reason=said)],
            "raw.left_out": [noted, noted | {"other_id": "c", "turned": 9}],
        }
        return dict(run("core.delivery", tables, "delivery_id reason"))["b"]

    slipped = (
        "if that is not what was put right, the column of cards or of numbers has slipped: compare it with the source"
    )
    assert reason(0) is reason(None) is None
    assert reason(0, said="a / b") == "a / b"
    assert reason(1).startswith("1 nomor ada di samping KPJ lain daripada di kiriman sebelumnya; jika bukan itu yang")
    assert reason(1).endswith(f" / 1 number stands beside another KPJ than in the version before; {slipped}")
    assert reason(3, said="satu / one").endswith(
        f"sumbernya. satu / 3 numbers stand beside another KPJ than in the version before; {slipped}. one"
    )
    assert "KPJ" not in reason(0, documents=2)
    both = reason(3, documents=2)
    assert " a revision replaces all of it. 3 numbers stand beside another KPJ than" in both
    assert both.index("3 nomor ada di samping") < both.index(" / 2 numbers of the version before")


def test_files_of_one_line_are_judged_as_others(outcomes):
    assert outcomes(sent("a", lines=1, accepted=0, rejected=1)) == {"a": "nothing_accepted"}
    one = {"lines": 1, "accepted": 1, "sha256": "x"}
    assert outcomes(sent("a", **one), sent("b", D2, **one)) == {"a": "accepted", "b": "duplicate"}


def test_of_two_contents_under_one_name_the_later_is_the_version_before(run):
    deliveries = [
        sent("first", sha256="x"),
        sent("second", sha256="y", arrival=2, accepted=9),
        sent("again", revision=2, sha256="y", arrival=3),
        sent("third", revision=3, sha256="z", arrival=4),
    ]
    columns = "delivery_id outcome accepted_before not_data"
    rows = run("core.delivery", {"raw.delivery": deliveries}, columns)
    assert {row[0]: row[1:] for row in rows} == {
        "first": ("superseded", None, 0),
        "second": ("superseded", 10, 0),
        "again": ("duplicate", None, 0),
        "third": ("accepted", 9, 0),
    }
