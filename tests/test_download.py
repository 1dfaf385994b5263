"""The ladder to the four files: named folder, cache, download; every byte verified."""

import http.server
import io
import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from helpers import idx, write

from fmnist_lib import download
from fmnist_lib.download import DataUnavailableError, cache_dir, load_files, read_verified

IMAGES = "train-images-idx3-ubyte.gz"


class Mirror(http.server.ThreadingHTTPServer):
    """A local host of the four files that can misbehave in every way of `behaviour`."""

    daemon_threads = True

    def __init__(self, files):
        self.files = files
        self.behaviour = "good"
        self.asked = []  # (method, file name)
        self.release = threading.Event()  # ends the requests that hang
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.server.asked.append(("HEAD", self.path[1:]))
        if self.server.behaviour == "silent":
            self.server.release.wait(20)
        self.send_response(200)
        self.end_headers()

    def do_GET(self):
        name, behaviour = self.path[1:], self.server.behaviour
        self.server.asked.append(("GET", name))
        if behaviour in (403, 404, 503):
            self.send_error(behaviour)
            return
        content = self.server.files[name]
        if behaviour == "web page":
            content = b"<!DOCTYPE html><title>Sign in to the school's network</title>"
        elif behaviour == "other digits":
            content = idx(np.zeros((30, 28, 28), np.uint8))
        elif behaviour == "bit flip":
            content = content[:50] + bytes([content[50] ^ 1]) + content[51:]
        elif behaviour == "cut short":
            content = content[: len(content) // 2]
        elif behaviour == "fails once":
            self.server.behaviour = "good"
            self.send_error(503)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if behaviour in ("hangs half way", "resets half way"):
            self.wfile.write(content[: len(content) // 2])
            self.wfile.flush()
            if behaviour == "hangs half way":
                self.server.release.wait(20)
            self.close_connection = True
            return
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def mirror(tiny_files, monkeypatch):
    """Run one local mirror of the tiny files, the only one there is; waiting is short."""
    with Mirror(tiny_files) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
        thread.start()
        monkeypatch.setattr(download, "MIRRORS", (server.url,))
        monkeypatch.setattr(download, "CONTACT_SECONDS", 1.0)
        monkeypatch.setattr(download, "READ_SECONDS", 0.5)
        monkeypatch.setattr(download, "PAUSE_SECONDS", 0.01)
        yield server
        server.release.set()
        server.shutdown()
        thread.join()


def cached():
    """Return the names of all files in the cache, hidden and temporary ones too."""
    return sorted(path.name for path in cache_dir().rglob("*") if path.is_file())


# --- a folder that is named -------------------------------------------------------------------


@pytest.mark.parametrize("below", ["", "FashionMNIST/raw", "raw"])
@pytest.mark.parametrize("name", ["data", "mes données 数据"])
def test_named_folder(below, name, tiny_files, tmp_path):
    """The files are found directly or in torchvision's layout, with any letters in the path."""
    write(tiny_files, tmp_path / name / below)
    files, folder = load_files(tmp_path / name)
    assert files == tiny_files
    assert folder == tmp_path / name / below


def test_named_folder_may_be_read_only(tiny_files, tmp_path):
    """Nothing is written into a folder that the user names."""
    folder = write(tiny_files, tmp_path / "data")
    folder.chmod(0o555)
    before = sorted(folder.iterdir())
    assert load_files(str(folder))[0] == tiny_files
    assert sorted(folder.iterdir()) == before


def test_home_is_expanded(tiny_files, tmp_path, monkeypatch):
    """FMNIST_DATA=~/data means the home folder's."""
    write(tiny_files, tmp_path / "data")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("FMNIST_DATA", "~/data")
    assert load_files()[1] == tmp_path / "data"


def test_folder_that_is_missing(tmp_path):
    """The message names the argument and the folder."""
    with pytest.raises(FileNotFoundError, match="data_dir names a folder that does not.*nowhere"):
        load_files(tmp_path / "nowhere")


def test_folder_that_is_a_file(tmp_path):
    """A file is no folder."""
    (tmp_path / "data").write_text("")
    with pytest.raises(NotADirectoryError, match="data_dir must name a folder, .*data' is a file"):
        load_files(tmp_path / "data")


def test_folder_that_lacks_a_file(tiny_files, tmp_path):
    """What is missing is listed."""
    folder = write(tiny_files, tmp_path)
    (folder / IMAGES).unlink()
    with pytest.raises(FileNotFoundError, match=f"lacks {IMAGES}$"):
        load_files(folder)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda data: b"", "it is empty"),
        (lambda data: data[:-9], "truncated, or other data"),
        (lambda data: b"\n<html>Not found</html>", "it is a web page"),
        (lambda data: data[:-1] + bytes([data[-1] ^ 1]), "its content differs"),
        (lambda data: idx(np.zeros((60, 28, 28), np.uint8)), "truncated, or other data"),
    ],
    ids=["empty", "truncated", "html", "bit flip", "MNIST"],
)
def test_wrong_file_is_never_used_nor_replaced(spoil, reason, tiny_files, tmp_path, mirror):
    """The message names the file, the reason and the next step; the file stays, none is asked."""
    folder = write(tiny_files, tmp_path)
    wrong = spoil(tiny_files[IMAGES])
    (folder / IMAGES).write_bytes(wrong)
    with pytest.raises(ValueError, match=f"(?s){IMAGES}.* is not the official .*{reason}.*SHA-256"):
        load_files(folder)
    assert (folder / IMAGES).read_bytes() == wrong
    assert mirror.asked == []


def test_labels_of_the_wrong_set(tiny_files, tmp_path):
    """Test labels under the name of the training labels are refused: the counts would differ."""
    folder = write(tiny_files, tmp_path)
    (folder / "train-labels-idx1-ubyte.gz").write_bytes(tiny_files["t10k-labels-idx1-ubyte.gz"])
    with pytest.raises(ValueError, match="train-labels-idx1-ubyte.gz.*not the official"):
        load_files(folder)


def test_official_files(real_data):
    """The table of sizes and hashes is that of the real files."""
    for name, (size, _) in download.FILES.items():
        assert len(read_verified(real_data / name)) == size


# --- the cache and the download ---------------------------------------------------------------


def test_download_fills_the_cache(mirror, tiny_files, capfd):
    """The first use downloads the four files, the second asks nobody; nothing is printed."""
    files, folder = load_files()
    assert files == tiny_files
    assert folder == cache_dir() / "FashionMNIST" / "raw"
    assert cached() == sorted(tiny_files)
    asked = len(mirror.asked)
    assert load_files()[0] == tiny_files
    assert len(mirror.asked) == asked
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_cache_is_for_everyone(mirror):
    """Files of a shared cache can be read by others, not only by who downloaded them."""
    _, folder = load_files()
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o444 == 0o444


@pytest.mark.parametrize("content", [b"", b"<html>", b"half"])
def test_wrong_file_in_the_cache_is_fetched_again(content, mirror, tiny_files):
    """Only the wrong file is fetched, and the cache is whole again."""
    _, folder = load_files()
    mirror.asked.clear()
    (folder / IMAGES).write_bytes(content)
    assert load_files()[0] == tiny_files
    assert [name for method, name in mirror.asked if method == "GET"] == [IMAGES]
    assert (folder / IMAGES).read_bytes() == tiny_files[IMAGES]


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (403, "HTTP 403"),
        (404, "HTTP 404"),
        (503, "HTTP 503"),
        ("web page", "other content than the official file"),
        ("other digits", "other content than the official file"),
        ("bit flip", "other content than the official file"),
        ("cut short", "other content than the official file"),
        ("resets half way", "connection failed"),
        ("hangs half way", "connection failed|timed out"),
        ("silent", "no answer in|timed out"),
    ],
)
def test_bad_server(behaviour, reason, mirror, tiny_files):
    """Whatever a server does: an error with the reason and the way out, and nothing left over."""
    mirror.behaviour = behaviour
    start = time.monotonic()
    with pytest.raises(DataUnavailableError, match=f"(?s)Tried:.*({reason}).*FMNIST_DATA"):
        load_files()
    assert time.monotonic() - start < 10
    assert cached() == []


def test_second_mirror(mirror, tiny_files, monkeypatch):
    """When the first mirror serves other data, the second one takes over for all files."""
    with Mirror(tiny_files) as second:
        thread = threading.Thread(target=second.serve_forever, args=[0.01], daemon=True)
        thread.start()
        monkeypatch.setattr(download, "MIRRORS", (mirror.url, second.url))
        mirror.behaviour = "other digits"
        assert load_files()[0] == tiny_files
        second.shutdown()
        thread.join()
    assert len([1 for method, _ in mirror.asked if method == "GET"]) == 1


def test_retry(mirror, tiny_files):
    """A server that fails once is asked a second time."""
    mirror.behaviour = "fails once"
    assert load_files()[0] == tiny_files


def test_no_network_is_known_at_once(tiny_files, monkeypatch):
    """With nobody to connect to, the error comes without retries, and names every host."""
    hosts = ("http://127.0.0.1:9/", "http://127.0.0.1:10/")
    monkeypatch.setattr(download, "MIRRORS", hosts)
    start = time.monotonic()
    with pytest.raises(
        DataUnavailableError, match=f"(?s){hosts[0]}: connection.*{hosts[1]}: connection"
    ):
        load_files()
    assert time.monotonic() - start < 3


def test_a_name_look_up_that_hangs_is_left_behind(tiny_files, monkeypatch):
    """A network that swallows everything costs CONTACT_SECONDS, not minutes."""
    release = threading.Event()
    monkeypatch.setattr("requests.head", lambda *_, **__: release.wait(20))
    monkeypatch.setattr(download, "CONTACT_SECONDS", 0.2)
    start = time.monotonic()
    with pytest.raises(DataUnavailableError, match="no answer in"):
        load_files()
    assert time.monotonic() - start < 3
    release.set()


def test_failure_is_remembered_when_asked(mirror, tiny_files):
    """retry=False repeats an earlier failure without asking; retry=True asks again."""
    mirror.behaviour = 404
    with pytest.raises(DataUnavailableError):
        load_files(retry=False)
    mirror.behaviour = "good"
    asked = len(mirror.asked)
    with pytest.raises(DataUnavailableError, match="HTTP 404"):
        load_files(retry=False)
    assert len(mirror.asked) == asked
    assert load_files(retry=True)[0] == tiny_files


def test_progress_bar(mirror, tiny_files, monkeypatch):
    """A terminal sees a bar with the name of each file; progress=False keeps it quiet."""
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    load_files(progress=None)
    assert all(name in terminal.getvalue() for name in tiny_files)
    for path in (cache_dir() / "FashionMNIST" / "raw").iterdir():
        path.unlink()
    terminal.truncate(0)
    load_files(progress=False)
    assert terminal.getvalue() == ""


def test_cache_that_cannot_be_made(mirror, monkeypatch, tmp_path):
    """A file in the place of the cache is named, with what to do."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FMNIST_CACHE", str(tmp_path / "file"))
    with pytest.raises(DataUnavailableError, match="cannot be kept in the cache.*FMNIST_CACHE"):
        load_files()


def test_default_cache_is_the_users(monkeypatch):
    """Without FMNIST_CACHE, all projects of a user share the system's cache folder."""
    import platformdirs

    monkeypatch.delenv("FMNIST_CACHE")
    assert cache_dir() == platformdirs.user_cache_path("fmnist_lib", appauthor=False)


# --- whole processes --------------------------------------------------------------------------

SCRIPT = """
import json, os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # the background ignores Ctrl-C
from fmnist_lib import download
settings = json.loads(os.environ["SETTINGS"])
download.FILES = {name: tuple(value) for name, value in settings["files"].items()}
download.MIRRORS = [settings["mirror"]]
if limit := settings.get("file_size_limit"):
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
from fmnist_lib.__main__ import main
sys.exit(main(["--epochs", "1", "--source", "fashion-mnist", "--index", "0"]))
"""


def start(mirror, folder, **settings):
    """Start `python -m fmnist_lib` on the local mirror in a process of its own."""
    settings |= {"files": download.FILES, "mirror": mirror.url}
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        cwd=folder,
        env=os.environ | {"SETTINGS": json.dumps(settings), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


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
    deadline = time.monotonic() + 60
    while not any(method == "GET" for method, _ in mirror.asked) and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "Stopped.\n")
    assert cached() == []


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on file sizes there")
def test_full_disk(mirror, tmp_path):
    """When a file cannot be written to its end, the error says so and nothing half is left."""
    process = start(mirror, tmp_path, file_size_limit=1000)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert "cannot be kept in the cache" in err
    assert "Make room" in err
    assert "Traceback" not in err
    assert cached() == []
