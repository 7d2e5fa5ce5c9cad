"""The walls between the parts are real: a forbidden import is caught."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]

PLANTED = {
    "a service imports another": (
        "services/venues/features/planted.py",
        "import services.bookings.engine",
        "Services never import each other",
    ),
    "a use case imports another": (
        "services/bookings/features/planted.py",
        "import services.bookings.features.place_order",
        "Use cases, reactions, jobs and pages never import each other",
    ),
    "a rule imports the database": (
        "services/bookings/domain/planted.py",
        "import shared.db",
        "Rules do no I/O",
    ),
    "shared code imports a service": (
        "shared/core/planted.py",
        "import services.bookings.engine",
        "Shared code imports no service and no deployment",
    ),
}


@pytest.fixture(scope="module")
def copy_of_the_code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("code")
    shutil.copy(ROOT / "pyproject.toml", copy)
    ignore = shutil.ignore_patterns("__pycache__", "*.po", "static", "templates")
    for part in ("deploy", "services", "shared"):
        shutil.copytree(ROOT / part, copy / part, ignore=ignore)
    return copy


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*LINT, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_code_keeps_all_walls(copy_of_the_code: Path) -> None:
    result = lint(copy_of_the_code)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("case", PLANTED)
def test_a_planted_import_is_caught(copy_of_the_code: Path, case: str) -> None:
    path, statement, wall = PLANTED[case]
    planted = copy_of_the_code / path
    planted.write_text(f'"""Planted."""\n\n{statement}\n')
    try:
        result = lint(copy_of_the_code)
    finally:
        planted.unlink()
    assert result.returncode == 1
    assert f"{wall} BROKEN" in result.stdout
