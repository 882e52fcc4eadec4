"""The original of a document over HTTP: the place of a citation, its page, the file."""

import io
import struct
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from api.http.app import create_app
from qa.assistant import Assistant, load_embedder, load_reader
from qa.index.building import index_paths
from qa.index.store import read_snapshot

LINES = (
    "Harbour Parking Rules",
    "1. A resident permit costs 120 euro a year.",
    "2. A visitor permit costs 9 euro a day.",
    "3. Permits are issued by the Port Office within five working days.",
)
QUESTION = "How much does a visitor permit cost?"
HTML = "<html><body><h1>Tide Tables</h1><p>High water is at noon on Friday.</p><script>x()</script>"


def pdf(lines: tuple[str, ...]) -> bytes:
    """A page with a line every 40 points, as a program that knows little of PDF writes it."""
    shown = "".join(
        f"BT /F1 {18 if not number else 12} Tf 72 {720 - 40 * number} Td ({line}) Tj ET\n"
        for number, line in enumerate(lines)
    ).encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%sendstream" % (len(shown), shown),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    written = b"%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        written
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
        + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF"
        % (len(objects) + 1, len(written))
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("originals")
    (folder / "parking rules.pdf").write_bytes(pdf(LINES))
    (folder / "tides.html").write_text(HTML, encoding="utf-8")
    (folder / "plain.txt").write_text("Library hours\n\nThe library opens at nine.\n")
    return folder


@pytest.fixture(scope="module")
def client(folder: Path) -> TestClient:
    embedder = load_embedder()
    index_paths([folder], folder / "index", embedder)
    snapshot = read_snapshot(folder / "index", model_id=embedder.model_id)
    return TestClient(create_app(Assistant(snapshot, embedder, reader=load_reader(embedder))))


def ids(client: TestClient) -> dict[str, str]:
    return {one["source"]: one["id"] for one in client.get("/documents").json()}


def test_the_place_of_a_citation_holds_its_sentence(client: TestClient, folder: Path) -> None:
    asked = {"messages": [{"role": "user", "content": QUESTION}]}
    answer = client.post("/chat", json=asked).json()
    cited = next(c for c in answer["citations"] if "visitor" in c["cited_text"])
    assert (cited["page"], cited["doubtful"]) == (1, False)
    (box,) = cited["boxes"]
    page = pdfium.PdfDocument(folder / "parking rules.pdf")[0]
    wide, high = page.get_size()
    text = page.get_textpage().get_text_bounded(
        left=box["left"] * wide - 1,
        right=box["right"] * wide + 1,
        top=high - box["top"] * high + 1,
        bottom=high - box["bottom"] * high - 1,
    )
    assert "visitor permit costs 9 euro a day" in text
    assert "resident" not in text
    assert "Port Office" not in text


def test_a_document_says_what_there_is_to_see(client: TestClient) -> None:
    found = {source: client.get(f"/documents/{id_}").json() for source, id_ in ids(client).items()}
    assert found["parking rules.pdf"]["pages"] == [{"width": 612, "height": 792, "confidence": 1.0}]
    assert found["tides.html"]["pages"] == found["plain.txt"]["pages"] == []
    assert {source: (one["has_original"], one["media_type"]) for source, one in found.items()} == {
        "parking rules.pdf": (True, "application/pdf"),
        "tides.html": (True, "text/html"),
        "plain.txt": (False, ""),
    }


def test_the_original_is_the_file_and_is_never_shown_in_place(
    client: TestClient, folder: Path
) -> None:
    for name in ("parking rules.pdf", "tides.html"):
        response = client.get(f"/documents/{ids(client)[name]}/original")
        assert response.content == (folder / name).read_bytes()
        stated = response.headers["content-disposition"]
        assert stated == f"attachment; filename*=UTF-8''{name.replace(' ', '%20')}"
        assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("width", [100, 1000, 2000])
def test_a_page_is_a_picture_of_its_width(client: TestClient, width: int) -> None:
    url = f"/documents/{ids(client)['parking rules.pdf']}/pages/1.png?width={width}"
    response = client.get(url)
    assert response.headers["content-type"] == "image/png"
    assert struct.unpack(">I", response.content[16:20]) == (width,)
    with Image.open(io.BytesIO(response.content)) as picture:
        assert min(picture.convert("L").tobytes()) < 200  # there is something on it
    assert client.get(url).content == response.content


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("{pdf}/pages/2.png", 404),
        ("{pdf}/pages/0.png", 422),
        ("{pdf}/pages/x.png", 422),
        ("{pdf}/pages/1.png?width=99999", 422),
        ("{html}/pages/1.png", 404),
        ("{txt}/original", 404),
        ("nothing/original", 404),
        ("..%2f..%2fetc/original", 404),
        ("nothing/pages/1.png", 404),
    ],
)
def test_what_is_not_there_says_so(client: TestClient, path: str, status: int) -> None:
    known = ids(client)
    named = {"pdf": known["parking rules.pdf"], "html": known["tides.html"]}
    response = client.get("/documents/" + path.format(txt=known["plain.txt"], **named))
    assert response.status_code == status
    assert response.json()["detail"]


def test_a_library_without_originals_still_cites_the_page(folder: Path, tmp_path: Path) -> None:
    embedder = load_embedder()
    index_paths([folder / "parking rules.pdf"], tmp_path, embedder, keep_originals=False)
    snapshot = read_snapshot(tmp_path, model_id=embedder.model_id)
    client = TestClient(create_app(Assistant(snapshot, embedder, reader=load_reader(embedder))))
    asked = {"messages": [{"role": "user", "content": QUESTION}]}
    assert client.post("/chat", json=asked).json()["citations"][0]["page"] == 1
    (id_,) = ids(client).values()
    assert client.get(f"/documents/{id_}").json()["has_original"] is False
    assert client.get(f"/documents/{id_}/pages/1.png").status_code == 404
