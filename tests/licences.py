"""`make sbom`: which packages are installed, as CycloneDX, and whether each has a licence that we accept.

Run as `python -m tests.licences [FILE]`: writes the bill of materials and lists the licences; exits 1 when one is
unknown or not accepted.
"""

import json
import subprocess
import sys
from pathlib import Path

DEFAULT = Path("sbom.cdx.json")

# SPDX ids, and the names that packages without an SPDX id use. LGPL and MPL: used as they are, and never copied in.
ACCEPTED = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "ISC",
    "LGPL-3.0-only",
    "MIT",
    "MIT-0",
    "Unlicense",
    "MIT-CMU",
    "MPL-2.0",
    "PSF-2.0",
    "Python-2.0",
    "Zlib",
    "License :: OSI Approved :: Apache Software License",
    "License :: OSI Approved :: BSD License",
    "License :: OSI Approved :: MIT License",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)",
}
SAYS_NOTHING = {"License :: OSI Approved", "License :: DFSG approved"}
READ_BY_US = {  # what a package's own licence file says, where its metadata don't in SPDX's words
    "axe-playwright-python": "MIT",
    "protobuf": "BSD-3-Clause",
    "uritemplate": "BSD-3-Clause OR Apache-2.0",
}


def accepted(expression):
    """Whether an SPDX expression allows what we do: all of one of its alternatives. Parentheses aren't read."""
    alternatives = [part.split(" AND ") for part in expression.split(" OR ")]
    return any(all(licence.strip() in ACCEPTED for licence in both) for both in alternatives)


def licences_of(component):
    """What a component's metadata say, or we have read."""
    said = [entry.get("license", {}) for entry in component.get("licenses", [])]
    names = [licence.get("id") or licence.get("name") for licence in said]
    names += [entry.get("expression") for entry in component.get("licenses", [])]
    found = [name for name in dict.fromkeys(names) if name and name not in SAYS_NOTHING]
    known = READ_BY_US.get(component["name"])
    return found or ([known] if known else [])


def complaints(bill):
    """A line for each component whose licence is unknown or not accepted."""
    lines = []
    for component in bill["components"]:
        found = licences_of(component)
        named = f"{component['name']} {component['version']}"
        if not found:
            lines.append(f"{named}: no licence is known")
        lines += [f"{named}: {licence} is not accepted" for licence in found if not accepted(licence)]
    return lines


def bill_of_materials(file, python=sys.executable):
    """Write what is installed beside `python` to `file`, and return it."""
    made = ["cyclonedx_py", "environment", "--output-reproducible", "--pyproject", "pyproject.toml"]
    subprocess.run([sys.executable, "-W", "ignore", "-m", *made, "--output-file", file, python], check=True)
    return json.loads(Path(file).read_text())


def main(file=DEFAULT):
    bill = bill_of_materials(file)
    for component in bill["components"]:
        print(f"{component['name']:32} {component['version']:18} {', '.join(licences_of(component))}")
    wrong = complaints(bill)
    print(f"\n{len(bill['components'])} packages, written to {file}. Licences: {len(wrong)} complaints.")
    print("\n".join(wrong), file=sys.stderr)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
