"""core.occupation_sector, marts.sector_month and marts.occupation_unmapped: what people live on, and where."""

from datetime import date

import pytest

from demo.people import OCCUPATIONS

REGIONS = [
    {"region_code": "52", "region_level": "province"},
    {"region_code": "5271", "region_level": "regency", "parent_code": "52"},
    {"region_code": "5272", "region_level": "regency", "parent_code": "52"},
]
LISTED = [
    {"occupation": "PEDAGANG", "match": "start", "sector": "trade"},
    {"occupation": "PEDAGANG BAKSO", "match": "start", "sector": "food_service"},
    {"occupation": "BURUH", "match": "whole", "sector": "unspecific"},
    {"occupation": "BURUH TANI", "match": "start", "sector": "agriculture"},
]
JANUARY, FEBRUARY, MARCH = date(2023, 1, 1), date(2023, 2, 1), date(2023, 3, 1)
INDEX = 2023 * 12


def said(who, occupation, until=None, since=INDEX):
    return {"participant_key": who, "occupation": occupation, "from_index": since, "to_index": until}


def spoken(status):
    """What people said, with the words that each key stands for."""
    words = sorted({row["occupation"] for row in status if row["occupation"] is not None})
    known = [{"occupation_key": word, "words": word} for word in words]
    return {"core.participant_status": status, "raw.occupation_words": known}


@pytest.fixture
def sectors(run):
    def sectors(*texts, listed=LISTED):
        status = [said(f"person {n}", text) for n, text in enumerate(texts)]
        tables = spoken(status)
        if listed is not None:
            tables["reference.occupation"] = listed
        return dict(run("core.occupation_sector", tables, "occupation sector"))

    return sectors


@pytest.mark.parametrize(
    ("text", "sector"),
    [
        ("PEDAGANG", "trade"),
        ("pedagang", "trade"),
        ("  Pedagang\t ikan\u00a0 asin ", "trade"),
        ("PEDAGANG/PENJUAL", "trade"),
        ("pedagang - bakso.", "food_service"),
        ("PEDAGANG BAKSO KELILING", "food_service"),
        ("PEDAGANG BAKSOS", "trade"),
        ("PEDAGANGAN", "unmapped"),
        ("BURUH", "unspecific"),
        ("(buruh)", "unspecific"),
        ("BURUH CUCI", "unmapped"),
        ("BURUH TANI", "agriculture"),
        ("TANI BURUH", "unmapped"),
        ("a\\b<c>'d\"e", "unmapped"),
        (" . / - ", "unstated"),
        ("", "unstated"),
    ],
)
def test_the_longest_listed_words_that_a_text_begins_with_decide(sectors, text, sector):
    assert sectors(text) == {text: sector}


def test_all_punctuation_is_a_blank_and_nothing_else_is(run):
    text = "a.b,c;d:e/f|g-h_i+j&k*l(m)n[o]p{q}r\"s't`u~v!w?x#y@z=1<2>3\\4\n5\r6"
    rows = run("core.occupation_sector", spoken([said("ani", text)]), "normal_form")
    assert rows == [" ".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ123456")]


def test_a_key_whose_words_are_in_no_vault_is_withheld_and_never_spelled(run):
    key = "0f8fad5b-d9cb-469f-a165-70867728950e"
    rows = run("core.occupation_sector", {"core.participant_status": [said("ani", key)]}, "normal_form withheld sector")
    assert rows == [(None, "not_in_vault", "unmapped")]
    held = {"occupation": key, "withheld": "not_in_vault", "sector": "unmapped", "people": 3}
    assert run("marts.occupation_unmapped", {"core.occupation_sector": [held]})[0] == (None, "not_in_vault", 1, 3)


def test_people_are_counted_by_what_they_said_last(run):
    status = [
        said("ani", "BURUH", INDEX + 1, INDEX),
        said("ani", "PEDAGANG", None, INDEX + 1),
        said("budi", "PEDAGANG"),
        said("cici", None),
    ]
    rows = run("core.occupation_sector", spoken(status), "occupation people")
    assert sorted(rows) == [("BURUH", 0), ("PEDAGANG", 2)]


def test_the_occupations_of_the_demo_are_all_mapped(sectors):
    found = sectors(*OCCUPATIONS, listed=None)
    assert set(found) == set(OCCUPATIONS) - {None}
    assert set(found.values()) >= {"agriculture", "fishery", "livestock", "trade", "transport", "construction"}
    assert not {"unmapped", "unstated"} & set(found.values())


@pytest.mark.parametrize(
    ("text", "sector"),
    [
        ("Petani/Pekebun", "agriculture"),
        ("Buruh Nelayan/Perikanan", "fishery"),
        ("Petani rumput laut", "fishery"),
        ("Driver ojek online", "transport"),
        ("Tukang ojek pangkalan", "transport"),
        ("Wiraswasta", "unspecific"),
        ("Mengurus Rumah Tangga", "unspecific"),
        ("Pembantu rumah tangga", "domestic"),
        ("Tukang las/pandai besi", "manufacturing"),
        ("Kader Posyandu", "health"),
        ("Sopir ambulans desa", "health"),
        ("Pedagang bakso keliling", "food_service"),
        ("Pedagang sayur", "trade"),
        ("Petani garam", "mining"),
        ("Tukang", "unspecific"),
        ("Tukang sulap", "unmapped"),
    ],
)
def test_what_indonesian_participants_say(sectors, text, sector):
    assert sectors(text, listed=None) == {text: sector}


def lives(who, sector, first=INDEX, end=None, region="5271", registered=None, agent=None, protected=True):
    """Months of a person; registered in the first of them unless stated."""
    return {
        "participant_key": who,
        "occupation": sector,
        "from_index": first,
        "to_index": end,
        "protected": protected,
        "region_code": region,
        "acquiring_agent_code": agent,
        "first_index": first if registered is None else registered,
    }


def paid(sector="farm", count=5, month="2023-01-01", province="52", **changes):
    """A row of marts.claim_group_month."""
    row = {"month": month, "status": "Dibayarkan", "province_code": province, "programme": "all", "dimension": "sector"}
    return row | {"value": sector, "claim_count": count, "claim_rp": count and count * 10} | changes


@pytest.fixture
def sector_month(run):
    def sector_month(status, columns, region=None, day="2023-03-31", **tables):
        named = {name.replace("__", "."): rows for name, rows in tables.items()}
        words = ["farm", "trade", "sea", "wood"]
        given = {
            "reference.region": REGIONS,
            "core.occupation_sector": [{"occupation": word, "sector": word} for word in words],
            "reference.sector_universe": [],
            "raw.business_day": [{"business_date": day}],
            "core.participant_status": status,
        }
        rows = run("marts.sector_month", given | named, f"region_code {columns}")
        return [row[1:] for row in rows if row[0] == region] if region else rows

    return sector_month


def test_participants_by_sector_in_regency_province_and_nation(sector_month):
    status = [
        lives("ani", "farm", agent="AB1"),
        lives("budi", "farm", INDEX + 1),
        lives("cici", "sea", region="5272"),
        lives("dedi", None, region="5272", protected=False),
        lives("ella", "riddle", region="5272"),
    ]
    rows = sector_month(status, "region_level sector month protected perisai new_registrations", day="2023-02-01")
    assert rows == [
        ("00", "nation", "farm", JANUARY, 1, 1, 1),
        ("00", "nation", "farm", FEBRUARY, 2, 1, 1),
        ("00", "nation", "sea", JANUARY, 1, 0, 1),
        ("00", "nation", "sea", FEBRUARY, 1, 0, 0),
        ("00", "nation", "unstated", JANUARY, 1, 0, 2),
        ("00", "nation", "unstated", FEBRUARY, 1, 0, 0),
        ("52", "province", "farm", JANUARY, 1, 1, 1),
        ("52", "province", "farm", FEBRUARY, 2, 1, 1),
        ("52", "province", "sea", JANUARY, 1, 0, 1),
        ("52", "province", "sea", FEBRUARY, 1, 0, 0),
        ("52", "province", "unstated", JANUARY, 1, 0, 2),
        ("52", "province", "unstated", FEBRUARY, 1, 0, 0),
        ("5271", "regency", "farm", JANUARY, 1, 1, 1),
        ("5271", "regency", "farm", FEBRUARY, 2, 1, 1),
        ("5272", "regency", "sea", JANUARY, 1, 0, 1),
        ("5272", "regency", "sea", FEBRUARY, 1, 0, 0),
        ("5272", "regency", "unstated", JANUARY, 1, 0, 2),
        ("5272", "regency", "unstated", FEBRUARY, 1, 0, 0),
    ]


def test_a_person_who_says_something_else_changes_sector_and_is_new_once(sector_month):
    status = [
        lives("ani", "farm", INDEX - 1, INDEX + 1, registered=INDEX),
        lives("ani", "sea", INDEX + 1, INDEX + 2, registered=INDEX),
        lives("ani", "sea", INDEX + 2, None, registered=INDEX, protected=False),
    ]
    rows = sector_month(status, "sector month protected new_registrations", "5271")
    assert rows == [
        ("farm", date(2022, 12, 1), 1, 0),
        ("farm", JANUARY, 1, 1),
        ("farm", FEBRUARY, 0, 0),
        ("farm", MARCH, 0, 0),
        ("sea", FEBRUARY, 1, 0),
        ("sea", MARCH, 0, 0),
    ]


@pytest.mark.parametrize(
    ("first", "end", "expected"), [(INDEX, INDEX + 1, [1, 0, 0]), (INDEX, None, [1, 1, 1]), (INDEX, INDEX, [1, 1, 1])]
)
def test_who_is_new_is_new_in_the_month_of_registration(sector_month, first, end, expected):
    """The month of registration is the first of its stretch, lies within one that goes on, or follows one."""
    before = [lives("ani", "farm", INDEX - 1, end, registered=INDEX)] if end == INDEX else []
    after = lives("ani", "farm", first, None if end == INDEX else end, registered=INDEX)
    rows = sector_month([*before, after], "month new_registrations protected", "5271")
    assert [row[1] for row in rows if row[0] >= JANUARY] == [1, 0, 0]
    assert [row[2] for row in rows if row[0] >= JANUARY] == expected


def test_growth_against_last_month_and_year(sector_month):
    status = [
        lives("ani", "farm", INDEX - 12),
        lives("budi", "farm", INDEX - 11),
        *(lives(f"new {n}", "farm") for n in range(2)),
        lives("cici", "sea"),
    ]
    columns = "sector month protected people_change_month people_change_year growth_year_pct"
    rows = {row[:2]: row[2:] for row in sector_month(status, columns, "5271", day="2023-01-31")}
    assert rows["farm", date(2022, 1, 1)] == (1, None, None, None)
    assert rows["farm", date(2022, 2, 1)] == (2, 1, None, None)
    assert rows["farm", JANUARY] == (4, 2, 3, 300.0)
    assert rows["sea", JANUARY] == (1, 1, 1, None)


def test_coverage_only_where_the_sector_has_a_denominator(sector_month):
    def universe(region, sector, people, since):
        return {
            "region_code": region,
            "sector": sector,
            "people": people,
            "reference_from": since,
            "source": f"{sector} {since}",
        }

    rows = sector_month(
        [lives("ani", "farm"), lives("budi", "sea")],
        "region_code sector month universe coverage_pct universe_source universe_period",
        reference__sector_universe=[
            universe("52", "farm", 4, "2023-02-01"),
            universe("52", "farm", 5, "2023-03-01"),
            universe("00", "sea", 10, "2023-03-01"),
        ],
    )
    assert [row[1:] for row in rows if row[4] is not None] == [
        ("00", "sea", MARCH, 10, 10.0, "sea 2023-03-01", MARCH),
        ("52", "farm", FEBRUARY, 4, 25.0, "farm 2023-02-01", FEBRUARY),
        ("52", "farm", MARCH, 5, 20.0, "farm 2023-03-01", MARCH),
    ]
    assert {row[5:] for row in rows if row[4] is None} == {(None, None, None)}


CLAIMS = "sector claim_count claim_rp claims_hidden"


def test_claims_are_those_that_are_shown_of_the_offices_of_the_province(sector_month):
    every = [
        paid(),
        paid(count=7, person="unresolved"),
        paid(status="Diajukan"),
        paid("L", dimension="sex"),
        paid(province="pooled", month="2022-12-01"),
        paid("farm", 6, "2023-02-01"),
        paid("pooled", 9, "2023-02-01"),
        paid("pooled", None, "2023-03-01", "pooled"),
    ]
    status = [lives("ani", "farm"), lives("budi", "sea")]
    rows = sector_month(status, f"month region_level {CLAIMS}", marts__claim_group_month=every)
    assert {row[1:] for row in rows if row[0] == "52"} == {
        (JANUARY, "province", "farm", 12, 120, False),
        (JANUARY, "province", "sea", 0, 0, False),
        (FEBRUARY, "province", "farm", 6, 60, True),  # more may be among the pooled ones
        (FEBRUARY, "province", "sea", None, None, True),
        (MARCH, "province", "farm", None, None, True),
        (MARCH, "province", "sea", None, None, True),
    }
    assert {row[4:] for row in rows if row[0] != "52"} == {(None, None, None)}


def test_claims_of_people_without_occupation_or_participants_are_not_lost(sector_month):
    every = [paid("unstated", month="2022-11-01"), paid("unknown", 6, "2022-11-01")]
    rows = sector_month(
        [lives("ani", "farm")], f"month {CLAIMS}", "52", day="2023-01-01", marts__claim_group_month=every
    )
    assert rows[1] == (date(2022, 11, 1), "unstated", 11, 110, False)
    assert [row[1] for row in rows] == ["farm", *["unstated"] * 3]


def test_unmapped_texts_are_listed_but_not_those_that_may_name_somebody(run):
    def text(words, people, sector="unmapped", normal=None):
        return {"occupation": words, "normal_form": normal or words, "sector": sector, "people": people}

    rows = run(
        "marts.occupation_unmapped",
        {
            "core.occupation_sector": [
                text("JURU KETIK", 3),
                text("juru-ketik", 2, normal="JURU KETIK"),
                text("PESULAP", 9),
                text("PAK BUDI", 4),
                text("BU ANI", 1),
                text("NO HP 08123456789", 40),
                text("PETANI", 900, "agriculture"),
                text("", 70, "unstated"),
            ]
        },
    )
    assert rows == [(None, "digits", 1, 40), ("PESULAP", None, 1, 9), ("JURU KETIK", None, 1, 5),
                    (None, "few_people", 2, 5)]  # fmt: skip


def test_when_every_text_is_mapped_zeros_say_so(run):
    assert run("marts.occupation_unmapped", {}) == [(None, "digits", 0, 0), (None, "few_people", 0, 0)]
