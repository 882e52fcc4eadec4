"""Files are found, decoded with nothing removed, and described; bad ones say why."""

import codecs
import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.corpus.files import MAX_BYTES, SUFFIXES, SourceFile, find_files, read_document
from qa.corpus.translations import find_renderings, find_terms
from qa.errors import DocumentError
from qa.index.building import seed_folder
from qa.types import Document, Language

SIMPLIFIED, TRADITIONAL = (
    path.read_text(encoding="utf-8") for path in sorted(seed_folder().glob("*.txt"))
)
BIG5 = TRADITIONAL.encode("big5", "ignore").decode("big5")  # it lacks a few of the characters


def read(path: Path, **description: str) -> Document:
    return read_document(SourceFile(path, path.name, description))


def reasons(errors: list[DocumentError]) -> list[tuple[str, str]]:
    return [(error.path.name, error.reason) for error in errors]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder named `corpus`, in one that holds nothing else."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    return corpus


def fill(folder: Path, files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        *(("utf-8", text) for text in (SIMPLIFIED, TRADITIONAL, "One line.", "🙂")),
        *(("utf-8-sig", text) for text in (SIMPLIFIED, "经开区")),
        *(("utf-16", text) for text in (SIMPLIFIED, TRADITIONAL, "经开区 ETDZ 🙂")),
        ("utf-16-le", SIMPLIFIED),
        ("utf-16-be", TRADITIONAL),
        *(("gb18030", text) for text in (SIMPLIFIED, TRADITIONAL, SIMPLIFIED[:40])),
        ("gbk", SIMPLIFIED),
        *(("big5", text) for text in (BIG5, BIG5[:40])),
    ],
)
def test_encodings_are_told_apart(tmp_path: Path, encoding: str, text: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(encoding))
    assert read(path).text == text


def test_utf_16_of_the_other_byte_order(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(codecs.BOM_UTF16_BE + SIMPLIFIED.encode("utf-16-be"))
    assert read(path).text == SIMPLIFIED


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs"]) | st.sampled_from("\n\t\r")))
def test_any_text_in_utf_8_is_read_as_it_stands(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.txt"
    path.write_bytes(text.encode())
    expected = text.removeprefix("\ufeff")  # the byte order mark
    if expected.strip():
        assert read(path).text == expected
    else:
        with pytest.raises(DocumentError, match="the file is empty"):
            read(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b" \r\n\t\x0c", "the file is empty"),
        ("\u3000\u3000\n".encode(), "the file is empty"),
        (codecs.BOM_UTF8, "the file is empty"),
        (codecs.BOM_UTF16_LE, "the file is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "not text in UTF-8, UTF-16, GB18030 or Big5"),
        (bytes(range(256)) * 10, "not text in UTF-8, UTF-16, GB18030 or Big5"),
        (b"text" + bytes(40), "not text in UTF-8, UTF-16, GB18030 or Big5"),
        (b"\x1b[0m\x07\x08 text", "a binary file, not text"),
        (codecs.BOM_UTF16_LE + b"a\0\0\0b\0", "a binary file, not text"),
        (codecs.BOM_UTF16_LE + b"a", "damaged utf-16 text (truncated data)"),
        (codecs.BOM_UTF8 + b"\xff", "damaged utf-8-sig text (invalid start byte)"),
        ("caf\u00e9 na\u00efve".encode("latin-1"), "not text in UTF-8"),
    ],
)
def test_what_is_not_text_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "bad.txt"
    path.write_bytes(content)
    with pytest.raises(DocumentError) as caught:
        read(path)
    assert caught.value.path == path
    assert caught.value.reason.startswith(reason)
    assert str(caught.value) == f"{path}: {caught.value.reason}"


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)  # a sparse file
    with pytest.raises(DocumentError, match="larger than 64 MiB"):
        read(path)


def test_a_file_that_has_gone_is_reported(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="No such file"):
        read(tmp_path / "gone.txt")


def test_a_document_is_known_by_its_text(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": "标题\n\n正文。", "b.md": "标题\n\n正文。", "c.txt": "标题\n\n别的。"})
    a, b, c = (read(tmp_path / name) for name in ("a.txt", "b.md", "c.txt"))
    assert a.id == b.id == hashlib.sha256("标题\n\n正文。".encode()).hexdigest()[:12]
    assert a.id != c.id
    assert (a.source, b.source) == ("a.txt", "b.md")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# The plan\n\nText.", "The plan"),
        ("某市补贴办法\n\n第一条 制定本办法。", "某市补贴办法"),
        ("某市财政局文件\n某财〔2024〕5号\n关于补贴的通知\n各单位：\n正文。", "关于补贴的通知"),
        ("某市民政局\n关于高龄津贴的\n通知\n\n一、对象\n老人。", "某市民政局关于高龄津贴的通知"),
        ("只有一句。", "只有一句。"),
    ],
)
def test_a_title_is_read_off_the_text(tmp_path: Path, text: str, title: str) -> None:
    path = tmp_path / "plan.txt"
    path.write_text(text, encoding="utf-8")
    assert read(path).title == title


def test_what_the_corpus_says_goes_before_what_the_text_shows(tmp_path: Path) -> None:
    path = tmp_path / "plan.txt"
    path.write_text("# 标题\n\n正文", encoding="utf-8")
    shown = read(path)
    assert (shown.publisher, shown.date, shown.language) == ("", "", Language.SIMPLIFIED)
    said = read(path, title="T", publisher="P", date="2025", language="zh-Hant")
    assert (said.title, said.publisher, said.date) == ("T", "P", "2025")
    assert said.language is Language.TRADITIONAL
    with pytest.raises(DocumentError, match=r'"fr"; known are zh-Hans, zh-Hant, en'):
        read(path, language="fr")


def test_files_of_a_folder_come_in_order_with_their_descriptions(folder: Path) -> None:
    fill(
        folder,
        {
            "b.TXT": "b",
            "a/c.md": "c",
            "a/a.txt": "a",
            ".hidden.txt": "h",
            ".git/x.txt": "x",
            "old/notes.doc": "p",
            "README": "r",
            "translations/a.jsonl": "",
            "terms.tsv": "",
            "corpus.toml": '[documents."a/c.md"]\ntitle = "C"\ndate = 2025-05-21\nyear = 5\n'
            '[documents."none.txt"]\n',
        },
    )
    found, errors = find_files([folder])
    assert [(file.source, file.path) for file in found] == [
        *(("a/a.txt", folder / "a/a.txt"), ("a/c.md", folder / "a/c.md")),
        ("b.TXT", folder / "b.TXT"),
    ]
    assert [dict(file.description) for file in found] == [
        *({}, {"title": "C", "date": "2025-05-21", "year": "5"}, {}),
    ]
    assert reasons(errors) == [
        ("README", "a file without ending is not supported; save it as .pdf or .txt"),
        ("notes.doc", ".doc is not supported; save it as .docx"),
    ]


def test_a_corpus_file_may_stand_beside_the_documents_or_describe_one_file(folder: Path) -> None:
    fill(folder, {"corpus.toml": '[documents."a.txt"]\ntitle = "A"', "documents/a.txt": "a"})
    for path in (folder / "documents", folder / "documents" / "a.txt"):
        (file,), errors = find_files([path])
        assert (file.source, dict(file.description), errors) == ("a.txt", {"title": "A"}, [])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"[documents", "not a readable TOML file"),
        (b"\xff\xfe", "not a readable TOML file"),
        (b"title = 1", 'it has no [documents."file name"] table'),
        (b"documents = 1", 'it has no [documents."file name"] table'),
    ],
)
def test_a_broken_corpus_file_is_reported_once_and_stops_nothing(
    folder: Path, content: bytes, reason: str
) -> None:
    fill(folder, {"corpus.toml": content, "a.txt": "a", "b.txt": "b"})
    for paths in ([folder], [folder / "a.txt", folder / "b.txt"]):
        found, errors = find_files(paths)
        assert [file.source for file in found] == ["a.txt", "b.txt"]
        ((name, said),) = reasons(errors)
        assert name == "corpus.toml"
        assert said.startswith(reason)


def test_an_entry_that_is_no_table_describes_nothing(folder: Path) -> None:
    fill(folder, {"corpus.toml": '[documents]\n"a.txt" = "A"', "a.txt": "a"})
    (file,), errors = find_files([folder])
    assert (dict(file.description), errors) == ({}, [])


def test_paths_without_a_file_to_read_are_reported(folder: Path) -> None:
    fill(folder, {"a.rtf": "a"})
    long = Path("a" * 5000)
    empty = folder / "empty"
    empty.mkdir()
    found, errors = find_files([folder / "gone", empty, folder / "a.rtf", long])
    assert found == []
    assert reasons(errors) == [
        ("gone", "no such file or folder"),
        ("empty", f"no document in this folder ({', '.join(SUFFIXES)})"),
        ("a.rtf", ".rtf is not supported; save it as .docx"),
        (long.name, "File name too long"),
    ]


def test_terms_are_read_line_by_line(folder: Path) -> None:
    fill(
        folder,
        {
            "a.txt": "a",
            "terms.tsv": "# a comment\n\n经开区 | 开发区\tETDZ | zone\n没有英文\n\tno Chinese\n"
            "一\ttwo\tthree\n | \tx\n措施 | \tmeasure",
        },
    )
    pairs, errors = find_terms([folder, folder / "a.txt", folder / "gone.txt"])
    assert pairs == [(("经开区", "开发区"), ("ETDZ", "zone")), (("措施",), ("measure",))]
    assert reasons(errors) == [
        ("terms.tsv", f"line {number}: need Chinese, a tab, English") for number in (4, 5, 6, 7)
    ]


def test_terms_that_are_not_utf_8_are_reported(folder: Path) -> None:
    fill(folder, {"terms.tsv": "经开区\tzone".encode("gbk")})
    pairs, errors = find_terms([folder])
    assert pairs == []
    assert reasons(errors)[0][1].startswith("not readable as UTF-8 text")


def test_renderings_are_found_by_their_original_without_white_space(folder: Path) -> None:
    lines = [
        '{"original": "40 多年\\n来。", "translation": " For 40 years. "}',
        "",
        '{"original": "空。", "translation": " "}',
        '{"original": "行\u2028。", "translation": "Line."}',
    ]
    fill(folder, {"a.txt": "a", "translations/a.jsonl": "\n".join(lines) + "\n"})
    renderings, errors = find_renderings([folder, folder / "a.txt"])
    assert renderings == {"40多年来。": "For 40 years.", "行。": "Line."}
    assert errors == []


@pytest.mark.parametrize("content", ["{", "[]", '{"original": "a"}', "1", b"\xff"])
def test_a_broken_translation_memory_is_reported(folder: Path, content: str | bytes) -> None:
    good = '{"original": "一", "translation": "one"}'
    fill(folder, {"translations/a.jsonl": content, "translations/b.jsonl": good})
    renderings, errors = find_renderings([folder])
    assert renderings == {"一": "one"}
    ((name, reason),) = reasons(errors)
    assert name == "a.jsonl"
    assert reason.startswith("not a translation memory")


def test_the_seeds_are_described_in_full() -> None:
    found, errors = find_files([seed_folder()])
    documents = [read_document(file) for file in found]
    assert errors == []
    assert [(d.source, d.publisher, d.date, d.language) for d in documents] == [
        ("000_0d02d2a521107c27.txt", "新华社", "2025-07-14", Language.SIMPLIFIED),
        ("002_d65e332f203accaa.txt", "中國經濟周刊", "2025", Language.TRADITIONAL),
    ]
    assert [d.text for d in documents] == [SIMPLIFIED, TRADITIONAL]
    assert all(d.title for d in documents)
    for find in (find_terms, find_renderings):
        values, problems = find([seed_folder()])
        assert len(values) > 100
        assert problems == []
