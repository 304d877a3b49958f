"""Keys for one purpose each, derived from the vault's key by HKDF-SHA-256 (RFC 5869): none of them tells another.

All that they seal is authenticated, so that a changed byte is an error and no other value: the vault and
staged rows are Parquet under AES-256-GCM, rejected rows are Fernet (AES-128-CBC and HMAC-SHA-256). Pseudonyms are
HMAC-SHA-256 under a key of their own, of the kind (nik, kpj, ...) and the value.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VAULT, STAGED, SEALED = "vault file", "staged rows", "sealed rows"
"""The purposes."""
LEAST_SIGNS = 12


def derived(secret: str, purpose: str) -> bytes:
    """The key of 256 bits for a purpose.

    Args:
        secret: the key that it is derived from, which has at least 256 bits.
        purpose: one of the above.
    """
    return HKDF(SHA256(), 32, salt=None, info=f"perisai {purpose}".encode()).derive(secret.encode())


def is_weak(secret: str) -> bool:
    """Whether a key looks typed and not random: it has too few different signs, or is a short text again and again."""
    return len(set(secret)) < LEAST_SIGNS or secret in (secret + secret)[1:-1]
