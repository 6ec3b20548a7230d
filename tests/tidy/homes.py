# SPDX-License-Identifier: BSD-3-Clause
"""Each file of lib/ has a test: one of its name, or what the table of tests/unit/README.md says."""

import pathlib
import re

TABLE = "tests/unit/README.md"
ROW = re.compile(r"^\| `(\w+)` \| (.*?) \| (.*?) \|$", re.M)


def homeless(root, paths):
    if not (root / TABLE).is_file():
        return
    listed = {}
    for folder, files, _ in ROW.findall((root / TABLE).read_text()):
        for stem in re.findall(r"`(\w+)`", files):
            listed[folder, stem] = False
    tests = {pathlib.PurePath(path).name for path in paths if path.startswith("tests/")}
    for path in paths:
        match = re.fullmatch(r"lib/(\w+)/(\w+)\.(?:cpp|hpp)", path)
        if not match:
            continue
        if match.groups() in listed:
            listed[match.groups()] = True
        elif match.group(2) + "_test.cpp" not in tests:
            yield "%s: no test has its name, and %s does not say which one holds it" % (path, TABLE)
    for (folder, stem), exists in listed.items():
        if not exists:
            yield "%s: there is no lib/%s/%s" % (TABLE, folder, stem)
