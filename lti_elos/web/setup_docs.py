"""docs/setup: the guides of the pages as Markdown, in English, with an example's address.

Made from ``setup_guides.py``, like the pages; a test compares the files with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lti_elos.services import by_hand
from lti_elos.web.setup import command_of, values_of
from lti_elos.web.setup_guides import CHECKS, GUIDES, Field, Guide, Label, Step

EXAMPLE = "https://rooms.example.org"
_NAME, _DESCRIPTION = "Elos live room", "The live room and the recordings of the course"


def guide_markdown(key: str) -> str:
    """The text of docs/setup/<key>.md."""
    guide = GUIDES[key]
    name = guide.name or "the LMS"
    typed = by_hand.typed(EXAMPLE, guide.family, name=_NAME, description=_DESCRIPTION)
    return "\n".join(_parts(guide, name, values_of(typed)))


def _parts(guide: Guide, name: str, values: Mapping[str, str]) -> Iterator[str]:
    yield f"# Connect {name} by hand\n"
    yield (
        "Made from the code by `make docs`: change `lti_elos/web/setup_guides.py`. The tool serves the same at "
        f"`/docs/setup/{guide.key}`,\nwith its own addresses, to be copied, in three languages. Here "
        f"`LTI_ELOS_BASE_URL` is `{EXAMPLE}`.\n"
    )
    if guide.registers_itself:
        yield "Quicker: [registering in one paste](../lms.md#registering-in-one-paste).\n"
    yield f"## In {name}\n"
    yield from _numbered(guide.steps, values)
    yield "## On the server of the tool\n"
    yield f"What is in capitals, and the example's address, are to be replaced by what {name} shows.\n"
    yield f"```sh\n{command_of(guide)}\n```\n"
    yield f"| {name} shows | option |\n|---|---|"
    yield from (f"| {one.label.en} | `{one.option}` |" for one in guide.brings)
    yield "\n## In a course\n"
    yield from _numbered(guide.afterwards, values)
    if guide.family:
        yield f"What a teacher sees then, in the demo LMS made in {name}'s manner:\n"
        yield f"![The room inside a course's page](../screenshots/lms-{guide.key}-1280.png)\n"
    yield "## Look whether it works\n"
    yield from _bullets(CHECKS)
    yield "- [What the codes mean](../errors.md).\n"
    yield "## Good to know\n"
    yield from _bullets(guide.notes)
    yield ""


def _numbered(steps: tuple[Step, ...], values: Mapping[str, str]) -> Iterator[str]:
    for number, step in enumerate(steps, 1):
        yield f"{number}. {_sentence(step)}\n"
        if step.fields:
            yield "   | field | value |\n   |---|---|"
            yield from (f"   | {one.label.en} | {_value(one, values)} |" for one in step.fields)
            yield ""


def _bullets(steps: tuple[Step, ...]) -> Iterator[str]:
    yield from (f"- {_sentence(step)}" for step in steps)


def _value(field: Field, values: Mapping[str, str]) -> str:
    if field.option:
        return f"**{field.option.en}**"
    return "<br>".join(f"`{line}`" for line in field.value.format(**values).split("\n")) if field.value else field.state


def _sentence(step: Step) -> str:
    words = {name: f"**{one.en}**" if isinstance(one, Label) else f"`{one}`" for name, one in step.slots.items()}
    return step.text.format(**words)
