"""Every setting of the warehouse, with its default, in one place."""

from __future__ import annotations

import logging
import re
import secrets
from functools import cached_property
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from perisai.errors import DayFailed
from transforms.readers import Limits
from warehouse import files

log = logging.getLogger(__name__)

PACKAGED_CONTRACTS = Path(__file__).resolve().parent.parent / "expectations" / "contracts"
PACKAGED_BOUNDS = Path(__file__).resolve().parent.parent / "expectations" / "bounds.yaml"
PACKAGED_REFERENCE = Path(__file__).resolve().parent.parent / "warehouse" / "reference"
SPARK_PYTHON = Path(__file__).resolve().parent.parent / ".venv-spark" / "bin" / "python"


class Settings(BaseSettings):
    """Settings, each read from the variable ``PERISAI_<NAME>``.

    Paths of the state are derived from ``home``; no other module joins paths to it.
    """

    model_config = SettingsConfigDict(
        env_prefix="PERISAI_", frozen=True, hide_input_in_errors=True, env_ignore_empty=True
    )

    home: Path = Field(default=Path("data"), validate_default=True, description="Directory that holds all state.")
    store: str = Field(
        default="",
        description="Where machines that share a lake keep the vault, rejected rows, statements, published versions and"
        " what steps of a day hand over: empty for home, or e.g. s3://bucket/prefix.",
    )
    scratch: Path | None = Field(
        default=None,
        description="Local folder for what may be lost: what DuckDB spills, and the buckets of a full build; by default"
        " staging in home.",
    )
    reference: Path = Field(default=PACKAGED_REFERENCE, description="Directory of the reference tables (CSV).")
    contracts: Path = Field(default=PACKAGED_CONTRACTS, description="Directory of the data contracts (YAML).")
    lake_catalog: str = Field(
        default="",
        repr=False,
        description="DuckLake catalog: empty for a file in home, or e.g. postgres:dbname=lake host=db.",
    )
    lake_data: str = Field(
        default="",
        description="Where the lake's Parquet files lie: empty for a folder in home, or e.g. s3://bucket/prefix.",
    )
    hmac_key: SecretStr | None = Field(default=None, description="Key of the pseudonyms, at least 32 characters.")
    vault_key: SecretStr | None = Field(
        default=None,
        description="Key of the vault and of whatever personal data rests on disk, at least 32 characters.",
    )
    hmac_key_file: Path | None = Field(default=None, description="File that holds hmac_key, instead of the key itself.")
    vault_key_file: Path | None = Field(default=None, description="The same for vault_key.")
    forgotten_list: Path | None = Field(
        default=None,
        description="File that lists who was erased, as keyed hashes; by default forgotten in home. Keep it with the"
        " keys.",
    )
    demo: bool = Field(default=False, description="Make keys where none are set. For invented data only.")
    max_missing_share: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="A day fails if more than this share of branches delivered nothing usable.",
    )
    shards: int = Field(default=1, gt=0, description="Tasks that judge what came, each the files of some branches.")
    memory_limit: str = Field(default="2GB", description="Memory that DuckDB takes before it spills to disk.")
    build_buckets: int = Field(
        default=0, ge=0, description="Buckets in which a full build computes a keyed table; 0: as the memory asks for."
    )
    spark_master: str = Field(default="local[*]", description="Master that a full build by Spark asks for workers.")
    spark_python: Path = Field(
        default=SPARK_PYTHON, description="Python of the environment that has pyspark; make spark-env makes it."
    )
    lock_wait_seconds: float = Field(
        default=3600, ge=0, description="How long a step waits for another run that holds the home, before it fails."
    )
    threads: int = Field(default=2, gt=0, description="Threads that DuckDB uses, and branches that are copied at once.")
    known_hosts: Path = Field(
        default=Path("~/.ssh/known_hosts"),
        validate_default=True,
        description="File with the host keys of the SFTP servers; a server that is not in it is not talked to.",
    )
    settle_seconds: float = Field(
        default=30, ge=0, description="A file at an SFTP server is finished if it stays unchanged for so long."
    )
    settle_local_seconds: float = Field(default=0, ge=0, description="The same for files in a local folder.")
    landing_attempts: int = Field(default=3, gt=0, description="How often a landing place is tried within a task.")
    landing_wait_seconds: float = Field(default=2, ge=0, description="Wait before the second try; then it doubles.")
    max_days_ahead: int = Field(
        default=7, ge=0, description="A file dated more days ahead is refused; up to then it waits for its day."
    )
    max_file_mb: int = Field(default=512, gt=0, description="MiB of one file, and of what it unpacks to.")
    max_unpack_ratio: int = Field(default=200, gt=0, description="Times its packed size that a file may unpack to.")
    reader_memory_mb: int = Field(default=1024, ge=256, description="MiB for reading one workbook, Parquet or page.")
    reader_seconds: float = Field(default=60, gt=0, description="Processor seconds for reading one such file.")
    waived_checks: list[str] = Field(
        default=[], description="Cross-checks that fail and are published all the same, as a JSON list of names."
    )
    bounds: Path = Field(
        default=PACKAGED_BOUNDS, description="File that says how far a publication may move without a reason (YAML)."
    )
    keep_versions: int = Field(default=7, gt=0, description="Published versions that are kept.")
    office_slices: bool = Field(
        default=False, description="Whether each regional office gets a file, a report and exports of its own."
    )
    keep_snapshot_days: float = Field(
        default=2, ge=0, description="Days for which every snapshot of the lake is kept, for whoever reads it."
    )

    keep_raw_years: int = Field(
        default=0,
        ge=0,
        le=100,
        description="Years for which copies stay in raw once their rows are loaded; 0: for ever.",
    )
    keep_rejects_days: int = Field(
        default=0,
        ge=0,
        le=36_500,
        description="Days for which rejected rows stay once they are corrected; 0: for ever.",
    )
    keep_logs_days: int = Field(
        default=0, ge=0, le=36_500, description="Days for which Airflow's logs of tasks stay; 0: for ever."
    )

    alert_mail: str = Field(
        default="",
        description="Who is mailed if a day is not published, or a month not closed, in time; through Airflow's"
        " connection smtp_default. Several addresses are separated by commas.",
    )
    publish_mail: str = Field(default="", description="Who is mailed when a version is published, likewise.")
    publish_webhook: str = Field(
        default="", description="Airflow's connection (type http) whose address is told when a version is published."
    )
    report_url: str = Field(default="", description="Where people open the report; what is told of a version names it.")
    statements_url: str = Field(
        default="", description="Where people open the folder statements; whoever approves a month is led to its draft."
    )

    @field_validator("home", "known_hosts", "scratch")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return path and path.expanduser().absolute()  # the same place, whatever the working directory is later

    @field_validator("home", "scratch", mode="before")
    @classmethod
    def _is_a_folder(cls, path: object) -> object:
        if "://" in str(path):  # as a path it would be the folder s3: here
            raise ValueError(
                "it is a folder; of what is in a home the lake's files, the vault, rejected rows, statements and"
                " published versions alone can lie in object storage so far (PERISAI_LAKE_DATA, PERISAI_STORE,"
                " docs/scale.md)"
            )
        return path

    @field_validator("lake_data", "store")
    @classmethod
    def _is_a_place(cls, place: str) -> str:
        if "://" in place and not re.fullmatch(r"s3://[^/@]+(/.*)?", place):
            raise ValueError("it is a folder, or s3://bucket/prefix; logins are given elsewhere")
        return place

    @field_validator("home")
    @classmethod
    def _is_no_pattern(cls, path: Path) -> Path:
        if signs := [sign for sign in "*?[" if sign in str(path)]:
            raise ValueError(f"the path has a {signs[0]} in it, which stands for other paths; name another one")
        return path

    @property
    def limits(self) -> Limits:
        """What reading one file may take."""
        return Limits(
            file_mb=self.max_file_mb,
            ratio=self.max_unpack_ratio,
            memory_mb=self.reader_memory_mb,
            seconds=self.reader_seconds,
        )

    @property
    def landing(self) -> Path:
        """Folder with one folder per branch, where exports arrive."""
        return self.home / "landing"

    @property
    def raw(self) -> Path:
        """Folder of the byte-for-byte copies of every file that was picked up."""
        return self.home / "raw"

    @property
    def inbox(self) -> Path:
        """Folder of notes: one for each file in ``raw`` that the ledger may not know yet."""
        return self.home / "inbox"

    @property
    def staging(self) -> Path:
        """Folder of what one step leaves for the next; empty between runs."""
        return self.home / "staging"

    @property
    def staged(self) -> files.Place:
        """What a day's steps hand over to each other, on whichever machine they run."""
        return files.at(self.store or self.home) / "staging"

    @property
    def spill(self) -> Path:
        """Folder of what DuckDB has no memory for, one folder a process."""
        return (self.scratch or self.staging) / "spill"

    @property
    def buckets(self) -> Path:
        """Folder of the rows that a full build has computed so far."""
        return (self.scratch or self.staging) / "buckets"

    @property
    def lake(self) -> Path:
        """Folder of the lake: its embedded catalog and its Parquet files."""
        return self.home / "lake"

    @property
    def rejects(self) -> files.Place:
        """Folder of the rejected rows, sealed, one Parquet file a delivery; see perisai.rejected."""
        return files.at(self.store or self.home) / "rejects"

    @property
    def workbooks(self) -> Path:
        """Folder of the workbooks that go back to the branches, one folder a branch. Personal data in clear."""
        return self.home / "rejects" / "workbooks"

    @property
    def statements(self) -> files.Place:
        """Folder of the incentive statements, one folder a month."""
        return files.at(self.store or self.home) / "statements"

    @property
    def shared(self) -> files.Place | None:
        """Folder of the published versions in the store; None where there is none."""
        return files.at(self.store) / "published" if self.store and Path(self.store) != self.home else None

    @property
    def vault(self) -> files.Place:
        """Folder of the encrypted objects that hold names, NIK, KPJ and phones; see warehouse.vault."""
        return files.at(self.store or self.home) / "vault"

    @property
    def forgotten(self) -> Path:
        """File with the pseudonyms of everybody who was erased; see perisai.rights."""
        return self.forgotten_list or self.home / "forgotten"

    @property
    def restricted(self) -> Path:
        """File with the pseudonyms of everybody whose data may not be used."""
        return self.home / "restricted"

    @property
    def heartbeats(self) -> Path:
        """Folder with a file for each step that was ever done: its time is when, its text how many seconds it took."""
        return self.home / "heartbeats"

    @property
    def erasing(self) -> Path:
        """What an erasure is about to do, sealed; there only until it is done."""
        return self.home / ".erasing"

    @property
    def published(self) -> Path:
        """Folder of what analysts open."""
        return self.home / "published"

    @property
    def private(self) -> tuple[files.Place, ...]:
        """Folders that only the account that runs the steps may read."""
        return (
            self.raw,
            self.inbox,
            self.staging,
            self.staged,
            self.lake,
            self.vault,
            self.workbooks.parent,
            self.statements,
        )

    @property
    def announced(self) -> Path:
        """File that lists the versions that were announced."""
        return self.home / "announced.json"

    @cached_property
    def secret_hmac(self) -> bytes:
        """Key of the pseudonyms."""
        return self._key("hmac", self.hmac_key, self.hmac_key_file).encode()

    @cached_property
    def secret_vault(self) -> str:
        """Key of the vault and of staged personal data."""
        return self._key("vault", self.vault_key, self.vault_key_file)

    def _key(self, name: str, given: SecretStr | None, file: Path | None) -> str:
        variable = f"PERISAI_{name.upper()}_KEY"
        if given is not None and file is not None:
            raise DayFailed(f"{variable} and {variable}_FILE are both set; unset one of them.")
        if given is not None:
            key = given.get_secret_value()
        elif file is not None:
            key = file.read_text(encoding="utf-8").rstrip("\r\n")  # editors end a file with a line
        elif self.demo:
            key = self._demo_key(name, variable)
        else:
            raise DayFailed(
                f"{variable} is not set. Set it to a secret of at least 32 characters, kept elsewhere, or"
                f" {variable}_FILE to a file that holds it."
            )
        if len(key) < 32:  # noqa: PLR2004 (256 bits, written as hex or better)
            raise DayFailed(f"{variable} has {len(key)} characters; a key has at least 32.")
        return key

    def _demo_key(self, name: str, variable: str) -> str:
        from perisai.invented import real_exports  # which knows the settings

        if found := list(real_exports(self)):
            raise DayFailed(
                f"{variable} is not set, and {len(found)} exports that `perisai load` would read are not the demo's:"
                f" a demo key will not do for them. Set {variable} to a secret of at least 32 characters, kept"
                f" elsewhere, and use a home in which no demo was run. What the demo wrote is listed in"
                f" {self.landing / '.demo'}; `make demo` writes it anew."
            )
        path = self.home / "demo-keys" / name
        if not path.exists():
            with files.private():
                files.write(path, secrets.token_hex(32))
        log.warning("%s is not set: using the demo key in %s. Never do this with real people's data.", variable, path)
        return path.read_text()
