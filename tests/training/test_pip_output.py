"""What pip prints, turned into progress: lines as pip 23.2 and 25 print them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest

from training.pip_output import PipOutput, Progress, pinned, reason_of_failure


def feed(lines: str, expected: Collection[str] = ()) -> list[Progress]:
    output = PipOutput(expected)
    return [progress for line in lines.splitlines() if (progress := output.feed(line))]


def test_packages_are_counted_once_and_nested_pips_not_at_all() -> None:
    told = feed(
        """\
Collecting llama-cpp-python==0.3.36 (from soma-tui==0.1.0)
  Downloading llama_cpp_python-0.3.36.tar.gz (76.6 MB)
  Installing build dependencies: started
  Collecting scikit-build-core[pyproject]>=0.9.2
    Downloading scikit_build_core-1.1.2-py3-none-any.whl (295 kB)
  Processing /somewhere/packaging-26.3-py3-none-any.whl
  Installing build dependencies: finished with status 'done'
Processing /somewhere/numpy-2.4.6-cp311-cp311-manylinux_2_27_x86_64.whl (from -r list (line 9))
Processing /somewhere/numpy-2.4.6-cp311-cp311-manylinux_2_27_x86_64.whl
Requirement already satisfied: tqdm>=4 in ./lib (from x) (4.70.1)
Collecting textual
  Using cached textual-8.2.8-py3-none-any.whl.metadata (9 kB)
Using cached textual-8.2.8-py3-none-any.whl (731 kB)
""",
        expected=["llama_cpp_python", "numpy", "textual", "jinja2", "tqdm"],
    )
    assert [progress.done for progress in told] == [0, 1, 0, 2, 2, 2, 3]
    assert told[1].text == "downloading llama-cpp-python 0.3.36 (76.6 MB) · 1 of 5"
    assert told[-1].text == "textual 8.2.8 is on this machine · 3 of 4"
    assert told[-1].fraction == 0.75


def test_bytes_are_shown_where_pip_tells_them() -> None:
    told = feed(
        "  Downloading torch-2.13.0-cp311-cp311-manylinux_2_28_x86_64.whl (191.8 MB)\n"
        "Progress 50000000 of 191794682\n",
        expected=["torch", "trl"],
    )
    assert told[-1].text == "downloading torch 2.13.0 · 50 of 192 MB · 1 of 2"


def test_compiler_steps_of_ninja_and_make_are_counted() -> None:
    told = feed(
        "  Building wheel for llama-cpp-python (pyproject.toml): started\n"
        "  [56/193] /usr/bin/g++ -DGGML_BUILD -c a.cpp\n"
        "  [ 45%] Building CXX object src/CMakeFiles/llama.dir/llama.cpp.o\n"
        "  Building wheel for llama-cpp-python (pyproject.toml): finished with status 'done'\n"
        "Installing collected packages: a, b, c\n"
    )
    assert [progress.text for progress in told] == [
        "building llama-cpp-python",
        "compiling llama.cpp 56/193",
        "compiling llama.cpp 45 %",
        "installing 3 packages",
    ]
    assert told[1].fraction == pytest.approx(56 / 193)
    assert told[0].fraction is None


def test_more_packages_than_expected_never_exceed_the_whole() -> None:
    told = feed(
        "Downloading a-1-py3-none-any.whl\nDownloading b-1-py3-none-any.whl", expected=["a"]
    )
    assert told[-1].text == "downloading b 1 · 2 of 2"
    assert told[-1].fraction == 1


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("CMake Error: CMAKE_CXX_COMPILER not set, after EnableLanguage", "no C++ compiler"),
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("Max retries exceeded with url: Temporary failure in name resolution", "no network"),
        ("error: externally-managed-environment", "belongs to the system"),
        ("ERROR: [Errno 13] Permission denied: 'x'", "no permission"),
        ("ERROR: ResolutionImpossible", ""),
    ],
)
def test_known_failures_say_what_to_do(printed: str, said: str) -> None:
    reason = reason_of_failure(f"first\n{printed}\nlast")
    assert reason.startswith(said) if reason.startswith("no") else said in reason
    assert bool(reason) == bool(said)


def test_pins_are_read_by_their_headings(tmp_path: Path) -> None:
    file = tmp_path / "constraints.txt"
    file.write_text("# words\n# chat\nJinja2==3.1\n\n# train\ntorch==2.13.0\n# dev\nruff==1\n")
    assert pinned(file, {"chat", "train"}) == {"jinja2": "3.1", "torch": "2.13.0"}
