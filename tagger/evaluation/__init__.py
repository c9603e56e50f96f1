"""Scores of tags against the truth. Needs the extra `train` (seqeval) for spans."""
