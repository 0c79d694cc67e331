from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports


def test_every_import_contract_of_pyproject_is_kept():
    assert lint_imports(cache_dir=None) == EXIT_STATUS_SUCCESS
