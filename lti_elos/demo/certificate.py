"""The demo's own certificate, for `demo --tls`: for this machine alone, good for a week, trusted by nobody else."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFE = timedelta(days=7)
_LEFT = timedelta(days=1)
"""What a kept one must be good for at least."""
_SLOW_CLOCK = timedelta(hours=1)
_NAMES = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1")), x509.IPAddress(ip_address("::1"))]


@dataclass(frozen=True, slots=True)
class Certificate:
    """Two PEM files. The certificate is its own authority: who trusts the file trusts the demo's servers."""

    path: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.path, self.key)
        return context

    def client_context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.path))


def kept_certificate(folder: Path) -> Certificate:
    """The one in this data folder, made anew when there is none or its time is over: browsers ask about each once."""
    kept = Certificate(folder / "demo-certificate.pem", folder / "demo-key.pem")
    if not (kept.path.exists() and kept.key.exists() and _ends(kept.path) > datetime.now(UTC) + _LEFT):
        _make(kept)
    return kept


def _ends(path: Path) -> datetime:
    return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc


def _make(certificate: Certificate) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "lti-elos demo")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SLOW_CLOCK)
        .not_valid_after(now + _LIFE)
        .add_extension(x509.SubjectAlternativeName(_NAMES), critical=False)
        # No authority: whoever imports it into a browser lets it speak for this machine and nobody else.
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    certificate.key.unlink(missing_ok=True)
    certificate.key.touch(mode=0o600)
    certificate.key.write_bytes(private)
    certificate.path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
