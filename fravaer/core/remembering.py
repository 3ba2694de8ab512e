"""What has this process worked out before, and how much of it does it remember?

Only what is the same for whoever asks, kept under everything it was worked out from, so that nothing has to be forgotten for the
sake of its being right: another question has another key. What was asked for longest ago is forgotten first, when all together
would be more than so many bytes. Each process remembers for itself, and a new one has forgotten everything.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from threading import Lock
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Kept = TypeVar("Kept")

_every: list[Memory[Any, Any]] = []


class Memory(Generic[Key, Kept]):
    """Values by key; `size` says about how many bytes a key and its value take, and `most` how many all of them may."""

    def __init__(self, most: int, size: Callable[[Key, Kept], int]) -> None:
        self.most = most
        self.size = size
        self.bytes = 0
        self._found: OrderedDict[Key, tuple[Kept, int]] = OrderedDict()
        # A process may have several threads.
        self._lock = Lock()
        _every.append(self)

    def __len__(self) -> int:
        return len(self._found)

    def of(self, keys: Iterable[Key]) -> dict[Key, Kept]:
        """What is remembered of these."""
        found = {}
        with self._lock:
            for key in keys:
                known = self._found.get(key)
                if known is not None:
                    self._found.move_to_end(key)
                    found[key] = known[0]
        return found

    def keep(self, key: Key, value: Kept) -> Kept:
        """Remember the value, and forget others where it is needed. Gives it back."""
        size = self.size(key, value)
        with self._lock:
            if key in self._found:
                self.bytes -= self._found.pop(key)[1]
            if size <= self.most:
                self._found[key] = (value, size)
                self.bytes += size
            while self.bytes > self.most:
                _key, (_value, freed) = self._found.popitem(last=False)
                self.bytes -= freed
        return value

    def forget(self) -> None:
        with self._lock:
            self._found.clear()
            self.bytes = 0


def forget() -> None:
    """Forget everything, as a new process has."""
    for memory in _every:
        memory.forget()
