"""What analysts open: each published version is what its manifest says, and what was drawn of it is as drawn."""

from __future__ import annotations

from perisai.errors import DayFailed
from perisai.settings import Settings
from perisai.step import read_json, scratch_duck
from perisai.verify.finding import Found
from warehouse import objects, versions

_CURRENT = "run perisai marts, which publishes it again"
_EARLIER = "put it back from a backup, or remove its folder: it is not the current version"
_SHARED = "remove the manifest there, and run perisai marts, which writes it again"
_DRAWN = "remove the folders report, exports and offices of that version, and run perisai marts"


def check(settings: Settings) -> Found:
    """Compares files and tables of each version with its manifest, and where the links lead."""
    found, now = Found(), (settings.published / "current").resolve()
    folders = sorted((settings.published / "versions").glob("[!.]*"))
    for folder in folders:
        mend = _CURRENT if folder == now else _EARLIER
        version = versions.read(folder)
        if version is None:
            found.add(f"the manifest of {folder.name} is damaged or gone", mend)
            continue
        wrong = versions.wrong_files(version)
        if not wrong:
            with scratch_duck(settings) as con:
                wrong = versions.wrong_tables(con, version)
        for words in wrong:
            found.add(f"{version.name}: {words}", mend)
        for words in versions.wrong_drawn(version):
            found.add(f"{version.name}: {words}", _DRAWN if folder == now else _EARLIER)
        found.checked["files"] = found.checked.get("files", 0) + len(version.manifest.files)
    if folders and not now.exists():
        found.add(f"{settings.published / 'current'} leads nowhere", _CURRENT)
    if settings.shared:
        for words in objects.wrong(settings.published, settings.shared):
            found.add(words, _SHARED)
    if settings.announced.exists():
        try:
            read_json(settings.announced)
        except DayFailed:
            found.add(
                f"{settings.announced} is damaged", "remove it; the next run announces the current version once more"
            )
    found.checked["versions"] = len(folders)
    return found
