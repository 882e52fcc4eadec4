"""The commands that keep the index: what they change, what they ask before, what they list."""

import csv
import io
import json
import os
import pty
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from commands import Outcome, Run, process, runner, use_own_folders
from fakes import FakeEmbedder

from api.labels import terminal_language
from api.terminal.exporting import as_table
from api.terminal.replacing import dropped
from qa.index.building import index_paths
from qa.index.keeping.library import add_paths
from qa.types import Language

ROOT = Path(__file__).parents[1]
OLD = """# 甲市创业补贴办法

甲市人民政府

甲政发〔2020〕1号

第一条 创业补贴每户3000元。

甲市人民政府
2020年3月1日
"""
NEW = OLD.replace("3000", "5000").replace("2020", "2024")
TEXTS = {
    "plan.txt": "试点共有十六项措施。\n",
    "2023/a.txt": "苏州排名第一。\n",
    "2023/b.txt": "天气很好。\n",
}


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_own_folders(tmp_path, monkeypatch)


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    write(folder, **TEXTS)
    return folder


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `wenzheng` on an index of its own."""
    monkeypatch.setenv("WENZHENG_INDEX", str(tmp_path / "index"))
    call = runner(monkeypatch, capsys)

    def wenzheng(*arguments: object, stdin: bytes = b"", is_terminal: bool = False) -> Outcome:
        return call("wenzheng", *map(str, arguments), stdin=stdin, is_terminal=is_terminal)

    return wenzheng


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def names(run: Run) -> list[str]:
    listed = run("list", "--json")
    assert (listed.status, listed.err) == (0, "")
    return [document["name"] for document in json.loads(listed.out)]


def test_add_keeps_what_is_there_and_reads_again_what_has_changed(
    run: Run, documents: Path
) -> None:
    assert run("add", documents / "plan.txt").out.startswith("Documents 1, ")
    assert run("add", documents / "2023").out.startswith("Documents 3, ")
    assert names(run) == ["a.txt", "b.txt", "plan.txt"]
    write(documents, **{"plan.txt": "试点共有十七项措施。\n"})
    again = run("add", documents / "plan.txt")
    assert (again.status, again.out.startswith("Documents 3, ")) == (0, True)
    assert "试点共有十七项措施。 [1]" in run("ask", "试点共有多少项措施？").out.splitlines()
    unchanged = run("add", documents / "plan.txt").out
    assert "embedded 0, " in unchanged


def test_add_says_which_file_cannot_be_read(run: Run, documents: Path) -> None:
    (documents / "empty.txt").write_text("")
    outcome = run("add", documents)
    assert (outcome.status, outcome.out.startswith("Documents 3, ")) == (0, True)
    assert re.search(r"^Skipped: \S+empty\.txt: .+", outcome.out, re.MULTILINE)


@pytest.mark.parametrize("held", [False, True])
def test_adding_nothing_is_an_error_and_keeps_the_index(
    run: Run, documents: Path, held: bool
) -> None:
    if held:
        run("add", documents / "plan.txt")
    outcome = run("add", documents / "none.txt")
    assert (outcome.status, outcome.out) == (1, "")
    assert re.search(r"Error: Nothing could be indexed, .*none\.txt: no such file", outcome.err)
    assert not held or names(run) == ["plan.txt"]


def test_add_needs_a_path(run: Run) -> None:
    outcome = run("add")
    assert (outcome.status, "PATH" in outcome.err) == (2, True)


def test_the_first_edition_s_option_still_adds(run: Run, documents: Path) -> None:
    run("index", documents / "plan.txt")
    assert run("index", documents / "2023", "--add").out.startswith("Documents 3, ")
    assert "--add" not in run("index", "--help").out


@pytest.mark.parametrize("name", ["plan.txt", "pl?n*", "id"])
def test_one_document_is_removed_without_asking(run: Run, documents: Path, name: str) -> None:
    run("add", documents)
    if name == "id":
        listed = json.loads(run("list", "--json").out)
        name = next(one["id"] for one in listed if one["name"] == "plan.txt")
    outcome = run("remove", name)
    assert (outcome.status, outcome.out, outcome.err) == (
        0,
        "Removed: plan.txt\nDocuments 2\n",
        "",
    )
    assert names(run) == ["2023/a.txt", "2023/b.txt"]
    assert (documents / "plan.txt").is_file()


def test_removing_more_is_asked_before(run: Run, documents: Path) -> None:
    run("add", documents)
    refused = run("remove", "2023/*")
    assert (refused.status, refused.out) == (2, "")
    assert refused.err == (
        "Error: This removes 2 documents from the index (2023/a.txt, 2023/b.txt). "
        "Go on with --yes.\n"
    )
    declined = run("remove", "2023/*", stdin=b"n\n", is_terminal=True)
    assert declined.status == 1
    assert "(2023/a.txt, 2023/b.txt). Go on? [y/N]:" in declined.err
    assert len(names(run)) == 3
    confirmed = run("remove", "2023/*", stdin=b"y\n", is_terminal=True)
    assert (confirmed.status, names(run)) == (0, ["plan.txt"])


def test_yes_removes_without_asking(run: Run, documents: Path) -> None:
    run("add", documents)
    assert run("remove", "plan.txt", "2023/*", "--yes").out == (
        "Removed: plan.txt\nRemoved: 2023/a.txt\nRemoved: 2023/b.txt\nDocuments 0\n"
    )


def test_a_name_that_fits_nothing_is_wrong_use_and_says_what_there_is(
    run: Run, documents: Path
) -> None:
    run("add", documents)
    outcome = run("remove", "plan.txt", "nope", "--yes")
    assert (outcome.status, outcome.out) == (2, "")
    assert 'no document "nope". It holds 2023/a.txt, 2023/b.txt, plan.txt' in outcome.err
    assert len(names(run)) == 3


@pytest.mark.parametrize("command", [["remove", "a"], ["list"]])
def test_without_an_index_the_remedy_is_named(run: Run, command: list[str]) -> None:
    outcome = run(*command)
    assert (outcome.status, outcome.out) == (1, "")
    assert re.fullmatch(r"Error: No index in \S+index\. .*wenzheng index.*\n", outcome.err)


def test_a_list_says_what_is_known_and_what_is_in_force(run: Run, tmp_path: Path) -> None:
    write(tmp_path / "documents", **{"new.md": NEW, "old.md": OLD, "plan.txt": TEXTS["plan.txt"]})
    run("add", tmp_path / "documents")
    head, new, old, plan = [
        line.split("\t") for line in run("list").out.removesuffix("\n").split("\n")
    ]
    assert head == ["Title", "Publisher", "Date", "Version", "Passages", "Name"]
    assert new[:4] == ["甲市创业补贴办法", "甲市人民政府", "2024-03-01", "in force"]
    assert old[2:4] == ["2020-03-01", "superseded"]
    assert (plan[3], plan[5]) == ("", "plan.txt")
    assert all(int(row[4]) >= 1 for row in (new, old, plan))


def test_a_list_is_in_the_language_of_the_terminal(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "documents", **{"new.md": NEW, "old.md": OLD})
    run("add", tmp_path / "documents")
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert [line.split("\t")[3] for line in run("list").out.splitlines()] == [
        "效力",
        "现行",
        "已废止",
    ]
    monkeypatch.setenv("LC_ALL", "zh_TW.UTF-8")
    assert "已廢止" in run("list").out


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("", Language.ENGLISH),
        ("C.UTF-8", Language.ENGLISH),
        ("de_DE.UTF-8", Language.ENGLISH),
        ("zh_CN", Language.SIMPLIFIED),
        ("zh_SG.UTF-8", Language.SIMPLIFIED),
        ("zh_HK.UTF-8", Language.TRADITIONAL),
        ("zh-Hant-TW", Language.TRADITIONAL),
    ],
)
def test_a_locale_names_the_language(locale: str, language: Language) -> None:
    assert terminal_language({"LANG": locale}) is language


def test_a_list_as_json_has_the_documented_keys(run: Run, tmp_path: Path) -> None:
    write(tmp_path / "documents", **{"new.md": NEW, "old.md": OLD, "copy.md": OLD})
    run("add", tmp_path / "documents")
    copy, new, old = json.loads(run("list", "--json").out)
    assert list(new) == [
        *("name", "id", "title", "publisher", "number", "date", "issued", "effective", "expires"),
        *("language", "version", "expired", "replaced_by", "passages", "path", "state", "copy_of"),
    ]
    assert (new["version"], old["version"]) == ("current", "superseded")
    assert old["replaced_by"] == new["id"]
    assert new["number"] == "甲政发〔2024〕1号"
    assert {copy["copy_of"], old["copy_of"]} == {"", "copy.md"}
    assert new["path"] == str(tmp_path / "documents" / "new.md")


def test_a_list_says_whose_file_has_changed(run: Run, documents: Path) -> None:
    run("add", documents)
    write(documents, **{"plan.txt": "试点没有措施，一项也没有。\n"})
    (documents / "2023" / "a.txt").unlink()
    states = {one["name"]: one["state"] for one in json.loads(run("list", "--json").out)}
    assert states == {"plan.txt": "changed", "2023/a.txt": "gone", "2023/b.txt": ""}
    lines = run("list").out.splitlines()
    assert lines[1].endswith("\t2023/a.txt (file is gone)")
    assert lines[3].endswith("\tplan.txt (file has changed)")


def test_a_list_cannot_steer_a_terminal(run: Run, tmp_path: Path) -> None:
    write(tmp_path / "documents", **{"odd.md": "# a\x9b31m\u202eb\n\n正文在此。\n"})
    run("add", tmp_path / "documents")
    for arguments in (["list"], ["list", "--json"]):
        out = run(*arguments).out
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", out)


@pytest.mark.slow
def test_a_terminal_gets_a_table_that_fits(run: Run, documents: Path) -> None:
    write(documents, **{"new.md": NEW, "old.md": OLD})
    run("add", documents)
    screen, terminal = pty.openpty()
    environment = {**os.environ, "LANG": "zh_CN.UTF-8", "COLUMNS": "80", "TERM": "xterm"}
    subprocess.run(
        process("wenzheng", "list"), cwd=ROOT, env=environment, stdout=terminal, check=True
    )
    os.close(terminal)
    shown = os.read(screen, 65536).decode()
    os.close(screen)
    assert "已废止" in shown
    assert "\t" not in shown


def test_sync_adds_updates_and_removes(run: Run, documents: Path) -> None:
    first = run("sync", documents)
    assert first.status == 0
    assert first.out.startswith("Added 3, updated 0, removed 0, unchanged 0, seconds ")
    write(documents, **{"plan.txt": "试点共有十七项措施。\n", "new.txt": "新文件在此。\n"})
    (documents / "2023" / "a.txt").unlink()
    assert run("sync", documents).out.startswith("Added 1, updated 1, removed 1, unchanged 1, ")
    assert names(run) == ["2023/b.txt", "new.txt", "plan.txt"]
    last = run("sync", documents)
    assert last.out.startswith("Added 0, updated 0, removed 0, unchanged 3, ")
    assert (last.out.count("\n"), last.err) == (1, "")


def test_sync_of_a_folder_that_is_not_there_is_an_error(run: Run, tmp_path: Path) -> None:
    outcome = run("sync", tmp_path / "none")
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err == f"Error: {tmp_path / 'none'}: no such file or folder\n"


def test_sync_names_what_it_cannot_read(run: Run, documents: Path) -> None:
    (documents / "empty.txt").write_text("")
    summary, skipped = run("sync", documents).out.splitlines()
    assert summary.startswith("Added 3, ")
    assert skipped.startswith(f"Skipped: {documents / 'empty.txt'}: ")


@pytest.mark.slow
def test_a_sync_without_news_is_quick_and_loads_no_model(run: Run, documents: Path) -> None:
    write(documents, **{f"{n}.txt": f"第{n}号文件共有{n}项措施。\n" for n in range(106)})
    run("sync", documents)
    command = process("wenzheng", "sync", str(documents))
    command[2] = (
        "import atexit, sys; atexit.register(lambda: sys.stderr.write(' '.join(sys.modules)));"
        + command[2]
    )
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        seconds.append(time.perf_counter() - started)
    assert done.stdout.startswith("Added 0, updated 0, removed 0, unchanged 109, ")
    heavy = {"onnxruntime", "faiss", "tokenizers", "torch", "fastapi", "rich.progress"}
    assert not heavy & set(done.stderr.split())
    assert min(seconds) < 1.0


@pytest.mark.slow
def test_watching_takes_up_what_changes_until_ctrl_c(run: Run, documents: Path) -> None:
    run("sync", documents)
    command = process("wenzheng", "sync", str(documents), "--watch")
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True) as child:
        assert child.stdout
        assert child.stderr
        assert child.stdout.readline().startswith("Added 0, updated 0, removed 0, unchanged 3, ")
        assert child.stderr.readline() == f"Watching {documents} (Ctrl-C ends)\n"
        write(documents, **{"new.txt": "新文件在此。\n"})
        assert child.stdout.readline().startswith("Added 1, updated 0, removed 0, unchanged 3, ")
        child.send_signal(signal.SIGINT)
        assert child.wait(30) == 130
        assert "Traceback" not in child.stderr.read()
    assert "new.txt" in names(run)


def test_index_asks_before_it_drops_documents(run: Run, documents: Path) -> None:
    run("index", documents)
    refused = run("index", documents / "plan.txt")
    assert (refused.status, refused.out) == (2, "")
    assert re.fullmatch(
        r"Error: This drops 2 documents that the index holds \(2023/a\.txt, 2023/b\.txt\)\. "
        r"Go on with --yes, or keep them with: wenzheng add --index \S+ PATH\.\.\.\n",
        refused.err,
    )
    declined = run("index", documents / "plan.txt", stdin=b"\n", is_terminal=True)
    assert declined.status == 1
    assert len(names(run)) == 3
    confirmed = run("index", documents / "plan.txt", stdin=b"y\n", is_terminal=True)
    assert (confirmed.status, names(run)) == (0, ["plan.txt"])


def test_index_with_yes_drops_without_asking(run: Run, documents: Path) -> None:
    run("index", documents)
    outcome = run("index", documents / "plan.txt", "--yes")
    assert (outcome.status, names(run)) == (0, ["plan.txt"])
    assert "Removed: 2023/a.txt\nRemoved: 2023/b.txt\n" in outcome.out


def test_a_long_list_of_what_is_dropped_is_cut(run: Run, documents: Path) -> None:
    write(documents, **{f"{n}.txt": f"第{n}号文件。\n" for n in range(10, 20)})
    run("index", documents)
    refused = run("index", documents / "plan.txt")
    assert "This drops 12 documents that the index holds (" in refused.err
    assert " and 9 more). Go on with --yes" in refused.err


def test_what_was_edited_renamed_or_moved_is_not_dropped(tmp_path: Path, documents: Path) -> None:
    index, embedder = tmp_path / "index", FakeEmbedder()
    index_paths([documents], index, embedder)
    assert dropped([documents], index) == []
    write(documents, **{"plan.txt": "试点共有十七项措施。\n"})
    (documents / "2023" / "a.txt").rename(documents / "renamed.txt")
    assert dropped([documents], index) == []
    documents.rename(tmp_path / "elsewhere")
    assert dropped([tmp_path / "elsewhere"], index) == []


def test_another_file_of_the_same_name_does_not_stand_for_it(
    tmp_path: Path, documents: Path
) -> None:
    index = tmp_path / "index"
    index_paths([documents], index, FakeEmbedder())
    write(tmp_path / "others", **{"plan.txt": "这是另一份文件。\n"})
    assert dropped([tmp_path / "others"], index) == ["2023/a.txt", "2023/b.txt", "plan.txt"]
    write(tmp_path / "copies", **TEXTS)
    assert dropped([tmp_path / "copies"], index) == []


def test_nothing_is_dropped_where_nothing_could_be_indexed(tmp_path: Path, documents: Path) -> None:
    index = tmp_path / "index"
    assert dropped([documents], index) == []
    index_paths([documents], index, FakeEmbedder())
    assert dropped([tmp_path / "none"], index) == []
    (index / "CURRENT").write_text("0")
    assert dropped([documents / "plan.txt"], index) == []


def test_the_bundled_documents_are_indexed_again_without_asking(tmp_path: Path) -> None:
    add_paths([], tmp_path / "index", FakeEmbedder)
    assert dropped([], tmp_path / "index") == []
    write(tmp_path, **{"own.txt": "自己的文件。\n"})
    add_paths([tmp_path / "own.txt"], tmp_path / "index", FakeEmbedder)
    assert dropped([], tmp_path / "index") == ["own.txt"]


NAME = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def first_edition(tmp_path: Path) -> Path:
    """An index as the first edition wrote it, as far as it is read."""
    folder = tmp_path / "index"
    snapshot = folder / "snapshots" / NAME
    snapshot.mkdir(parents=True)
    text = TEXTS["plan.txt"]
    held = {"language": "zh-Hans", "text": text}
    document = {"id": "0a1b2c3d4e5f", "title": "方案", "publisher": "", "date": "2025-07-14"}
    entries = {
        "documents": {**document, "source": "plan.txt", **held},
        "passages": {"id": "1", "document_id": "0a1b2c3d4e5f", "paragraph": 1, **held},
        "rows": {"passage": 0, "sentences": [[0, 10]], **held},
    }
    for name, entry in entries.items():
        line = json.dumps(entry, ensure_ascii=False) + "\n"
        (snapshot / f"{name}.jsonl").write_text(line, encoding="utf-8")
    (snapshot / "terms.json").write_text("[]")
    (snapshot / "manifest.json").write_text(json.dumps({"schema": 3}))
    (folder / "CURRENT").write_text(NAME)
    return folder


@pytest.mark.parametrize(
    "command",
    [
        ["ask", "试点共有多少项措施？"],
        ["list"],
        ["remove", "plan.txt"],
        ["add", "{documents}"],
        ["sync", "{documents}"],
    ],
    ids=lambda command: command[0],
)
def test_an_index_of_the_first_edition_is_built_again_by_itself(
    run: Run, first_edition: Path, documents: Path, command: list[str]
) -> None:
    outcome = run(*(part.format(documents=documents) for part in command))
    assert (first_edition / "manifests").is_dir()
    assert outcome.status == 0
    first, *progress = outcome.err.splitlines()
    assert first == "Rebuilding the index for this version…"
    assert any(line.startswith("Indexing: embedding ") for line in progress)
    again = run("list")
    assert (again.status, again.err) == (0, "")


def test_index_asks_before_it_replaces_one_of_the_first_edition(
    run: Run, first_edition: Path, documents: Path
) -> None:
    refused = run("index", documents / "2023")
    assert refused.status == 2
    assert "This drops 1 document that the index holds (plan.txt)." in refused.err
    assert not (first_edition / "manifests").exists()
    assert run("index", documents).status == 0


def test_every_command_has_help_with_examples_and_lines_that_fit(run: Run) -> None:
    for command in ("index", "add", "remove", "list", "sync"):
        outcome = run(command, "--help")
        assert outcome.status == 0
        assert f"\n    wenzheng {command}" in outcome.out
        assert "Exit status: 0 done, 2 wrong use" in outcome.out
        assert max(map(len, outcome.out.splitlines())) <= 80


def test_sync_keeps_up_the_library_of_the_settings(
    run: Run, documents: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = run("sync")
    assert (outcome.status, outcome.out) == (2, "")
    assert "set library in wenzheng.toml" in outcome.err
    (tmp_path / "wenzheng.toml").write_text(f"library = '{documents.name}'\n")
    assert run("sync").out.startswith("Added 3, ")
    (documents / "plan.txt").unlink()
    assert run("sync").out.startswith("Added 0, updated 0, removed 1, unchanged 2, ")


def test_patterns_that_a_shell_has_left_are_replaced(run: Run, documents: Path) -> None:
    assert run("add", documents / "20*" / "*.txt").out.startswith("Documents 2, ")
    outcome = run("add", documents / "*.pdf")
    assert outcome.status == 1
    assert f"{documents / '*.pdf'}: no such file" in outcome.err


RULES = """# 甲市创业补贴办法

甲市人民政府

甲政发〔2024〕1号

第一章 总则

第一条 创业补贴每户5000元。

第二条 申请人应当：

（一）成年；

（二）有住所。

第二章 附则

第三条 本办法由市人社局解释。

甲市人民政府
2024年3月1日
"""


@pytest.fixture
def rules(run: Run, documents: Path) -> Run:
    """`wenzheng` with an index that holds rules in articles too."""
    write(documents, **{"rules.md": RULES})
    assert run("add", documents).status == 0
    return run


def test_show_tells_what_is_known_of_a_document_and_its_outline(rules: Run) -> None:
    shown = rules("show", "rules.md")
    assert (shown.status, shown.err) == (0, "")
    known, outline = shown.out.split("\n\n")
    assert known.splitlines()[:4] == [
        "Title: 甲市创业补贴办法",
        "Publisher: 甲市人民政府",
        "Number: 甲政发〔2024〕1号",
        "Issued: 2024-03-01",
    ]
    assert outline.splitlines() == [
        "Outline:",
        "第一章 总则",
        "  第一条 创业补贴每户5000元。",
        "  第二条 申请人应当：",
        "第二章 附则",
        "  第三条 本办法由市人社局解释。",
    ]


@pytest.mark.parametrize("name", ["rules.md", "甲市创业补贴办法", "創業補貼", "rul*", "id"])
def test_show_finds_a_document_by_any_of_its_names(rules: Run, name: str) -> None:
    listed = json.loads(rules("list", "--json").out)
    if name == "id":
        name = next(one["id"] for one in listed if one["name"] == "rules.md")
    shown = json.loads(rules("show", name, "--json").out)
    outline = shown.pop("outline")
    assert shown in listed
    assert [block["label"] for block in outline][:2] == ["第一章", "第一条"]
    first = outline[1]
    assert RULES[first["start_char"] : first["end_char"]] == first["text"]


@pytest.mark.parametrize("label", ["第二条", "2", "第2条", "Article 2", "第二條"])
def test_show_gives_an_article_with_what_stands_under_it(rules: Run, label: str) -> None:
    shown = rules("show", "rules.md", label)
    assert shown.out == "第二条 申请人应当：\n（一）成年；\n（二）有住所。\n"


@pytest.mark.parametrize("label", ["第二章", "附则", "附則", "第二章 附则"])
def test_show_gives_a_chapter_by_its_number_or_words(rules: Run, label: str) -> None:
    assert rules("show", "rules.md", label).out == "第二章 附则\n第三条 本办法由市人社局解释。\n"


def test_show_gives_the_whole_text(rules: Run) -> None:
    assert rules("show", "rules.md", "--text").out == f"{RULES}\n"


def test_show_says_what_there_is_instead(rules: Run) -> None:
    article = rules("show", "rules.md", "第九条")
    assert (article.status, article.out) == (2, "")
    assert article.err == (
        'Error: rules.md has no "第九条". It has 第一章, 第一条, 第二条, 第二章, 第三条.\n'
    )
    for document, reason in (("none", 'has no document "none"'), ("2023/*", "fits 2 documents")):
        outcome = rules("show", document)
        assert (outcome.status, outcome.out) == (2, "")
        assert reason in outcome.err


def test_documents_are_exported_as_they_are_listed(rules: Run) -> None:
    exported = rules("export")
    assert (exported.status, exported.err) == (0, "")
    assert [json.loads(line) for line in exported.out.splitlines()] == json.loads(
        rules("list", "--json").out
    )


def test_passages_are_exported_with_their_places(rules: Run, tmp_path: Path) -> None:
    path = tmp_path / "passages.csv"
    assert rules("export", "passages", "-o", path).err.endswith(f"passages to {path}\n")
    lines = [json.loads(line) for line in rules("export", "passages").out.splitlines()]
    assert path.read_bytes().startswith(b"\xef\xbb\xbfid,document_id,name,")
    with path.open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["text"] for row in table] == [line["text"] for line in lines]
    ours = [line for line in lines if line["name"] == "rules.md"]
    assert [line["label"] for line in ours if line["label"]] == ["第一条", "第二条", "第三条"]
    for line in ours:
        place = RULES[line["start_char"] : line["end_char"]]
        assert "".join(place.split()) == "".join(line["text"].split())
    (article,) = [row for row in table if row["label"] == "第二条"]
    assert article["path"] == "第一章 总则"


def test_a_cell_is_no_formula_and_a_number_stays_one() -> None:
    written = as_table([{"text": "=HYPERLINK(1)", "score": -1, "path": ["@a", "b"], "none": None}])
    assert list(csv.reader(io.StringIO(written)))[1] == ["'=HYPERLINK(1)", "-1", "'@a > b", ""]
