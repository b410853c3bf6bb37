from __future__ import annotations

from pathlib import Path

from bench import growth


def test_one_folder_is_filled_once_and_measured_at_each_size_on_its_way(tmp_path: Path) -> None:
    said: list[str] = []
    cache = tmp_path / "cache"

    found = growth.measure(cache, (2_000,), said.append, tmp_path, tries=1)
    grown = growth.grown(cache, 3_000, said.append)
    same = growth.grown(cache, 3_000, said.append)

    assert {one.key.split(".")[1] for one in found} == {"2000"}
    assert len({one.key for one in found}) == len(found)
    assert all(one.value > 0 for one in found)
    assert [line.partition(" rows")[0] for line in said if line.startswith("filled")] == [
        "filled 2,000",
        "filled 1,000",
    ]
    assert grown.contents == same.contents
    assert (grown.contents.row_count, list(cache.iterdir())) == (3_000, [grown.folder])
