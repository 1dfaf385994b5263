"""The process in which submissions run: it tries their functions, and sends records.

It judges nothing and knows no right answer. A line of JSON comes in for each file, its path, and
each gets a process of its own (a fork, where there are forks), which answers with what did not run
in it. Then comes a line for each function to try, {"name", "seed", "alone"}, answered with a
record, and null. When a file's process has ended, the answer is {"ended": its exit status}.
"""

import contextlib
import functools
import os
import signal
import sys
import time
import types
from json import dumps, loads  # by name: a submission may patch the module
from pathlib import Path
from struct import pack, unpack
from typing import IO, Any

import numpy as np
import torch
from torch import Tensor

from fmnist_lib.coursework.loading import MODULE, load
from fmnist_lib.coursework.made import World, stand_in, whole_set
from fmnist_lib.coursework.sandbox import custody
from fmnist_lib.coursework.trials import Record, try_function

CPU_LIMIT = 40
"""Seconds of the processor for a function that can't be stopped otherwise."""

MEMORY, LARGEST_FILE = 3 << 30, 20 << 20  # bytes
DTYPES = ("uint8", "int64", "float32", "float64")
LARGEST_MESSAGE = 64 << 20  # bytes
LARGEST_JSON = 4 << 20

# --- messages: JSON, in which a number stands for each tensor, and the bytes of these -------------


def send(channel: IO[bytes], record: Record) -> None:
    """Write a record as one message."""
    tensors: list[Tensor] = []

    def numbered(value: Any) -> Any:
        if not isinstance(value, Tensor):
            raise TypeError(f"a record can't hold {type(value)}")
        tensors.append(value.detach().cpu().contiguous())
        return {"tensor": len(tensors) - 1}

    text = dumps(record, default=numbered)
    kinds = [(str(t.dtype).removeprefix("torch."), tuple(t.shape)) for t in tensors]
    head = dumps({"record": text, "tensors": kinds}).encode()
    body = b"".join(t.numpy().tobytes() for t in tensors)
    channel.write(pack(">QQ", len(head), len(body)) + head + body)
    channel.flush()


def receive(channel: IO[bytes]) -> Record:
    """Read one message, which may come from anybody.

    Raises
    ------
    ValueError
        It is no record, or none came.
    """
    sizes = channel.read(16)
    if len(sizes) < 16:
        raise ValueError("no record came")
    head_size, body_size = unpack(">QQ", sizes)
    if head_size > LARGEST_JSON or body_size > LARGEST_MESSAGE:
        raise ValueError("the record is too large")
    head = loads(channel.read(head_size))
    body, tensors, start = channel.read(body_size), [], 0
    for dtype, shape in head["tensors"]:
        if dtype not in DTYPES:
            raise ValueError(f"a record can't hold {dtype!r}")
        count = int(np.prod(shape, dtype=np.int64))
        array = np.frombuffer(body, dtype, count, start).reshape(shape)
        start += array.nbytes
        tensors.append(torch.from_numpy(array.copy()))

    def filled(value: dict[str, Any]) -> Any:
        return tensors[value["tensor"]] if value.keys() == {"tensor"} else value

    record = loads(head["record"], object_hook=filled)
    if not (isinstance(record, dict) and isinstance(record.get("error", ""), str)):
        raise ValueError("the record is not one")
    return record


# --- the process ----------------------------------------------------------------------------------


def private_streams() -> tuple[IO[bytes], IO[bytes]]:
    """Return standard input and output, and leave none: a student's code has neither."""
    jobs = os.fdopen(os.dup(0), "rb", buffering=0)  # forks read from it in turn
    channel = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    return jobs, channel


def limit(name: str, most: int) -> None:
    """Limit what this process may use; where there are no such limits, nothing happens."""
    with contextlib.suppress(ImportError, AttributeError, ValueError, OSError):
        import resource  # not on Windows

        number = getattr(resource, name)
        hard = resource.getrlimit(number)[1]
        resource.setrlimit(number, (most if hard < 0 else min(most, hard), hard))


def refuse_programs() -> None:
    """Let Python refuse other programs, connections, and more than a few processes.

    An audit hook can't be taken back. It keeps a slip from doing harm, such as processes that
    start processes, and is no sandbox: code in C gets past it.
    """
    processes = 20  # which is enough for the workers of a DataLoader
    own = os.getpid()
    refused = {"os.system", "os.exec", "os.posix_spawn", "subprocess.Popen"}

    def hook(event: str, args: tuple[Any, ...]) -> None:
        nonlocal processes
        away = event == "socket.connect" and isinstance(args[1], tuple)  # not the own machine's
        others = event == "os.kill" and args[0] in (-1, 0, 1, os.getppid())
        if event in refused or away or others:
            raise PermissionError(f"{event} is refused: the check starts and stops no programs")
        if event in ("os.fork", "os.forkpty"):
            processes -= 1
            if processes < 0 or os.getpid() != own:
                raise PermissionError("too many processes were started")

    sys.addaudithook(hook)


def not_own(*_: Any, **__: Any) -> None:
    """Stand for whatever a submission imports from fmnist_lib."""
    raise ImportError("fmnist_lib's functions can't be used here: write the function yourself")


class Hidden(types.ModuleType):
    """Stands for fmnist_lib: what the assignment imports does nothing, and all else fails."""

    __all__ = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return {"check": lambda *_, **__: 0.0, "main_job": contextlib.nullcontext}.get(
            name, not_own
        )


def hide_library() -> None:
    """Let whoever imports fmnist_lib from now on get nothing that works."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "fmnist_lib"]:
        del sys.modules[name]
    for name in ("fmnist_lib", "fmnist_lib.coursework"):
        sys.modules[name] = Hidden(name)


def own(module: types.ModuleType, name: str) -> Any:
    """Return a function of a submission, None if there is none or it is the library's."""
    function = vars(module).get(name)
    ours = str(getattr(function, "__module__", "")).startswith("fmnist_lib")
    return None if ours or function is not_own else function


def read_submission(path: Path, module: types.ModuleType, world: World) -> Record:
    """Load a file with small datasets; return its errors, and how much did not run."""
    errors: list[str] = []
    with custody() as box, stand_in(world.pictures):
        outcome = box.call(functools.partial(load, path, module, errors))
    if outcome.error:
        errors.insert(0, outcome.error.replace("UnreadableError: ", "It can't be read: "))
    return {"errors": errors[:5], "skipped": outcome.value or 0}


def tried(module: types.ModuleType, errors: list[str], job: dict[str, Any]) -> Record:
    """Try one function."""
    limit("RLIMIT_CPU", int(time.process_time()) + CPU_LIMIT)
    name, function = job["name"], own(module, job["name"])
    if function is None and errors:
        return {"error": f"There is no {name}, after an error: {errors[0]}"}
    own_loader = None if job["alone"] else own(module, "get_data_loader")
    return try_function(name, function, World(job["seed"]), own_loader)


def serve(path: Path, jobs: IO[bytes], channel: IO[bytes], world: World) -> None:
    """Load a file, try the functions that are asked for, and end the process."""
    status = 1
    try:
        limit("RLIMIT_CPU", int(time.process_time()) + CPU_LIMIT)
        refuse_programs()
        sys.argv = [str(path)]
        module = types.ModuleType(MODULE)
        first = read_submission(path, module, world)
        send(channel, first)
        while job := loads(jobs.readline() or "null"):
            send(channel, tried(module, first["errors"], job))
        status = 0
    finally:
        os._exit(status)  # whatever still runs


def fork_and_serve(path: Path, jobs: IO[bytes], channel: IO[bytes], world: World) -> None:
    """Do the same in a fork, and say when it has ended."""
    if not hasattr(os, "fork"):  # Windows
        serve(path, jobs, channel, world)
    child = os.fork()
    if child == 0:
        os.setsid()
        serve(path, jobs, channel, world)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with contextlib.suppress(OSError):
        if sys.argv[1:] != ["alone"]:
            os.killpg(child, signal.SIGKILL)
        while sys.argv[1:] == ["alone"]:  # until there is no other process in the sandbox
            os.kill(-1, signal.SIGKILL)
            time.sleep(0.01)
    send(channel, {"ended": status})


def main() -> None:
    """Serve the files whose paths come in."""
    jobs, channel = private_streams()
    for name, most in (("DATA", MEMORY), ("FSIZE", LARGEST_FILE), ("CORE", 0)):
        limit(f"RLIMIT_{name}", most)
    world = World(0)
    for training in (True, False):
        whole_set(training)
    with custody(), stand_in(world.pictures):
        pass  # imports what it needs while it can
    hide_library()
    while path := loads(jobs.readline() or "null"):
        fork_and_serve(Path(path), jobs, channel, world)


if __name__ == "__main__":
    main()
