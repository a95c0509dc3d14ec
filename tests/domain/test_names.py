"""Names: presentable, bounded, never cut inside a character."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lti_elos.domain.names import (
    chosen_room_name,
    first_name,
    is_too_long,
    person_name,
    room_name,
    tidy,
    typed_name,
)

TECHNOLOGIST = "\U0001f469\u200d\U0001f4bb"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
HEART = "\u2764\ufe0f"
THUMB = "\U0001f44d\U0001f3fd"
FLAG = "\U0001f1e7\U0001f1f7"
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
KEYCAP = "1\ufe0f\u20e3"
E_ACUTE = "e\u0301"
HINDI_KI = "\u0915\u093f"
THAI_THI = "\u0e17\u0e35\u0e48"


@pytest.mark.parametrize(
    ("text", "tidied"),
    [
        ("  Érica   Conceição\t\n Ñandú ", "Érica Conceição Ñandú"),
        ("Ana\x00\x07\nLima", "Ana Lima"),
        ("Ana \x00 Lima", "Ana Lima"),
        ("Ana \u202eevil\u202c", "Ana evil"),
        ("\u2066\u200eAna\u200f\u2069 \u061c Lima", "Ana Lima"),
        ("Ana\u2028Lima\u3000Souza", "Ana Lima Souza"),
        ("Ana \ud83c", "Ana"),
        ("مثال طالب", "مثال طالب"),
        (f"Ana {TECHNOLOGIST} {HEART}", f"Ana {TECHNOLOGIST} {HEART}"),
        ("<b>Ana</b> & 'Lima'", "<b>Ana</b> & 'Lima'"),
        ("", ""),
        (None, ""),
        (5, ""),
        (["Ana"], ""),
    ],
)
def test_a_text_becomes_one_presentable_line(text: object, tidied: str) -> None:
    assert tidy(text, 250) == tidied


@pytest.mark.parametrize("text", ["\u200b", "\u200d\u200c", " \u2060 ", "\ufeff", "\u00ad"])
def test_what_nobody_can_see_is_no_name(text: str) -> None:
    assert tidy(text, 250) == ""


@pytest.mark.parametrize(
    "character", [TECHNOLOGIST, FAMILY, HEART, THUMB, FLAG, ENGLAND, KEYCAP, E_ACUTE, HINDI_KI, THAI_THI]
)
def test_no_character_is_cut_in_half(character: str) -> None:
    text = f"Ana{character}{character}"

    cuts = {tidy(text, limit) for limit in range(3, len(text) + 1)}

    assert cuts == {"Ana", f"Ana{character}", text}


def test_a_cut_leaves_no_space_at_the_end() -> None:
    assert tidy("Maria Aparecida", 6) == "Maria"


@given(st.text(), st.integers(min_value=1, max_value=20))
@example("0\u0301\u0301\u0301", 2)
@example("\u200d" * 5, 2)
@example("a" + FLAG * 3, 4)
def test_whatever_comes_the_result_fits_stays_on_one_line_and_is_tidy_already(text: str, limit: int) -> None:
    tidied = tidy(text, limit)

    assert len(tidied) <= limit
    assert tidied == tidied.strip()
    assert "\n" not in tidied
    assert tidy(tidied, limit) == tidied
    tidied.encode()


@pytest.mark.parametrize(
    ("name", "given_name", "family", "shown"),
    [
        ("Ana Lima", "A", "L", "Ana Lima"),
        (None, "Ana", "Lima", "Ana Lima"),
        ("  ", "Ana", None, "Ana"),
        ("\u200b", None, "Lima", "Lima"),
        (5, "", "", ""),
        (None, None, None, ""),
    ],
)
def test_a_person_is_called_by_the_best_of_what_came(
    name: object, given_name: object, family: object, shown: str
) -> None:
    assert person_name(name=name, given=given_name, family=family) == shown


@pytest.mark.parametrize(
    ("name", "given_name", "first"), [("Ana Lima", "Ana", "Ana"), ("Prof. Lima", "Ana", ""), ("Ana Lima", "", "")]
)
def test_a_person_is_addressed_by_a_given_name_that_is_part_of_the_name(name: str, given_name: str, first: str) -> None:
    assert first_name(name=name, given=given_name) == first


@pytest.mark.parametrize(
    ("candidates", "shown"),
    [(("Cálculo I", "Aula"), "Cálculo I"), (("", None, "X", "Aula"), "Aula"), ((" \n", 5, "A"), ""), ((), "")],
)
def test_a_room_takes_the_first_candidate_of_two_characters(candidates: tuple[object, ...], shown: str) -> None:
    assert room_name(*candidates) == shown


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("  Maria\t Aparecida\n", "Maria Aparecida"),
        ("Maria\u2800\u2800\u2800\u3164\u3164Souza", "Maria Souza"),
        ("\u2800\u3164\u115f\u1160\uffa0", ""),
        ("Maria \u202e(ariam)", "Maria (ariam)"),
        ("<b>Maria</b>", "<b>Maria</b>"),
        ("\x00\x1b[31mMaria", "[31mMaria"),
        (" \u200b\u00a0 ", ""),
    ],
)
def test_a_typed_name_has_no_blanks_that_push_others_out_of_sight(text: str, name: str) -> None:
    assert typed_name(text) == name


@pytest.mark.parametrize(
    ("name", "too_long"),
    [
        ("a" * 60, False),
        ("a" * 61, True),
        ("é" * 60, False),
        (E_ACUTE * 60, False),
        (E_ACUTE * 61, True),
        (THUMB * 60, False),
        ("a" + "\u0301" * 249, False),
        ("a" + "\u0301" * 250, True),
        ("م" * 60, False),
    ],
)
def test_the_length_of_a_typed_name_is_what_people_see(name: str, too_long: bool) -> None:
    assert is_too_long(name) is too_long


@given(st.text())
def test_whatever_is_typed_is_no_name_or_a_line_that_can_be_kept(text: str) -> None:
    name = typed_name(text)

    assert name == typed_name(name)
    assert "\n" not in name
    assert is_too_long(name) or len(name) <= 250
    assert typed_name("x" * 100_000 + text).startswith("xxx")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Equipe Azul", "Equipe Azul"),
        ("  Equipe \n Azul ", "Equipe Azul"),
        ("", ""),
        ("  ", ""),
        ("x" * 250, "x" * 250),
    ],
)
def test_a_typed_room_name_is_made_tidy(text: str, name: str) -> None:
    assert chosen_room_name(text) == name


@pytest.mark.parametrize("text", ["x", " x ", "x\u200b", "\u200b", "\x00\x00", "x" * 251])
def test_what_is_no_room_name_is_refused_and_never_cut(text: str) -> None:
    with pytest.raises(ValueError, match="2 to 250 characters"):
        chosen_room_name(text)
