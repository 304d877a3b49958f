"""The commands for a person's rights, and for keys: a NIK, KPJ or key is typed or in a file, never in a command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from perisai.console import command, results, say

File = Annotated[
    Path | None, typer.Option("--file", help="File with one NIK or KPJ; else it is asked for.", exists=True)
]
Because = Annotated[str, typer.Option(help="Who asked for it, such as the number of a letter; no data of the person.")]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    for each in (forget, restrict, disclose, rotate_keys):
        app.command()(each)


def _number(file: Path | None) -> str:
    if file is not None:
        return file.read_text(encoding="utf-8").strip()
    return str(typer.prompt("NIK or KPJ", hide_input=True, err=True)).strip()


def forget(because: Because, file: File = None) -> None:
    """Erase a person from copies, vault, rejected rows and lake; counts and payments stay, of nobody."""
    from perisai.rights.forget import finish
    from perisai.rights.forget import forget as erase

    with command() as settings:
        if finish(settings):
            results.print("An erasure that was cut off is finished.")
        say("forget", erase(settings, _number(file), because))
        results.print("Next: perisai marts")


def restrict(
    because: Because,
    file: File = None,
    lift: Annotated[bool, typer.Option("--lift", help="Allow it again.")] = False,
) -> None:
    """Stop the use of a person's data: nobody sees them any more, and they stay stored."""
    from perisai.rights import disclose as asked

    with command() as settings:
        say("restrict", asked.restrict(settings, _number(file), because, lift=lift))
        results.print("Next: perisai marts")


def disclose(
    target: Annotated[Path, typer.Argument(help="File to be written (YAML).")], because: Because, file: File = None
) -> None:
    """Write all that is stored of a person to a file."""
    from perisai.rights import disclose as asked

    with command() as settings:
        say("disclose", asked.disclose(settings, _number(file), target, because))


def rotate_keys(
    old_hmac_key_file: Annotated[Path | None, typer.Option(help="File with the key before, if it was another.")] = None,
    old_vault_key_file: Annotated[Path | None, typer.Option(help="The same for the vault's key.")] = None,
) -> None:
    """Put the home under the keys that are set now; those before are read from files."""
    from perisai import rekey

    with command() as settings:
        say("rotate", rekey.rotate(settings, rekey.with_keys(settings, old_hmac_key_file, old_vault_key_file)))
        results.print("Next: perisai marts")
