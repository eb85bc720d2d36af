"""YAML into plain values, with the line and column of every key and value.

Only what a settings file needs: no tags, no second document, nothing nested without end.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import yaml

from summaries.errors import UserError

Value = str | int | float | bool | list["Value"] | dict[str, "Value"] | None
Path = tuple[str | int, ...]

_DEEPEST = 20
_MOST_VALUES = 100_000
_LONGEST_NUMBER = 20
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?", re.ASCII)
_AT_THE_END = re.compile("end of stream|stream end")
_TAG = "tag:yaml.org,2002:"
_NUMBERS = (f"{_TAG}int", f"{_TAG}float")
_TEXTS = (f"{_TAG}str", f"{_TAG}timestamp", f"{_TAG}merge", f"{_TAG}value")
_PLAIN = (*_NUMBERS, *_TEXTS, f"{_TAG}bool", f"{_TAG}null", f"{_TAG}seq", f"{_TAG}map")


class Place(NamedTuple):
    """A line and a column, both counted from 1, in characters."""

    line: int
    column: int


class Problem(NamedTuple):
    """Something wrong, and where; problems sort by place."""

    place: Place
    text: str


class BrokenYaml(UserError):
    """The text is no YAML that could be read any further."""

    def __init__(self, place: Place, text: str) -> None:
        super().__init__(text)
        self.problem = Problem(place, text)


@dataclass(frozen=True)
class Document:
    """The value of a YAML text, the places of its parts by path, and what is wrong in it."""

    value: Value = None
    keys: dict[Path, Place] = field(default_factory=dict)
    values: dict[Path, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def key(self, path: Path) -> Place:
        """Where the key of that path is written, else the nearest thing around it."""
        return self.keys.get(path) or self.at(path)

    def at(self, path: Path) -> Place:
        """Where the value of that path is written, else the nearest thing around it."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, Place(1, 1))


def read(text: str) -> Document:
    """Read one YAML document; raises BrokenYaml where nothing after could be trusted.

    Lesser things are collected in `problems`, and the reading goes on: a key written twice (the
    first counts), a tag, and an unquoted `17:00`, of which YAML makes the number 1020. Keys are
    taken as they are written, and so are dates. An empty text has the value None.
    """
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise _broken(error, text) from error
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        place = Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise BrokenYaml(place, "this character cannot be in YAML; delete it") from error
    if root is None:
        return Document()
    document = Document()
    value = _Walk(document).value(root, ())
    return Document(value, document.keys, document.values, sorted(document.problems))


class _Loader(yaml.SafeLoader):
    """A loader that stops before depth exhausts Python's stack, or size its user's patience."""

    _depth = 0
    _size = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self._size += 1
        if parent and self._depth > _DEEPEST:
            raise _too_deep(_place(parent.start_mark))
        if parent and self._size > _MOST_VALUES:
            raise _too_much(_place(parent.start_mark))
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


class _Walk:
    """Nodes into values; aliases are followed, up to a size."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._seen = 0

    def value(self, node: yaml.Node, path: Path) -> Value:
        """The plain value of a node, its places and problems noted."""
        place = _place(node.start_mark)
        self._document.values[path] = place
        self._seen += 1
        if self._seen > _MOST_VALUES:
            raise _too_much(place)
        if len(path) > _DEEPEST:
            raise _too_deep(place)
        if node.tag not in _PLAIN:
            self._wrong(place, f"the tag {_tag(node)!r} is not for settings; delete it")
        if isinstance(node, yaml.MappingNode):
            return {key: self.value(child, (*path, key)) for key, child in self._items(node, path)}
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*path, i)) for i, child in enumerate(node.value)]
        return self._scalar(node, place)

    def _items(self, node: yaml.MappingNode, path: Path) -> Iterator[tuple[str, yaml.Node]]:
        for name, child in node.value:
            place = _place(name.start_mark)
            if not isinstance(name, yaml.ScalarNode):
                self._wrong(place, "a key must be text; put it in quotes")
                continue
            key = str(name.value)
            first = self._document.keys.get((*path, key))
            if first:
                self._wrong(place, f"{key!r} is written twice (see line {first.line}); keep one")
                continue
            self._document.keys[*path, key] = place
            if name.tag in _NUMBERS:
                self._check_clock(key, place)
            yield key, child

    def _scalar(self, node: yaml.Node, place: Place) -> Value:
        text = str(node.value)
        if node.tag == f"{_TAG}null":
            return None
        if node.tag == f"{_TAG}bool":
            return yaml.SafeLoader.bool_values.get(text.lower(), text)
        if node.tag in _NUMBERS and not self._check_clock(text, place):
            return self._number(node, text, place)
        return text

    def _check_clock(self, text: str, place: Place) -> bool:
        found = _SEXAGESIMAL.fullmatch(text) is not None
        if found:
            self._wrong(place, f'YAML reads {text} as a number; quote it: "{text}"')
        return found

    def _number(self, node: yaml.Node, text: str, place: Place) -> Value:
        try:
            if len(text) > _LONGEST_NUMBER:
                raise ValueError
            number: int | float = yaml.constructor.SafeConstructor().construct_object(node)
        except ValueError:
            self._wrong(place, "this is no number that can be used; put quotes around text")
            return text
        return number

    def _wrong(self, place: Place, text: str) -> None:
        self._document.problems.append(Problem(place, text))


def _broken(error: yaml.MarkedYAMLError, text: str) -> BrokenYaml:
    """PyYAML's complaint in one line, where the trouble begins rather than at the file's end."""
    problem = error.problem or "this cannot be read"
    mark = error.problem_mark
    if error.context_mark and (mark is None or _AT_THE_END.search(problem)):
        mark = error.context_mark
        problem = f"{error.context}: {problem}"
    if "'\\t'" in problem:
        problem = "a tab cannot be used here; indent with spaces"
    elif mark and "${" in "".join(text.splitlines()[mark.line : mark.line + 1]):
        problem = 'YAML takes this { for its own; write the variable in quotes, as "${NAME}"'
    else:
        problem = f"the YAML is broken ({problem}); check colons, quotes and indentation"
    return BrokenYaml(_place(mark) if mark else Place(1, 1), problem)


def _too_deep(place: Place) -> BrokenYaml:
    return BrokenYaml(place, "settings are nested too deeply here; delete some brackets")


def _too_much(place: Place) -> BrokenYaml:
    return BrokenYaml(place, "there is too much in this file; use fewer values and aliases (*name)")


def _tag(node: yaml.Node) -> str:
    return str(node.tag).replace(_TAG, "!!")[:60]


def _place(mark: yaml.Mark) -> Place:
    return Place(mark.line + 1, mark.column + 1)
