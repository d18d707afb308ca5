import doctest
import importlib

import pytest


@pytest.mark.parametrize("module", ["codes", "painted", "scheme", "sections"])
def test_the_examples_in_docstrings_hold(module: str) -> None:
    found = doctest.testmod(importlib.import_module(f"napari_s6.facies.{module}"))
    assert found.attempted
    assert not found.failed
