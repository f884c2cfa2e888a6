"""Does every file get its content, and nothing else get lost?"""

from __future__ import annotations

import os
import re
import resource
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nlbcheck import files
from nlbcheck.errors import InputError

OLD, NEW = b"old", b"new " * 5_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "file"
    made.write_bytes(OLD)
    return made


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@contextmanager
def umask(value: int) -> Iterator[None]:
    before = os.umask(value)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def limited(size: int) -> Iterator[None]:
    """Let no file grow beyond a size, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


class TestARegularFile:
    def test_it_is_another_one_afterwards_with_the_mode_of_the_old(self, file: Path) -> None:
        file.chmod(0o604)
        before = file.stat()
        files.write(file, NEW, private=True)
        assert file.read_bytes() == NEW
        assert mode(file) == 0o604
        assert file.stat().st_ino != before.st_ino
        assert names(file.parent) == ["file"]

    @pytest.mark.parametrize(("private", "expected"), [(True, 0o600), (False, 0o640)])
    def test_a_new_one_of_private_content_is_for_its_owner_alone(
        self, tmp_path: Path, private: bool, expected: int
    ) -> None:
        with umask(0o027):
            files.write(tmp_path / "file", NEW, private=private)
        assert mode(tmp_path / "file") == expected

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
    def test_the_owner_stays(self, file: Path) -> None:
        os.chown(file, 1234, 5678)
        file.chmod(0o4755)
        files.write(file, NEW)
        assert (file.stat().st_uid, file.stat().st_gid, mode(file)) == (1234, 5678, 0o4755)

    def test_extended_attributes_stay(self, file: Path) -> None:
        os.setxattr(file, "user.note", b"mine")
        files.write(file, NEW)
        assert os.getxattr(file, "user.note") == b"mine"

    def test_a_hard_link_stays_one(self, file: Path) -> None:
        other = file.with_name("other")
        other.hardlink_to(file)
        files.write(other, NEW)
        assert file.read_bytes() == NEW
        files.write(file, OLD)
        assert other.read_bytes() == OLD
        assert names(file.parent) == ["file", "other"]

    @pytest.mark.parametrize("linked", [False, True], ids=["replaced", "overwritten"])
    def test_a_full_disk_leaves_the_old_one_whole(self, file: Path, linked: bool) -> None:
        if linked:
            file.with_name("other").hardlink_to(file)
        there = names(file.parent)
        with limited(4_096), pytest.raises(InputError) as caught:
            files.write(file, NEW)
        assert str(caught.value) == f"{file}: was not written: File too large"
        assert file.read_bytes() == OLD
        assert names(file.parent) == there

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts")
    @pytest.mark.parametrize("link", ["", "ln /mnt/file /mnt/link && "], ids=["replaced", "overwritten"])
    def test_a_disk_that_is_really_full_leaves_the_old_one_whole(self, link: str) -> None:
        code = (
            "from pathlib import Path; from nlbcheck import files; from nlbcheck.errors import InputError\n"
            "try: files.write(Path('/mnt/file'), b'x' * 100_000)\n"
            "except InputError as error: print(error)"
        )
        script = (
            f"mount -t tmpfs -o size=64k none /mnt && echo old > /mnt/file && {link}"
            f'{sys.executable} -c "{code}" && cat /mnt/file && ls -A /mnt'
        )
        command = ["unshare", "-m", "sh", "-c", script]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        told, old, *there = done.stdout.splitlines()
        assert told == "/mnt/file: was not written: No space left on device"
        assert (old, there) == ("old", ["file", "link"][: 1 + bool(link)])

    def test_a_full_disk_leaves_no_new_one(self, tmp_path: Path) -> None:
        with limited(4_096), pytest.raises(InputError, match="was not written: File too large"):
            files.write(tmp_path / "file", NEW)
        assert names(tmp_path) == []

    def test_what_is_read_only_is_not_written(self, file: Path) -> None:
        file.chmod(0o444)
        with pytest.raises(InputError, match="was not written: it is read-only"):
            files.write(file, NEW)
        assert file.read_bytes() == OLD

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
    @pytest.mark.parametrize("name", ["x", "deeper/x"])
    def test_where_one_may_not_look_is_where_nothing_was_written(self, tmp_path: Path, name: str) -> None:
        file = tmp_path / "locked" / name
        file.parent.mkdir(parents=True)
        (tmp_path / "locked").chmod(0)
        os.seteuid(65534)
        try:
            assert files.unless_stdout(file) == file
            told = re.escape(f"{file}: was not written: Permission denied")
            with pytest.raises(InputError, match=told):
                files.check([file], {})
            with pytest.raises(InputError, match=told):
                files.write(file, NEW)
        finally:
            os.seteuid(0)

    def test_a_name_may_be_as_long_as_any(self, tmp_path: Path) -> None:
        files.write(tmp_path / ("x" * 255), NEW)
        assert names(tmp_path) == ["x" * 255]

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts")
    def test_a_mount_point_is_overwritten(self, file: Path, tmp_path: Path) -> None:
        point = tmp_path / "point"
        point.touch()
        script = f"mount --bind {file} {point} && {writing(point)}"
        done = subprocess.run(["unshare", "-m", "sh", "-c", script], check=False, capture_output=True)
        assert done.returncode == 0, done.stderr
        assert file.read_bytes() == b"new"

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
    def test_a_signal_leaves_one_of_both_and_nothing_beside_it(self, file: Path, number: int) -> None:
        both = (b"a" * 2_000_000, b"b" * 3_000_000)
        script = (
            "import pathlib, sys; from nlbcheck import files; file = pathlib.Path(sys.argv[1])\n"
            "while True:\n"
            "    files.write(file, b'a' * 2_000_000)\n"
            "    print(flush=True)\n"
            "    files.write(file, b'b' * 3_000_000)\n"
        )
        for times in range(5):
            with subprocess.Popen(
                [sys.executable, "-c", script, file], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            ) as running:
                assert running.stdout
                for _ in range(times + 1):
                    running.stdout.readline()
                running.send_signal(number)
                running.wait()
            assert file.read_bytes() in both
            assert names(file.parent) == ["file"]


class TestThroughLinks:
    def test_the_file_behind_a_link_is_replaced_and_the_link_stays(self, file: Path) -> None:
        link = file.with_name("link")
        link.symlink_to("file")
        files.write(link, NEW)
        assert link.is_symlink()
        assert file.read_bytes() == NEW

    def test_a_link_to_nothing_gets_its_file(self, tmp_path: Path) -> None:
        link = tmp_path / "link"
        link.symlink_to("file")
        files.write(link, NEW)
        assert link.is_symlink()
        assert (tmp_path / "file").read_bytes() == NEW

    def test_links_in_a_ring_are_an_error(self, tmp_path: Path) -> None:
        for one, other in (("a", "b"), ("b", "a")):
            (tmp_path / one).symlink_to(other)
        with pytest.raises(InputError, match="was not written: Too many levels of symbolic links"):
            files.write(tmp_path / "a", NEW)

    def test_a_link_to_a_device_stays(self, tmp_path: Path) -> None:
        link = tmp_path / "link"
        link.symlink_to("/dev/full")
        with pytest.raises(InputError, match="link: was not written: No space left on device"):
            files.write(link, NEW)
        assert link.is_symlink()
        assert names(tmp_path) == ["link"]


class TestWhatIsNoRegularFile:
    @pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
    def test_a_device_stays_one(self, tmp_path: Path) -> None:
        device = tmp_path / "full"
        os.mknod(device, 0o666 | stat.S_IFCHR, os.makedev(1, 7))
        with pytest.raises(InputError) as caught:
            files.write(device, NEW, private=True)
        assert str(caught.value) == f"{device}: was not written: No space left on device"
        assert stat.S_ISCHR(device.stat().st_mode)
        assert names(tmp_path) == ["full"]

    def test_a_fifo_hands_over_all_of_it_at_once(self, tmp_path: Path) -> None:
        fifo = tmp_path / "fifo"
        os.mkfifo(fifo)
        heard: list[bytes] = []
        reader = threading.Thread(target=lambda: heard.append(fifo.read_bytes()))
        reader.start()
        files.check([fifo], {})
        files.write(fifo, NEW * 20)
        reader.join()
        assert heard == [NEW * 20]
        assert fifo.is_fifo()

    def test_a_fifo_that_comes_into_a_files_place_is_not_waited_for_without_end(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(files, "_READER_SECONDS", 0.1)
        files.check([file], {})
        file.unlink()
        os.mkfifo(file)
        with pytest.raises(InputError, match="was not written: it is a FIFO that nobody reads for"):
            files.write(file, NEW)
        assert file.is_fifo()

    def test_a_fifos_reader_may_come_later(self, file: Path) -> None:
        file.unlink()
        os.mkfifo(file)
        writer = threading.Thread(target=files.write, args=(file, NEW * 20))
        writer.start()
        assert file.read_bytes() == NEW * 20
        writer.join()

    def test_a_fifo_that_comes_at_the_last_moment_is_not_waited_for(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A file with a second name is not replaced: it is opened after it was looked at."""
        file.with_name("other").hardlink_to(file)
        before = file.stat()
        file.unlink()
        os.mkfifo(file)
        monkeypatch.setattr(files, "_status", lambda _path: before)
        with pytest.raises(InputError, match="was not written: it is no regular file any more"):
            files.write(file, NEW)

    def test_a_socket_is_left_alone(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        with socket.socket(socket.AF_UNIX) as made:
            made.bind("s")
            with pytest.raises(InputError, match="s: was not written: it is a socket"):
                files.check([Path("s")], {})
            with pytest.raises(InputError, match="s: was not written: it is a socket"):
                files.write(Path("s"), NEW)
        assert Path("s").is_socket()

    def test_an_open_file_is_written_by_its_number(self) -> None:
        reading, end = os.pipe()
        files.write(Path(f"/dev/fd/{end}"), b"new")
        os.close(end)
        assert os.read(reading, 10) == b"new"
        os.close(reading)

    @pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
    def test_stdout_has_many_names(self, tmp_path: Path, name: str) -> None:
        link = tmp_path / "link"
        link.symlink_to(name if name != "-" else "/dev/stdout")
        assert files.unless_stdout(Path(name)) is None
        assert files.unless_stdout(link) is None
        assert files.unless_stdout(tmp_path) == tmp_path
        assert files.unless_stdout(None) is None


class TestBefore:
    @pytest.mark.parametrize(
        ("name", "why"),
        [
            ("folder", "it is a directory"),
            ("none/file", "there is no folder {there}/none"),
            ("file/file", "Not a directory"),
            ("/proc/nothing", "No such file or directory"),
            ("x" * 256, "File name too long"),
        ],
    )
    def test_it_is_told_why_not(self, file: Path, name: str, why: str) -> None:
        (file.parent / "folder").mkdir()
        path = file.parent / name
        with pytest.raises(InputError) as before:
            files.check([path], {})
        with pytest.raises(InputError) as then:
            files.write(path, NEW)
        said = f"{path}: was not written: {why.format(there=file.parent)}"
        assert (str(before.value), str(then.value)) == (said, said)

    def test_a_check_leaves_no_trace(self, file: Path) -> None:
        new = file.with_name("new")
        files.check([file, new, Path("/dev/full"), None], {"the mapping table": file.with_name("table")})
        assert (names(file.parent), file.read_bytes()) == (["file"], OLD)

    @pytest.mark.parametrize("how", ["itself", "symbolic", "hard"])
    def test_an_input_is_no_output_by_whatever_name(self, file: Path, how: str) -> None:
        other = file.parent / "other"
        if how == "symbolic":
            other.symlink_to("file")
        elif how == "hard":
            other.hardlink_to(file)
        else:
            other = file.parent / "." / "x" / ".." / "file"
            (file.parent / "x").mkdir()
        with pytest.raises(InputError, match="the report would replace the table"):
            files.check([other], {"the table": file})
        with pytest.raises(InputError, match="two reports for"):
            files.check([file, other], {})

    def test_two_new_files_of_one_name_are_one(self, tmp_path: Path) -> None:
        link = tmp_path / "link"
        link.symlink_to("file")
        with pytest.raises(InputError, match="two reports for"):
            files.check([link, tmp_path / "file"], {})

    def test_stdout_may_be_an_input_or_an_output_too(self, file: Path) -> None:
        script = "import sys; from nlbcheck import files; from pathlib import Path; files.check({})"
        for outputs in ("[None, Path(sys.argv[1])], {}", "[None], {'the table': Path(sys.argv[1])}"):
            with file.open("ab") as stdout:
                done = subprocess.run(
                    [sys.executable, "-c", script.replace("{}", outputs, 1), file],
                    stdout=stdout,
                    stderr=subprocess.PIPE,
                    text=True,
                    check=False,
                )
            assert "InputError" in done.stderr
        with pytest.raises(InputError, match="two reports for stdout"):
            files.check([None, None], {})

    def test_a_device_takes_any_number_of_reports(self) -> None:
        files.check([Path("/dev/null"), Path("/dev/null")], {"the table": Path("/dev/null")})


def writing(path: Path) -> str:
    """Return a command that writes a file."""
    code = f"from pathlib import Path; from nlbcheck import files; files.write(Path('{path}'), b'new')"
    return f'{sys.executable} -c "{code}"'
