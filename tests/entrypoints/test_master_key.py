import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from entrypoints.master_key import add_wrapping_key, master_key, wrapping_keys
from entrypoints.settings import Settings, StartRefused


def sqlite(folder: Path) -> str:
    return f"sqlite:///{folder / 'chain.db'}"


def test_a_key_of_the_environment_counts_first(tmp_path: Path):
    settings = Settings(database_url=sqlite(tmp_path), master_key="0f" * 32)
    assert master_key(settings) == b"\x0f" * 32
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_made_once_beside_an_embedded_database(tmp_path: Path):
    settings = Settings(database_url=sqlite(tmp_path / "new"))
    made = master_key(settings)
    assert len(made) == 32
    assert master_key(settings) == made
    (path,) = (tmp_path / "new").iterdir()
    assert path.name == "chain.db.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_workers_that_start_together_agree_on_one_key(tmp_path: Path):
    settings = Settings(database_url=sqlite(tmp_path))
    with ThreadPoolExecutor(16) as threads:
        keys = list(threads.map(lambda _: master_key(settings), range(64)))
    assert len(set(keys)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["chain.db.key"]


def test_a_server_in_production_never_makes_a_key(tmp_path: Path):
    path = tmp_path / "chain.key"
    settings = Settings(production=True, master_key_file=path)
    with pytest.raises(StartRefused, match="cannot be read: No such file or directory"):
        master_key(settings)
    assert not path.exists()
    path.write_text("0f" * 32 + "\n")
    assert master_key(settings) == b"\x0f" * 32


@pytest.mark.parametrize("text", ["0f" * 31, "0f" * 33, "not hexadecimal"])
def test_refuses_what_is_no_key_without_showing_it(tmp_path: Path, text: str):
    path = tmp_path / "chain.key"
    path.write_text(text)
    for settings in (Settings(master_key=text), Settings(master_key_file=path)):
        with pytest.raises(StartRefused, match="is not a master key: 32 bytes in hexadecimal") as raised:
            master_key(settings)
        assert text not in str(raised.value)


def test_a_new_key_encryption_key_stands_behind_the_master_key(tmp_path: Path):
    settings = Settings(database_url=sqlite(tmp_path))
    made = master_key(settings)
    assert dict(wrapping_keys(settings)) == {}
    assert [add_wrapping_key(settings), add_wrapping_key(settings)] == [2, 3]
    found = wrapping_keys(settings)
    assert (sorted(found), {len(key) for key in found.values()}, master_key(settings)) == ([2, 3], {32}, made)
    (path,) = tmp_path.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(StartRefused, match="stand in LIANSUO_MASTER_KEY"):
        add_wrapping_key(Settings(master_key="0f" * 32))


@pytest.mark.parametrize("word", ["0f" * 32, "1:" + "0f" * 32, "x:" + "0f" * 32, "2:0f", "70000:" + "0f" * 32])
def test_refuses_what_is_no_key_encryption_key_without_showing_it(word: str):
    with pytest.raises(StartRefused, match=r"key-encryption key|Key-encryption key") as raised:
        wrapping_keys(Settings(master_key=f"{'0f' * 32} {word}"))
    assert "0f0f" not in str(raised.value)


def test_refuses_two_key_encryption_keys_of_one_version():
    with pytest.raises(StartRefused, match="two key-encryption keys of version 2"):
        wrapping_keys(Settings(master_key=" ".join(["0f" * 32, "2:" + "0e" * 32, "2:" + "0d" * 32])))
