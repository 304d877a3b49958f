"""core.unknown_content: what of a file's further content its branch has not sent before."""

from datetime import date

import pytest

DELIVERIES = [
    {"delivery_id": f"d{n}", "branch_code": branch, "feed": feed, "business_date": date(2023, 9, n), "arrival": n,
     "accepted": accepted}
    for n, (branch, feed, accepted) in enumerate(
        [("NTB01", "contributions", 10), ("NTB01", "contributions", 10), ("NTB02", "contributions", 10),
         ("NTB01", "claims", 10), ("NTB01", "contributions", 0)], start=1)
]  # fmt: skip


def content(n, kind, key, rows=10, filled=10, heading="h", place="10 (J)"):
    return {
        "delivery_id": f"d{n}", "kind": kind, "content_key": key, "heading_key": heading, "row_count": rows,
        "filled": filled, "place": place,
    }  # fmt: skip


@pytest.fixture
def fresh(run):
    def fresh(*rows):
        tables = {"core.delivery": DELIVERIES, "raw.unknown_content": list(rows)}
        return run("core.unknown_content", tables, "delivery_id kind row_count from_place to_place")

    return fresh


def test_each_branch_and_feed_has_its_own_memory(fresh):
    rows = [content(n, "column", "h") for n in (1, 2, 3, 4)]
    assert fresh(*rows) == [(f"d{n}", "unknown_column", 10, "10 (J)", "10 (J)") for n in (1, 3, 4)]


def test_of_a_new_column_the_values_of_a_minority_are_told_and_later_any_new_value(fresh):
    rows = [content(1, "value", "yes", 8), content(1, "value", "no", 2), content(2, "value", "yes", 1)]
    assert fresh(*rows, content(2, "value", "never", 9)) == [
        ("d1", "unknown_value", 2, "10 (J)", "10 (J)"),
        ("d2", "unknown_value", 9, "10 (J)", "10 (J)"),
    ]


def test_another_amount_is_told_each_time_and_another_code_once(fresh):
    rows = [content(n, kind, kind, 3) for n in (1, 2) for kind in ("unlike", "unlike_rupiah")]
    assert [row[:2] for row in fresh(*rows)] == [
        ("d1", "unknown_unlike"), ("d1", "unknown_unlike_rupiah"), ("d2", "unknown_unlike_rupiah")
    ]  # fmt: skip


def test_lines_are_counted_and_a_file_of_which_nothing_was_accepted_is_no_memory(fresh):
    rows = [content(1, "text", key, 1, 1, None, place) for key, place in (("a", "1"), ("b", "14"))]
    assert fresh(*rows, content(5, "text", "a", 1, 1, None, "1")) == [("d1", "unknown_text", 2, "1", "14")]
