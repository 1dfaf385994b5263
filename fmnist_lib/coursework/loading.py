"""A student's file as a module: its imports, definitions and assignments run, the rest does not.

So a notebook that trains for a minute, or a script that does under `__main__`, is read at once.
"""

import __future__

import ast
import contextlib
import importlib.util
import linecache
import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

KEPT = (
    *(ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef),
    *(ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Delete),
    *(ast.Pass, ast.Break, ast.Continue, ast.Raise),
)
BLOCKS = (ast.If, ast.Try, ast.With, ast.For, ast.Match)
FILL = {"append", "extend", "insert", "add", "update", "add_argument"}
"""Methods that a call fills something with: `names.append("Bag")`."""
FLAGS = [getattr(__future__, name).compiler_flag for name in __future__.all_feature_names]

MODULE = "submission"


class UnreadableError(ValueError):
    """A file that is no Python code and no notebook; the message says why."""


def read_cells(path: Path) -> list[tuple[str, str]]:
    """Return the name and the code of each part of a file: the cells of a notebook, or all.

    Raises
    ------
    UnreadableError
        It is neither.
    """
    content = path.read_bytes()
    if path.suffix == ".ipynb":
        return _notebook_cells(content)
    if b"\0" in content:
        raise UnreadableError("it is no text, so it can't be Python code")
    try:
        return [("", importlib.util.decode_source(content))]
    except (SyntaxError, UnicodeDecodeError):  # an older editor
        return [("", content.decode("latin-1"))]


def _notebook_cells(content: bytes) -> list[tuple[str, str]]:
    import nbformat
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        notebook = nbformat.reads(content.decode("utf-8-sig"), as_version=4)
        language = notebook.metadata.get("kernelspec", {}).get("language", "python")
        sources = [str(cell.source) for cell in notebook.cells if cell.cell_type == "code"]
    except Exception as error:  # nbformat's are of many types
        raise UnreadableError("it is no notebook, or a damaged one") from error
    if language.lower() != "python":
        raise UnreadableError(f"it is a notebook for {language}, not for Python")
    cells, magics = [], TransformerManager()  # type: ignore[no-untyped-call]
    for number, source in enumerate(sources, 1):
        if source.startswith("%%") and source[2:].startswith(("time", "capture")):
            source = "\n" + source.partition("\n")[2]  # these run the cell as it is
        source = re.sub(r"(?m)^(\s*)%time +", r"\1", source)
        with contextlib.suppress(SyntaxError):  # which the parser will say, too
            source = magics.transform_cell(source)  # they become calls
        cells.append((f"code cell {number}", source))
    return cells


def load(path: Path, module: types.ModuleType, errors: list[str]) -> int:
    """Run what defines something in a file, in a module; return how many statements did not run.

    Each is on its own: after one that fails, which is added to `errors`, the rest goes on.
    """
    sys.modules[module.__name__] = module
    vars(module).update(__file__=str(path), get_ipython=mock.MagicMock())  # for magics
    flags = 0
    skipped = 0
    for name, source in read_cells(path):
        file = f"{path}, {name}" if name else str(path)
        linecache.cache[file] = len(source), None, source.splitlines(True), file
        try:
            tree = ast.parse(source, file)
        except Exception as error:  # also too deep, or too long
            errors.append(_note(name, error, getattr(error, "lineno", None)))
            continue
        statements = list(_trimmed(tree.body))
        skipped += sum(isinstance(statement, int) for statement in statements)
        for statement in statements:
            if isinstance(statement, int):
                continue
            try:
                code: Any = compile(
                    ast.Module([statement], []), file, "exec", flags, dont_inherit=True
                )
                flags |= sum(flag for flag in FLAGS if code.co_flags & flag & ~flags)
                exec(code, vars(module))
            except (Exception, SystemExit) as error:
                errors.append(_note(name, error, statement.lineno))
    return skipped


def _trimmed(statements: list[ast.stmt]) -> Iterator[ast.stmt | int]:
    """Yield the statements that define something, and the line of each other one."""
    for statement in statements:
        if isinstance(statement, KEPT) or _fills(statement):
            yield statement
        elif isinstance(statement, BLOCKS) and "__name__" not in ast.dump(_head(statement)):
            yield from _trim_block(statement)
        elif not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
            yield statement.lineno


def _fills(statement: ast.stmt) -> bool:
    """Tell whether an expression defines something, or fills what is defined."""
    value = getattr(statement, "value", None)
    method = getattr(getattr(value, "func", None), "attr", "")
    return isinstance(value, ast.NamedExpr) or method in FILL


def _head(statement: Any) -> ast.AST:
    return getattr(statement, "test", ast.Pass())


def _trim_block(block: Any) -> Iterator[ast.stmt | int]:
    """Yield a block whose parts are trimmed, and the lines of what was cut out."""
    parts = [*getattr(block, "handlers", ()), *getattr(block, "cases", ())]
    for part in (block, *parts):
        for name in ("body", "orelse", "finalbody"):
            if inside := getattr(part, name, None):
                trimmed = list(_trimmed(inside))
                yield from (line for line in trimmed if isinstance(line, int))
                kept = [statement for statement in trimmed if not isinstance(statement, int)]
                setattr(part, name, kept or [ast.Pass(lineno=block.lineno, col_offset=0)])
    yield block


def _note(name: str, error: BaseException, line: int | None) -> str:
    """Return an error in one line, with its place."""
    place = ", ".join([name] * bool(name) + [f"line {line}"] * bool(line))
    try:
        message = str(getattr(error, "msg", "") or error)
    except Exception:
        message = ""
    text = f"{type(error).__name__}: {message}".strip(": ").partition("\n")[0][:200]
    return f"{place}: {text}" if place else text
