"""How does a child die with its launcher, and how does root start a server that refuses root?

Started by path with the launcher's own Python and replaced by the given command at once:

    python foreground.py PARENT SIGNAL WAY -- COMMAND...

PARENT is the launcher's process id, SIGNAL the number the child gets when the launcher dies, WAY one of
``same`` (the user as is), ``namespace`` (root seen as ``nobody`` in a user namespace) and ``nobody`` (really
that user). Imports nothing of ours and little of the library, so that it costs some hundredths of a second.
"""

import ctypes
import os
import sys

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
UNPRIVILEGED = 65534
"""The id of ``nobody`` where there is no such name. Servers look their own user up, so it should exist."""


def nobody() -> tuple[int, int]:
    """The user and group id of the machine's ``nobody``."""
    import pwd

    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return UNPRIVILEGED, UNPRIVILEGED
    return entry.pw_uid, entry.pw_gid


def enter_namespace() -> None:
    """Let this process, run by root, be seen as ``nobody`` by itself; its files stay root's outside.

    Raises:
        OSError: the kernel or the container forbids user namespaces.
    """
    user, group = nobody()
    outside_user, outside_group = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {outside_user} 1"),
        ("gid_map", f"{group} {outside_group} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123
            file.write(text)


def become_nobody() -> None:
    """Give up root for good."""
    user, group = nobody()
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)


def main() -> None:
    """Prepare this process and become the command."""
    parent, number, way, _, *command = sys.argv[1:]
    if way == "namespace":
        enter_namespace()
    elif way == "nobody":
        become_nobody()
    # After the change of user, because that clears it.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != int(parent):
            sys.exit("The launcher is gone.")
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
