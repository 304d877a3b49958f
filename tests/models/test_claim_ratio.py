"""marts.claim_ratio: benefits against contributions, without a figure that would tell what is pooled."""

from datetime import date

import pytest

MONTH = date(2023, 9, 1)


def benefit(programmes, count, province="52", **changes):
    row = {"month": MONTH, "status": "Dibayarkan", "province_code": province, "dimension": "programmes"}
    row |= {"part_count": 1}
    return row | {"value": programmes, "claim_count": count, "claim_rp": count and 1_000 * count} | changes


def received(rupiah, programmes=3, branch="NTB01", period=MONTH):
    return {"period": period, "branch_code": branch, "programmes": programmes, "received_rp": rupiah}


@pytest.fixture
def ratio(run):
    def ratio(benefits, payments, columns="region_code programmes contribution_rp benefit_rp ratio_pct"):
        given = {"marts.claim_group_month": benefits, "core.payment_month": payments}
        rows = run("marts.claim_ratio", given, f"month {columns}")
        return {row[1:3]: row[3:] for row in rows if row[0] == MONTH}

    return ratio


def test_benefits_against_contributions(ratio):
    rows = ratio(
        [
            benefit("3", 6),
            benefit("2", 5, programme="JKK"),
            benefit("2", 5, programme="JKM"),
            benefit("unknown", 5, "72"),
            benefit("3", 9, status="Diajukan"),
            benefit("L", 9, dimension="sex"),
            benefit("3", 9, month=date(2023, 10, 1)),
        ],
        [
            received(30_000),
            received(-10_000, branch="NTB02"),
            received(20_000, 2),
            received(1, period=date(2023, 8, 1)),
        ],
    )
    assert rows == {
        ("52", "2"): (20_000, 10_000, 50),
        ("52", "3"): (20_000, 6_000, 30),
        ("52", "all"): (40_000, 16_000, 40),
        ("72", "2"): (0, 0, None),
        ("72", "3"): (0, 0, None),
        ("72", "all"): (0, 5_000, None),
        ("00", "2"): (20_000, 10_000, 50),
        ("00", "3"): (20_000, 6_000, 30),
        ("00", "all"): (40_000, 21_000, 52.5),
    }


def test_what_is_pooled_is_in_no_figure_that_would_tell_it(ratio):
    payments = [received(10_000)]
    pooled = ratio(
        [benefit("pooled", 6), benefit("3", 5, programme="JKK")], payments, "region_code programmes benefit_rp"
    )
    assert pooled["52", "3"] == pooled["00", "2"] == (None,)
    assert pooled["52", "all"] == pooled["00", "all"] == (11_000,)
    assert pooled["72", "all"] == (0,)
    pooled = ratio([benefit("3", 6, "pooled"), benefit("3", 5)], payments, "region_code programmes benefit_rp")
    assert pooled["52", "3"] == pooled["72", "3"] == pooled["72", "all"] == (None,)
    assert pooled["00", "3"] == pooled["00", "all"] == (11_000,)
    assert pooled["52", "2"] == (0,)
    parts = ratio(
        [benefit("pooled", 6, part_count=2), benefit("2", 5), benefit("3", 5, "72", part_count=None)],
        payments,
        "region_code programmes part_count",
    )
    assert (
        parts["52", "3"] == parts["52", "2"] == parts["72", "3"] == parts["72", "all"] == parts["00", "all"] == (None,)
    )
    assert (parts["52", "all"], parts["72", "2"]) == ((3,), (0,))
    hidden = ratio([benefit("pooled", None, "pooled")], payments, "region_code programmes benefit_rp")
    assert set(hidden.values()) == {(None,)}
