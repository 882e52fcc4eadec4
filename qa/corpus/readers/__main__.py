"""The process that reads hostile files: `python -m qa.corpus.readers`.

Each line of its input is a request in JSON. It answers with lines of JSON: progress, then what was
extracted or why it cannot be, and behind the line as many bytes of arrays as that says. Whatever
goes wrong otherwise ends the process, and `qa.corpus.readers.process` says so of that file.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

from qa.corpus.readers.extracted import Extracted, Limits, UnreadableError
from qa.corpus.readers.formats import FORMATS


def main() -> None:
    """Answer requests until the input ends."""
    output = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print must not mix in

    def say(message: dict[str, Any], *blocks: bytes) -> None:
        message["blocks"] = [len(block) for block in blocks]
        output.write(json.dumps(message).encode() + b"\n")
        output.writelines(blocks)
        output.flush()

    for line in sys.stdin.buffer:
        request = json.loads(line)
        path, limits = (
            Path(os.fsdecode(bytes.fromhex(request["path"]))),
            Limits(**request["limits"]),
        )
        _confine(limits)
        try:
            module = import_module(f"qa.corpus.readers.{FORMATS[path.suffix.lower()].module}")
            if "width" in request:
                picture: bytes = module.render(path, request["number"], request["width"])
                say({}, picture)
                continue
            found: Extracted = module.read(
                path, limits, lambda done, whole: say({"done": done, "whole": whole})
            )
        except UnreadableError as error:
            say({"error": str(error)})
            continue
        except OSError as error:
            say({"error": error.strerror or str(error)})
            continue
        except ModuleNotFoundError as error:
            say({"error": f"install wenzheng[scan] to read pictures ({error.name} is missing)"})
            continue
        except MemoryError:
            say({"error": f"it needs more than {limits.memory >> 20} MiB of memory"})
            continue
        say(_header(found), *_arrays(found))


def _confine(limits: Limits) -> None:
    """Let the process have no more memory than that, where the system can."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory, hard))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _header(found: Extracted) -> dict[str, Any]:
    text = found.text.encode("utf-8", "replace").decode()  # no lone surrogates
    return {
        "text": text,
        "facts": dict(found.facts),
        "warnings": list(found.warnings),
        "pages": [asdict(page) for page in found.layout.pages] if found.layout else None,
    }


def _arrays(found: Extracted) -> Iterator[bytes]:
    if found.layout:
        yield found.layout.page_of.astype("<i4").tobytes()
        yield found.layout.boxes.astype("<f4").tobytes()


if __name__ == "__main__":
    main()
