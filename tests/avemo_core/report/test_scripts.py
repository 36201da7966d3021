import base64
import json

import numpy as np
import pytest

from avemo_core.report.scripts import packed, script


@pytest.mark.parametrize("text", ["</script><script>alert(1)</script>", "<!--", "a\u2028b\u2029c", 'quote " and \\', "é🙂"])
def test_any_text_reads_back_as_it_was_and_holds_no_markup(text: str):
    written = script("take", 3, {"id": text})

    arguments = written.removeprefix("take(").removesuffix(");\n")
    place, value = json.loads(f"[{arguments}]")
    assert (place, value["id"]) == (3, text)
    assert not set("<>\u2028\u2029") & set(written)


def test_what_json_cannot_say_is_refused():
    with pytest.raises(ValueError, match="not JSON compliant"):
        script("take", float("nan"))


@pytest.mark.parametrize("dtype", [np.uint8, ">i2", np.float32])
def test_packed_values_are_little_endian(dtype: str):
    values = np.array([[1, 2], [3, 200]], dtype)

    raw = base64.b64decode(packed(values.T))

    np.testing.assert_array_equal(np.frombuffer(raw, values.dtype.newbyteorder("<")), [1, 3, 2, 200])
