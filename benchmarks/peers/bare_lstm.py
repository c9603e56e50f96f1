"""Nothing but the first recurrent layer of this project's model, in ONNX Runtime: the ceiling.

    python bare_lstm.py bench MODEL test.conllu --precision int8

Goes over random vectors in batches of the shapes that the tagger makes of the file.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import common

sys.path.append(str(Path(__file__).parents[1]))


def main() -> None:
    """Measures as `bench` of a peer does."""
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["bench"])
    parser.add_argument("model", type=Path)
    parser.add_argument("file", type=Path)
    parser.add_argument("--precision", choices=["float32", "int8"], required=True)
    parser.add_argument("--seconds", type=float, default=2)
    options = parser.parse_args()

    from tagging import bare_layer, batch_shapes

    from tagger import bundle
    from tagger.runtime.workers import available_cores

    lengths = [len(words) for words, _ in common.read(options.file)]
    model = bundle.load(options.model / "model.tagger")
    run = bare_layer(model, batch_shapes(lengths), options.precision, available_cores())
    print(json.dumps(common.measure(run, options.seconds)))


if __name__ == "__main__":
    main()
