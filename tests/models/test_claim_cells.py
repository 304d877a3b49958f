"""What is published of claims: no small cell, and none that an attacker with all tables could compute."""

import random
from datetime import date
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from warehouse import models

ENOUGH = 5
REFERENCE = Path(models.__file__).parent / "reference"
MONTH = date(2023, 9, 1)
PROGRAMME = {"PENGOBATAN": "JKK", "SEMBUH": "JKK", "SALDO_JHT": "JHT"}
PROVINCE = {"NTB01": "52", "NTB02": "52", "STG01": "72", "STG02": "72"}
KNOWN = [*product(["perisai", "other"], ["5271", "7271"], ["L", "P"], ["farm", "sea"])]
# every kind of claim that can be told apart by what is published
KINDS = [
    {"branch": branch, "benefit": benefit, "channel": channel, "region": region, "sex": sex, "sector": sector}
    | {"province": PROVINCE[branch], "programme": PROGRAMME[benefit]}
    | {"person": "unresolved" if channel == "unresolved" else "known"}
    for branch, benefit in product(PROVINCE, PROGRAMME)
    for channel, region, sex, sector in [*KNOWN, ("unresolved", "unknown", "unknown", "unknown")]
]


def claim(number, kind=0, **changes):
    it = KINDS[kind]
    known = it["person"] == "known"
    row = {
        "claim_no": f"C{number}",
        "status": "Dibayarkan",
        "submitted_date": "2023-08-01",
        "reached_date": "2023-09-30",
        "branch_code": it["branch"],
        "programme": it["programme"],
        "benefit": it["benefit"],
        "amount_rp": 1_000,
        "claimant_key": f"person {number}",
        "region_code": it["region"] if known else None,
        "channel": it["channel"],
        "programmes": 3 if known else None,
        "sex": it["sex"] if known else None,
        "occupation": it["sector"] if known else None,
        "birth_year": 1980 if known else None,
    }
    return row | changes


def kind_of(**wanted):
    return next(n for n, it in enumerate(KINDS) if all(it[name] == value for name, value in wanted.items()))


@pytest.fixture
def publish(warehouse):
    every = warehouse.models
    chosen = [
        every[name]
        for name in (
            "reference.parameter",
            "reference.branch",
            "reference.region",
            "core.branch_place",
            "core.running_month",
            "core.claim_cell",
            "core.claim_branch",
            "marts.claim_month",
            "marts.claim_group_month",
            "marts.claim_duration",
            "marts.claim_duration_branch",
        )
    ]

    def publish(claims):
        warehouse.put("core.claim_status", claims)
        warehouse.put("raw.business_day", [{"business_date": "2023-10-13"}])
        words = ["farm", "sea"]
        warehouse.put("core.occupation_sector", [{"occupation": word, "sector": word} for word in words])
        models.build(warehouse.con, REFERENCE, chosen)
        return warehouse.query

    return publish


def tables(query):
    """Rows as (person, province, programme, dimension, value, branch, count, parts): everything that is published."""
    offices = query(
        "select province_code, programme, channel, branch_code, claim_count, part_count from marts.claim_month"
    )
    together = query("select count(*) from marts.claim_group_month where person = 'pooled'") != [(0,)]
    for province, programme, channel, branch, *counts in offices:
        person = "pooled" if together else "unresolved" if channel == "unresolved" else "known"
        yield (person, province, programme, "channel", channel, branch, *counts)
    for *row, dimension, value, count, parts in query(
        "select person, province_code, programme, dimension, value, claim_count, part_count"
        " from marts.claim_group_month where dimension in ('benefit', 'region', 'sex', 'sector')"
    ):
        yield (*row, dimension, value, None, count, parts)


def equations(rows):
    """What the rows say of the counts of all kinds: a pooled row stands for whatever has no row of its own.

    A kind that no row of some dimension stands for does not occur. The third of each is the parts of the row, as kinds
    each, and how many of them have somebody; or None if that is not told.
    """
    rows = list(rows)
    covered = {row[3]: np.zeros(len(KINDS)) for row in rows}
    levels = ("person", "province", "programme", "dimension", "value", "branch")
    listed = {row[: n + 1] for row in rows for n in range(len(levels))}
    for *keys, count, told in rows:
        kinds = []
        for it in KINDS:
            path = ()
            for level, shown in zip(levels, keys, strict=True):
                own = {"dimension": keys[3], "value": it[keys[3]]}.get(level, it.get(level))
                if shown in (None, "all") or own == shown:
                    path += (shown,)
                elif shown == "pooled" and (*path, own) not in listed:
                    path += ("pooled",)
                else:
                    break
            kinds.append(len(path) == len(levels))
        covered[keys[3]] += kinds
        parts = {}
        for kind in np.flatnonzero(kinds):
            it = KINDS[kind]
            own = [
                it["person"],
                it["province"],
                keys[2] == "all" or it["programme"],
                it[keys[3]],
                keys[5] and it["branch"],
            ]
            parts.setdefault(tuple(own), np.zeros(len(KINDS)))[kind] = 1
        yield np.array(kinds, float), count, told and ([*parts.values()], told)
    yield from ((1 - found, 0, None) for found in covered.values())


def cells():
    """Every cell of one to four attributes that some table is about."""
    wanted = [
        ("province",),
        ("programme",),
        ("channel",),
        ("branch",),
        ("benefit",),
        ("region",),
        ("sex",),
        ("sector",),
    ]
    wanted += [
        ("province", "sector"),
        ("province", "programme"),
        ("province", "programme", "channel"),
        ("programme", "channel", "branch"),
    ]
    wanted += [("province", "programme", name) for name in ("benefit", "region", "sex")] + [("person",)]
    for names in wanted:
        for values in {tuple(it[name] for name in names) for it in KINDS}:
            yield np.array([all(it[n] == v for n, v in zip(names, values, strict=True)) for it in KINDS], float)


def most(cell, said):
    """The largest count that a cell can have, after all that was said."""
    matrix, counts = (np.array(side) for side in zip(*(one[:2] for one in said), strict=True))
    solved = linprog(-cell, A_eq=matrix, b_eq=counts, method="highs")
    assert solved.status == 0, solved.message
    return -solved.fun


def most_with_parts(cell, said):
    """The same for an attacker who also reads how many parts each row has: each of them has a claim, or none."""
    told = [(count, part, row) for row, (_, count, parts) in enumerate(said) if parts for part in parts[0]]
    wide = len(KINDS) + len(told)
    rules = [LinearConstraint(np.pad(kinds, (0, len(told))), count, count) for kinds, count, _ in said]
    for place, (count, part, _) in enumerate(told, len(KINDS)):
        has, none = np.pad(part, (0, len(told))), np.zeros(wide)
        none[place] = 1
        rules += [LinearConstraint(has - none, 0), LinearConstraint(has - count * none, -np.inf, 0)]
    for row in {row for *_, row in told}:
        chosen = np.array([0] * len(KINDS) + [one == row for *_, one in told], float)
        rules.append(LinearConstraint(chosen, said[row][2][1], said[row][2][1]))
    whole = np.array([0] * len(KINDS) + [1] * len(told))
    solved = milp(
        -np.pad(cell, (0, len(told))),
        constraints=rules,
        integrality=whole,
        bounds=Bounds(0, np.where(whole, 1, np.inf)),
    )
    assert solved.status == 0, solved.message
    return -solved.fun


def random_history(seed):
    """Few people spread unevenly over kinds, so that many cells are small."""
    rng = random.Random(seed)
    weights = [rng.random() ** rng.choice([2, 6, 20]) * (0.1 if it["channel"] == "unresolved" else 1) for it in KINDS]
    numbers = rng.choices(range(len(KINDS)), weights, k=rng.choice([8, 15, 40, 120]))
    truth = np.bincount(numbers, minlength=len(KINDS)).astype(float)
    return [claim(n, kind) for n, kind in enumerate(numbers)], truth


@pytest.mark.parametrize("seed", range(5))
def test_an_attacker_with_all_tables_cannot_tell_that_a_cell_is_small(publish, seed):
    claims, truth = random_history(seed)
    rows = list(tables(publish(claims)))
    said = list(equations(rows))
    for kinds, count, parts in said:
        assert count >= ENOUGH or not count
        assert kinds @ truth == count  # the test reads the tables as they are meant
        assert not parts or sum(part @ truth > 0 for part in parts[0]) == parts[1]
    small = [cell for cell in cells() if 0 < cell @ truth < ENOUGH]
    assert small
    assert min(most_with_parts(cell, said) for cell in small) > ENOUGH - 0.001


def test_the_attacker_finds_what_is_merely_left_out():
    """The control: with small cells left out and totals given, a single small cell is what remains."""
    truth = np.zeros(len(KINDS))
    truth[kind_of(sex="L")], truth[kind_of(sex="P")] = 20, 3
    men = np.array([it["sex"] == "L" for it in KINDS], float)
    women, said = 1 - men, [(np.ones(len(KINDS)), 23, None), (men, 20, None)]
    assert most(women, said) == most_with_parts(women, said) == pytest.approx(3)
    pooled = [(np.ones(len(KINDS)), 6, ([men, women], 2))]
    assert (most(women, pooled), most_with_parts(women, pooled)) == (pytest.approx(6), pytest.approx(5))


def test_sums_over_pooled_rows_are_exact(publish):
    claims, _ = random_history(3)
    query = publish(claims)
    total = [(len(claims), 1_000 * len(claims))]
    assert query("select sum(claim_count), sum(claim_rp) from marts.claim_month") == total
    assert (
        query("select distinct sum(claim_count), sum(claim_rp) from marts.claim_group_month group by dimension")
        == total
    )


def shown(query, dimension):
    return query(f"select value, claim_count, part_count from marts.claim_group_month where dimension = '{dimension}'")


@pytest.mark.parametrize(
    ("men", "women", "expected"),
    [
        (5, 5, [("L", 5, 1), ("P", 5, 1)]),
        (5, 4, [("pooled", 9, 2)]),
        (9, 0, [("L", 9, 1)]),
        (4, 4, [("pooled", 8, 2)]),
        (3, 2, [("pooled", 5, None)]),  # of two parts neither could have five
    ],
)
def test_four_people_are_pooled_and_five_are_not(publish, men, women, expected):
    claims = [claim(n, kind_of(sex="L" if n < men else "P")) for n in range(men + women)]
    assert shown(publish(claims), "sex") == expected


def test_a_month_with_four_people_has_rows_without_figures(publish):
    query = publish([claim(n) for n in range(4)])
    assert query("from marts.claim_month") == [
        (MONTH, "pooled", "pooled", "Dibayarkan", "pooled", None, None, "pooled", None, False)
    ]
    assert set(shown(query, "sex")) == {("pooled", None, None)}
    assert query("from marts.claim_duration") == query("from marts.claim_duration_branch") == []


def test_people_are_counted_and_not_claims(publish):
    five = [claim(n, claimant_key=f"person {n % 4}") for n in range(12)]
    assert publish(five)("select claim_count from marts.claim_month") == [(None,)]


def test_the_smallest_of_the_others_joins_the_small_ones(publish):
    kinds = {"perisai": 5, "other": 7, "unresolved": 6}
    claims = [
        claim(f"{channel} {n}", kind_of(channel=channel)) for channel, people in kinds.items() for n in range(people)
    ]
    columns = "channel, claim_count, part_count"
    assert publish(claims)(f"select {columns} from marts.claim_month order by 1") == [
        ("other", 7, 1),
        ("perisai", 5, 1),
        ("unresolved", 6, 1),
    ]
    query = publish([one for one in claims if one["claim_no"] != "Cperisai 0"])
    rows = query(f"select {columns} from marts.claim_month order by 1")
    assert rows == [("pooled", 11, 2), ("unresolved", 6, 1)]
    few = [claim(n, kind_of(channel="perisai" if n < 3 else "other")) for n in range(5)]
    assert publish(few)(f"select {columns} from marts.claim_month") == [("pooled", 5, None)]


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (1999, "under 25"),
        (1998, "25 to 34"),
        (1989, "25 to 34"),
        (1988, "35 to 44"),
        (1979, "35 to 44"),
        (1978, "45 to 54"),
        (1968, "55 to 64"),
        (1959, "55 to 64"),
        (1958, "65 and over"),
        (None, "unknown"),
    ],
)
def test_age_bands(run, born, band):
    rows = run("core.claim_cell", {"core.claim_status": [claim(1, birth_year=born)]}, "age_band")
    assert rows == [band]


def test_the_last_day_of_a_month_is_in_it(run):
    days = ["2023-09-01", "2023-09-30", "2023-10-01"]
    claims = [claim(n, reached_date=day) for n, day in enumerate(days)]
    rows = run("core.claim_cell", {"core.claim_status": claims}, "claim_no month days")
    assert rows == [("C0", MONTH, 31), ("C1", MONTH, 60), ("C2", date(2023, 10, 1), 61)]


def test_the_time_from_submission_to_payment(publish):
    ntb, stg = kind_of(branch="NTB01"), kind_of(branch="STG01")
    days = [*range(1, 10), 100, *[7] * 5]
    claims = [
        claim(n, ntb if n < 10 else stg, submitted_date=date(2023, 9, 30) - date.resolution * day)
        for n, day in enumerate(days)
    ]
    claims.append(claim(99, ntb, status="Diajukan"))
    columns = "province_code, programme, claim_count, median_days, p90_days, part_count"
    rows = publish(claims)(f"select {columns} from marts.claim_duration")
    assert rows == [
        ("00", "all", 15, 7, pytest.approx(8.6), 2),
        ("52", "JKK", 10, 5.5, pytest.approx(18.1), 1),
        ("52", "all", 10, 5.5, pytest.approx(18.1), 1),
        ("72", "JKK", 5, 7, 7, 1),
        ("72", "all", 5, 7, 7, 1),
    ]


def test_a_sum_tells_its_parts_only_if_each_of_its_rows_does(publish):
    of_each = {"NTB01": (3, "PENGOBATAN"), "NTB02": (2, "SALDO_JHT"), "STG01": (9, "PENGOBATAN")}
    query = publish(
        [
            claim(f"{branch} {n}", kind_of(branch=branch, benefit=benefit))
            for branch, (people, benefit) in of_each.items()
            for n in range(people)
        ]
    )
    assert query("select province_code, programme, claim_count, part_count from marts.claim_duration") == [
        ("00", "all", 14, None),
        ("52", "all", 5, None),
        ("52", "pooled", 5, None),
        ("72", "JKK", 9, 1),
        ("72", "all", 9, 1),
    ]
    assert query("select branch_code, claim_count, part_count from marts.claim_duration_branch") == [
        ("pooled", 5, None),
        ("STG01", 9, 1),
    ]
