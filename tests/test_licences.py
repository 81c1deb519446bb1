"""No package comes in with a licence that nobody has looked at."""

import pytest

from tests.licences import accepted, bill_of_materials, complaints


@pytest.mark.parametrize(
    "expression", ["MIT", "Apache-2.0 OR GPL-3.0-only", "BSD-3-Clause AND 0BSD", "GPL-2.0-only OR MIT AND ISC"]
)
def test_some_are_accepted(expression):
    assert accepted(expression)


@pytest.mark.parametrize(
    "expression",
    ["", "GPL-3.0-only", "MIT AND AGPL-3.0-only", "(MIT OR AGPL-3.0-only) AND GPL-2.0-only", "Proprietary"],
)
def test_others_are_not(expression):
    assert not accepted(expression)


def component(name, *licences):
    return {"name": name, "version": "1", "licenses": list(licences)}


def test_unknown_and_unaccepted_ones_are_named():
    good = component("good", {"license": {"id": "MIT"}}, {"license": {"name": "License :: OSI Approved"}})
    none, vague = component("none"), component("vague", {"license": {"name": "License :: OSI Approved"}})
    viral = component("viral", {"expression": "AGPL-3.0-only"}, {"license": {"id": "MIT"}})
    assert complaints({"components": [good, none, vague, viral]}) == [
        "none 1: no licence is known",
        "vague 1: no licence is known",
        "viral 1: AGPL-3.0-only is not accepted",
    ]


def test_everything_that_is_installed_has_a_licence_that_is_accepted(tmp_path):
    bill = bill_of_materials(tmp_path / "sbom.json")
    assert {"django", "psycopg", "rq"} <= {component["name"].lower() for component in bill["components"]}
    assert complaints(bill) == []
