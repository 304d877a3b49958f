"""marts.published_comparison: published figures beside our own, and whether their source agrees with itself."""

from datetime import date
from decimal import Decimal

import pytest

OCTOBER = date(2023, 10, 1)
REGIONS = [
    {"region_code": "72", "region_level": "province"},
    {"region_code": "7271", "region_level": "regency", "parent_code": "72"},
    {"region_code": "7208", "region_level": "regency", "parent_code": "72"},
    {"region_code": "52", "region_level": "province"},
]


def figure(figure_id, subject, published, region="72", **changes):
    row = {
        "figure_id": figure_id,
        "subject": subject,
        "region_code": region,
        "period_from": None,
        "period_to": "2023-10-13",
        "published": published,
        "decimals": 0,
        "source": "press",
    }
    return row | changes


@pytest.fixture
def compared(run):
    def compared(figures, columns="computed difference agrees self_consistent", **tables):
        named = {name.replace("__", "."): rows for name, rows in tables.items()}
        rows = run(
            "marts.published_comparison",
            {"reference.published_figure": figures, "reference.region": REGIONS} | named,
            f"figure_id {columns}",
        )
        assert len(rows) == len(figures)
        return {row[0]: row[1:] for row in rows}

    return compared


def test_registrations_that_name_an_agent_within_region_and_period(compared):
    def registration(number, day="2023-05-01", region="7271", agent="AB1"):
        return {"registration_no": number, "registration_date": day, "region_code": region, "agent_code": agent}

    registrations = [
        registration("R1", "2023-01-01"),
        registration("R2", "2023-10-13", "7208"),
        registration("out1", "2022-12-31"),
        registration("out2", "2023-10-14"),
        registration("out3", region="5271"),
        registration("out4", agent=None),
        registration("out5", region=None),
    ]
    period = {"period_from": "2023-01-01"}
    figures = [
        figure("all", "perisai_registrations", 5, **period, total_of="a;b"),
        figure("a", "perisai_registrations", 1, "7271", **period),
        figure("b", "perisai_registrations", 1, "7208", **period),
        figure("none", "perisai_registrations", 0, "52", **period),
        figure("ever", "perisai_registrations", 3),
    ]
    assert compared(figures, core__registration=registrations) == {
        "a": (1, 0, True, True),
        "all": (2, 3, False, False),
        "b": (1, 0, True, True),
        "ever": (3, 0, True, True),
        "none": (0, 0, True, True),
    }


def test_states_of_the_month_of_the_last_day(compared):
    def coverage(definition, month=OCTOBER, **values):
        return {"region_code": "72", "month": month, "definition": definition} | values

    rows = [
        coverage("bpu", universe=1100, protected=286, coverage_pct=26.0, perisai=144, perisai_share_pct=50.35),
        coverage("ucj", universe=9, protected=9, coverage_pct=47.5, perisai=9, ucj_points=9.9),
        coverage("bpu", date(2023, 9, 1), universe=1),
        coverage("ucj", date(2023, 9, 1), universe=1),
    ]
    rows[0]["ucj_points"] = 7.84
    figures = [
        figure("informal", "informal_workers", 1100),
        figure("protected", "protected", 286),
        figure("perisai", "protected_by_perisai", 144),
        figure("pct", "coverage_pct", 25, numerator="protected", denominator="informal"),
        figure("share", "perisai_share_pct", 50, numerator="perisai", denominator="protected"),
        figure("points", "ucj_points", Decimal("7.8"), decimals=1),
        figure("ucj", "ucj_coverage_pct", 50, decimals=-1),
        figure("later", "protected", 1, period_to="2023-11-01"),
    ]
    assert compared(figures, marts__coverage_month=rows) == {
        "informal": (1100, 0, True, True),
        "later": (None, None, None, True),
        "pct": (26, -1, False, False),
        "perisai": (144, 0, True, True),
        "points": (Decimal("7.84"), Decimal("-0.04"), True, True),
        "protected": (286, 0, True, True),
        "share": (Decimal("50.35"), Decimal("-0.35"), True, True),
        "ucj": (Decimal("47.5"), Decimal("2.5"), True, True),
    }


def test_claims_paid_to_people_of_perisai(compared):
    def claim(number, **changes):
        row = {
            "claim_no": number,
            "status": "Dibayarkan",
            "reached_date": "2023-10-13",
            "region_code": "7271",
            "channel": "perisai",
            "amount_rp": 42_000_000,
            "participant_key": number,
        }
        return row | changes

    claims = [
        *[claim(f"A{n}", reached_date="2020-01-01", amount_rp=0) for n in range(3)],
        claim("C1"),
        claim("C2", region_code="7208", amount_rp=8_000_000, reached_date="2019-01-01"),
        claim("C1", status="Ditetapkan"),
        claim("C3", channel="other"),
        claim("C4", channel="unresolved", region_code=None),
        claim("C5", reached_date="2023-10-14"),
    ]
    figures = [
        figure("count", "perisai_claims_paid_count", 5),
        figure("four people", "perisai_claims_paid_count", 4, period_from="2020-01-01"),
        figure("rp", "perisai_claims_paid_rp", 100_000_000, decimals=-8),
        figure("elsewhere", "perisai_claims_paid_rp", 7, "52"),
        figure("one day", "perisai_claims_paid_count", 1, period_from="2023-10-13"),
        figure("one day before", "perisai_claims_paid_count", 0, period_from="2023-10-12", period_to="2023-10-12"),
    ]
    assert compared(figures, core__claim_status=claims) == {
        "count": (5, 0, True, True),
        "elsewhere": (0, 7, False, True),
        "four people": (None, None, None, True),
        "one day": (None, None, None, True),
        "one day before": (0, 0, True, True),
        "rp": (50_000_000, 50_000_000, True, True),
    }


def test_agents_active_on_the_day(compared):
    def agent(code, **changes):
        return {"agent_code": code, "region_code": "7271", "status": "AKTIF", "valid_from": "2023-01-01"} | changes

    agents = [
        agent("AB1", valid_to="2023-10-14"),
        agent("AB2", region_code="7208", valid_from="2023-10-13"),
        agent("out1", valid_to="2023-10-13"),
        agent("out2", valid_from="2023-10-14"),
        agent("out3", status="NONAKTIF"),
        agent("out4", region_code="5271"),
    ]
    figures = [
        figure("agents", "agents", 10, decimals=-1),
        figure("more", "agents", 3),
        figure("none", "agents", 0, "52"),
    ]
    assert compared(figures, core__agent=agents) == {
        "agents": (2, 8, False, True),
        "more": (2, 1, False, True),
        "none": (0, 0, True, True),
    }


def test_a_subject_that_nothing_computes_is_shown_all_the_same(compared):
    assert compared([figure("x", "weather", 3)]) == {"x": (None, None, None, True)}


def test_a_ratio_may_be_rounded_either_way_but_no_further(compared):
    parts = [figure("n", "weather", 51), figure("d", "weather", 200)]
    ratio = {"numerator": "n", "denominator": "d"}
    ratios = [figure("26", "wet_pct", 26, **ratio), figure("27", "wet_pct", 27, **ratio)]
    rows = compared(parts + ratios, "own_ratio_pct self_consistent")
    assert (rows["26"], rows["27"]) == ((25.5, True), (25.5, False))


M, BN, TN = 10**6, 10**9, 10**12


@pytest.mark.parametrize(
    ("total", "parts", "agrees"),
    [
        ((4138, -2), [(2626, -2), (958, -2), (553, -2)], True),  # 41.38 of 41.37, each rounded
        ((4139, -2), [(2626, -2), (958, -2), (553, -2)], True),
        ((4140, -2), [(2626, -2), (958, -2), (553, -2)], False),
        ((4137, 0), [(2626, 0), (958, 0), (553, 0)], True),
        ((4138, 0), [(2626, 0), (958, 0), (553, 0)], False),  # counts to the last one are exact
        ((4138, 0), [(2626, 0), (958, 0), (560, -1)], False),
        ((4139, 0), [(2626, 0), (958, 0), (560, -1)], True),  # 555 to 565
        ((28, -1), [(24, -1), (3, 0)], True),
    ],
)
def test_parts_agree_as_exactly_as_they_were_printed(compared, total, parts, agrees):
    unit = 10_000
    names = [f"p{n}" for n in range(len(parts))]

    def printed(name, value, decimals, **more):
        scale = unit if total[1] == -2 else 1
        return figure(name, "weather", value * scale, decimals=decimals * 2 if scale > 1 else decimals, **more)

    figures = [printed(name, *part) for name, part in zip(names, parts, strict=True)]
    assert compared([*figures, printed("t", *total, total_of=";".join(names))], "parts_agree")["t"] == (agrees,)


def test_a_part_with_a_minus_is_taken_off(compared):
    figures = [figure("all-1", "weather", 338_681), figure("some", "weather", 14_177)]
    rest = figure("rest", "weather", 324_504, total_of="all-1;-some")
    turned = figure("turned", "weather", 324_504, total_of="-some;all-1")
    wrong = figure("wrong", "weather", 324_505, total_of="all-1;-some")
    rows = compared([*figures, rest, turned, wrong], "parts_sum parts_agree")
    assert [rows[name] for name in ("rest", "turned", "wrong")] == [(324_504, True), (324_504, True), (324_504, False)]


def test_a_ratio_agrees_if_values_within_what_was_printed_do(compared):
    def ratio(name, published, numerator, denominator=None, **more):
        return figure(name, "wet_pct", published, numerator=numerator, denominator=denominator, **more)

    figures = [
        figure("rounded", "weather", 1_300_000, decimals=-5),
        figure("exact", "weather", 1_300_000),
        figure("people", "weather", 580_000, decimals=-3),
        figure("more", "weather", 2_000),
        ratio("44", 44, "people", "rounded"),
        ratio("44 of exactly", 44, "people", "exact"),  # 44.6
        ratio("46", 46, "people", "rounded"),  # 46.4 at most
        ratio("47", 47, "people", "rounded"),
        ratio("43", 43, "people", "rounded"),  # 42.9 at least
        ratio("42", 42, "people", "rounded"),
        ratio("44.8", Decimal("44.8"), "people;more", "exact", decimals=1),
        ratio("44.5", Decimal("44.5"), "people;-more", "exact", decimals=1),
        ratio("missing", 44, "people", "nowhere"),
        ratio("no part", 44, "people;nowhere", "exact"),
    ]
    found = {name: row[0] for name, row in compared(figures, "ratio_agrees").items() if row[0] is not None}
    assert found == {
        "44": True, "44 of exactly": False, "46": True, "47": False, "43": True, "42": False, "44.8": True,
        "44.5": True, "missing": False, "no part": False,
    }  # fmt: skip


def test_a_product_is_in_the_unit_of_its_figure(compared):
    def product(name, published, **more):
        return figure(name, "need_rp", published, numerator="people", factor=16_800, decimals=-7, **more)

    figures = [
        figure("people", "weather", 338_681),
        product("right", 5_690_000_000),
        product("for fewer", 5_450_000_000),
        figure("per head", "need_rp", 8_400, numerator="people", denominator="people", factor=8_400),
    ]
    rows = compared(figures, "own_value own_ratio_pct ratio_agrees ratio_difference")
    own = 338_681.0 * 16_800
    assert rows["right"] == (own, None, True, 5_690_000_000 - own)
    assert rows["for fewer"] == (own, None, False, 5_450_000_000 - own)
    assert rows["per head"] == (8_400.0, None, True, 0.0)


def test_the_packaged_figures_that_do_not_agree_with_themselves(run, warehouse):
    rows = run("marts.published_comparison", {}, "figure_id parts_agree ratio_agrees self_consistent")
    assert {row[0]: row[1:3] for row in rows if not row[3]} == {
        "palu-total": (False, None),  # 935 registrations in none of the three regions
        "ntb-coverage": (None, False),  # 26.0 %, printed as 25
        "jambi25-target": (None, False),  # 782 thousand of 1.3 million are 58 to 63 %, not 55
        "kendal25-coverage": (None, False),  # 4.2 %, printed as 7
        "kendal25-need": (None, False),  # Rp 5.69 bn for all; 5.45 bn is for those without protection
    }
    judged = [row[0] for row in rows if row[1] or row[2]]
    assert judged == [
        "jakarta25-share", "jambi24-share", "jambi24-target", "jambi25-share", "jatim19-claims", "jatim19-rp",
        "kendal25-unprotected", "nation24-rp", "nation25-active", "ntb-share", "palu21-claims", "palu21-rp",
        "penajam25-need",
    ]  # fmt: skip


def test_parts_that_are_missing_do_not_add_up(compared):
    figures = [figure("x", "weather", 3, total_of="y;z"), figure("y", "weather", 3)]
    assert compared(figures, "parts_sum self_consistent")["x"] == (None, False)


def test_whether_and_by_how_much_a_source_disagrees_with_itself(compared):
    figures = [
        figure("total", "weather", 10, total_of="a;b", published_on="2023-10-14"),
        figure("sum", "weather", 7, total_of="a;b"),
        figure("a", "weather", 3),
        figure("b", "weather", 4),
        figure("share", "weather", 80, numerator="a", denominator="b"),
        figure("good share", "weather", 75, numerator="a", denominator="b"),
        figure("both", "weather", 7, total_of="a;b", numerator="a", denominator="b"),
    ]
    columns = "parts_agree parts_difference ratio_agrees ratio_difference self_consistent published_on"
    assert compared(figures, columns) == {
        "total": (False, 3, None, None, False, date(2023, 10, 14)),
        "sum": (True, 0, None, None, True, None),
        "a": (None, None, None, None, True, None),
        "b": (None, None, None, None, True, None),
        "share": (None, None, False, 5.0, False, None),
        "good share": (None, None, True, 0.0, True, None),
        "both": (True, 0, False, -68.0, False, None),
    }


def test_the_regencies_of_a_province_are_those_of_the_list(compared):
    figures = [figure("two", "regencies", 2), figure("none", "regencies", 1, "52")]
    assert compared(figures) == {"none": (0, 1, False, True), "two": (2, 0, True, True)}
