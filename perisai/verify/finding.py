"""What a check of a home comes to: what was looked at, what is wrong, and how it is mended."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """Something that is wrong.

    Attributes:
        what: What it is, without a value of any row.
        mend: What to do, in one sentence.
    """

    what: str
    mend: str


@dataclass
class Found:
    """What one check came to.

    Attributes:
        checked: How many there are of each thing that was looked at.
        wrong: What is wrong.
        left_out: What could not be checked, and why; it is no fault.
    """

    checked: dict[str, int] = field(default_factory=dict)
    wrong: list[Finding] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def add(self, what: str, mend: str) -> None:
        """Notes that something is wrong."""
        self.wrong.append(Finding(what, mend))
