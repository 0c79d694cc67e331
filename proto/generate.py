"""Writes gen/liansuo from the .proto files: messages, services, and types for both.

python proto/generate.py            write what changed, delete what no longer has a source
python proto/generate.py --check    write nothing; list what differs and exit with 1
"""

import argparse
import sys
import sysconfig
import tempfile
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent.parent
PROTO = ROOT / "proto"
GEN = ROOT / "gen"
OUTPUTS = ("python", "grpc_python", "mypy", "mypy_grpc")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare only")
    check: bool = parser.parse_args().check

    wanted = generate()
    present = read_tree(GEN)
    changed = sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))
    if check:
        for name in changed:
            print(f"gen/{name} does not match proto/; run `make proto`", file=sys.stderr)
        return 1 if changed else 0
    for name in changed:
        write(GEN / name, wanted.get(name))
    print(f"gen/: {len(wanted)} files, {len(changed)} changed")
    return 0


def generate() -> dict[str, bytes]:
    """Returns every generated file by its path under gen/; the same protos always give the same bytes."""
    sources = sorted(str(path.relative_to(PROTO)) for path in PROTO.rglob("*.proto"))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        arguments = ["protoc", f"-I{PROTO}", f"-I{files('grpc_tools') / '_proto'}"]
        for plugin in ("protoc-gen-mypy", "protoc-gen-mypy_grpc"):
            arguments.append(f"--plugin={plugin}={Path(sysconfig.get_path('scripts')) / plugin}")
        for output in OUTPUTS:
            options = "quiet:" if output.startswith("mypy") else ""
            arguments.append(f"--{output}_out={options}{out}")
        if protoc.main([*arguments, *sources]) != 0:
            raise SystemExit("protoc failed; its messages are above")
        tree = read_tree(out)
    for package in {parent for name in tree for parent in Path(name).parents if parent.name}:
        tree[str(package / "__init__.py")] = b""
    tree["liansuo/py.typed"] = b""
    return tree


def read_tree(root: Path) -> dict[str, bytes]:
    paths = (path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


def write(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


if __name__ == "__main__":
    raise SystemExit(main())
