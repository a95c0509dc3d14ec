from __future__ import annotations

import socket

import pytest

from lti_elos.elos.documents import boolean, failure, integer, parse, text
from lti_elos.errors import ElosReply


def of(inner: str) -> bytes:
    return f"<response>{inner}</response>".encode()


def test_texts_are_found_whatever_their_case_order_wrapping_and_spaces() -> None:
    root = parse(
        b"\n<?xml version='1.0' encoding='UTF-8'?>\n".strip()
        + of("<unknown><deep/></unknown>\n  <nextpage>\n true </nextpage><name><![CDATA[ <Aula> & 1 ]]></name><empty/>")
    )

    assert text(root, "nextPage") == "true"
    assert boolean(root, "nextPage")
    assert text(root, "name") == "<Aula> & 1"
    assert (text(root, "empty"), text(root, "absent")) == ("", "")


def test_comments_do_not_cut_a_text_in_two() -> None:
    assert text(parse(of("<name>Aula <!-- x -->1</name>")), "name") == "Aula 1"


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("12", 12),
        (" 7 ", 7),
        ("", 0),
        ("-3", 0),
        ("1.5", 0),
        ("many", 0),
        ("NaN", 0),
        ("9" * 30, 0),
        ("9" * 10_000, 0),
        ("1530718721124", 1530718721124),
    ],
)
def test_bad_numbers_are_nothing(written: str, number: int) -> None:
    assert integer(parse(of(f"<n>{written}</n>")), "n") == number


@pytest.mark.parametrize(
    "told",
    [
        "<messageKey>idNotUnique</messageKey><message>Taken.</message>",
        "<errors><error><key>idNotUnique</key><message>Taken.</message></error></errors>",
        "<errors><error key='idNotUnique' message='Taken.'/></errors>",
    ],
)
def test_all_three_forms_of_a_refusal_are_read(told: str) -> None:
    root = parse(of(f"<returncode>FAILED</returncode>{told}"))

    assert failure(root) == ("idNotUnique", "Taken.")


def test_a_success_is_no_refusal_and_silence_is_no_success() -> None:
    assert failure(parse(of("<returncode>SUCCESS</returncode><messageKey/><message/>"))) is None
    assert failure(parse(of("<returncode>FAILED</returncode>"))) == ("", "")
    assert failure(parse(of(""))) == ("", "")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "not XML"),
        (b"   ", "not XML"),
        (b"<response><meet", "not XML"),
        (b"<!doctype html><html><body><h1>nginx</h1><br></body></html>", "not XML"),
        (b"<html><body/></html>", "not a <response>"),
        (b"<response>\xe7</response>", "not XML"),
        (b"<response>\0</response>", "not XML"),
        (b"<response>&undefined;</response>", "not XML"),
        (b"<?xml version='1.0' encoding='bogus'?><response/>", "not XML"),
        (b"<response>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</response>", "not XML"),
        (b"<!DOCTYPE response><response/>", "document type"),
        ("<?xml version='1.0' encoding='utf-16'?><!DOCTYPE response><response/>".encode("utf-16"), "document type"),
        (b"<!DOCTYPE response SYSTEM 'http://127.0.0.1:9/x.dtd'><response/>", "document type"),
    ],
)
def test_anything_but_a_plain_response_is_refused(body: bytes, told: str) -> None:
    with pytest.raises(ElosReply, match=told):
        parse(body)


def test_a_refusal_does_not_quote_the_body() -> None:
    with pytest.raises(ElosReply) as refused:
        parse(b"<response><moderatorPW>s3cret</response>")

    assert "s3cret" not in repr(refused.value)
    assert refused.value.__suppress_context__


LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))


@pytest.mark.parametrize(
    "inside",
    [
        b"]><response><message>&l9;</message></response>",
        b"]><response message='&l9;'/>",
        b"<!ATTLIST response message CDATA '&l9;'>]><response/>",
    ],
)
def test_an_entity_bomb_does_not_go_off(inside: bytes) -> None:
    with pytest.raises(ElosReply):
        parse(b'<!DOCTYPE response [<!ENTITY l0 "laugh">' + LAUGHS + inside)


@pytest.mark.parametrize("declared", ['<!ENTITY e SYSTEM "{}">', '<!ENTITY % e SYSTEM "{}"> %e;'])
def test_nothing_outside_is_fetched(declared: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as outside:
        outside.settimeout(0.2)
        url = f"http://127.0.0.1:{outside.getsockname()[1]}/x"
        used = "" if "%" in declared else "&e;"
        body = f"<!DOCTYPE response [{declared.format(url)}]><response><m>{used}</m></response>"

        with pytest.raises(ElosReply):
            parse(body.encode())

        with pytest.raises(TimeoutError):
            outside.accept()


def test_a_file_of_ours_is_not_read() -> None:
    with pytest.raises(ElosReply) as refused:
        parse(b'<!DOCTYPE response [<!ENTITY e SYSTEM "file:///etc/passwd">]><response><m>&e;</m></response>')

    assert "root:" not in str(refused.value)
