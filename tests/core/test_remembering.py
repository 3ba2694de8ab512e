"""Does a process remember no more than it may, and nothing under another question's key?"""

from __future__ import annotations

from fravaer.core.remembering import Memory, forget


def test_what_was_asked_for_longest_ago_is_forgotten_first_when_there_is_too_much() -> None:
    memory = Memory[str, str](most=10, size=lambda key, value: len(value))
    for key in ("a", "b", "c"):
        assert memory.keep(key, "xxx") == "xxx"
    assert memory.of(["a"]) == {"a": "xxx"}
    memory.keep("d", "xxxx")
    assert memory.of(["a", "b", "c", "d", "e"]) == {"a": "xxx", "c": "xxx", "d": "xxxx"}
    assert memory.bytes == 10
    memory.keep("a", "y")
    assert (memory.of("a"), memory.bytes) == ({"a": "y"}, 8)
    # What is larger than everything together is not kept, and drives nothing out.
    memory.keep("huge", "x" * 11)
    assert len(memory) == 3
    forget()
    assert (len(memory), memory.bytes) == (0, 0)
