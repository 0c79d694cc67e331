"""Files of YAML or JSON that commands read, each by the model of what it may hold."""

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from entrypoints.cli.problems import Exit, Problem

M = TypeVar("M", bound=BaseModel)


def read_document(file: Path, model: type[M], *, bytes_max: int) -> M:
    """What the file holds; raises Problem with the place of what is wrong."""
    if file.stat().st_size > bytes_max:
        raise Problem(f"{file} is larger than {bytes_max} bytes.", advice="Split it.", code=Exit.REFUSED)
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Problem(f"{file} is neither YAML nor JSON: {error}", code=Exit.REFUSED) from None
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise Problem(f"{file} does not fit: {_places(error)}.", code=Exit.REFUSED) from None


def _places(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, one['loc'])) or 'the whole'}: {one['msg']}" for one in error.errors(include_url=False)[:10]
    )
