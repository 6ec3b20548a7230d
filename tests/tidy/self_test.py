#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Tries the checks of tidy_test.py and layering_test.py on a small tree: each fault is found, what is right is not.

    tests/tidy/self_test.py
"""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

import layering_test  # noqa: E402
import tidy_test  # noqa: E402

ARROWS = {"base": "", "table": "base"}
TREE = {
    "lib/README.md": "| folder | is | may use |\n| --- | --- | --- |\n| `base` | words | |\n| `table` | who | base |\n",
    "lib/meson.build": "subdir('base')   # words\nsubdir('table')  # who  <- base  + nothing\n",
    "lib/base/time.hpp": "// A moment, see `next_stamp()`.\nint next_stamp();\n",
    "docs/requirements.md": "# Ids\n\n| id | text |\n| --- | --- |\n| R2236-1 | one |\n| R2236-2 | two |\n",
    "tests/tidy/ceilings.txt": "# nothing\n",
    "tests/unit/README.md": "| folder | files | tests |\n| --- | --- | --- |\n| `base` | `time` | all |\n",
}
LONG = "int f() {\n" + "  g();\n" * 90 + "}\n"


class Tidy(unittest.TestCase):
    def offences(self, check, changed=()):
        """What `check` says of the tree with these files, {path: text}, changed."""
        with tempfile.TemporaryDirectory() as directory:
            root = pathlib.Path(directory)
            for name, text in {**TREE, **dict(changed)}.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            if check == "layering":
                return list(layering_test.offences(root))
            return list(tidy_test.checks(root, ARROWS)[check])

    def test_a_tree_that_is_right_has_no_offence(self):
        for check in tidy_test.CHECKS:
            self.assertEqual(self.offences(check), [], check)

    def test_a_name_that_only_a_comment_has_is_found(self):
        for text in "// See general_ports().\n", "// See `general_ports`.\n", "/* `Ports::general_ports()` */\n":
            self.assertEqual(len(self.offences("names", {"lib/table/a.hpp": text})), 1, text)
        self.assertEqual(len(self.offences("names", {"lib/table/a.py": 'def f():\n    """See `gone`."""\n'})), 1)
        self.assertEqual(len(self.offences("names", {"lib/README.md": "Example:\n\n    core.gone(3);\n"})), 1)
        self.assertEqual(self.offences("names", {"lib/table/a.hpp": 'f("// `gone`");  // `f`\n'}), [])

    def test_a_function_is_in_the_file_that_is_named(self):
        for place, offences in ("time.hpp:next_stamp", 0), ("base/time.hpp:gone", 1), ("gone.hpp:next_stamp", 1):
            found = self.offences("names", {"lib/table/README.md": "`%s()`\n" % place})
            self.assertEqual(len(found), offences, place)

    def test_a_file_that_is_not_there_is_found(self):
        for text in "// (lib/base/clock.hpp)\n", "// (clock.hpp)\n", "// in lib/gone\n":
            self.assertEqual(len(self.offences("files", {"lib/table/a.hpp": text})), 1, text)
        right = "// lib/base, time.hpp, base/time.hpp, lib/base/t*\n"
        self.assertEqual(self.offences("files", {"lib/table/a.hpp": right}), [])

    def test_a_link_that_leads_nowhere_is_found(self):
        for target in "../gone.md", "README.md#gone", "#gone":
            self.assertEqual(len(self.offences("links", {"lib/base/README.md": "# A\n[x](%s)\n" % target})), 1, target)
        self.assertEqual(self.offences("links", {"lib/base/README.md": "# A b\n[x](../README.md) [y](#a-b)\n"}), [])

    def test_an_id_that_is_not_defined_is_found_also_in_a_list_of_them(self):
        for text in "// R2236-3.\n", "// R2236-1, -3.\n", "// R2236-1 to -3.\n", "// SEED-1\n":
            self.assertEqual(len(self.offences("ids", {"lib/table/a.hpp": text})), 1, text)
        self.assertEqual(self.offences("ids", {"lib/table/a.hpp": "// R2236-1 and -2.\n"}), [])

    def test_layer_diagrams_that_differ_are_found(self):
        readme = TREE["lib/README.md"].replace("who | base", "who | base proto")
        self.assertEqual(len(self.offences("layers", {"lib/README.md": readme})), 1)
        self.assertEqual(len(self.offences("layers", {"lib/meson.build": "subdir('base')   # words\n"})), 1)

    def test_a_file_without_a_test_is_found(self):
        self.assertEqual(len(self.offences("tests", {"lib/table/a.hpp": "\n"})), 1)
        self.assertEqual(self.offences("tests", {"lib/table/a.hpp": "\n", "tests/unit/table/a_test.cpp": "\n"}), [])
        row = TREE["tests/unit/README.md"] + "| `table` | `gone` | all |\n"
        self.assertEqual(len(self.offences("tests", {"tests/unit/README.md": row})), 1)

    def test_a_name_of_a_folder_above_is_an_arrow_upwards(self):
        self.assertEqual(len(self.offences("layering", {"lib/table/a.hpp": "membership::Role f();\n"})), 1)
        self.assertEqual(self.offences("layering", {"lib/table/a.hpp": "// membership::Role\ntable::Word g();\n"}), [])

    def test_sizes_have_a_ceiling_that_only_falls(self):
        self.assertEqual(len(self.offences("sizes", {"lib/table/a.cpp": LONG})), 1)
        for lines, offences in (92, 0), (91, 1), (102, 0), (103, 1):
            found = self.offences("sizes", {"lib/table/a.cpp": LONG,
                                            "tests/tidy/ceilings.txt": "%d lib/table/a.cpp:f\n" % lines})
            self.assertEqual(len(found), offences, lines)
        self.assertEqual(len(self.offences("sizes", {"tests/tidy/ceilings.txt": "90 lib/table/a.cpp:f\n"})), 1)
        self.assertEqual(len(self.offences("sizes", {"lib/table/a.hpp": "int a;\n" * 301})), 1)
        self.assertEqual(self.offences("sizes", {"bench/a.hpp": "int a;\n" * 301}), [])
        for members, offences in (12, 0), (13, 1):
            text = "class A {\n%s};\n" % "".join("  int m%d_;\n" % n for n in range(members))
            self.assertEqual(len(self.offences("sizes", {"lib/table/a.hpp": text})), offences, members)
            self.assertEqual(self.offences("sizes", {"lib/table/a.hpp": text.replace("class", "struct")}), [])

    def test_a_constructor_has_few_parameters(self):
        five = "const A& a, std::map<int, int> b, int c, int d = f(1, 2), void (*e)(int, int)"
        for parameters, offences in ("", 0), (five, 0), (five + ", int g", 1):
            for text in ("class A {\n  explicit A(%s);\n};\n", "class A {\n  A(%s) : a_{1} {}\n  int a_;\n};\n",
                         "struct A {\n  A(%s);\n};\n", "class A {\n  struct B {\n    B(%s);\n  };\n};\n"):
                found = self.offences("sizes", {"lib/table/a.hpp": text % parameters})
                self.assertEqual(len(found), offences, text % parameters)
        six = "class A {\n  A(%s, int g);\n  void f(%s, int g);\n};\n" % (five, five)
        self.assertEqual(len(self.offences("sizes", {"lib/table/a.hpp": six})), 1)
        self.assertEqual(self.offences("sizes", {"bench/a.hpp": six}), [])

    def test_long_lines_and_work_left_for_later_are_found(self):
        self.assertEqual(len(self.offences("columns", {"lib/table/a.hpp": "// " + "word " * 30 + "\n"})), 1)
        self.assertEqual(self.offences("columns", {"lib/base/README.md": "| " + "word " * 30 + "|\n"}), [])
        self.assertEqual(len(self.offences("words", {"lib/README.md": "<" * 7 + " HEAD\n" + ">" * 7 + " main\n"})), 2)
        self.assertEqual(len(self.offences("words", {"lib/table/a.hpp": "// TO" "DO: later\n"})), 1)

    def test_what_clang_format_would_change_is_found(self):
        self.assertGreater(len(self.offences("format", {"lib/table/a.cpp": "int   f( ) ;\n"})), 0)


if __name__ == "__main__":
    unittest.main()
