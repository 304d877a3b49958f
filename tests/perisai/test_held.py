"""Rosters, agreements and rules that say something else of a closed month move no rupiah until a person says why."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from house import OF_CLOSES, House, agent, build_all, contribution, registration

from perisai import close, day
from perisai.errors import DayFailed
from perisai.settings import PACKAGED_REFERENCE, Settings
from perisai.step import opened_lake

pytestmark = pytest.mark.marts(*OF_CLOSES)

SEPTEMBER, OCTOBER, NOVEMBER = date(2023, 9, 1), date(2023, 10, 1), date(2023, 11, 1)
PEOPLE = 30
EARNED = PEOPLE * (15_000 + 5_520)
WHY = "PKS diperbarui, disetujui kepala kantor"


def closed(house: House, period: date, because: str = "") -> str:
    """Drafts, freezes and writes a month; its hash."""
    content: str = close.draft(house.settings, period, because)["content_hash"]
    close.freeze(house.settings, period, content, "kepala", "2023-12-02T09:30:00+08:00")
    close.statements(house.settings, period)
    return content


@pytest.fixture(scope="module")
def september(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which an agent's September is closed, with 30 new participants who paid, and October is loaded."""
    home = tmp_path_factory.mktemp("held") / "home"
    house = House(Settings(home=home, hmac_key="h" * 32, vault_key="v" * 32, max_missing_share=1))
    house.leave("NTB01", "agents", "2023-09-30", [agent(1)])
    people = [registration(n, registration_date="2023-09-02") for n in range(1, PEOPLE + 1)]
    house.leave("NTB01", "registrations", "2023-09-30", people)
    house.leave("NTB01", "contributions", "2023-09-30", map(contribution, range(1, PEOPLE + 1)))
    house.load("2023-09-30")
    closed(house, SEPTEMBER)
    return home


@pytest.fixture
def house(september: Path, tmp_path: Path) -> House:
    """A copy of it."""
    shutil.copytree(september, tmp_path / "home", symlinks=True)
    return House(Settings(home=tmp_path / "home", hmac_key="h" * 32, vault_key="v" * 32, max_missing_share=1))


def paid(house: House) -> list[tuple[object, ...]]:
    """What each closed month paid, and what of it corrects another."""
    return house.lake(
        "select period, corrects_period, sum(amount_rp) from closed.incentive_line"
        " where rule <> 'management' group by all having sum(amount_rp) <> 0 order by all"
    )


@pytest.mark.slow
def test_a_renewal_under_the_same_number_takes_nothing_back_before_somebody_says_why(house: House) -> None:
    house.leave("NTB01", "registrations", "2023-10-31", [registration(91, registration_date="2023-10-02")])
    house.leave("NTB01", "contributions", "2023-10-31", [contribution(91, payment_date="2023-10-03")])
    house.leave("NTB01", "agents", "2023-10-31", [agent(1, pks_from="2023-10-01")])
    house.load("2023-10-31")
    refusal = (
        "2023-10 is held[.] 2023-09, other agreements [(]PKS[)] than at the last close:"
        f" Rp {EARNED:,} taken back and Rp 0 paid, agents AB00001[.] .*--because"
    )
    with pytest.raises(DayFailed, match=refusal):
        close.draft(house.settings, OCTOBER)
    assert house.lake("select count(*) from closed.draft where period = '2023-10-01'") == [(0,)]

    house.leave("NTB01", "agents", "2023-10-31", [agent(1)], revision=2)  # the branch puts its roster right
    house.load("2023-10-31")
    assert close.draft(house.settings, OCTOBER, "a reason that nothing needs")["adjustment_rp"] == 0
    assert house.lake("select because from closed.draft order by period") == [(None,), (None,)]

    house.leave("NTB01", "agents", "2023-10-31", [agent(1, pks_from="2023-10-01")], revision=3)
    house.load("2023-10-31")
    closed(house, OCTOBER, WHY)
    assert paid(house) == [(SEPTEMBER, None, EARNED), (OCTOBER, SEPTEMBER, -EARNED), (OCTOBER, None, 5_520)]
    assert house.lake("select because from closed.month order by period") == [(None,), (WHY,)]
    reasons = "select distinct corrects_period, because from marts.incentive_line order by all"
    assert house.lake(reasons) == [(SEPTEMBER, WHY), (None, None)]
    final = house.settings.statements / "2023-10" / "final"
    assert WHY in (final / "summary.html").read_text()
    assert WHY in (final / "W00001.html").read_text()
    assert close.verify(house.settings, OCTOBER)["adjustment_rp"] < 0

    # What was decided is not asked again, and what a payment says needs no decision. An agent on no roster does.
    house.leave("NTB01", "contributions", "2023-11-30", [contribution(92, kpj="00000000091", payment_date="2023-10-30",
        first_month="2023-10")])  # fmt: skip
    house.leave(
        "NTB01", "registrations", "2023-11-30", [registration(93, agent_code="AB00009", registration_date="2023-11-02")]
    )
    house.load("2023-11-30")
    silent = "2023-11 is held. 1 new participant and 0 payments of 2023-11 earn nothing, .* AB00009[.]"
    with pytest.raises(DayFailed, match=silent):
        close.draft(house.settings, NOVEMBER)
    closed(house, NOVEMBER, "sudah keluar")
    assert paid(house)[3:] == [(NOVEMBER, OCTOBER, 5_520)]


@pytest.mark.slow
def test_without_what_was_known_at_the_close_all_corrections_are_held(house: House) -> None:
    """A lake that was rebuilt has no snapshot of its closed months."""
    house.leave("NTB01", "registrations", "2023-10-31", [registration(91, registration_date="2023-10-02")])
    house.leave("NTB01", "contributions", "2023-10-31", [contribution(91, payment_date="2023-10-03")])
    house.leave("NTB01", "agents", "2023-10-31", [agent(1, pks_from="2023-10-01")])
    house.load("2023-10-31")
    with opened_lake(house.settings) as con:
        con.execute("update closed.month set snapshot_id = null")
    rebuilt = f"2023-09, and the lake was rebuilt since the last close: Rp {EARNED:,} taken back and Rp 0 paid"
    with pytest.raises(DayFailed, match=rebuilt):
        close.draft(house.settings, OCTOBER)


@pytest.mark.slow
def test_what_becomes_of_the_months_before_the_first_close_is_decided_by_name(tmp_path: Path) -> None:
    house = House(Settings(home=tmp_path / "home", hmac_key="h" * 32, vault_key="v" * 32, max_missing_share=1))
    earlier = [contribution(n, receipt_no=f"OLD-{n}", payment_date="2023-08-05", first_month="2023-08") for n in (1, 2)]
    people = [registration(n, registration_date="2023-08-01" if n < 3 else "2023-09-01") for n in (1, 2, 3)]
    house.leave("NTB01", "agents", "2023-09-30", [agent(1)])
    house.leave("NTB01", "registrations", "2023-09-30", people)
    house.leave("NTB01", "contributions", "2023-09-30", [*earlier, *map(contribution, (1, 2, 3))])
    house.load("2023-09-30")
    with pytest.raises(DayFailed) as refused:
        close.draft(house.settings, SEPTEMBER)
    payable = 2 * 5_520 * 11 // 10
    assert (
        f"2023-09 is held. it would be the first month that is closed, and what came before it, 1 month from 2023-08"
        f" on, comes to Rp {payable:,}: it would never be frozen, paid or corrected here. If it was settled elsewhere,"
        " say so as the reason; if not, close 2023-08 first"
    ) in str(refused.value)
    elsewhere = House(house.settings.model_copy(update={"home": tmp_path / "other"}))
    shutil.copytree(house.settings.home, elsewhere.settings.home, symlinks=True)
    closed(elsewhere, SEPTEMBER, "dibayar oleh kantor sampai Agustus")
    assert "dibayar oleh kantor" in (elsewhere.settings.statements / "2023-09" / "final" / "summary.html").read_text()
    closed(house, date(2023, 8, 1))
    closed(house, SEPTEMBER)
    assert paid(house) == [(date(2023, 8, 1), None, 2 * 5_520), (SEPTEMBER, None, 3 * 5_520)]


@pytest.mark.slow
def test_rosters_that_say_two_things_at_once_hold_the_month(house: House) -> None:
    moving = [agent(1), agent(2, pks_to="2042-12-31"), agent(3)]
    house.leave("NTB01", "registrations", "2023-10-31", [registration(91, registration_date="2023-10-02")])
    house.leave("NTB01", "contributions", "2023-10-31", [contribution(91, payment_date="2023-10-03")])
    house.leave("NTB01", "agents", "2023-10-31", moving)
    house.leave("NTB02", "agents", "2023-10-31", [agent(3, branch_code="NTB02", wadah_code="W00009", pks_no="PKS/9")])
    house.load("2023-10-31")
    with pytest.raises(DayFailed) as refused:
        close.draft(house.settings, OCTOBER)
    said = str(refused.value)
    assert "2023-10 has agents that stand on the rosters of two branches on one day: AB00003" in said
    assert f"say two things (wadah, scheme, first or last day): {agent(1)['pks_no']}" in said
    closed(house, OCTOBER, WHY)
    assert house.lake("select because from closed.month order by period") == [(None,), (WHY,)]


@pytest.mark.slow
def test_who_is_missing_from_a_roster_earns_as_said_before_once_somebody_looked_at_it(house: House) -> None:
    """AB00001 is missing from the 10th on, is back on the 20th and then said to leave; AB00002 never comes back."""
    october = [agent(1), agent(2)]
    house.leave("NTB01", "agents", "2023-10-05", october)
    house.leave("NTB01", "agents", "2023-10-10", [agent(3)])
    house.leave("NTB01", "agents", "2023-10-20", [agent(1), agent(3)])
    house.leave("NTB01", "agents", "2023-10-25", [agent(1, status="NONAKTIF"), agent(3)])
    house.leave("NTB01", "agents", "2023-10-31", [agent(3)])
    in_gap, after = {"payment_date": "2023-10-12", "first_month": "2023-10"}, {"payment_date": "2023-10-31"}
    house.leave("NTB01", "contributions", "2023-10-31", [
        contribution(101, kpj="00000000001", **in_gap),
        contribution(102, kpj="00000000002", first_month="2023-10", **after),
    ])  # fmt: skip
    house.load("2023-10-31")
    with pytest.raises(DayFailed) as refused:
        close.draft(house.settings, OCTOBER)
    assert (
        "2023-10 is held. 0 new participants and 1 payment of 2023-10 are counted by what rosters said of their agents"
        " before, since later ones lack them: AB00001 (NTB01 since 2023-10-10), AB00002 (NTB01 since 2023-10-10). If"
    ) in str(refused.value)
    gaps = "select period, agent_code, from_date, to_date, wadah_code, payments from marts.roster_gap order by all"
    tenth = date(2023, 10, 10)
    assert house.lake(gaps) == [
        (OCTOBER, "AB00001", tenth, date(2023, 10, 19), "W00001", 1),
        (OCTOBER, "AB00002", tenth, None, "W00001", 0),
    ]
    closed(house, OCTOBER, WHY)
    assert paid(house) == [(SEPTEMBER, None, EARNED), (OCTOBER, None, 5_520)]  # what came after NONAKTIF is of nobody

    # A gap on which nothing relies is not asked about again. That the agent left is said by a corrected roster, later.
    house.leave("NTB01", "contributions", "2023-11-30", [contribution(103, kpj="00000000003",
        payment_date="2023-11-02", first_month="2023-11")])  # fmt: skip
    house.leave("NTB01", "agents", "2023-11-30", [agent(3)])
    house.load("2023-11-30")
    assert close.draft(house.settings, NOVEMBER)["adjustment_rp"] == 0
    house.leave("NTB01", "agents", "2023-10-05", [agent(1, status="NONAKTIF"), agent(2, status="NONAKTIF")], revision=2)
    house.load("2023-11-30")
    taken = "2023-10, other rosters than at the last close: Rp 5,520 taken back and Rp 0 paid, agents AB00001"
    with pytest.raises(DayFailed, match=taken):
        close.draft(house.settings, NOVEMBER)
    closed(house, NOVEMBER, WHY)
    assert paid(house)[2:] == [(NOVEMBER, OCTOBER, -5_520)]
    assert [row[1] for row in house.lake(gaps)] == []


def other_wadah(house: House) -> House:
    """The roster of the closed month is replaced by one in which the agent works for another wadah."""
    rows = [agent(1, wadah_code="W00002", pks_no="PKS/0002")]
    house.leave("NTB01", "agents", "2023-09-30", rows, revision=2)
    house.leave("NTB01", "agents", "2023-10-31", rows)
    house.load("2023-10-31")
    return house


def other_reference(house: House, name: str, before: str, after: str) -> House:
    """October with one text of a reference file replaced by another."""
    house.leave("NTB01", "agents", "2023-10-31", [agent(1)])
    house.load("2023-10-31")
    folder = house.settings.home / "reference"
    shutil.copytree(PACKAGED_REFERENCE, folder)
    path = folder / name
    assert before in path.read_text()
    path.write_text(path.read_text().replace(before, after))
    return House(house.settings.model_copy(update={"reference": folder}))


def other_rate(house: House) -> House:
    """The rate of contributions is another one, for all time."""
    return other_reference(house, "incentive_rule.csv", ",0.15,", ",0.1,")


def other_minimum(house: House) -> House:
    """The least that a person pays, on which acquisitions and months count, is above what was paid."""
    return other_reference(house, "contribution_programme.csv", ",6800,", ",36800,")


@pytest.mark.parametrize(
    ("change", "cause", "back", "forth"),
    [
        (other_wadah, "rosters", EARNED, EARNED),
        (other_rate, "rules or parameters", PEOPLE * 1_840, 0),
        (other_minimum, "rules or parameters", PEOPLE * (15_000 + 36_800 * 15 // 100), 0),
    ],
)
def test_other_rosters_and_rules_of_a_closed_month_are_held(
    house: House, change: Callable[[House], House], cause: str, back: int, forth: int
) -> None:
    changed = change(house)
    said = (
        f"2023-09, other {cause} than at the last close: Rp {back:,} taken back and Rp {forth:,} paid, agents AB00001"
    )
    with pytest.raises(DayFailed, match=said):
        close.draft(changed.settings, OCTOBER)


@pytest.mark.slow
@pytest.mark.marts
def test_other_rules_of_a_closed_month_are_not_published_before_somebody_says_why(house: House) -> None:
    build_all(house)
    day.publish(house.settings)
    changed = other_rate(house)
    day.marts(changed.settings)
    said = f"2023-09, other rules or parameters than at the last close: Rp {PEOPLE * 1_840:,} taken back and Rp 0 paid"
    for _ in range(2):  # asking again does not make it right
        with pytest.raises(DayFailed, match=f"not published: {said}, agents AB00001"):
            day.publish(changed.settings)
    corrected = "select sum(amount_rp) from marts.incentive_line where corrects_period is not null"
    assert changed.published(corrected) == [(None,)]
    day.publish(changed.settings, WHY)
    assert changed.published(corrected) == [(-PEOPLE * 1_840,)]
    again = contribution(1, receipt_no="NEXT-0001", payment_date="2023-10-20", first_month="2023-10")
    changed.leave("NTB01", "contributions", "2023-10-31", [again])
    changed.publish("2023-10-31")  # what was decided is not asked again
    path = changed.settings.reference / "incentive_rule.csv"
    path.write_text(path.read_text().replace(",0.1,", ",0.11,"))
    day.marts(changed.settings)
    with pytest.raises(DayFailed, match=f"Rp {PEOPLE * 1_472:,} taken back"):
        day.publish(changed.settings)


@pytest.mark.slow
def test_payments_that_come_again_under_other_numbers_hold_the_month(house: House) -> None:
    """A migration that numbers receipts anew; four of them are shown, and five hold the close until somebody looked."""
    october = {"payment_date": "2023-10-05", "first_month": "2023-10"}
    house.leave("NTB01", "registrations", "2023-10-30", [registration(n) for n in range(200, 206)])
    house.leave("NTB01", "contributions", "2023-10-30", [contribution(n, **october) for n in range(200, 206)])
    again = [contribution(n, receipt_no=f"SIP-{n}", **october) for n in range(200, 204)]
    house.leave("NTB01", "agents", "2023-10-31", [agent(1)])
    house.leave("NTB01", "contributions", "2023-10-31", again)
    house.load("2023-10-31")
    shown = "select kind, row_count, amount_rp, is_holding from marts.contradiction order by all"
    assert close.draft(house.settings, OCTOBER)
    assert house.lake(shown) == [(kind, 4, 4 * 36_800, False) for kind in ("months_paid_again", "payment_again")]
    again.append(contribution(204, receipt_no="SIP-204", **october))
    house.leave("NTB01", "contributions", "2023-10-31", again, revision=2)
    house.load("2023-10-31")
    said = r"2023-10 is held. .*5 rows contradict other deliveries \(.*payment_again.*\): NTB01 2023-10-31."
    with pytest.raises(DayFailed, match=said):
        close.draft(house.settings, OCTOBER)
    assert close.draft(house.settings, OCTOBER, because=WHY)
    house.leave("NTB01", "contributions", "2023-10-31", [contribution(210, **october)], revision=3)
    house.load("2023-10-31")
    assert close.draft(house.settings, OCTOBER)
    assert house.lake(shown) == [("revision_is_shorter", 4, None, False)]


@pytest.mark.slow
def test_a_revision_whose_cards_slipped_holds_the_month_until_it_is_put_right(house: House) -> None:
    october = {"payment_date": "2023-10-05", "first_month": "2023-10"}
    people = range(200, 206)
    house.leave("NTB01", "registrations", "2023-10-30", [registration(n) for n in people])
    house.leave("NTB01", "agents", "2023-10-31", [agent(1)])
    right = [contribution(n, **october) for n in people]
    house.leave("NTB01", "contributions", "2023-10-31", right)
    house.load("2023-10-31")
    house.leave("NTB01", "contributions", "2023-10-31", [right[0] | {"amount_rp": 56_800}, *right[1:]], revision=2)
    house.load("2023-10-31")
    assert close.draft(house.settings, OCTOBER), "one cell was put right"
    slipped = [one | {"kpj": other["kpj"]} for one, other in zip(right, [*right[1:], right[0]], strict=True)]
    house.leave("NTB01", "contributions", "2023-10-31", slipped, revision=3)
    house.load("2023-10-31")
    said = r"2023-10 is held. 6 rows contradict other deliveries \(revision_slipped, .*\): NTB01 2023-10-31."
    with pytest.raises(DayFailed, match=said):
        close.draft(house.settings, OCTOBER)
    assert close.draft(house.settings, OCTOBER, because=WHY)
    house.leave("NTB01", "contributions", "2023-10-31", right, revision=4)
    house.load("2023-10-31")
    assert close.draft(house.settings, OCTOBER)
    assert house.lake("select count(*) from marts.contradiction") == [(0,)]


@pytest.mark.slow
@pytest.mark.marts
def test_ways_to_take_an_acquisition_and_refunds_after_the_close_are_told_with_their_rupiah(house: House) -> None:
    """Another branch dates 25 people back, a person goes to another agent and back, and a payment is given back."""
    build_all(house)
    assert house.lake("from core.taken_signal") == []
    away = {"branch_code": "NTB02", "agent_code": "AB00002"}
    taken = [
        registration(n, registration_no=f"TAKEN-{n}", registration_date="2023-09-01", **away) for n in range(1, 26)
    ]
    gone = registration(26, registration_no="GONE-26", registration_date="2023-10-03", **away)
    back = registration(26, registration_no="BACK-26", registration_date="2023-10-04")
    refund = contribution(27, receipt_no="REFUND-27", payment_date="2023-10-05", amount_rp=-36_800)
    house.leave(
        "NTB02", "agents", "2023-10-31", [agent(2, wadah_code="W00002", pks_no="PKS/0002", branch_code="NTB02")]
    )
    house.leave("NTB02", "registrations", "2023-10-31", [*taken, gone])
    house.leave("NTB01", "agents", "2023-10-31", [agent(1)])
    house.leave("NTB01", "registrations", "2023-10-31", [back])
    house.leave("NTB01", "contributions", "2023-10-31", [refund])
    house.load("2023-10-31")
    # that the other agent was on a roster is news as well, and needs a decision
    with pytest.raises(DayFailed, match=r"2023-09, other rosters .* Rp 375,000 paid, agents AB00002"):
        close.draft(house.settings, OCTOBER)
    closed(house, OCTOBER, WHY)
    moved = 25 * 15_000 - PEOPLE * 15_000  # what is left to the first agent is below the threshold
    assert paid(house) == [(SEPTEMBER, None, EARNED), (OCTOBER, SEPTEMBER, moved), (OCTOBER, None, -5_520)]
    told = "select kind, agent_code, branch_code, signal_count, from_date, to_date, amount_rp from {}.quality_signal"
    told += " where kind in (select kind from {}.quality_signal where amount_rp is not null) order by all"
    last = date(2023, 10, 31)
    expected = [
        ("acquisition_dated_back", "AB00002", "NTB02", 25, last, last, 25 * 15_000),
        ("agents_back_and_forth", "AB00001", "NTB01", 1, date(2023, 10, 4), date(2023, 10, 4), 5_520),
        ("refunded_after_close", "AB00001", "NTB01", 1, date(2023, 10, 5), date(2023, 10, 5), -5_520),
    ]
    assert house.lake(told.format("marts", "marts")) == expected


@pytest.mark.slow
@pytest.mark.marts
def test_less_than_a_contribution_acquires_nobody_before_it_is_whole(house: House) -> None:
    """Of 27 new participants 24 pay, one a rupiah too little, one a rupiah, and one more than anybody can owe."""
    october = {"payment_date": "2023-10-05", "first_month": "2023-10"}
    people = [registration(n, registration_date="2023-10-02") for n in range(101, 128)]
    amounts = {125: 16_799, 126: 1, 127: 627_801}
    payments = [contribution(n, **october, amount_rp=amounts.get(n, 36_800)) for n in range(101, 128)]
    house.leave("NTB01", "agents", "2023-10-31", [agent(1)])
    house.leave("NTB01", "registrations", "2023-10-31", people)
    house.leave("NTB01", "contributions", "2023-10-31", [*payments[1:], payments[0]])  # cards in order would be told of
    house.load("2023-10-31")
    closed(house, OCTOBER)
    assert paid(house)[1:] == [(OCTOBER, None, 24 * 5_520)]
    told = house.lake(
        "select rule, severity, failed, reason from marts.validation_result where feed = 'contributions'"
        " and business_date = '2023-10-31' order by rule"
    )
    assert [row[:3] for row in told] == [
        ("amount_at_least_minimum", "warning", 2),
        ("amount_at_most_maximum", "error", 1),
        ("amount_is_no_known_contribution", "warning", 3),
        ("amount_thousands_kept", "error", 1),
    ]
    indonesian, english = told[2][3].split(" / ")
    assert indonesian.endswith("menurut bulan). Jumlah terdekat: Rp 36.800; Rp 627.800")
    assert english.endswith("discounts by month). Nearest amounts: Rp 36,800; Rp 627,800")

    november = {"payment_date": "2023-11-06", "first_month": "2023-11"}
    rest = contribution(201, kpj=f"{125:011d}", **(november | {"first_month": "2023-10"}), amount_rp=20_001)
    others = [contribution(n, kpj=f"{n - 100:011d}", **november) for n in (202, 203)]
    house.leave("NTB01", "agents", "2023-11-30", [agent(1)])
    house.leave("NTB01", "contributions", "2023-11-30", [rest, *others])
    house.load("2023-11-30")
    closed(house, NOVEMBER)
    # the second instalment makes the closed month whole: both of them earn, in the month of the second
    assert paid(house)[2:] == [(NOVEMBER, OCTOBER, 25 * 15_000), (NOVEMBER, None, 3 * 5_520)]
