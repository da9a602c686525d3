"""The parts of a split GGUF model, found beside the first one by their names."""

from __future__ import annotations

import re

from agents.engine.gguf_layout import Layout, ModelFileError, read_layout
from agents.engine.gguf_values import count_of, damaged

PARTS_LIMIT = 1000


def other_parts(first: Layout) -> list[Layout]:
    """The layouts of the parts after the first; none for a model in one file.

    Raises ModelFileError where the file is not the first part, or a part is missing or foreign.
    """
    count, number = count_of(first, "split.count") or 1, count_of(first, "split.no") or 0
    if count == 1:
        return []
    if count > PARTS_LIMIT or number >= count:
        raise damaged(first, f"it claims to be part {number + 1:,} of {count:,}")
    name = re.fullmatch(r"(.+)-(\d{5})-of-(\d{5})\.gguf", first.path.name)
    if name is None or (int(name[2]), int(name[3])) != (number + 1, count):
        raise ModelFileError(
            f"{first.path} is part {number + 1} of {count} of a split model and was renamed; "
            f"its name has to end in -{number + 1:05}-of-{count:05}.gguf"
        )
    paths = [
        first.path.with_name(f"{name[1]}-{part:05}-of-{count:05}.gguf")
        for part in range(1, count + 1)
    ]
    if number:
        raise ModelFileError(
            f"{first.path} is part {number + 1} of {count} of a split model; "
            f"name the first part, {paths[0].name}"
        )
    missing = [path.name for path in paths if not path.exists()]
    if missing:
        raise ModelFileError(
            f"{first.path} is the first of {count} parts, and {missing[0]} is not beside it; "
            "put all parts into one folder"
        )
    layouts = [read_layout(path) for path in paths[1:]]
    for part, layout in enumerate(layouts, 1):
        if count_of(layout, "split.no") != part or count_of(layout, "split.count") != count:
            raise damaged(layout, f"it is not part {part + 1} of {count}")
    return layouts
