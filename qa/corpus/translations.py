"""What a corpus brings in both languages: its terms, and the English of its sentences."""

import json
from collections.abc import Sequence
from pathlib import Path

from qa.corpus.files import RENDERINGS_FOLDER, TERMS_FILE, beside, check_name, read_beside
from qa.errors import DocumentError
from qa.language.text import squash
from qa.types import TermPair

MAX_TERM = 200
"""Characters of a term; what is longer is no term, and each is looked for at every place of a
question."""


def find_terms(paths: Sequence[Path]) -> tuple[list[TermPair], list[DocumentError]]:
    """Return the bilingual terms that the corpora of the paths bring in their `terms.tsv`.

    A line holds the Chinese variants, a tab and the English ones, each separated by ` | `.
    """
    found: dict[Path, list[TermPair]] = {}
    errors: list[DocumentError] = []
    for path in paths:
        file = beside(path if path.is_dir() else path.parent, TERMS_FILE)
        if file is None or file in found:
            continue
        found[file] = []
        try:
            lines = read_beside(file).splitlines()
        except DocumentError as error:
            errors.append(error)
            continue
        except (OSError, UnicodeDecodeError) as error:
            errors.append(DocumentError(file, f"not readable as UTF-8 text ({error})"))
            continue
        for number, line in enumerate(lines, start=1):
            if not line.strip() or line.startswith("#"):
                continue
            sides = [tuple(filter(None, map(str.strip, s.split("|")))) for s in line.split("\t")]
            if len(sides) != 2 or not all(sides):
                errors.append(DocumentError(file, f"line {number}: need Chinese, a tab, English"))
            elif max(map(len, (*sides[0], *sides[1]))) > MAX_TERM:
                errors.append(
                    DocumentError(file, f"line {number}: a term of over {MAX_TERM} characters")
                )
            else:
                found[file].append((sides[0], sides[1]))
    return [pair for pairs in found.values() for pair in pairs], errors


def find_renderings(paths: Sequence[Path]) -> tuple[dict[str, str], list[DocumentError]]:
    """Return the English renderings that the corpora of the paths bring.

    They are the lines {"original": …, "translation": …} of `translations/*.jsonl`; the keys
    returned are the original sentences without white space.
    """
    renderings: dict[str, str] = {}
    errors: list[DocumentError] = []
    folders = {beside(path if path.is_dir() else path.parent, RENDERINGS_FOLDER) for path in paths}
    for folder in sorted(filter(None, folders)):
        for file in sorted(folder.glob("*.jsonl")):
            try:
                check_name(file)
                lines = read_beside(file).split("\n")
                for entry in map(json.loads, filter(str.strip, lines)):
                    original, english = str(entry["original"]), str(entry["translation"]).strip()
                    english.encode()  # half of a surrogate pair, as JSON can spell, is no text
                    renderings[squash(original)] = english
            except DocumentError as error:
                errors.append(error)
            except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
                errors.append(DocumentError(file, f"not a translation memory ({error!r})"))
    return {original: english for original, english in renderings.items() if english}, errors
