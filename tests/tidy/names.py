# SPDX-License-Identifier: BSD-3-Clause
"""Names, files, links and requirement ids in prose: do they exist?

A name is a word in backquotes, or one with () behind it. It exists if each of its parts is an identifier somewhere in
the code (comments do not count), a key of a configuration, or the name of a file or folder.
"""

import os
import pathlib
import re

from tidy.sources import lines_of

# Names that are not ours, and in no code of ours. One line for each owner.
FOREIGN = set("""
    BPF_PROG_TEST_RUN GRUB_CMDLINE_LINUX update-grub lscpu
    VIRTIO_NET_F_CTRL_RX multiq persist
    _mulx_u64 prefetcht1 nta t0
    eth_memif_tx memif_connect_client memif_disconnect rsize secret
    down_delay up_delay lsc_poll_period_ms xmit_policy framecnt rxvlan txvlan libxdp1
    PascalCase snake_case
    dpdk-pmdinfo.py dpdk-devbind.py dpdk-telemetry.py drivers/net/af_packet
    render_mcswitch_config
""".split())
# DPDK's drivers, by their names.
FOREIGN_PATTERN = re.compile(r"net_\w+|rte_\w+|RTE_\w+|std::.*|[A-Z0-9]+-(n|\d+)")

QUOTED = re.compile(r"`([^`\n]+)`|(?<![\w`.:-])((?:\w+(?:::|\.))*\w+)\(\)")
NAME = re.compile(r"[A-Za-z_][\w-]*(?:(?:::|\.)~?[A-Za-z_][\w-]*)*")
EXAMPLE = re.compile(r"^```.*?^```|^ {4}[^\n]*", re.S | re.M)
CALL = re.compile(r"\b\w+(?:\.|->|::)([a-zA-Z_]\w+)\(")
IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
KEBAB = re.compile(r"[A-Za-z_]\w*(?:[-.]\w+)+")

# What is taken for a file of ours: a suffix of sources, or a path from the top.
FILE = re.compile(r"(?<![\w./*<>-])((?:[\w-]+/)*[\w-]+\.(?:hpp|cpp|py|md|pml|build))(?![\w*])")
TOPS = "app|bench|config|docs|drivers|lib|scripts|tests"
PATH = re.compile(r"(?<![\w./*<-])((?:%s)/[\w./*{},<>-]*[\w*}>]/?)" % TOPS)
# As in "dataplane/egress.hpp:send()".
WHERE = re.compile(r"`([\w./-]+\.(?:cpp|hpp|py|pml)):(\w+)\(\)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")

ID = re.compile(r"\b((?:R\d{4}|R8021Q|B\d{4}|SEED|RND|D)-)(\d+)((?:(?:,| and| to| or|, and)? ?-\d+\b)*)")


class Known:
    """What there is: identifiers, files, folders."""

    def __init__(self, sources, paths):
        self.words = set()
        for source in sources:
            self.words.update(IDENTIFIER.findall(source.code))
            self.words.update(KEBAB.findall(source.code))
        self.paths = set(paths)
        self.folders = {str(parent) for path in paths for parent in pathlib.PurePath(path).parents}
        for path in paths:
            self.words.update(part for part in path.split("/"))
            self.words.add(pathlib.PurePath(path).stem)
        self.ends = {}
        for path in paths:
            self.ends.setdefault(path.rsplit("/", 1)[-1], []).append("/" + path)

    def has_name(self, name):
        if name in self.words or name in FOREIGN or FOREIGN_PATTERN.fullmatch(name):
            return True
        if name[-1] in "-_":
            return any(word.startswith(name.rstrip("-")) for word in self.words)
        parts = re.split(r"::~?|\.", name)
        return len(parts) > 1 and all(part in self.words for part in parts)

    def has_file(self, name, beside):
        """By its path from the top, from `beside`, or by the end of its path."""
        if name in FOREIGN:
            return True
        if any(path.endswith("/" + name) for path in self.ends.get(name.rsplit("/", 1)[-1], [])):
            return True
        return os.path.normpath(os.path.join(beside, name)) in self.paths

    def has_path(self, path):
        path = path.rstrip("/.")
        if path in FOREIGN:
            return True
        if re.search(r"[*{}<>]", path):
            path = re.split(r"[*{}<>]", path)[0]
            return any(other.startswith(path) for other in self.paths)
        stem = path.rsplit("::", 1)[0]
        return stem in self.paths or stem in self.folders or any(other.startswith(stem + ".") for other in self.paths)


def places(source, pattern):
    """(line, match) of each match in the prose; a match may go over the end of a line."""
    for first, text in source.prose:
        for match in pattern.finditer(text):
            yield first + text.count("\n", 0, match.start()), match


def unknown_names(sources, known):
    for source in sources:
        for line, match in places(source, QUOTED):
            quoted = match.group(1) or match.group(2)
            name = re.sub(r"\(.*\)$", "", quoted)
            if NAME.fullmatch(name) and not known.has_name(name):
                yield "%s:%d: there is no `%s`" % (source.name, line, name)


def unknown_calls_of_examples(sources, known):
    """In the code blocks of Markdown files, `object.name(...)`."""
    for source in sources:
        if source.suffix != ".md":
            continue
        for block in EXAMPLE.finditer(source.text):
            for call in CALL.finditer(block.group()):
                if call.group(1) not in known.words:
                    line = source.text.count("\n", 0, block.start() + call.start()) + 1
                    yield "%s:%d: there is no %s(), which the example calls" % (source.name, line, call.group(1))


def misplaced_functions(sources, known):
    """`file:function()` whose file does not have the function."""
    code = {source.name: source.code for source in sources}
    for source in sources:
        for line, match in places(source, WHERE):
            name, function = match.groups()
            found = [path[1:] for path in known.ends.get(name.rsplit("/", 1)[-1], []) if path.endswith("/" + name)]
            if not any(re.search(r"\b%s\(" % function, code.get(path, "")) for path in found):
                yield "%s:%d: there is no %s() in %s" % (source.name, line, function, name)


def unknown_files(sources, known):
    for source in sources:
        beside = str(pathlib.PurePath(source.name).parent)
        for line, text in lines_of(source):
            text = LINK.sub("", text)
            for match in FILE.finditer(text):
                if not known.has_file(match.group(1), beside):
                    yield "%s:%d: there is no file %s" % (source.name, line, match.group(1))
            for match in PATH.finditer(text):
                path = match.group(1)
                if not FILE.fullmatch(path) and not known.has_path(path):
                    yield "%s:%d: there is no %s" % (source.name, line, path)


def slug(heading):
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def broken_links(sources, known):
    headings = {source.name: {slug(h) for h in re.findall(r"^#+ (.*)$", source.text, re.M)}
                for source in sources if source.suffix == ".md"}
    for source in sources:
        if source.suffix != ".md":
            continue
        folder = str(pathlib.PurePath(source.name).parent)
        for line, match in places(source, LINK):
            target, _, anchor = match.group(1).partition("#")
            if re.match(r"\w+:", target):
                continue
            path = os.path.normpath(os.path.join(folder, target)) if target else source.name
            if path not in known.paths and path not in known.folders:
                yield "%s:%d: the link to %s leads nowhere" % (source.name, line, match.group(1))
            elif anchor and anchor not in headings.get(path, set()):
                yield "%s:%d: %s has no heading #%s" % (source.name, line, path, anchor)


def cited_ids(text):
    """Each id of a text such as "R2236-11 to -13"; "R2236-60 to -68" are the two ends."""
    for match in ID.finditer(text):
        yield match.start(), match.group(1) + match.group(2)
        for number in re.findall(r"-(\d+)", match.group(3)):
            yield match.start(), match.group(1) + number


def undefined_ids(sources, definitions):
    defined = [match for source in sources if source.name == definitions
               for match in re.findall(r"^\| ((?:%s)) \|" % r"[A-Z0-9]+-\d+", source.text, re.M)]
    for twice in sorted({one for one in defined if defined.count(one) > 1}):
        yield "%s: %s is defined twice" % (definitions, twice)
    for source in sources:
        if source.name == definitions:
            continue
        for first, text in source.prose:
            for at, cited in cited_ids(text):
                if cited not in defined:
                    yield "%s:%d: %s is not defined in %s" % (source.name, first + text.count("\n", 0, at), cited,
                                                             definitions)
