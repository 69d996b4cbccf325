from hack.generate import build_completed_files, build_pages


def test_the_committed_reference_is_what_the_code_says() -> None:
    generated = build_pages() | build_completed_files()
    stale = [path.name for path, text in generated.items() if not path.exists() or path.read_text() != text]
    assert stale == [], "run `make generate`"


def test_every_row_of_a_table_is_one_line() -> None:
    for path, text in build_pages().items():
        rows = [line for line in text.splitlines() if line.startswith("| ")]
        assert [line for line in rows if not line.endswith(" |")] == [], path.name
