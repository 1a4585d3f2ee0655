"""What surrounds the command: proxy, certificate authorities, terminal."""

from __future__ import annotations

import os
import pty
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from platform_fake import running_platform
from sidoba_command import COMMAND, Sidoba


def test_proxy_comes_from_the_environment(sidoba, platform):
    options = {"SIDOBA_URL": "http://plateforme.invalid", "SIDOBA_ALLOW_HTTP": "1"}
    assert sidoba("whoami", **options, HTTP_PROXY=platform.url, http_proxy=platform.url).code == 0
    assert any("/api/v1/moi" in request for request in platform.requests)


def test_certificate_authority_comes_from_the_environment(tmp_path):
    certificate, context = _self_signed(tmp_path)
    with running_platform(context) as fake:
        sidoba = Sidoba(tmp_path, fake.url)
        unknown = sidoba("whoami")
        assert unknown.code == 3
        assert "CERTIFICAT_NON_RECONNU" in unknown.stderr
        assert "SSL_CERT_FILE" in unknown.stderr
        assert sidoba("whoami", SSL_CERT_FILE=str(certificate)).code == 0


@pytest.mark.parametrize(
    ("environment", "has_colour"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colour_on_a_terminal_unless_refused(sidoba, write, environment, has_colour):
    told = _on_a_terminal(sidoba, environment, "validate", str(write("x.json", b"{")))
    assert ("\x1b[" in told) is has_colour
    assert "non conforme" in told


def test_progress_is_for_a_terminal(sidoba, write, key_value_file):
    files = [str(key_value_file), str(write("y.json", b"{"))]
    assert "Validation" in _on_a_terminal(sidoba, {}, "validate", *files)
    assert "Validation" not in sidoba("validate", *files).stderr


def _on_a_terminal(sidoba: Sidoba, environment: dict[str, str], *arguments: str) -> str:
    controller, terminal = pty.openpty()
    variables = {**sidoba.environment, "TERM": "xterm", **environment}
    with subprocess.Popen([*COMMAND, *arguments], stdout=terminal, stderr=terminal, stdin=terminal, env=variables):
        os.close(terminal)
        told = b""
        try:
            while chunk := os.read(controller, 65536):
                told += chunk
        except OSError:
            # Linux says so when the other end of the terminal is closed.
            pass
    os.close(controller)
    return told.decode()


def _self_signed(folder: Path) -> tuple[Path, ssl.SSLContext]:
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "plateforme de test")])
    today = datetime(2020, 1, 1, tzinfo=UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today)
        .not_valid_after(today + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "ca.pem", folder / "cle.pem"
    certificate.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, private)
    return certificate, context
