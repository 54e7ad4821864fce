"""nnU-Net continues short trainings of ours, with SGD and with AdamW, and we continue what it wrote.

Goes the way of `nnUNetv2_train --c`: nnU-Net's own preprocessing, its trainer, its reading of checkpoint_final.pth; only the
epochs are short. Prints one line per training; exit 1 where a weight changes on the way, an epoch is lost or a loss is no number.
"""
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# Before nnU-Net is imported, which reads it. Processes of its own import this file again.
ROOT = Path(os.environ.get("CONTINUE_ROOT") or tempfile.mkdtemp(prefix="nnunet-continue-"))
os.environ["CONTINUE_ROOT"] = str(ROOT)
for root in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"):
    os.environ[root] = str(ROOT / root)
os.environ["nnUNet_compile"] = "f"
os.environ["nnUNet_n_proc_DA"] = "1"

import numpy as np
import torch
from nnunetv2.run.run_training import get_trainer_from_args, maybe_load_checkpoint

CLI = Path(__file__).resolve().parents[2] / "dist" / "cli.js"
DATASET = "Dataset900_Continued"
OURS, THEIRS, AGAIN = 3, 5, 6  # epochs in total after our training, after nnU-Net's, after ours once more
STEPS = 3


def nnunet(*words):
    done = subprocess.run(["node", CLI, *map(str, words), "--root", ROOT], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"nnunet {' '.join(map(str, words))}: {done.stderr}")


def train(configuration, fold, *words):
    length = ["--iterations-per-epoch", STEPS, "--no-validation", "--precision", "fp32", *words]
    nnunet("train", DATASET, "-c", configuration, "-f", fold, *length)


def load(file):
    return torch.load(file, map_location="cpu", weights_only=False)


def continued_by_nnunet(configuration, fold):
    """@returns the weights that it began with"""
    # It can't train from our files, and clears them away.
    preprocess = [Path(sys.executable).parent / "nnUNetv2_preprocess", "-d", "900", "-c", configuration, "-np", "2"]
    subprocess.run(preprocess, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with contextlib.redirect_stdout(None):
        trainer = get_trainer_from_args(DATASET, configuration, fold, continue_training=True, device=torch.device("cpu"))
        trainer.num_epochs, trainer.num_iterations_per_epoch, trainer.num_val_iterations_per_epoch = THEIRS, STEPS, 2
        maybe_load_checkpoint(trainer, True, False)
        assert trainer.current_epoch == OURS, f"nnU-Net goes on at epoch {trainer.current_epoch}, not {OURS}"
        before = {name: tensor.clone() for name, tensor in trainer.network.state_dict().items()}
        trainer.run_training()
    return before


def problems(configuration, fold, optimizer):
    train(configuration, fold, "--epochs", OURS, "--optimizer", optimizer)
    folder = ROOT / "nnUNet_results" / DATASET / f"nnUNetTrainer__nnUNetPlans__{configuration}" / f"fold_{fold}"
    file = folder / "checkpoint_final.pth"
    ours = load(file)
    before = continued_by_nnunet(configuration, fold)
    theirs = load(file)
    if any(not torch.equal(tensor, ours["network_weights"][name]) for name, tensor in before.items()):
        yield "nnU-Net begins with other weights than ours"
    if all(torch.equal(tensor, theirs["network_weights"][name]) for name, tensor in before.items()):
        yield "nnU-Net changed no weight"
    if theirs["current_epoch"] != THEIRS:
        yield f"nnU-Net stopped at epoch {theirs['current_epoch']}"
    for name in ("train_losses", "val_losses", "ema_fg_dice"):
        values = theirs["logging"][name]
        if len(values) != THEIRS or not np.isfinite(values).all():
            yield f"{name} after nnU-Net: {values}"
        if list(values[:OURS]) != list(ours["logging"][name]):
            yield f"{name}: nnU-Net does not keep our epochs"
    # nnU-Net's checkpoint has gone further than ours beside it: we go on from there.
    train(configuration, fold, "--epochs", AGAIN, "--resume")
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines() if line.strip()]
    epochs = [event["epoch"] for event in events if event["type"] == "epoch"]
    if epochs != list(range(AGAIN)):
        yield f"our log holds the epochs {epochs}"
    again = load(file)
    if again["current_epoch"] != AGAIN or list(again["logging"]["train_losses"][:THEIRS]) != list(theirs["logging"]["train_losses"]):
        yield f"we do not go on where nnU-Net stopped: epoch {again['current_epoch']}"


def main():
    torch.manual_seed(7)
    nnunet("sample", ROOT / "nnUNet_raw" / DATASET, "--cases", "6", "--test-cases", "0")
    nnunet("plan", DATASET)
    failures = 0
    for configuration, fold, optimizer in (("2d", 0, "adamw"), ("2d", 1, "sgd"), ("3d_fullres", 0, "adamw")):
        found = list(problems(configuration, fold, optimizer))
        failures += len(found)
        print(f"{'FAILED ' if found else 'ok     '} {configuration}, {optimizer}: {'; '.join(found) or 'continued both ways'}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    try:
        code = main()
    finally:
        shutil.rmtree(ROOT)
    sys.exit(code)
