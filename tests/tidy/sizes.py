# SPDX-License-Identifier: BSD-3-Clause
"""Sizes of files, functions and classes; widths of lines.

Ceilings are in ceilings.txt and may only fall: what has become a tenth shorter gets a lower one.
"""

import ast
import collections
import re
import shutil
import subprocess

from tidy.sources import lines_of

# Nothing new may be longer; what is longer already has a line of its own in the list.
FILE_LINES = 450
FILE_LINES_OF_PRODUCT = 300  # lib/ and app/
FUNCTION_LINES = 80
DATA_MEMBERS = 12  # of a class; a struct is as large as what it describes
CONSTRUCTOR_PARAMETERS = 5
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


def ctags(root, sources, kind):
    """(path, name, the other fields) of each tag of a kind in the C++ sources."""
    names = "\n".join(source.name for source in sources if source.suffix in {".cpp", ".hpp"})
    if not names:
        return
    done = subprocess.run(["ctags", "--fields=+neSs", "--kinds-c++=" + kind, "-f", "-", "-L", "-"], cwd=root, text=True,
                          input=names, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    for line in done.stdout.splitlines():
        if not line.startswith("!"):
            name, path, rest = line.split("\t", 2)
            yield path, name, rest


def functions_of_c(root, sources):
    for path, name, rest in ctags(root, sources, "f"):
        lines = re.search(r"\tline:(\d+).*\tend:(\d+)", rest)
        if lines:
            yield path, name, int(lines.group(1)), int(lines.group(2)) - int(lines.group(1)) + 1


def members_of_classes(root, sources):
    """{(path, class): number of data members}."""
    return collections.Counter((path, match.group(1).rsplit("::", 1)[-1])
                               for path, _, rest in ctags(root, sources, "m")
                               for match in re.finditer(r"\tclass:(\S+)", rest))


def parameters_of(signature):
    """How many parameters "(int a,std::map<int,int> b)" has."""
    inner = signature[1:signature.rindex(")")].strip()
    depth, commas = 0, 0
    for character in inner:
        depth += (character in "<([{") - (character in ">)]}")
        commas += character == "," and depth == 0
    return commas + 1 if inner and inner != "void" else 0


def constructors(root, sources):
    """(path, class, line, number of parameters) of each constructor, declared or defined."""
    for path, name, rest in ctags(root, sources, "fp"):
        fields = dict(field.split(":", 1) for field in rest.split("\t") if ":" in field)
        owner = fields.get("class", fields.get("struct", ""))
        if owner.rsplit("::", 1)[-1] == name and "signature" in fields:
            yield path, name, int(fields["line"]), parameters_of(fields["signature"])


def functions_of_python(source):
    for node in ast.walk(ast.parse(source.text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield source.name, node.name, node.lineno, node.end_lineno - node.lineno + 1


def measured(root, sources):
    """(place, name in the list, what it has how many of, number, ceiling for all) of files, functions and classes."""
    code = [source for source in sources if source.suffix in CODE or source.is_python]
    for source in code:
        ceiling = FILE_LINES_OF_PRODUCT if source.name.startswith(("lib/", "app/")) else FILE_LINES
        yield source.name, source.name, "lines", source.text.count("\n"), ceiling
    product = [source for source in code if source.name.startswith(("lib/", "app/", "drivers/"))]
    for (path, name), members in members_of_classes(root, product).items():
        yield path, "%s:%s" % (path, name), "data members in class " + name, members, DATA_MEMBERS
    for path, name, line, parameters in constructors(root, product):
        yield ("%s:%d" % (path, line), "%s:%s()" % (path, name), "parameters of the constructor of " + name, parameters,
               CONSTRUCTOR_PARAMETERS)
    functions = list(functions_of_c(root, code))
    for source in code:
        if source.is_python:
            functions.extend(functions_of_python(source))
    for path, name, line, lines in functions:
        # Tests are many macros of one name; they are known by their files.
        yield "%s:%d" % (path, line), "%s:%s" % (path, name), "lines in " + name + "()", lines, FUNCTION_LINES


def too_long(root, sources):
    if shutil.which("ctags") is None:
        yield "ctags is missing: scripts/install-deps test"
        return
    listed = ceilings(root)
    most = {}
    for place, name, what, number, general in measured(root, sources):
        if number > listed.get(name, general):
            yield "%s: %d %s; %d are the ceiling. Split it" % (place, number, what, listed.get(name, general))
        if number > general:
            most[name] = max(most.get(name, 0), number)
    for name, ceiling in listed.items():
        if name not in most:
            yield "tests/tidy/ceilings.txt: %s needs no line of its own any more: remove it" % name
        elif 10 * most[name] < 9 * ceiling:
            yield "tests/tidy/ceilings.txt: %s is at %d now: lower %d to that" % (name, most[name], ceiling)


def too_wide(sources):
    for source in sources:
        # C++ is clang-format's, but for what it leaves alone.
        only_prose = source.suffix in {".md", ".cpp", ".hpp"}
        for number, line in lines_of(source) if only_prose else enumerate(source.text.split("\n"), 1):
            is_table = source.suffix == ".md" and line.lstrip().startswith("|")
            if len(line) > COLUMNS and not is_table and " " in line.strip():
                yield "%s:%d: %d columns; %d are enough" % (source.name, number, len(line), COLUMNS)


def forbidden_words(sources):
    """What says that something is not finished, and what a merge leaves where nobody has decided."""
    words = re.compile(r"\b(%s)\b" % "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X"]))
    for source in sources:
        for number, line in enumerate(source.text.split("\n"), 1):
            match = words.search(line)
            if match:
                yield "%s:%d: %s; do it, or file an issue" % (source.name, number, match.group())
            if line.startswith(("<" * 7 + " ", ">" * 7 + " ")):
                yield "%s:%d: a conflict of a merge; decide it" % (source.name, number)


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
