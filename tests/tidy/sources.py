# SPDX-License-Identifier: BSD-3-Clause
"""The files of the repository, and what in them is code and what is prose."""

import io
import pathlib
import re
import shutil
import subprocess
import tokenize

C_LIKE = {".hpp", ".cpp", ".h", ".pml"}
HASH_COMMENTS = {".build", ".toml", ".txt", ".sh", ".service", ".ini", ".options", ".cfg"}
# Measurements, captures for the fuzzer, and the like: neither prose nor names of ours.
DATA = re.compile(r"bench/results/(?:runs\.jsonl|plots/.*)|tests/fuzz/corpus/.*|tests/data/.*\.(?:txt|pcap)|LICENSE")

C_TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\[^\']*|[^\'\\\n])\'', re.S)
HASH_COMMENT = re.compile(r"(?:^|\s)#(?!!).*")
FENCE = re.compile(r"^```.*?^```", re.S | re.M)


def files(root):
    """All files that git knows or would add; where there is no git, all that are there but for build directories."""
    listed = ""
    if shutil.which("git"):
        listed = subprocess.run(["git", "-C", str(root), "ls-files", "--cached", "--others", "--exclude-standard"],
                                capture_output=True, text=True).stdout
    if listed:
        names = sorted(set(listed.splitlines()))
    else:
        names = sorted(str(path.relative_to(root)) for path in root.rglob("*"))
        names = [name for name in names if not re.match(r"build|\.git/|\.cache", name) and "__pycache__" not in name]
    return [name for name in names if (root / name).is_file()]


def read(root, names):
    return [Source(root, name) for name in names if not DATA.fullmatch(name)]


class Source:
    """One file: its text, its code without comments, and its prose as pairs of first line and text."""

    def __init__(self, root, name):
        self.name = name
        self.suffix = pathlib.Path(name).suffix
        self.text = (root / name).read_text(errors="replace")
        first = self.text.split("\n", 1)[0]
        self.is_python = self.suffix == ".py" or (first.startswith("#!") and "python" in first)
        if self.suffix == ".md":
            self.code, self.prose = "", [(1, FENCE.sub(lambda m: "\n" * m.group().count("\n"), self.text))]
        elif self.suffix in C_LIKE:
            self.code, self.prose = split_c(self.text)
        elif self.is_python:
            self.code, self.prose = split_python(self.text)
        elif self.suffix in HASH_COMMENTS or first.startswith("#!"):
            self.code, self.prose = split_hash(self.text)
        else:
            self.code, self.prose = self.text, []


def split_c(text):
    code, prose, end = [], [], 0
    for match in C_TOKEN.finditer(text):
        if match.group().startswith(("//", "/*")):
            code.append(text[end:match.start()])
            end = match.end()
            line = text.count("\n", 0, match.start()) + 1
            prose.append((line, match.group()))
            code.append("\n" * match.group().count("\n"))
    code.append(text[end:])
    return "".join(code), joined(prose)


def joined(comments):
    """Comments of one line each that follow each other, as one: a sentence may go over the end of a line."""
    blocks = []
    for line, text in comments:
        if blocks and blocks[-1][0] + blocks[-1][1].count("\n") + 1 == line:
            blocks[-1] = (blocks[-1][0], blocks[-1][1] + "\n" + text)
        else:
            blocks.append((line, text))
    return blocks


def split_python(text):
    code, prose, before = [], [], None
    begins = {None, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        is_docstring = token.type == tokenize.STRING and before in begins
        if token.type == tokenize.COMMENT or is_docstring:
            prose.append((token.start[0], token.string))
        else:
            code.append(token.string)
        if token.type not in (tokenize.NL, tokenize.COMMENT):
            before = token.type
    return " ".join(code), joined(prose)


def split_hash(text):
    code, prose = [], []
    for number, line in enumerate(text.split("\n"), 1):
        match = HASH_COMMENT.search(line)
        if match:
            prose.append((number, match.group().strip()))
            line = line[:match.start()]
        code.append(line)
    return "\n".join(code), joined(prose)


def lines_of(source):
    """(line, text) of each line of prose."""
    for first, text in source.prose:
        for offset, line in enumerate(text.split("\n")):
            yield first + offset, line
