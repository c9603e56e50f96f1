"""File formats of annotated text: one page each, reader beside writer, and their table.

A reader takes lines (or an open file, or a folder) and yields sentences; a writer takes
sentences and yields text. Knows nothing of where files are or what they are for.
"""

from corpora.formats.recognition import Recognised, detect_format, recognise, recognise_content
from corpora.formats.table import FORMATS, Format

__all__ = [
    "FORMATS",
    "Format",
    "Recognised",
    "detect_format",
    "recognise",
    "recognise_content",
]
