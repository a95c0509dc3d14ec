"""https: who is believed, and that deadlines hold there too."""

from __future__ import annotations

import ipaddress
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lti_elos import wire
from lti_elos.errors import ElosUnreachable
from tests.elos.support import CREATED, Wire, client_of, create_options, drip, success


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A campus's own authority and, being lazy, the certificate of its server: for 127.0.0.1 alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Campus")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "campus.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


@pytest.fixture
def secure(certificate: Path) -> Iterator[Wire]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with Wire(tls=context) as listening:
        listening.always(success(CREATED))
        yield listening


@pytest.fixture
def trusting(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As if the operator had told the machine of the campus's authority."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    wire.tls.cache_clear()
    yield
    wire.tls.cache_clear()


def test_a_certificate_of_nobody_known_is_refused_and_gets_no_request(secure: Wire) -> None:
    wire.tls.cache_clear()

    with pytest.raises(ElosUnreachable, match="create: SSLError"):
        client_of(secure.url).create(create_options())

    assert secure.asked == []


@pytest.mark.usefixtures("trusting")
def test_a_campus_authority_that_the_system_trusts_is_believed(secure: Wire) -> None:
    assert client_of(secure.url).create(create_options()).internal_id


@pytest.mark.usefixtures("trusting")
def test_a_certificate_for_another_name_is_refused(secure: Wire) -> None:
    with pytest.raises(ElosUnreachable, match="SSLError"):
        client_of(secure.url.replace("127.0.0.1", "localhost")).create(create_options())

    assert secure.asked == []


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 200 OK\r\n\r\n<response>"])
def test_a_slow_drip_does_not_hold_the_thread(secure: Wire, first: bytes) -> None:
    secure.always(drip(first, b"H"))
    started = time.monotonic()

    with pytest.raises(ElosUnreachable):
        client_of(secure.url, read_s=0.5).create(create_options())

    assert time.monotonic() - started < 5


def test_a_server_that_speaks_no_tls_is_unreachable(wire: Wire) -> None:
    with pytest.raises(ElosUnreachable):
        client_of(wire.url.replace("http:", "https:"), read_s=0.5, connect_s=0.5).create(create_options())
