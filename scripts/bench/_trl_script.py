"""The plain trl script that SOMA's training is measured against.

Usage: _trl_script.py [DATA FOLDER] SETTINGS; with the settings alone it prints those of its own.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any


def options(settings: dict[str, Any]) -> dict[str, Any]:
    """What SFTConfig is given, for the settings of a run of SOMA's."""
    return {
        "max_steps": settings["max_steps"],
        "per_device_train_batch_size": 1,
        "gradient_accumulation_steps": settings["batch"],
        "learning_rate": settings["rate"],
        "lr_scheduler_type": "cosine",
        "warmup_steps": max(1, round(settings["warm_up"] * settings["max_steps"])),
        "weight_decay": 0.0,
        "max_grad_norm": settings["clip"],
        "optim": "adamw_torch",
        "seed": settings["seed"],
        "max_length": settings["longest"],
        "packing": True,
        "completion_only_loss": True,
        "gradient_checkpointing": settings["checkpointing"],
        "bf16": False,
        "fp16": False,
        "use_cpu": True,
        "save_strategy": "no",
        "logging_steps": settings["max_steps"],
        "report_to": [],
    }


def main(arguments: list[str]) -> None:
    """Trains, and prints the rate and the peak memory as JSON."""
    settings = json.loads(arguments[-1])
    if len(arguments) == 1:
        print(json.dumps(options(settings)))
        return
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
    from trl import SFTConfig, SFTTrainer

    from training.qlora import peak_memory

    with open(arguments[0], encoding="utf-8") as file:
        data = Dataset.from_list(json.load(file))
    tokenizer = AutoTokenizer.from_pretrained(settings["base"])
    model = AutoModelForCausalLM.from_pretrained(settings["base"], dtype=torch.float32)
    lora = LoraConfig(
        r=settings["rank"], lora_alpha=settings["alpha"], target_modules="all-linear",
        task_type="CAUSAL_LM",
    )  # fmt: skip
    seconds: list[float] = []
    begun = [0.0]

    class Watch(TrainerCallback):  # type: ignore[misc]
        def on_step_begin(self, *_: Any, **__: Any) -> None:
            begun[0] = time.monotonic()

        def on_step_end(self, *_: Any, **__: Any) -> None:
            seconds.append(time.monotonic() - begun[0])

    trainer = SFTTrainer(
        model=model, args=SFTConfig(output_dir=arguments[1], **options(settings)),
        train_dataset=data, processing_class=tokenizer, peft_config=lora, callbacks=[Watch()],
    )  # fmt: skip
    plain = trainer.data_collator
    counts: list[int] = []

    def counted(rows: Any) -> Any:
        counts.append(sum(len(row["input_ids"]) for row in rows))
        return plain(rows)

    trainer.data_collator = counted
    trainer.train()
    batch = settings["batch"]
    steps = [sum(counts[start : start + batch]) for start in range(0, len(counts), batch)]
    tokens = steps[: len(seconds)]
    rate = sum(tokens[1:]) / sum(seconds[1:])
    print(json.dumps({"tokens_per_s": rate, "memory": peak_memory()}))


if __name__ == "__main__":
    main(sys.argv[1:])
