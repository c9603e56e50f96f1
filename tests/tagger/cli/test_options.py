"""What commands share: garbage is not looked for while a model is loaded, and then is."""

import gc

import pytest

from tagger.cli.options import loading


@pytest.mark.parametrize("enabled", [True, False])
def test_garbage_is_looked_for_as_before(enabled: bool) -> None:
    if not enabled:
        gc.disable()
    try:
        with pytest.raises(ZeroDivisionError), loading():
            assert not gc.isenabled()
            raise ZeroDivisionError
        assert gc.isenabled() == enabled
    finally:
        gc.unfreeze()
        gc.enable()
