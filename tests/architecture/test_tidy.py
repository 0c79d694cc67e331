"""The house style, as far as a machine can judge it."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src"

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 600

MODULES = frozenset(
    "catalog pricing membership loyalty inventory replenishment forecasting purchasing sales channels finance "
    "marketing analytics staff care identity wallet logistics".split()
)
LAYER_FOLDERS = {"domain": MODULES | {"shared"}, "application": MODULES | {"ports"}}
TEST_FOLDERS = frozenset("domain application adapters entrypoints architecture conformance stress benchmarks".split())

UNFINISHED = re.compile(r"\b(TODO|FIXME|NotImplementedError|pytest\.skip|mark\.skip|skipif|xfail)\b")
VAGUE_WORDS = frozenset({"Base", "Dto", "DTO", "Handler", "Helper", "Helpers", "Impl", "Manager", "Util", "Utils"})
# A path or a registry of the machine on which something was written is of no use on another one.
MACHINE_PATH = re.compile(r"(?<![\w.~$}-])/(root|work|tmp|home|Users)/\w")
REGISTRY = re.compile(
    r"pypi\.org|pythonhosted\.org|registry\.npmjs|(?<!emit-)index-url\s*[= ]\s*\S|artifactory|/simple/", re.I
)


def test_functions_fit_a_screen():
    assert not [
        f"{place(path, node)}: {node.name} has {lines} lines, at most {FUNCTION_LINES_MAX}"
        for path in python_files(SRC)
        for node in ast.walk(parse(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES_MAX
    ]


def test_files_stay_small():
    assert not [
        f"{relative(path)}: {lines} lines, at most {FILE_LINES_MAX}"
        for path in python_files(SRC, ROOT / "tests")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > FILE_LINES_MAX
    ]


def test_nothing_is_left_unfinished_or_skipped():
    assert not list(matches(UNFINISHED, python_files(SRC, ROOT / "tests")))


def test_class_names_say_what_a_thing_is():
    assert not [
        f"{place(path, node)}: {node.name}"
        for path in python_files(SRC, ROOT / "tests")
        for node in ast.walk(parse(path))
        if isinstance(node, ast.ClassDef)
        and VAGUE_WORDS & set(re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*", node.name))
    ]


def test_layers_hold_the_same_modules():
    assert not [
        f"src/{layer}/{folder.name}: no module of that name"
        for layer, allowed in LAYER_FOLDERS.items()
        for folder in folders(SRC / layer)
        if folder.name not in allowed
    ]


def test_tests_mirror_the_source():
    assert {folder.name for folder in folders(ROOT / "tests")} <= TEST_FOLDERS


def test_every_source_folder_is_a_package():
    # import-linter does not see a folder without __init__.py, so its imports would be judged by nobody.
    assert not [
        f"{relative(folder)} has no __init__.py"
        for folder in {path.parent for path in python_files(SRC)} - {SRC}
        if not (folder / "__init__.py").exists()
    ]


def test_no_file_names_a_path_or_a_registry_of_one_machine():
    assert not list(matches(MACHINE_PATH, text_files()))
    assert not list(matches(REGISTRY, text_files()))


def matches(pattern: re.Pattern[str], paths: Iterator[Path]) -> Iterator[str]:
    for path in paths:
        if path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if pattern.search(line):
                yield f"{relative(path)}:{number}: {line.strip()[:120]}"


def text_files() -> Iterator[Path]:
    """Every file that is committed or could be, without those that are no text."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0"):
        path = ROOT / name
        if path.is_file() and b"\0" not in path.read_bytes()[:8_000]:
            yield path


def python_files(*roots: Path) -> Iterator[Path]:
    for root in roots:
        yield from sorted(root.rglob("*.py"))


def folders(parent: Path) -> list[Path]:
    """The folders with Python files in them; a folder of caches only is no part of the source."""
    return [path for path in sorted(parent.iterdir()) if path.is_dir() and any(path.rglob("*.py"))]


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def place(path: Path, node: ast.stmt) -> str:
    return f"{relative(path)}:{node.lineno}"


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
