"""Which llama.cpp is compiled: CUDA or Metal where found, else the CPU's."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.environment import llama_build


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs that is the whole PATH, on a machine without a CUDA toolkit."""
    monkeypatch.setattr(llama_build, "CUDA_COMPILER", tmp_path / "cuda" / "nvcc")
    return tmp_path


def program(folder: Path, name: str, status: int = 0) -> None:
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\nexit {status}\n")
    file.chmod(0o755)


def ask(folder: Path, platform: str = "linux", **environment: str) -> tuple[str, str]:
    return llama_build.acceleration({"PATH": str(folder), **environment}, platform)


def test_without_a_gpu_the_cpu_is_used(machine: Path) -> None:
    program(machine, "nvcc")
    arguments, line = ask(machine)
    assert arguments == "-DLLAVA_BUILD=OFF"
    assert "no NVIDIA GPU found" in line


def test_a_driver_that_finds_no_gpu_counts_as_none(machine: Path) -> None:
    program(machine, "nvidia-smi", status=9)
    program(machine, "nvcc")
    assert "GGML_CUDA" not in ask(machine)[0]


def test_a_gpu_and_its_compiler_give_cuda(machine: Path) -> None:
    program(machine, "nvidia-smi")
    program(machine, "nvcc")
    arguments, line = ask(machine)
    assert "-DGGML_CUDA=on" in arguments
    assert "with CUDA" in line


def test_the_toolkit_is_found_off_the_path(machine: Path) -> None:
    program(machine, "nvidia-smi")
    program(machine / "cuda", "nvcc")
    assert f"-DCMAKE_CUDA_COMPILER={machine}/cuda/nvcc" in ask(machine)[0]


def test_a_gpu_without_a_compiler_is_said_and_the_cpu_used(machine: Path) -> None:
    program(machine, "nvidia-smi")
    arguments, line = ask(machine)
    assert "GGML_CUDA" not in arguments
    assert "no nvcc" in line
    assert "--again" in line


def test_a_mac_gets_metal(machine: Path) -> None:
    arguments, line = ask(machine, platform="darwin")
    assert "-DGGML_METAL=on" in arguments
    assert "Metal" in line


def test_the_users_own_arguments_are_kept(machine: Path) -> None:
    arguments, line = ask(machine, CMAKE_ARGS="-DGGML_VULKAN=on")
    assert arguments == "-DGGML_VULKAN=on"
    assert "-DGGML_VULKAN=on" in line


def test_a_cached_wheel_without_cuda_is_noticed(tmp_path: Path) -> None:
    libraries = tmp_path / "lib" / "python3.11" / "site-packages" / "llama_cpp" / "lib"
    libraries.mkdir(parents=True)
    (libraries / "libllama.so").touch()
    assert llama_build.lacks_cuda(tmp_path, "-DGGML_CUDA=ON")
    assert not llama_build.lacks_cuda(tmp_path, "-DLLAVA_BUILD=OFF")
    (libraries / "libggml-cuda.so").touch()
    assert not llama_build.lacks_cuda(tmp_path, "-DGGML_CUDA=on")
