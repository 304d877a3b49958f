"""Other keys: a home goes on under them, whatever killed the change, and nothing opens under the ones before."""

from __future__ import annotations

import hashlib
import hmac
import shutil
from pathlib import Path

import pytest
import traces
from house import House, registration
from typer.testing import CliRunner

from perisai import day as steps
from perisai import rekey
from perisai.cli import app
from perisai.errors import DayFailed
from perisai.rights.person import key_of
from perisai.step import opened_lake
from perisai.verify import as_json, verify, wrong
from warehouse import keys

HMAC, VAULT = hashlib.sha256(b"hmac").hexdigest(), hashlib.sha256(b"vault").hexdigest()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_home_gets_another_vault_key_and_then_another_key_of_pseudonyms(
    copy: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = as_before(copy)
    (old := tmp_path / "old").write_text("v" * 32)
    (tmp_path / "vault").write_text(VAULT)
    (tmp_path / "hmac").write_text(HMAC)
    hmac_key = copy.settings.hmac_key
    now = House(rekey.with_keys(copy.settings, None, tmp_path / "vault"))
    with pytest.raises(DayFailed, match="PERISAI_HMAC_KEY looks typed"):
        rekey.rotate(now.settings, copy.settings)
    monkeypatch.setattr(keys, "is_weak", lambda key: key in {"v" * 32})
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(rekey, "_rejects", cut_off)
        rekey.rotate(now.settings, copy.settings)
    with pytest.raises(DayFailed, match="was about to get other keys"), opened_lake(now.settings):
        pass
    monkeypatch.setattr("perisai.settings.Settings", lambda: now.settings)
    done = CliRunner().invoke(app, ["rotate-keys", "--old-vault-key-file", str(old)])
    assert done.exit_code == 0, done.output
    assert "under the new keys now" in done.output and "v" * 32 not in done.output
    with pytest.raises(DayFailed, match="PERISAI_VAULT_KEY: another key"), opened_lake(copy.settings):
        pass
    assert as_before(now) == before
    assert rekey.rotate(now.settings, copy.settings) == {"changed": False}

    later = House(rekey.with_keys(now.settings, tmp_path / "hmac", None))
    assert rekey.rotate(later.settings, now.settings)["deliveries"] == 3
    shutil.rmtree(later.settings.home / ".before-rebuild")
    steps.marts(later.settings)
    steps.publish(later.settings, "the key of the pseudonyms was changed")
    steps.report(later.settings)
    assert as_before(later) == before
    assert wrong(found := verify(later.settings)) == 0, as_json(found)
    assert hmac_key is not None
    earlier = key_of(registration(6)["nik"], hmac_key.get_secret_value().encode())
    assert traces.found(later.settings.home, [earlier, earlier.replace("-", "")], later.settings) == {}


def cut_off(*_: object) -> None:
    raise KeyboardInterrupt


def as_before(house: House) -> tuple[list[tuple[object, ...]], ...]:
    """What has to be the same under any keys."""
    book = next(house.settings.workbooks.glob("NTB01/*.xlsx"))
    assert traces.found(book.parent, [registration(31)["full_name"]])
    found = house.vault("select nik, kpj, full_name from vault.registrations where line_no < 30 order by all")
    lines = "select * exclude (participant_key) from closed.incentive_line order by all"
    return found[:20], house.lake(lines), house.published("from marts.incentive_agent_month order by all")


def test_a_key_that_was_typed_is_told_from_a_random_one() -> None:
    assert not keys.is_weak(HMAC) and not keys.is_weak("Zr4u7x!A%D*G-KaPdSgVkYp3s6v9y$B&")
    assert keys.is_weak("a" * 32) and keys.is_weak("perisai-2023-perisai-2023-" * 2) and keys.is_weak("0123" * 8)


def test_each_purpose_has_a_key_of_its_own() -> None:
    made = {keys.derived(VAULT, purpose) for purpose in (keys.VAULT, keys.STAGED, keys.SEALED)}
    assert len(made) == 3
    assert {len(key) for key in made} == {32}
    # RFC 5869 by hand: one block of HMAC over the label, under HMAC of the secret without a salt
    inner = hmac.digest(bytes(32), VAULT.encode(), "sha256")
    assert keys.derived(VAULT, keys.VAULT) == hmac.digest(inner, b"perisai vault file\x01", "sha256")
