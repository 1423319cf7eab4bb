"""Ed25519 signatures (RFC 8032), made and checked by the package `cryptography`, if it is there."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from emobench.atomic import json_text
from emobench.errors import RequestError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ALGORITHM: Final = "Ed25519"
LARGEST: Final = 2**16
"""Bytes of a file of a key at most."""
HOW: Final = (
    "One is made with: ssh-keygen -t ed25519 -N '' -f emobench.key (the public half is then "
    "emobench.key.pub), or openssl genpkey -algorithm ed25519 -out emobench.key"
)
EXTRA: Final = 'pip install "emobench[sign]"'


class SignatureError(ValueError):
    """A signature is not what it should be; the message says in which way."""


def sign(content: bytes, key: Path) -> str:
    """Return the text of a signature of `content` by the private key in the file `key`.

    Raises
    ------
    RequestError
        The file holds no such key, or the package is not installed.
    """
    _check_package()
    from cryptography.hazmat.primitives import serialization as form

    private = _private(key)
    raw = private.public_key().public_bytes(form.Encoding.Raw, form.PublicFormat.Raw)
    return json_text(
        {"algorithm": ALGORITHM, "key": _text(raw), "signature": _text(private.sign(content))}
    )


def signer(content: bytes, text: bytes, public: bytes | None = None) -> str:
    """Check a signature, and return the fingerprint of the key that made it.

    Parameters
    ----------
    content
        What was signed.
    text
        The signature's file.
    public
        The key that has to have signed; None: the one that the file names.

    Raises
    ------
    SignatureError
        It is no signature of `content` by that key.
    RequestError
        The package is not installed.
    """
    _check_package()
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        said = json.loads(text)
        key, signature = (base64.b64decode(said[n], validate=True) for n in ("key", "signature"))
    except (ValueError, KeyError, TypeError):
        raise SignatureError("signature.json has not the form of a signature") from None
    canonical = {"algorithm": ALGORITHM, "key": _text(key), "signature": _text(signature)}
    if json_text(canonical).encode() != text:
        raise SignatureError("signature.json is not as it was written")
    if public is not None and key != public:
        raise SignatureError(
            f"it was signed with another key, {fingerprint(key)}, not with {fingerprint(public)}"
        )
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, content)
    except (InvalidSignature, ValueError):
        raise SignatureError("the signature is not one of this manifest") from None
    return fingerprint(key)


def public_key(path: Path) -> bytes:
    """Read the 32 bytes of a public key: PEM, or a line as OpenSSH writes it.

    Raises
    ------
    RequestError
        The file holds no Ed25519 key, or the package is not installed.
    """
    _check_package()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    content = _read(path)
    load: Any = form.load_pem_public_key
    if not content.lstrip().startswith(b"-----"):
        load = form.load_ssh_public_key
    elif b"PRIVATE KEY" in content:
        raise RequestError(
            f"{path} is a private key: keep it to yourself, and name its public half."
        )
    try:
        found = load(content)
    except (ValueError, UnsupportedAlgorithm):
        found = None
    if not isinstance(found, Ed25519PublicKey):
        raise RequestError(f"{path} holds no public key of {ALGORITHM}. {HOW}.")
    return found.public_bytes(form.Encoding.Raw, form.PublicFormat.Raw)


def fingerprint(key: bytes) -> str:
    """Return 32 hexadecimal digits of the SHA-256 of a public key's 32 bytes."""
    return hashlib.sha256(key).hexdigest()[:32]


def _private(path: Path) -> Ed25519PrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    content = _read(path)
    is_ssh = b"OPENSSH PRIVATE KEY" in content
    load: Any = form.load_ssh_private_key if is_ssh else form.load_pem_private_key
    try:
        found = load(content, None)
    except TypeError:
        raise RequestError(
            f"{path} is locked by a password, which emobench does not ask for."
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        found = None
    if not isinstance(found, Ed25519PrivateKey):
        raise RequestError(f"{path} holds no private key of {ALGORITHM}. {HOW}.")
    return found


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST)
    except OSError as error:
        raise RequestError(f"The key {path} cannot be read: {error.strerror or error}.") from None


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _check_package() -> None:
    try:
        import cryptography  # noqa: F401
    except ImportError:
        raise RequestError(f"Signatures need the package cryptography: {EXTRA}.") from None
