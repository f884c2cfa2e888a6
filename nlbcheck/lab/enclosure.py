"""How does a function run as the first process of namespaces of its own, and leave nothing behind?

The kernel does the cleaning up. Whatever runs in the lab lives in one process namespace; when its
first process ends, for any reason, the kernel kills all the others, and network namespaces go with
the last process that holds them open. The first process dies with the command that started it.
"""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from nlbcheck.errors import (
    ExitStatus,
    InputError,
    NlbcheckError,
    OwnFaultError,
    UnseenError,
    lacking,
    place,
)
from nlbcheck.lab import linux, seclusion, waiting
from nlbcheck.lab.seclusion import Seclusion

TOOLS = {"ip": "iproute2", "nft": "nftables"}
"""The commands that the lab needs, with the Debian packages that bring them."""

_RAISED: dict[int, type[NlbcheckError]] = {ExitStatus.USAGE: InputError, ExitStatus.INTERNAL: OwnFaultError}
_ROOM = 2 << 30
"""Bytes of address space that a lab needs: a small one takes half of it, mostly what its threads may fill.

Where they run out of it, Python's threads can stop without a word, so that a client waits for ever.
"""
_STACK = 1 << 20
"""Bytes for each of the lab's many threads: the usual 8 MB count against a limit of memory, used or not."""
_SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")  # not on an ordinary user's PATH in Debian
_CAP_NET_ADMIN, _CAP_SYS_ADMIN = 12, 21  # <linux/capability.h>


def tool(name: str) -> str:
    """Return the path of ``ip`` or ``nft``; UnseenError, with the way to get it, where it is missing."""
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *_SYSTEM_FOLDERS]))
    if found is None:
        raise UnseenError(
            f"the lab needs the command {name}, which is not installed: "
            f"install {TOOLS[name]} (Debian, Ubuntu: apt-get install {' '.join(TOOLS.values())})"
        )
    return found


def run(body: Callable[[], int], environment: Mapping[str, str] | None = None) -> int:
    """Run ``body`` in namespaces of its own and return its exit status.

    ``environment`` is what commands will find there, by default this process's: files that it names stay
    visible. ``body`` has all rights over these networks and none over the machine's, a host name of its own,
    and of the machine's files those that `seclusion` leaves. An NlbcheckError that it raises is raised here.
    UnseenError where this machine cannot do it. The calling process must have one thread only, and is of
    little use for anything else afterwards: its later children would belong to the ended process namespace,
    which takes none.
    """
    if sys.platform != "linux":
        raise UnseenError(f"the lab needs Linux and its namespaces; this is {sys.platform}")
    for name in TOOLS:
        tool(name)
    _check_room()
    ours, theirs = socket.socketpair()
    secluded = seclusion.planned(os.environ if environment is None else environment)
    _new_namespaces()
    sys.stdout.flush()
    sys.stderr.flush()
    mask = waiting.hold_signals()
    try:
        init = _fork()
        if init == 0:
            ours.close()
            _be_init(body, theirs, secluded)
        theirs.close()
        status = waiting.ended(init)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    with ours, ours.makefile("r", encoding="utf-8") as reported:
        message = reported.read()
    if status < 0:
        told = signal.strsignal(-status)
        raise UnseenError(
            f"the lab was ended by signal {-status} ({told}) before its command was done; "
            "the kernel does that where memory runs out"
        )
    if message:
        raise _RAISED.get(status, UnseenError)(message)
    return status


def _check_room() -> None:
    """Raise UnseenError where the limit of memory is certain to be met."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < _ROOM:
        raise UnseenError(
            f"the lab needs {_ROOM >> 20} MiB of address space, "
            f"and the limit (ulimit -v) is {limit >> 20} MiB: raise it"
        )


def put_aside(folder: Path) -> None:
    """Put a copy of a folder's files in its place; whatever is written to it ends with the enclosure."""
    files = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    try:
        linux.mount("tmpfs", folder)
    except OSError as error:
        raise _no_namespaces(error) from error
    for path, content in files.items():
        path.write_bytes(content)


def _fork() -> int:
    try:
        return os.fork()
    except OSError as error:
        raise _no_namespaces(error) from error


def _new_namespaces() -> None:
    """Take new namespaces, but for mounts, as root of a new user namespace where that is needed."""
    user, group = os.geteuid(), os.getegid()
    wanted = linux.CLONE_NEWPID | linux.CLONE_NEWNET | linux.CLONE_NEWUTS
    try:
        if _may_administer():
            linux.unshare(wanted)
            return
        linux.unshare(linux.CLONE_NEWUSER | wanted)
        # The kernel takes a group map from an ordinary user only when setgroups is off: user_namespaces(7).
        Path("/proc/self/setgroups").write_text("deny", "ascii")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1", "ascii")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1", "ascii")
    except OSError as error:
        raise _no_namespaces(error) from error


def _may_administer() -> bool:
    """Whether this process is root with the rights that namespaces need, as containers often have not."""
    if os.geteuid() != 0:
        return False
    lines = Path("/proc/self/status").read_text("ascii", "replace").splitlines()
    effective = int(next(line.split()[1] for line in lines if line.startswith("CapEff:")), 16)
    return all(effective >> capability & 1 for capability in (_CAP_NET_ADMIN, _CAP_SYS_ADMIN))


def _no_namespaces(error: OSError) -> UnseenError:
    """Say in one sentence why there are no namespaces to be had."""
    if error.errno in (errno.ENOSPC, errno.EUSERS, errno.ENOMEM, errno.EAGAIN):
        return UnseenError(
            f"the lab needs namespaces and this machine has no room for more ({error.strerror}): "
            "end other labs and containers, or raise user.max_user_namespaces, user.max_pid_namespaces "
            "and user.max_net_namespaces with sysctl"
        )
    return UnseenError(
        f"the lab needs namespaces and this machine does not allow them ({error.strerror}): run as root, "
        "or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1 on Debian, "
        "kernel.apparmor_restrict_unprivileged_userns=0 on Ubuntu, --privileged in a container)"
    )


def _be_init(body: Callable[[], int], parent: socket.socket, secluded: Seclusion) -> NoReturn:
    """Be the first process of the new process namespace: run ``body``, report to ``parent``, end."""
    status = int(ExitStatus.INTERNAL)
    try:
        threading.stack_size(_STACK)
        failures: dict[str, None] = {}
        threading.excepthook = lambda failed: failures.setdefault(_failure(failed.exc_value))
        linux.die_with_parent()
        if not _closed(parent):  # else the parent died before its death could be told
            _mount(secluded)
            status = body()
        for sentence in failures:  # what cost no more than one connection, or one health check
            print(f"nlbcheck: {sentence}", file=sys.stderr)  # noqa: T201
    except NlbcheckError as error:
        parent.sendall(str(error).encode())
        status = error.exit_status
    except BaseException as error:  # nothing may run on from here into the parent's code
        scarce = _scarce(error)
        parent.sendall((scarce or place(error)).encode())
        status = ExitStatus.UNSEEN if scarce else ExitStatus.INTERNAL
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):  # a closed pipe or a full disk must not keep the process from ending
                stream.flush()
        os._exit(status)


def _failure(error: BaseException | None) -> str:
    """Say in one sentence why a thread of the lab's ended; the others go on."""
    return (error and _scarce(error)) or str(OwnFaultError(place(error) if error else "a thread"))


def _scarce(error: BaseException) -> str:
    """Return what a lab that failed had too little of; nothing where that is not why."""
    scarce = lacking(error)
    return f"the lab cannot do all that it should: {scarce}" if scarce else ""


def _mount(secluded: Seclusion) -> None:
    """Take mounts of its own, among them, where that is allowed, a /proc that shows the lab's processes."""
    try:
        linux.keep_mounts_private()
        secluded.enter()
    except OSError as error:
        raise _no_namespaces(error) from error
    with suppress(OSError):  # containers may forbid it; without it, ps shows the machine's processes
        linux.mount("proc", Path("/proc"))


def _closed(connection: socket.socket) -> bool:
    """Whether the other side is gone."""
    try:
        return connection.recv(1, socket.MSG_DONTWAIT | socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
