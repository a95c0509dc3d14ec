"""The door to the mail server: who is believed, what is never said without TLS, and what a refusal means."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from lti_elos import mail, wire
from lti_elos.demo.certificate import Certificate, kept_certificate
from lti_elos.domain.mails import mail_address, masked
from lti_elos.errors import MailRefused, MailUnsent, Misconfigured
from lti_elos.services.doctor.calls import mail_server
from lti_elos.settings import SmtpServer, load_settings
from tests.support.smtp import MailServer

TO = "maria@example.org"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return kept_certificate(tmp_path_factory.mktemp("smtp"))


@pytest.fixture
def trusted(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> object:
    """As if the operator had told the machine of its mail server's certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    wire.tls.cache_clear()
    yield
    wire.tls.cache_clear()


def message() -> EmailMessage:
    one = EmailMessage()
    one["Subject"], one["To"], one["From"] = "Olá", TO, "salas@example.org"
    one.set_content("Aula 25 está pronta\n.\nfim\n")
    return one


def send(server: MailServer, url: str = "smtp://ana:s%2Fd@localhost:{port}") -> None:
    settings = load_settings(smtp_url=url.format(port=server.port), mail_from="salas@example.org")
    assert settings.smtp_server is not None
    mail.send(settings.smtp_server, message(), sender="salas@example.org", to=TO)


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_mail_goes_over_tls_by_whoever_signs_in(certificate: Certificate, scheme: str) -> None:
    secure = certificate.server_context()
    with MailServer(tls=secure, is_tls_from_the_start=scheme == "smtps", password="s/d") as server:
        send(server, scheme + "://ana:s%2Fd@localhost:{port}")

        [one] = server.deliveries
        assert (one.was_secure, one.user, one.sender, one.to) == (True, "ana", "salas@example.org", [TO])
        assert (one.message["Subject"], one.text) == ("Olá", "Aula 25 está pronta\n.\nfim\n")

        server.password = "another"
        with pytest.raises(MailUnsent, match="SMTPAuthenticationError 535"):
            send(server, scheme + "://ana:s%2Fd@localhost:{port}")


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_certificate_that_nobody_vouches_for_gets_neither_password_nor_mail(
    certificate: Certificate, scheme: str
) -> None:
    secure = certificate.server_context()
    with MailServer(tls=secure, is_tls_from_the_start=scheme == "smtps", password="s/d") as server:
        with pytest.raises(MailUnsent, match="SSLCertVerificationError"):
            send(server, scheme + "://ana:s%2Fd@localhost:{port}")

        assert server.deliveries == []
        assert "AUTH" not in server.seen


def test_a_server_without_starttls_gets_neither_password_nor_mail() -> None:
    with MailServer(password="s/d") as server:
        with pytest.raises(MailUnsent, match="SMTPNotSupportedError"):
            send(server)

        assert {"AUTH", "MAIL"} & set(server.seen) == set()


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"RCPT": "550 5.1.1 no such user maria@example.org"}, MailRefused),
        ({"RCPT": "553 mailbox name not allowed"}, MailRefused),
        ({"DATA": "550 5.1.1 no such user"}, MailRefused),
        ({"RCPT": "550 5.7.1 relaying denied"}, MailUnsent),
        ({"RCPT": "554 5.7.1 relay access denied"}, MailUnsent),
        ({"RCPT": "451 4.7.1 greylisted"}, MailUnsent),
        ({"MAIL": "550 5.7.1 sender salas@example.org not allowed"}, MailUnsent),
        ({"DATA": "452 4.3.1 full"}, MailUnsent),
        ({"EHLO": "421 too busy"}, MailUnsent),
        ({"CONNECT": "554 go away"}, MailUnsent),
        ({"CONNECT": "nonsense"}, MailUnsent),
    ],
)
def test_only_an_address_that_is_none_is_given_up(
    answers: dict[str, str], error: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    with MailServer(answers=answers) as server, pytest.raises(error) as met:
        send(server, "smtp://localhost:{port}?tls=none")

    told = str(met.value) + caplog.text + str([vars(record) for record in caplog.records])
    assert "example.org" not in told


def test_a_server_that_is_away_or_says_nothing_holds_nobody_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "STEP_S", 0.2)
    with MailServer(answers={"CONNECT": ""}) as silent:
        with pytest.raises(MailUnsent):
            send(silent, "smtp://localhost:{port}?tls=none")
        port = silent.port
    with pytest.raises(MailUnsent):
        mail.greet(SmtpServer("localhost", port, "none"))


def test_the_doctor_signs_in_and_sends_nothing() -> None:
    assert [one.state for one in mail_server(load_settings())] == ["ok"]
    with MailServer() as server:
        settings = load_settings(smtp_url=f"smtp://localhost:{server.port}?tls=none", mail_from="salas@example.org")
        assert [one.state for one in mail_server(settings)] == ["ok"]
        server.answers["EHLO"] = server.answers["HELO"] = "554 go away"
        [failed] = mail_server(settings)

        assert (failed.state, "SMTPHeloError 554" in failed.found) == ("fail", True)
        assert "MAIL" not in server.seen


def test_a_server_that_drips_is_left_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "TOTAL_S", 0.3)
    with MailServer() as server:
        server.drips["MAIL"] = 0.1
        with pytest.raises(MailUnsent):
            send(server, "smtp://localhost:{port}?tls=none")


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.org", SmtpServer("mail.example.org", 587, "starttls")),
        ("smtps://u%40x:p%3Aw@mail.example.org", SmtpServer("mail.example.org", 465, "tls", "u@x", "p:w")),
        ("smtp://127.0.0.1:25?tls=none", SmtpServer("127.0.0.1", 25, "none")),
    ],
)
def test_the_settings_name_a_server(url: str, server: SmtpServer) -> None:
    assert load_settings(smtp_url=url, mail_from="salas@example.org").smtp_server == server
    assert load_settings().smtp_server is None


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.org:25",
        "http://mail.example.org",
        "smtp://:25",
        "smtp://mail.example.org:x",
        "smtp://u:geheim@mail.example.org?tls=none",
        "smtps://mail.example.org?tls=none",
        "smtp://mail.example.org?verify=no",
        "smtp://mail.example.org/geheim",
    ],
)
def test_what_names_no_server_or_would_say_a_password_aloud_stops_the_start(url: str) -> None:
    with pytest.raises(Misconfigured) as met:
        load_settings(smtp_url=url, mail_from="salas@example.org")

    assert "smtp_url" in str(met.value)
    assert "geheim" not in str(met.value)


def test_mails_need_an_address_that_they_come_from() -> None:
    with pytest.raises(Misconfigured, match="MAIL_FROM"):
        load_settings(smtp_url="smtp://mail.example.org")
    with pytest.raises(Misconfigured, match="mail_from"):
        load_settings(mail_from="Salas <salas@example.org>\nBcc: x@example.org")


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        (" maria@Example.ORG ", "maria@example.org"),
        ("Maria.O'Neil+x@sub.example.com.br", "Maria.O'Neil+x@sub.example.com.br"),
        ("a@b.co", "a@b.co"),
        ("x" * 64 + "@example.org", "x" * 64 + "@example.org"),
    ],
)
def test_addresses_that_people_have(typed: str, address: str) -> None:
    assert mail_address(typed) == address
    assert masked(address).startswith(address[0] + "…@")
    assert masked(address).count(address[1:4]) == 0 or len(address) < 8


@pytest.mark.parametrize(
    "typed",
    [
        *("", "maria", "@example.org", "maria@", "maria@localhost", "maria@[127.0.0.1]", "maria@127.0.0.1"),
        *("a@b.co\n", "a@b.co\r\nBcc: c@d.co", "a@b.co,c@d.co", "a b@c.co", "<a@b.co>", '"a"@b.co', "a..b@c.co"),
        *(".a@b.co", "a@-b.co", "a@b-.co", "maría@b.co", "a@é.co", "x" * 65 + "@b.co", "a@" + "b." * 130 + "co"),
    ],
)
def test_what_is_no_address(typed: str) -> None:
    with pytest.raises(ValueError, match="no e-mail address"):
        mail_address(typed)
