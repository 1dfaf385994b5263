"""Files for the tests."""

import gzip
import struct


def idx(array):
    """Return an array as a gzipped IDX file."""
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return gzip.compress(header + array.tobytes())


def write(files, folder):
    """Write files by name into a folder, which is made, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder
