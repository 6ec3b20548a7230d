#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What the house rules say of files, checked: what prose names exists, sizes keep below their ceilings.

    tests/tidy_test.py [CHECK...] [--root ROOT]

  names     names in backquotes, or with (), in comments and READMEs exist in the code; `file:function()` in that file
  files     so do the files and folders that they name
  links     relative links of Markdown files resolve
  ids       requirement ids that are cited are defined in docs/requirements.md
  layers    lib/README.md and lib/meson.build have the layer diagram of tests/layering_test.py
  tests     each file of lib/ has a test of its name, or one that tests/unit/README.md names
  sizes     no file, function or class is larger than its ceiling (tests/tidy/ceilings.txt), and no constructor of the
            product has more than five parameters
  columns   no line is wider than 120 columns, but for tables
  words     nothing is left to be done later, and no conflict of a merge is left
  format    C++ is as clang-format has it

Prints a line for each offence and one with their number; the exit code is 1 or 0.
"""

import argparse
import itertools
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import layering_test  # noqa: E402
from tidy import homes, layers, names, sizes, sources  # noqa: E402

DEFINITIONS = "docs/requirements.md"
CHECKS = ["names", "files", "links", "ids", "layers", "tests", "sizes", "columns", "words", "format"]


def checks(root, arrows):
    """{name: iterator of offences}; nothing is done before the iterator is asked."""
    paths = sources.files(root)
    read = sources.read(root, paths)
    known = names.Known(read, paths)
    return {
        "names": itertools.chain(names.unknown_names(read, known), names.misplaced_functions(read, known),
                                 names.unknown_calls_of_examples(read, known)),
        "files": names.unknown_files(read, known),
        "links": names.broken_links(read, known),
        "ids": names.undefined_ids(read, DEFINITIONS),
        "layers": layers.differences(root, arrows),
        "tests": homes.homeless(root, paths),
        "sizes": sizes.too_long(root, read),
        "columns": sizes.too_wide(read),
        "words": sizes.forbidden_words(read),
        "format": sizes.not_formatted(root, read),
    }


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("checks", nargs="*")
    parser.add_argument("--root", default=pathlib.Path(__file__).parents[1], type=pathlib.Path)
    args = parser.parse_args()
    root = args.root.resolve()
    unknown = [name for name in args.checks if name not in CHECKS]
    if unknown:
        parser.error("no check is called %s" % " ".join(unknown))
    offences = checks(root, layering_test.ARROWS)
    bad = 0
    for name in args.checks or CHECKS:
        for offence in offences[name]:
            bad += 1
            print("%s: %s" % (name, offence))
    print("tidy: %d offences" % bad)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
