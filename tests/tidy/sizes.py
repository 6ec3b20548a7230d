# SPDX-License-Identifier: BSD-3-Clause
"""Sizes of files and functions, widths of lines.

Ceilings are in ceilings.txt and may only fall: what has become a tenth shorter gets a lower one.
"""

import ast
import re
import shutil
import subprocess

from tidy.sources import lines_of

# Nothing new may be longer; what is longer already has a line of its own in the list.
FILE_LINES = 450
FUNCTION_LINES = 80
COLUMNS = 120

CODE = {".hpp", ".cpp", ".py", ".pml", ".sh"}


def ceilings(root):
    """{name: lines} of the list; names are PATH or PATH:FUNCTION."""
    listed = {}
    for line in (root / "tests/tidy/ceilings.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            lines, name = line.split()
            listed[name] = int(lines)
    return listed


def functions_of_c(root, names):
    if not names:
        return
    done = subprocess.run(["ctags", "--fields=+ne", "--kinds-c++=f", "-f", "-", "-L", "-"], cwd=root, text=True,
                          input="\n".join(names), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    for line in done.stdout.splitlines():
        lines = re.search(r"\tline:(\d+).*\tend:(\d+)", line)
        if lines and not line.startswith("!"):
            name, path = line.split("\t")[:2]
            yield path, name, int(lines.group(1)), int(lines.group(2)) - int(lines.group(1)) + 1


def functions_of_python(source):
    for node in ast.walk(ast.parse(source.text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield source.name, node.name, node.lineno, node.end_lineno - node.lineno + 1


def measured(root, sources):
    """(place, name in the list, kind, lines, ceiling for all) of each file and function."""
    code = [source for source in sources if source.suffix in CODE or source.is_python]
    for source in code:
        yield source.name, source.name, "file", source.text.count("\n"), FILE_LINES
    functions = list(functions_of_c(root, [source.name for source in code if source.suffix in {".cpp", ".hpp"}]))
    for source in code:
        if source.is_python:
            functions.extend(functions_of_python(source))
    for path, name, line, lines in functions:
        # Tests are many macros of one name; they are known by their files.
        yield "%s:%d" % (path, line), "%s:%s" % (path, name), "function " + name, lines, FUNCTION_LINES


def too_long(root, sources):
    if shutil.which("ctags") is None:
        yield "ctags is missing: scripts/install-deps test"
        return
    listed = ceilings(root)
    longest = {}
    for place, name, kind, lines, general in measured(root, sources):
        if lines > listed.get(name, general):
            yield "%s: %s has %d lines; %d are the ceiling. Split it" % (place, kind, lines, listed.get(name, general))
        longest[name] = max(longest.get(name, 0), lines)
    for name, ceiling in listed.items():
        general = FUNCTION_LINES if ":" in name else FILE_LINES
        if longest.get(name, 0) <= general:
            yield "tests/tidy/ceilings.txt: %s needs no line of its own any more: remove it" % name
        elif 10 * longest[name] < 9 * ceiling:
            yield "tests/tidy/ceilings.txt: %s has %d lines now: lower %d to that" % (name, longest[name], ceiling)


def too_wide(sources):
    for source in sources:
        # C++ is clang-format's, but for what it leaves alone.
        only_prose = source.suffix in {".md", ".cpp", ".hpp"}
        for number, line in lines_of(source) if only_prose else enumerate(source.text.split("\n"), 1):
            is_table = source.suffix == ".md" and line.lstrip().startswith("|")
            if len(line) > COLUMNS and not is_table and " " in line.strip():
                yield "%s:%d: %d columns; %d are enough" % (source.name, number, len(line), COLUMNS)


def forbidden_words(sources):
    words = re.compile(r"\b(%s)\b" % "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X"]))
    for source in sources:
        for number, line in enumerate(source.text.split("\n"), 1):
            match = words.search(line)
            if match:
                yield "%s:%d: %s; do it, or file an issue" % (source.name, number, match.group())


def not_formatted(root, sources):
    names = [source.name for source in sources if source.suffix in {".cpp", ".hpp"}]
    if not names:
        return
    if shutil.which("clang-format") is None:
        yield "clang-format is missing: scripts/install-deps test"
        return
    done = subprocess.run(["clang-format", "--dry-run", *names], cwd=root, text=True, capture_output=True)
    for line in done.stderr.splitlines():
        match = re.match(r"(\S+?:\d+):\d+: warning", line)
        if match:
            yield "%s: not as clang-format -i has it" % match.group(1)
