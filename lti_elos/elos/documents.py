"""Elos's XML, read with everything dangerous switched off (elos-api 1.5).

Element names are found in any spelling of their case, in any order; absent, empty and self-closing are all "".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lxml import etree

from lti_elos.errors import ElosReply

_CHUNK = 65_536
_MOST = 2**53
"""Larger numbers are none of ours, and would not fit a database column either."""


def parse(
    body: bytes | bytearray, *, items: str = "", each: Callable[[etree._Element], object] | None = None
) -> etree._Element:
    """The ``<response>`` element. Raises ElosReply for anything else; a DOCTYPE is refused, whatever it declares.

    :param items: path of a long list's elements, such as "recordings/recording". Each goes to ``each`` as soon as it is
        read, and is then taken out: the whole list is never in memory as elements. What follows may still be refused.
    """
    path = items.split("/")
    parser = etree.XMLPullParser(  # one a document: a parser is not to be shared between threads
        events=("end",),
        tag=path[-1] or None,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for start in range(0, len(body), _CHUNK):
            parser.feed(bytes(body[start : start + _CHUNK]))
            for _event, node in parser.read_events():
                if each is not None and _is_at(node, path):
                    each(node)
                    _take_out(node)
        root = parser.close()
    except (etree.LxmlError, ValueError):
        raise ElosReply("the answer is not XML") from None  # the cause may quote the body
    if root.getroottree().docinfo.doctype:
        raise ElosReply("the answer declares a document type")
    if root.tag != "response":
        raise ElosReply("the answer is not a <response>")
    return root


def _is_at(node: etree._Element, path: Sequence[str]) -> bool:
    """Whether the element is one of the list's, and not one that is called so somewhere else."""
    parents = [one.tag for one in node.iterancestors()]
    if node.getroottree().docinfo.doctype:
        raise ElosReply("the answer declares a document type")
    return parents == [*reversed(path[:-1]), "response"]


def _take_out(node: etree._Element) -> None:
    node.clear(keep_tail=True)
    parent = node.getparent()
    while parent is not None and (before := node.getprevious()) is not None:
        parent.remove(before)


def text(node: etree._Element, name: str) -> str:
    """The trimmed text of a child, in any spelling of its case; "" when absent or empty."""
    found = node.find(name)
    if found is None:
        wanted = name.lower()
        found = next((child for child in node if isinstance(child.tag, str) and child.tag.lower() == wanted), None)
    return "" if found is None else (found.text or "").strip()


def integer(node: etree._Element, name: str, *, most: int = _MOST) -> int:
    """A child's whole number from 0 to ``most``; 0 for none, for another, or for what is no number."""
    try:
        number = int(text(node, name))
    except ValueError:
        return 0
    return number if 0 <= number <= most else 0


def boolean(node: etree._Element, name: str) -> bool:
    """Whether a child says ``true``."""
    return text(node, name).lower() == "true"


def failure(root: etree._Element) -> tuple[str, str] | None:
    """(key, message) of an answer that is no SUCCESS, in any of its three forms; None for a success."""
    if text(root, "returncode").upper() == "SUCCESS":
        return None
    error = root.find("errors/error")
    if error is not None:
        return error.get("key") or text(error, "key"), error.get("message") or text(error, "message")
    return text(root, "messageKey"), text(root, "message")
