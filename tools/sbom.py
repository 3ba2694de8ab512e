"""What is the product made of?

A bill of materials in the CycloneDX format: every pinned library with its version, hashes and licence, and the design system
the pages carry. Made from the locks and from what is installed, in `.fravaer/`, where nothing is committed.
"""

import re
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

from tools import vendor_dkfds
from tools.processes import say
from tools.surroundings import HOME, ROOT, Problem

LOCK = ROOT / "requirements" / "runtime.txt"
TARGET = HOME / "sbom.cdx.json"
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
LICENCE = "License :: OSI Approved :: "


def describe(parser: ArgumentParser) -> None:
    """What the verb takes."""
    parser.add_argument("--output", type=Path, default=TARGET, help="the file to write")


def run(arguments: Namespace) -> int:
    """Write the bill of materials; says where it lies and how much stands in it."""
    bom = bill()
    written = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(written + "\n", encoding="utf-8")
    say(f"{len(bom.components)} parts in {arguments.output.name}.")
    return 0


def bill() -> Bom:
    """The product with everything that runs with it."""
    parts = [*libraries(LOCK), _design_system()]
    if len(parts) < 2:
        raise Problem("requirements/runtime.txt pins nothing; run ./dev lock.")
    bom = Bom(components=parts)
    product = Component(
        name="fravaer", type=ComponentType.APPLICATION, licenses=[DisjunctiveLicense(id="MPL-2.0")]
    )
    bom.metadata.component = product
    bom.register_dependency(product, parts)
    return bom


def libraries(lock: Path) -> Iterator[Component]:
    """Every pinned library of a lock, by name."""
    for block in re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8")):
        if not (pinned := PINNED.match(block)):
            continue
        name, version = pinned.groups()
        yield Component(
            name=name,
            version=version,
            purl=PackageURL("pypi", name=name.lower().replace("_", "-"), version=version),
            # A library has a file for each kind of machine; any of these is the pinned one.
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one) for one in HASH.findall(block)],
            licenses=[DisjunctiveLicense(name=licence)] if (licence := _licence(name)) else None,
        )


def _licence(name: str) -> str:
    """What the installed library says of its licence; nothing where it is for other machines."""
    try:
        said = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    classified = [
        one.removeprefix(LICENCE) for one in said.get_all("Classifier") or [] if one.startswith(LICENCE)
    ]
    [plain, *_others] = said.get_all("License") or [""]
    [expression, *_others] = said.get_all("License-Expression") or [""]
    return expression or (plain if 0 < len(plain) < 60 else ", ".join(classified))


def _design_system() -> Component:
    return Component(
        name="dkfds",
        version=vendor_dkfds.VERSION,
        purl=PackageURL("npm", name="dkfds", version=vendor_dkfds.VERSION),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=vendor_dkfds.TARBALL_SHA256)],
        licenses=[DisjunctiveLicense(name="MIT, OFL-1.1 and Apache-2.0")],
    )
