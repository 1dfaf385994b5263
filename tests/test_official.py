"""The ladder to the four files: named folder, cache, download; every byte verified."""

import contextlib
import gzip
import http.server
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import tracemalloc
from hashlib import sha256
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import platformdirs
import pytest
from helpers import idx, use_terminal, write

from fmnist_lib.sources import cache_dir, official
from fmnist_lib.sources.official import (
    DataUnavailableError,
    load_files,
    parse_idx,
    read_verified,
)

IMAGES = "train-images-idx3-ubyte.gz"

WRONG = {  # what has been found under the names of the files
    "nothing": lambda data: b"",
    "web page": lambda data: b"<!DOCTYPE html><title>Sign in to the school's network</title>",
    "other digits": lambda data: idx(np.zeros((60, 28, 28), np.uint8)),
    "bit flip": lambda data: data[:50] + bytes([data[50] ^ 1]) + data[51:],
    "cut short": lambda data: data[: len(data) // 2],
}

DRIPS = {  # what a server says at first, and then again and again
    "continues": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "drips headers": (b"HTTP/1.1 200 OK\r\n", b"x: y\r\n"),
    "drips a length": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
    "drips trailers": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n",
        b"x: y\r\n",
    ),
    "trickles": (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
    "drips after half": (b"HTTP/1.1 200 OK\r\n\r\n" + bytes(10_000), b"x"),
    "endless": (b"HTTP/1.1 200 OK\r\n\r\n", bytes(1 << 16)),
    "redirects": (b"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n", bytes(1 << 16)),
}


class Mirror(http.server.ThreadingHTTPServer):
    """A local host of the four files that can misbehave in every way of `behaviour`."""

    daemon_threads = True

    def __init__(self, files):
        self.files = files
        self.behaviour = "good"
        self.asked = []  # "HEAD", or the name of the file
        self.halfway = threading.Event()  # half a file is sent
        self.release = threading.Event()  # ends the requests that hang
        self.sent = 0  # pieces of a file that has no end
        self.waited_for = False  # whether one hung until its end
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/"


class Handler(http.server.BaseHTTPRequestHandler):
    def hang(self):
        self.server.waited_for |= not self.server.release.wait(20)

    def do_HEAD(self):
        self.server.asked.append("HEAD")
        if self.server.behaviour == "silent":
            self.hang()
        self.send_response(200)
        self.end_headers()

    def do_GET(self):
        name, behaviour = self.path[1:], self.server.behaviour
        self.server.asked.append(name)
        if behaviour == "fails once":
            self.server.behaviour, behaviour = "good", 503
        if behaviour == "rude":
            self.send_response(404, "\x1b[31mGone\x07")
            self.end_headers()
            return
        if isinstance(behaviour, int):
            self.send_error(behaviour)
            return
        if behaviour in DRIPS:
            first, again = DRIPS[behaviour]
            with contextlib.suppress(OSError):
                self.wfile.write(first)
                for _ in range(500):
                    self.wfile.write(again)
                    self.server.sent += 1
                    self.server.release.wait(0 if len(again) > 99 else 0.05)
            self.close_connection = True
            return
        content = WRONG.get(behaviour, bytes)(self.server.files[name])
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if not behaviour.endswith("half way"):
            self.wfile.write(content)
            return
        self.wfile.write(content[: len(content) // 2])
        self.wfile.flush()
        self.server.halfway.set()
        if behaviour == "hangs half way":
            self.hang()
        self.close_connection = True

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serve(files):
    """Run a mirror of these files."""
    with Mirror(files) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
        thread.start()
        yield server
        server.release.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def mirror(tiny_files, monkeypatch):
    """Run one local mirror of the tiny files, the only one there is; waiting is short."""
    with serve(tiny_files) as server:
        monkeypatch.setattr(official, "MIRRORS", (server.url,))
        monkeypatch.setattr(official, "CONTACT_SECONDS", 1.0)
        monkeypatch.setattr(official, "PAUSE_SECONDS", 0.01)
        yield server


def cached():
    """Return the names of all files in the cache, hidden and temporary ones too."""
    return sorted(path.name for path in cache_dir().rglob("*") if path.is_file())


@pytest.mark.parametrize("below", ["", "FashionMNIST/raw", "raw"])
@pytest.mark.parametrize("name", ["data", "mes données 数据"])
def test_named_folder(below, name, tiny_files, tmp_path):
    """The files are found directly or in torchvision's layout; the folder may be read-only."""
    folder = write(tiny_files, tmp_path / name / below)
    folder.chmod(0o555)
    assert load_files(str(tmp_path / name)) == (tiny_files, folder)
    assert sorted(path.name for path in folder.iterdir()) == sorted(tiny_files)


def unpack(files, folder):
    """Write the files as torchvision unpacks them, as the official ones of this test."""
    contents = {name.removesuffix(".gz"): gzip.decompress(data) for name, data in files.items()}
    sums = {name: (len(data), sha256(data).hexdigest()) for name, data in contents.items()}
    write(contents, folder)
    return sums


def test_unpacked_files(tiny_files, tmp_path, monkeypatch):
    """Files that torchvision has unpacked are used if their content is right."""
    folder = tmp_path / "FashionMNIST" / "raw"
    monkeypatch.setattr(official, "UNPACKED", unpack(tiny_files, folder))
    files, found = load_files(tmp_path)
    assert found == folder
    for name, content in files.items():
        assert np.array_equal(parse_idx(content), parse_idx(tiny_files[name]))
    (folder / IMAGES.removesuffix(".gz")).write_bytes(b"other digits")
    with pytest.raises(ValueError, match=r"ubyte' is not the official.*begins with b'other digits"):
        load_files(tmp_path)


def test_the_folder_that_has_all(tiny_files, tmp_path):
    """One file above does not hide the four below it."""
    folder = write(tiny_files, tmp_path / "FashionMNIST" / "raw")
    shutil.copy(folder / IMAGES, tmp_path)
    assert load_files(tmp_path)[1] == folder


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes in folders")
def test_a_pipe_is_no_file(tiny, mirror, tiny_files):
    """A named pipe under a file's name is not waited for, in a folder or in the cache."""
    (tiny / IMAGES).unlink()
    os.mkfifo(tiny / IMAGES)
    with pytest.raises(FileNotFoundError, match=f"lacks {IMAGES}$"):
        load_files(tiny)
    for make, reason in ((os.mkfifo, "it is no regular file"), (os.mkdir, "it is a folder")):
        folder = write(tiny_files, cache_dir() / "FashionMNIST" / "raw")
        (folder / IMAGES).unlink()
        make(folder / IMAGES)
        with pytest.raises(DataUnavailableError, match=f"in the cache .*{reason}: '.*\nMend that"):
            load_files()
        shutil.rmtree(folder)
    assert mirror.asked == ["HEAD", "HEAD"]


@pytest.mark.parametrize("complete", [True, False])
def test_leftovers_in_the_cache(complete, mirror, tiny_files):
    """The next use removes what a killed download left, unless it may still be at work.

    A user's own file stays, whatever its name.
    """
    old, new = (f".fmnist_lib-{digit * 16}" for digit in "ab")
    mine = "tmp_my_notes.txt", ".fmnist_lib-notes"
    files = dict.fromkeys((old, new, *mine), b"1") | (tiny_files if complete else {})
    folder = write(files, cache_dir() / "FashionMNIST" / "raw")
    for name in (old, *mine):
        os.utime(folder / name, (0, 0))
    load_files()
    assert cached() == sorted([*tiny_files, new, *mine])


class BytesPath:
    def __fspath__(self):
        return b"data"


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ("", TypeError, "data_dir must be a path, as a str or a Path; got ''"),
        (3, TypeError, "data_dir must be a path, as a str or a Path; got 3"),
        (BytesPath(), TypeError, "data_dir must be a path, .*got <.*BytesPath"),
        ("a" * 300, OSError, "data_dir"),
        ("~nobody-here/x", FileNotFoundError, "'~nobody-here/x' is in no home .* with data_dir"),
    ],
)
def test_no_path(value, error, message):
    """What cannot be a folder's path is named."""
    with pytest.raises(error, match=message):
        load_files(value)


def test_folder_that_may_not_be_read(tiny, monkeypatch):
    """The message has the argument or variable that names the folder, and the file."""
    monkeypatch.setenv("FMNIST_DATA", str(tiny))
    denied = Mock(side_effect=PermissionError(13, "Permission denied", "x"))
    monkeypatch.setattr(official, "read_verified", denied)
    with pytest.raises(PermissionError, match="denied .*folder that FMNIST_DATA names.*: 'x'$"):
        load_files()


@pytest.mark.parametrize(
    "proxy", ["http://.bad..host:80", "http://us€r:word@127.0.0.1:9", "http://["]
)
def test_broken_proxy(proxy, mirror, monkeypatch):
    """A proxy variable that makes no sense is the reason told."""
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(DataUnavailableError, match=r"connection failed \(\w+ in .* of a proxy\)\."):
        load_files()


def test_certificates_that_are_not_there(mirror, monkeypatch):
    """REQUESTS_CA_BUNDLE names a file that is missing: that is the reason told."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/bundle.pem")
    monkeypatch.setattr(official, "MIRRORS", (mirror.url.replace("http:", "https:"),))
    with pytest.raises(DataUnavailableError, match="hosts: .*/nowhere/bundle.pem"):
        load_files()


def test_home_is_expanded(tiny, monkeypatch):
    """FMNIST_DATA=~/data means the home folder's."""
    monkeypatch.setenv("HOME", str(tiny.parent))
    monkeypatch.setenv("USERPROFILE", str(tiny.parent))
    monkeypatch.setenv("FMNIST_DATA", "~/data")
    assert load_files()[1] == tiny


def test_bad_folder(tiny):
    """The message names the argument, the folder and what is missing."""
    with pytest.raises(FileNotFoundError, match="data_dir names a folder that does not.*nowhere"):
        load_files(tiny / "nowhere")
    with pytest.raises(NotADirectoryError, match=f"data_dir must name .*{IMAGES}' is a file"):
        load_files(tiny / IMAGES)
    (tiny / IMAGES).unlink()
    with pytest.raises(FileNotFoundError, match=f"lacks {IMAGES}$"):
        load_files(tiny)


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_file_is_never_used_nor_replaced(wrong, tiny_files, tiny, mirror):
    """The message shows the file, what is in it and what to do; it stays, and nobody is asked."""
    good = tiny_files[IMAGES]
    content = WRONG[wrong](good)
    (tiny / IMAGES).write_bytes(content)
    facts = f"{len(content):,} bytes (official: {len(good):,}) and begins with {content[:12]!r}"
    with pytest.raises(ValueError, match=f"{IMAGES}.* not the official.*{re.escape(facts)}.*SHA"):
        load_files(tiny)
    assert (tiny / IMAGES).read_bytes() == content
    assert mirror.asked == []


def test_a_long_file_is_not_read_to_its_end(tiny):
    """A file that is too long is refused after the official length."""
    (tiny / IMAGES).write_bytes(bytes(20_000_000))
    tracemalloc.start()
    with pytest.raises(ValueError, match="has 20,000,000 bytes"):
        load_files(tiny)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_labels_of_the_wrong_set(tiny):
    """Test labels under the name of the training labels are refused: the counts would differ."""
    train, test = (f"{part}-labels-idx1-ubyte.gz" for part in ("train", "t10k"))
    shutil.copy(tiny / test, tiny / train)
    with pytest.raises(ValueError, match=f"{train}.*not the official"):
        load_files(tiny)


def test_official_files(real_data):
    """The table of sizes and hashes is that of the real files."""
    for name, (size, _) in official.FILES.items():
        assert len(read_verified(real_data / name)) == size


def test_download_fills_the_cache(mirror, tiny_files, capfd):
    """The first use fetches the files, for everyone, the second asks nobody; all is silent."""
    files, folder = load_files()
    assert (files, folder) == (tiny_files, cache_dir() / "FashionMNIST" / "raw")
    assert cached() == sorted(tiny_files)
    assert all(path.stat().st_mode & 0o444 == 0o444 for path in folder.iterdir())
    assert load_files()[0] == tiny_files
    assert mirror.asked == ["HEAD", *tiny_files]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_file_in_the_cache_is_fetched_again(wrong, mirror, tiny_files):
    """Only the wrong file is fetched, and the cache is whole again."""
    folder = write(tiny_files, cache_dir() / "FashionMNIST" / "raw")
    (folder / IMAGES).write_bytes(WRONG[wrong](tiny_files[IMAGES]))
    assert load_files()[0] == tiny_files
    assert mirror.asked == ["HEAD", IMAGES]
    assert (folder / IMAGES).read_bytes() == tiny_files[IMAGES]


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        *((status, f"HTTP {status}") for status in (403, 404, 503)),
        *((wrong, "other content than the official file") for wrong in WRONG),
        ("resets half way", "connection failed"),
        ("redirects", "HTTP 302 Found"),
        ("endless", "other content than the official file"),
        ("hangs half way", "too slow"),
        ("trickles", "too slow"),
        ("drips after half", "too slow"),
        ("drips headers", "too slow"),
        ("drips a length", "too slow"),
        ("drips trailers", "too slow"),
        ("continues", "too slow"),
        ("rude", r"HTTP 404 \[31mGone"),
        ("silent", "no answer in|Timeout"),
    ],
)
def test_bad_server(behaviour, reason, mirror, monkeypatch):
    """Whatever a server does: an error with the reason and the way out, and nothing left over.

    The first line says it all in one sentence; a file is asked for twice, but only once where it
    comes too slowly, and a silent host never.
    """
    mirror.behaviour = behaviour
    if reason == "too slow":
        monkeypatch.setattr(official, "WINDOW_SECONDS", 0.4)
    first = rf"^Fashion-MNIST could not be downloaded from any of 1 hosts: .*({reason}).*\.\n"
    with pytest.raises(DataUnavailableError, match=first) as error:
        load_files()
    assert re.search(f"(?s)\nTried:.*({reason}).*FMNIST_DATA", str(error.value))
    attempts = {"no answer in|Timeout": 0, "too slow": 1}.get(reason, 2)
    assert mirror.asked == ["HEAD"] + [IMAGES] * attempts
    assert not mirror.waited_for
    assert mirror.sent < 500  # nobody listened to the end
    assert cached() == []


def test_second_mirror(mirror, tiny_files, monkeypatch):
    """When the first mirror serves other data, the second one takes over for all files."""
    mirror.behaviour = "other digits"
    with serve(tiny_files) as second:
        monkeypatch.setattr(official, "MIRRORS", (mirror.url, second.url))
        assert load_files()[0] == tiny_files
    assert mirror.asked == ["HEAD", IMAGES]
    assert second.asked == ["HEAD", *tiny_files]


def test_every_mirror_is_listed(mirror, tiny_files, monkeypatch):
    """When all fail, the error lists each address with its reason; closed ones get no request."""
    mirror.behaviour = 404
    with serve(tiny_files) as second:
        second.behaviour = "bit flip"
        hosts = (mirror.url, second.url, "http://127.0.0.1:9/", "http://127.0.0.1:10/")
        monkeypatch.setattr(official, "MIRRORS", hosts)
        reasons = r"connection failed \(\w+\), HTTP 404 [\w ]+, other content [\w ]+\.\n"
        with pytest.raises(DataUnavailableError, match=f"any of 4 hosts: {reasons}") as error:
            load_files()
    assert sorted(re.findall(r"(?m)^  (\S+): (\w+ \w+)", str(error.value))) == sorted(
        [
            (hosts[0] + IMAGES, "HTTP 404"),
            (hosts[1] + IMAGES, "other content"),
            (hosts[2], "connection failed"),
            (hosts[3], "connection failed"),
        ]
    )


def test_retry(mirror, tiny_files):
    """A server that fails once is asked a second time."""
    mirror.behaviour = "fails once"
    assert load_files()[0] == tiny_files


def test_a_name_look_up_that_hangs_is_left_behind(mirror, monkeypatch):
    """The error comes while every look-up still hangs: none of them is waited for."""
    release, ended = threading.Event(), []
    monkeypatch.setattr("requests.head", lambda *_, **__: ended.append(release.wait(20)))
    with pytest.raises(DataUnavailableError, match="no answer in"):
        load_files()
    assert ended == []
    release.set()


def test_progress_bar(mirror, tiny_files, monkeypatch):
    """A terminal sees a bar with the name of each file; progress=False keeps it quiet."""
    for progress, expected in ((None, True), (False, False)):
        terminal = use_terminal(monkeypatch)
        load_files(progress=progress)
        assert all((name in terminal.getvalue()) == expected for name in tiny_files)
        shutil.rmtree(cache_dir())
    assert terminal.getvalue() == ""


@pytest.mark.parametrize("name", ["file", "a" * 300])
def test_cache_that_cannot_be_made(name, mirror, monkeypatch, tmp_path):
    """The first line has the folder and the reason; what to do is below it. Nobody is asked."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FMNIST_CACHE", str(tmp_path / name))
    said = rf"^.* cannot be kept in the cache '.*{name}.*': .*\.\n.*FMNIST_CACHE"
    with pytest.raises(DataUnavailableError, match=said):
        load_files()
    assert mirror.asked == []


def test_cache_that_may_not_be_entered(mirror, monkeypatch):
    """It is told as a cache that cannot be used, too."""
    for name in ("glob", "is_file", "mkdir"):
        monkeypatch.setattr(f"pathlib.Path.{name}", Mock(side_effect=PermissionError("no entry")))
    with pytest.raises(DataUnavailableError, match="cannot be kept in the cache '.*': no entry"):
        load_files()


@pytest.mark.parametrize("named", ["~nobody-here/x", None])
def test_cache_without_a_home(named, monkeypatch, tmp_path):
    """Where there is no home folder, the error says what helps; no folder named ~ is made."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.path.expanduser", str)
    monkeypatch.delenv("FMNIST_CACHE")
    if named:
        monkeypatch.setenv("FMNIST_CACHE", named)
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: Path("~/.cache/x"))
    with pytest.raises(DataUnavailableError, match="^'~.*another one with FMNIST_CACHE$"):
        load_files()
    assert list(tmp_path.iterdir()) == []


def test_default_cache_is_the_users(monkeypatch):
    """Without FMNIST_CACHE, all projects of a user share the system's cache folder."""
    monkeypatch.delenv("FMNIST_CACHE")
    assert cache_dir() == platformdirs.user_cache_path("fmnist_lib", appauthor=False)


def start(mirror, folder, before=""):
    """Start `python -m fmnist_lib` on the local mirror in a process of its own."""
    script = f"""
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # the background ignores Ctrl-C
from fmnist_lib.sources import official
official.FILES, official.MIRRORS = {official.FILES}, [{mirror.url!r}]
{before}
from fmnist_lib.__main__ import main
sys.exit(main(["--epochs", "1", "--source", "fashion-mnist", "--index", "0"]))
"""
    return subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=folder,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.proof
def test_parallel_first_use(mirror, tiny_files, tmp_path):
    """Processes that fill the cache at the same time all get the right files."""
    processes = [start(mirror, tmp_path) for _ in range(3)]
    for process in processes:
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
        assert "/30(" in out
    assert cached() == sorted(tiny_files)


@pytest.mark.skipif(sys.platform == "win32", reason="no POSIX signals")
def test_interrupted_download(mirror, tmp_path):
    """Ctrl-C in a download ends the program with status 130 and leaves nothing behind."""
    mirror.behaviour = "hangs half way"
    process = start(mirror, tmp_path)
    assert mirror.halfway.wait(60)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "Stopped.\n")
    assert cached() == []


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on file sizes there")
def test_full_disk(mirror, tmp_path):
    """When a file cannot be written to its end, the error says so and nothing half is left."""
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))"
    process = start(mirror, tmp_path, limit)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert "cannot be kept in the cache" in err
    assert "Mend that" in err
    assert "Traceback" not in err
    assert cached() == []
