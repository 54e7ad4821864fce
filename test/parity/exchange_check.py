"""Models pass between nnU-Net and us as zips and folders: both predict with them, go on training them, and find the best of them.

For small networks of every kind (2D, 3D, residual trained with AdamW, cascade, regions), trained by us for a few steps:
- `nnunet export-model`, then nnU-Net's own import: equal masks; nnU-Net's trainer goes on where we stopped;
- nnU-Net's own export of what it trained, then `nnunet import-model`, from the zip and from the folder: equal masks; we go on training;
- nnU-Net's find_best_configuration on what we validated: the means, the choice and the postprocessing of `nnunet find-best`.
Prints a line for each; exit 1 where masks agree in less than 99.95 % of voxels, or something else differs.
Usage: exchange_check.py [kind...], of 2d, 3d, residual, cascade, regions, best
"""
import contextlib
import json
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# Before nnU-Net is imported, which reads it. Processes of its own import this file again.
ROOT = Path(os.environ.get("EXCHANGE_ROOT") or tempfile.mkdtemp(prefix="nnunet-exchange-"))
os.environ["EXCHANGE_ROOT"] = str(ROOT)
OURS, THEIRS, AGAIN, FOLDER = (ROOT / name for name in ("ours", "theirs", "again", "folder"))
for root in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"):
    os.environ[root] = str(THEIRS / root)
os.environ["nnUNet_compile"] = "f"
os.environ["nnUNet_n_proc_DA"] = "1"

sys.path.insert(0, str(Path(__file__).parent))
import numpy as np
import torch
from nnunetv2.run.run_training import get_trainer_from_args, maybe_load_checkpoint
from models_check import CLI, compare, network, nnUNetPredictor

BIN = Path(sys.executable).parent
LABELS, REGIONS = "Dataset901_Exchange", "Dataset902_Regions"
LOWEST_AGREEMENT = 0.9995
EPOCHS, LATER, AGAIN_EPOCHS, STEPS = 6, 8, 9, 20
failures = 0


def report(passed, title, facts):
    global failures
    failures += not passed
    print(f"{'ok     ' if passed else 'FAILED '} {title}: {facts}", flush=True)


def nnunet(root, *words):
    done = subprocess.run(["node", CLI, *map(str, words), "--root", root, "--json"], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"nnunet {' '.join(map(str, words))}: {done.stderr[-2000:]}")
    return json.loads(done.stdout or "null")


def theirs(command, *words):
    done = subprocess.run([str(BIN / command), *map(str, words)], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{command} {' '.join(map(str, words))}: {done.stderr[-2000:]}")


def model_of(root, dataset, configuration):
    return root / "nnUNet_results" / dataset / f"nnUNetTrainer__nnUNetPlans__{configuration}"


def small_plans(file):
    """Networks of a few thousand weights, in the words of the plans that were made."""
    plans = json.loads(file.read_text())
    planned = plans["configurations"]
    full = planned["3d_fullres"] | {"patch_size": [24, 32, 32], "batch_size": 2, "architecture": network(3)}
    low = full | {"spacing": [1.5 * one for one in full["spacing"]], "data_identifier": "nnUNetPlans_3d_lowres"}
    plans["configurations"] = {
        "2d": planned["2d"] | {"patch_size": [48, 48], "batch_size": 4, "architecture": network(2)},
        "3d_fullres": full,
        "3d_residual": full | {"architecture": network(3, residual=True)},
        "3d_lowres": low | {"next_stage": "3d_cascade_fullres"},
        "3d_cascade_fullres": {"inherits_from": "3d_fullres", "previous_stage": "3d_lowres"},
    }
    file.write_text(json.dumps(plans))


def make_dataset(dataset, regions):
    """The same scans, plans and folds for everybody; each prepares them for itself."""
    raw = OURS / "nnUNet_raw" / dataset
    nnunet(OURS, "sample", raw, "--cases", 6, "--test-cases", 2)
    if regions:
        content = json.loads((raw / "dataset.json").read_text())
        content |= {"labels": {"background": 0, "whole": [1, 2], "core": 2}, "regions_class_order": [1, 2]}
        (raw / "dataset.json").write_text(json.dumps(content))
    nnunet(OURS, "plan", dataset)
    prepared = OURS / "nnUNet_preprocessed" / dataset
    small_plans(prepared / "nnUNetPlans.json")
    names = sorted(file.name.removesuffix("_0000.nii.gz") for file in (raw / "imagesTr").iterdir())
    splits = [{"train": [one for one in names if one not in names[fold::2]], "val": names[fold::2]} for fold in (0, 1)]
    (prepared / "splits_final.json").write_text(json.dumps(splits))
    for root in (THEIRS, AGAIN, FOLDER):
        shutil.copytree(raw, root / "nnUNet_raw" / dataset)
        target = root / "nnUNet_preprocessed" / dataset
        target.mkdir(parents=True)
        for name in ("nnUNetPlans.json", "splits_final.json", "dataset_fingerprint.json"):
            shutil.copy(prepared / name, target / name)
        shutil.copy(raw / "dataset.json", target / "dataset.json")
        (root / "nnUNet_results").mkdir(exist_ok=True)
    return splits


def train(root, dataset, configuration, fold, epochs, *words):
    length = ["--epochs", epochs, "--iterations-per-epoch", STEPS, "--precision", "fp32"]
    nnunet(root, "train", dataset, "-c", configuration, "-f", fold, *length, *words)


def predict_ours(root, dataset, configuration, folds, name, previous=None):
    output = ROOT / "masks" / name
    images = root / "nnUNet_raw" / dataset / "imagesTs"
    words = ["predict", "-m", model_of(root, dataset, configuration), "-i", images, "-o", output, "-f", *folds]
    nnunet(root, *words, *(["--prev-stage-predictions", previous] if previous else []))
    return output


def predict_theirs(dataset, configuration, folds, name, previous=None):
    output = ROOT / "masks" / name
    output.mkdir(parents=True)
    files = sorted((THEIRS / "nnUNet_raw" / dataset / "imagesTs").iterdir())
    names = [str(output / file.name.removesuffix("_0000.nii.gz")) for file in files]
    with contextlib.redirect_stdout(None):
        predictor = nnUNetPredictor(device=torch.device("cpu"), perform_everything_on_device=False, allow_tqdm=False)
        model = model_of(THEIRS, dataset, configuration)
        predictor.initialize_from_trained_model_folder(str(model), tuple(folds), "checkpoint_final.pth")
        lists = [[str(file)] for file in files]
        predictor.predict_from_files_sequential(lists, names, overwrite=True, folder_with_segs_from_prev_stage=previous and str(previous))
    return output


def check_masks(title, ours, theirs):
    differing, total, dice = compare(ours, theirs)
    found = sum(bool(np.any(mask)) for mask in foreground(theirs))
    passed = total > 0 and differing <= (1 - LOWEST_AGREEMENT) * total and found > 0
    report(passed, title, f"{100 * (1 - differing / total):.4f} % of {total} voxels agree, lowest Dice {dice:.6f}, {found} masks with structures")


def foreground(folder):
    from models_check import read

    return [read(file) > 0 for file in sorted(folder.glob("*.nii.gz"))]


def load(file):
    return torch.load(file, map_location="cpu", weights_only=False)


def continued_by_nnunet(dataset, configuration, fold):
    """@returns what speaks against it"""
    theirs("nnUNetv2_preprocess", "-d", int(dataset[7:10]), "-c", configuration, "-np", 2)
    file = model_of(THEIRS, dataset, configuration) / f"fold_{fold}" / "checkpoint_final.pth"
    ours = load(file)
    with contextlib.redirect_stdout(None):
        trainer = get_trainer_from_args(dataset, configuration, fold, continue_training=True, device=torch.device("cpu"))
        trainer.num_epochs, trainer.num_iterations_per_epoch, trainer.num_val_iterations_per_epoch = LATER, STEPS, 2
        maybe_load_checkpoint(trainer, True, False)
        before = {name: tensor.clone() for name, tensor in trainer.network.state_dict().items()}
        epoch = trainer.current_epoch
        trainer.run_training()
    after = load(file)
    if epoch != ours["current_epoch"] or epoch == 0:
        yield f"it goes on at epoch {epoch}"
    if any(not torch.equal(tensor, ours["network_weights"][name]) for name, tensor in before.items()):
        yield "it begins with other weights"
    if all(torch.equal(tensor, after["network_weights"][name]) for name, tensor in before.items()):
        yield "it changed no weight"
    losses = after["logging"]["train_losses"]
    if len(losses) != LATER or not np.isfinite(losses).all():
        yield f"its losses are {losses}"


def continued_by_us(dataset, configuration, fold):
    folder = model_of(AGAIN, dataset, configuration) / f"fold_{fold}"
    before = load(folder / "checkpoint_final.pth")
    train(AGAIN, dataset, configuration, fold, AGAIN_EPOCHS, "--resume", "--no-validation")
    after = load(folder / "checkpoint_final.pth")
    if after["current_epoch"] != AGAIN_EPOCHS:
        yield f"we stop at epoch {after['current_epoch']}"
    kept = list(after["logging"]["train_losses"][:LATER])
    if kept != list(before["logging"]["train_losses"]):
        yield "we do not keep its epochs"
    if all(torch.equal(tensor, after["network_weights"][name]) for name, tensor in before["network_weights"].items()):
        yield "we changed no weight"


def check_kind(title, dataset, configuration, folds, optimizer="sgd", first=None):
    """@param first  of a cascade: the configuration whose masks it needs"""
    number = int(dataset[7:10])
    if first:
        for fold in folds:
            train(OURS, dataset, first, fold, EPOCHS, "--for-cascade")
    for fold in folds:
        train(OURS, dataset, configuration, fold, EPOCHS, "--optimizer", optimizer)
    archive = ROOT / f"{title}.zip"
    nnunet(OURS, "export-model", number, "-c", configuration, "-f", *folds, "-o", archive)
    theirs("nnUNetv2_install_pretrained_model_from_zip", archive)
    previous = predict_theirs(dataset, first, folds, f"{title}-first") if first else None
    ours = predict_ours(OURS, dataset, configuration, folds, f"{title}-ours", previous)
    check_masks(f"{title}, our zip in nnU-Net", ours, predict_theirs(dataset, configuration, folds, f"{title}-theirs", previous))
    if first:
        # nnU-Net prepares a second stage from the masks of the first.
        for place in model_of(OURS, dataset, first).glob("predicted_next_stage"):
            shutil.copytree(place, model_of(THEIRS, dataset, first) / place.name, dirs_exist_ok=True)
    found = list(continued_by_nnunet(dataset, configuration, folds[0]))
    report(not found, f"{title}, nnU-Net goes on training ours ({optimizer})", "; ".join(found) or f"{EPOCHS} to {LATER} epochs")

    archive = ROOT / f"{title}-theirs.zip"
    exported = [first, configuration] if first else [configuration]
    theirs("nnUNetv2_export_model_to_zip", "-d", number, "-o", archive, "-c", *exported, "-f", *folds)
    nnunet(AGAIN, "import-model", archive)
    later = predict_theirs(dataset, configuration, folds, f"{title}-theirs-later", previous)
    ours = predict_ours(AGAIN, dataset, configuration, folds, f"{title}-again", previous)
    check_masks(f"{title}, nnU-Net's zip with us", ours, later)
    for name in exported:
        shutil.copytree(model_of(THEIRS, dataset, name), ROOT / "folders" / title / dataset / model_of(THEIRS, dataset, name).name)
    nnunet(FOLDER, "import-model", ROOT / "folders" / title / dataset)
    ours = predict_ours(FOLDER, dataset, configuration, folds, f"{title}-folder", previous)
    check_masks(f"{title}, nnU-Net's folder with us", ours, later)
    if first:
        for place in model_of(OURS, dataset, first).glob("predicted_next_stage"):
            shutil.copytree(place, model_of(AGAIN, dataset, first) / place.name, dirs_exist_ok=True)
    found = list(continued_by_us(dataset, configuration, folds[0]))
    report(not found, f"{title}, we go on training nnU-Net's", "; ".join(found) or f"{LATER} to {AGAIN_EPOCHS} epochs")


def steps(information):
    functions, arguments = pickle.loads(Path(information["best_model_or_ensemble"]["postprocessing_file"]).read_bytes())
    return [str(one["labels_or_regions"]).replace("np.int64(", "").replace(")", "") for _, one in zip(functions, arguments)]


def check_best(dataset):
    """Both as they were trained by us; what nnU-Net trained since goes."""
    number, configurations, folds = int(dataset[7:10]), ["2d", "3d_fullres"], [0, 1]
    for configuration in configurations:
        for fold in folds:
            if not (model_of(OURS, dataset, configuration) / f"fold_{fold}" / "validation" / "summary.json").exists():
                train(OURS, dataset, configuration, fold, EPOCHS)
    nnunet(OURS, "find-best", number, "-c", *configurations, "-f", *folds, "--no-ensembles")
    archive = ROOT / "best.zip"
    nnunet(OURS, "export-model", number, "-c", *configurations, "-o", archive, "--masks")
    shutil.rmtree(THEIRS / "nnUNet_results" / dataset, ignore_errors=True)
    theirs("nnUNetv2_install_pretrained_model_from_zip", archive)
    installed = THEIRS / "nnUNet_results" / dataset
    report((installed / "inference_information.json").exists(), "best, the choice goes along", "inference_information.json")
    a = json.loads((OURS / "nnUNet_results" / dataset / "inference_information.json").read_text())
    shutil.copytree(OURS / "nnUNet_raw" / dataset / "labelsTr", THEIRS / "nnUNet_preprocessed" / dataset / "gt_segmentations", dirs_exist_ok=True)
    theirs("nnUNetv2_find_best_configuration", number, "-c", *configurations, "-f", *folds, "--disable_ensembling", "-np", 1)
    b = json.loads((installed / "inference_information.json").read_text())
    report(a["all_results"] == b["all_results"], "best, means", b["all_results"])
    chosen = "selected_model_or_models"
    best_a, best_b = a["best_model_or_ensemble"], b["best_model_or_ensemble"]
    report(best_a[chosen] == best_b[chosen], "best, choice", [one["configuration"] for one in best_b[chosen]])
    report(steps(a) == steps(b), "best, postprocessing", steps(b) or "none")


def main(kinds):
    torch.manual_seed(7)
    make_dataset(LABELS, regions=False)
    make_dataset(REGIONS, regions=True)
    checks = {
        "2d": lambda: check_kind("2d", LABELS, "2d", [0, 1]),
        "3d": lambda: check_kind("3d", LABELS, "3d_fullres", [0, 1]),
        "best": lambda: check_best(LABELS),
        "residual": lambda: check_kind("residual", LABELS, "3d_residual", [0], optimizer="adamw"),
        "regions": lambda: check_kind("regions", REGIONS, "3d_fullres", [0]),
        "cascade": lambda: check_kind("cascade", LABELS, "3d_cascade_fullres", [0, 1], first="3d_lowres"),
    }
    for kind, check in checks.items():
        if not kinds or kind in kinds:
            check()
    return 1 if failures else 0


if __name__ == "__main__":
    try:
        code = main(sys.argv[1:])
    finally:
        if not os.environ.get("EXCHANGE_KEEP"):
            shutil.rmtree(ROOT)
    sys.exit(code)
