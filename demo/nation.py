"""A nation of 325 branches and 11 regional offices, with the reference tables that belong to it."""

from __future__ import annotations

import csv
import shutil
from datetime import timedelta
from pathlib import Path

from demo.plan import AS_OF, REFERENCE, BranchPlan, Fate, Group, allocate, running

BRANCHES, OFFICES, REGENCIES, AGENTS = 325, 11, 514, 6_500
PROVINCES = (
    [*range(11, 20), 21, *range(31, 37), *range(51, 54), *range(61, 66), *range(71, 77), 81, 82, *range(91, 97)]
)  # fmt: skip
CLAIMS_A_DAY = 2_000
"""One claim a day for so many participants: 5,000 of ten million, and 15,000 rows as they move."""
SOURCE = "asumsi demo: negara rekaan, tidak ada angka terbit / demo assumption: invented nation, no published figure"
UNIVERSE = {"bpu": 385, "ucj": 646}
SEGMENTS = {"PU": 220, "jakon": 10, "PMI": 3}
"""People of each denominator and of the other segments for 100 participants."""


def nation(participants: int, contribution_rows: int, history: bool) -> list[BranchPlan]:
    """The plans of all branches; people pay monthly, on average payments ÷ participants times so far."""
    regions = _regions()
    weights = [3 + n % 5 for n in range(len(regions))]
    by_region = dict(zip(regions, allocate(participants, weights), strict=True))
    claim_days = 300 if history else 40
    plans = []
    for n in range(BRANCHES):
        served = regions[n * len(regions) // BRANCHES : (n + 1) * len(regions) // BRANCHES]
        groups = []
        for region in served:
            by_agent = by_region[region] * 2 // 5
            for people, via in ((by_agent, True), (by_region[region] - by_agent, False)):
                groups.append(Group(region, people, Fate.monthly, via, AS_OF))
        agents = allocate(AGENTS // BRANCHES, [by_region[region] for region in served])
        plans.append(
            BranchPlan(
                code=f"CAB{n + 1:03d}",
                number=n + 1,
                groups=tuple(groups),
                agents=tuple(zip(served, agents, strict=True)),
                paid_claims=None,
                paid_claims_rp=0,
                other_claims=sum(group.people for group in groups) * claim_days // CLAIMS_A_DAY,
                claims_from=AS_OF - timedelta(days=claim_days),
                payments=contribution_rows / participants,
            )
        )
    return running(plans)


def write_reference(folder: Path, plans: list[BranchPlan]) -> None:
    """Copies the reference tables and writes those of region, branch, universe and segments over them.

    The regions of the two real provinces keep their names, so that the published figures find them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for path in REFERENCE.glob("*.csv"):
        shutil.copyfile(path, folder / path.name)
    known = {row["region_code"]: row for row in _read("region.csv")}
    people: dict[str, int] = {}
    for group in (group for plan in plans for group in plan.groups):
        for code in (group.region, group.region[:2]):
            people[code] = people.get(code, 0) + group.people
    provinces = sorted(code for code in people if len(code) == 2)  # noqa: PLR2004
    regencies = sorted(set(people) - set(provinces))
    _write(
        folder / "region.csv",
        [
            known.get(code)
            or {
                "region_code": code,
                "region_level": level,
                "region_name": f"{word} Contoh {code}",
                "parent_code": code[:2] if level == "regency" else "",
                "statistics_code": code,
                "valid_from": "",
                "valid_to": "",
                "became": "",
            }
            for codes, level, word in (
                (provinces, "province", "Provinsi"),
                (regencies, "regency", "Kabupaten"),
            )
            for code in codes
        ],
    )
    _write(
        folder / "branch.csv",
        [
            {
                "branch_code": plan.code,
                "branch_name": f"Cabang Contoh {plan.number:03d}",
                "region_code": plan.groups[0].region,
                "office_code": f"KW{plan.number % OFFICES + 1:02d}",
                "office_name": f"Kantor Wilayah Contoh {plan.number % OFFICES + 1:02d}",
                "landing_url": "",
                "time_zone": "WIB",
                "valid_from": "",
                "valid_to": "",
                "became": "",
            }
            for plan in plans
        ],
    )
    _write(
        folder / "universe.csv",
        [
            _count(code, "definition", name, people[code] * share // 100)
            for code in sorted(people)
            for name, share in UNIVERSE.items()
        ],
    )
    _write(
        folder / "segment_count.csv",
        [
            _count(code, "segment", name, people[code] * share // 100)
            for code in regencies
            for name, share in SEGMENTS.items()
        ],
    )


def _count(region: str, kind: str, name: str, people: int) -> dict[str, str]:
    return {
        "region_code": region,
        kind: name,
        "reference_from": "2014-01-01",
        "people": str(people),
        "source": SOURCE,
    }


def _regions() -> list[str]:
    """Codes of all regencies: the real ones of the two provinces, counted ones elsewhere."""
    real = [row["region_code"] for row in _read("region.csv") if row["region_level"] == "regency"]
    elsewhere = [code for code in PROVINCES if str(code) not in {region[:2] for region in real}]
    counts = allocate(REGENCIES - len(real), [1] * len(elsewhere))
    return sorted(
        real + [f"{code}{n:02d}" for code, count in zip(elsewhere, counts, strict=True) for n in range(1, count + 1)]
    )


def _read(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
