"""Free memory, read from made-up folders of the system."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from agents.engine.free_memory import free_memory, from_vm_stat, own_memory

KIB, MIB = 1024, 1 << 20


def system(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


MEMINFO = "MemTotal:       16000000 kB\nMemFree:         1000000 kB\nMemAvailable:    9000000 kB\n"


@pytest.fixture(autouse=True)
def linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")


def test_without_limits_it_is_what_the_kernel_calls_available(tmp_path: Path) -> None:
    assert free_memory(system(tmp_path, {"proc/meminfo": MEMINFO})) == 9_000_000 * KIB


def test_a_limit_of_a_control_group_above_counts_and_its_caches_are_free(tmp_path: Path) -> None:
    root = system(
        tmp_path,
        {
            "proc/meminfo": MEMINFO,
            "proc/self/cgroup": "0::/user/app\n",
            "sys/fs/cgroup/user/app/memory.max": "max\n",
            "sys/fs/cgroup/user/app/memory.current": f"{200 * MIB}\n",
            "sys/fs/cgroup/user/memory.max": f"{1000 * MIB}\n",
            "sys/fs/cgroup/user/memory.current": f"{700 * MIB}\n",
            "sys/fs/cgroup/user/memory.stat": f"anon 5\ninactive_file {100 * MIB}\n",
        },
    )
    assert free_memory(root) == 400 * MIB


def test_control_groups_of_the_first_version_count_too(tmp_path: Path) -> None:
    root = system(
        tmp_path,
        {
            "proc/meminfo": MEMINFO,
            "proc/self/cgroup": "5:cpu,cpuacct:/a\n4:memory:/a\n0::/\n",
            "sys/fs/cgroup/memory/a/memory.limit_in_bytes": f"{500 * MIB}\n",
            "sys/fs/cgroup/memory/a/memory.usage_in_bytes": f"{450 * MIB}\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": f"{2**63 - 4096}\n",
            "sys/fs/cgroup/memory/memory.usage_in_bytes": f"{450 * MIB}\n",
        },
    )
    assert free_memory(root) == 50 * MIB


def test_a_group_over_its_limit_leaves_nothing(tmp_path: Path) -> None:
    root = system(
        tmp_path,
        {
            "proc/meminfo": MEMINFO,
            "proc/self/cgroup": "0::/\n",
            "sys/fs/cgroup/memory.max": "1000\n",
            "sys/fs/cgroup/memory.current": "2000\n",
        },
    )
    assert free_memory(root) == 0


def test_a_system_that_does_not_tell_is_unknown(tmp_path: Path) -> None:
    assert free_memory(tmp_path) is None
    assert own_memory(tmp_path) == 0


def test_own_memory_leaves_mapped_files_out(tmp_path: Path) -> None:
    status = "VmRSS:\t  300 kB\nRssAnon:\t  200 kB\nRssFile:\t  100 kB\n"
    assert own_memory(system(tmp_path, {"proc/self/status": status})) == 200 * KIB


def test_free_memory_of_macos_is_read_from_vm_stat() -> None:
    text = (
        "Mach Virtual Memory Statistics: (page size of 16384 bytes)\n"
        "Pages free:                               10000.\n"
        "Pages active:                            200000.\n"
        "Pages inactive:                           20000.\n"
        "Pages speculative:                          300.\n"
        "Pages throttled:                              0.\n"
        "Pages wired down:                         90000.\n"
        "Pages purgeable:                              4.\n"
    )
    assert from_vm_stat(text) == 16384 * (10_000 + 20_000 + 300 + 4)
    assert from_vm_stat("no such thing") is None
