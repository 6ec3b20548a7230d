# SPDX-License-Identifier: BSD-3-Clause
"""The layer diagram is written three times: ARROWS of layering_test.py, the table of lib/README.md,
lib/meson.build."""

import re

ROW = re.compile(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|", re.M)
SUBDIR = re.compile(r"^\s*subdir\('(\w+)'\)\s*#\s*([^\n]*)$", re.M)


def of_readme(text):
    table = text[:text.find("\n## ")]
    return {folder: set(arrows.split()) for folder, arrows in ROW.findall(table)}


def of_meson(text):
    layers = {}
    for folder, comment in SUBDIR.findall(text):
        arrows = comment.split("<-", 1)[1] if "<-" in comment else ""
        layers[folder] = set(arrows.split("+", 1)[0].split())
    return layers


def differences(root, arrows):
    wanted = {folder: set(below.split()) for folder, below in arrows.items() if folder not in ("drivers", "app")}
    for name, read in ("lib/README.md", of_readme), ("lib/meson.build", of_meson):
        found = read((root / name).read_text())
        for folder in sorted(wanted.keys() | found.keys()):
            if folder not in found or folder not in wanted:
                missing = name if folder not in found else "tests/layering_test.py"
                yield "%s: %s is missing in the layer diagram" % (missing, folder)
            elif found[folder] != wanted[folder]:
                yield "%s: %s may use '%s', but ARROWS of tests/layering_test.py says '%s'" % (
                    name, folder, " ".join(sorted(found[folder])), " ".join(sorted(wanted[folder])))
