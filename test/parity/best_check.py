"""Finds the best of small models by nnU-Net itself and by us, on the same predictions, and predicts new scans with what was chosen.

Compares every mean Dice, the choice, the steps of the postprocessing, and each mask: of pairs, postprocessed, and predicted. Prints one
line for each; exit 1 where one is not nnU-Net's. Probabilities are also taken away, so that ours makes them from the checkpoints.
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

sys.path.insert(0, str(Path(__file__).parent))
import numpy as np
import SimpleITK as sitk
import torch
import models_check
from models_check import CLI, compare, configuration, network, nnUNetPredictor, plans, scan, write_model

NAME = "Dataset999_Parity"
FOLDS = (0, 1)
BIN = Path(sys.executable).parent
HIGHEST_SHARE = 2e-5  # of voxels, where two engines predict
ENDING = ".nii.gz"
failures = 0


def report(passed, title, facts):
    global failures
    failures += not passed
    print(f"{'ok     ' if passed else 'FAILED '} {title}: {facts}", flush=True)


def write_cases(folder, rng, count):
    """Scans of several sizes; @returns labels by case"""
    folder.mkdir(parents=True)
    labels = {}
    for at in range(count):
        shape = [(26, 44, 40), (20, 40, 48), (30, 36, 32)][at % 3]
        spacing = [(1.0, 1.0, 1.0), (1.6, 0.9, 1.0), (1.1, 1.2, 1.3)][at % 3]
        image, truth = scan(rng, shape)
        add_island(image, truth, rng)
        name = f"case_{at:03d}"
        for channel in range(2):
            write_image(folder / f"{name}_{channel:04d}{ENDING}", image[channel], spacing)
        labels[name] = (truth, spacing)
    return labels


def add_island(image, truth, rng):
    """Something that looks like a tissue, in a corner where there is none: postprocessing has something to remove."""
    corner = np.stack(np.meshgrid(*[np.arange(size) for size in truth.shape], indexing="ij"))
    place = (corner - np.array([4, 6, 6])[:, None, None, None]) ** 2
    ball = (place.sum(0) < rng.uniform(9, 20)) & (truth == 0)
    image[0][ball] += 40
    image[1][ball] += 50


def write_image(file, array, spacing):
    volume = sitk.GetImageFromArray(array)
    volume.SetSpacing(spacing[::-1])
    sitk.WriteImage(volume, str(file))


def predict_by_nnunet(model, folds, images, output):
    output.mkdir(parents=True)
    names = sorted({file.name[: -len("_0000" + ENDING)] for file in images})
    lists = [[str(file) for file in sorted(images) if file.name.startswith(name + "_")] for name in names]
    with contextlib.redirect_stdout(None):
        predictor = nnUNetPredictor(device=torch.device("cpu"), perform_everything_on_device=False, allow_tqdm=False)
        predictor.initialize_from_trained_model_folder(str(model), tuple(folds), "checkpoint_final.pth")
        predictor.predict_from_files_sequential(lists, [str(output / name) for name in names], save_probabilities=True, overwrite=True)


def make_dataset(root, regions, rng):
    """A dataset with two configurations, each trained on two folds and validated by nnU-Net."""
    raw, prepared, results = (root / name / NAME for name in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"))
    labels = write_cases(raw / "imagesTr", rng, 8)
    for folder in (raw / "labelsTr", prepared / "gt_segmentations"):
        folder.mkdir(parents=True)
        for name, (truth, spacing) in labels.items():
            write_image(folder / (name + ENDING), truth, spacing)
    configurations = {
        "2d": configuration("2d", [40, 40], [1.0, 1.0], network(2)),
        "3d_fullres": configuration("3d", [24, 32, 32], [1.0, 1.0, 1.0], network(3)),
    }
    names = sorted(labels)
    splits = [{"train": [one for one in names if one not in names[f::2]], "val": names[f::2]} for f in FOLDS]
    for name in configurations:
        model = results / f"nnUNetTrainer__nnUNetPlans__{name}"
        write_model(model, name, configurations, rng, folds=len(FOLDS), regions=regions)
        for fold in FOLDS:
            wanted = [file for file in (raw / "imagesTr").iterdir() if file.name[: -len("_0000" + ENDING)] in splits[fold]["val"]]
            predict_by_nnunet(model, [fold], wanted, model / f"fold_{fold}" / "validation")
    dataset = json.loads((model / "dataset.json").read_text()) | {"numTraining": len(names)}
    (raw / "dataset.json").write_text(json.dumps(dataset))
    (prepared / "dataset.json").write_text(json.dumps(dataset))
    (prepared / "nnUNetPlans.json").write_text(json.dumps(plans(configurations)))
    (prepared / "splits_final.json").write_text(json.dumps(splits))


def make_constructed(root, regions, rng):
    """The same with probabilities that nobody predicted: two models err in different places, so that their mean is better than both."""
    raw, prepared, results = (root / name / NAME for name in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"))
    dataset = {"channel_names": {"0": "MRI", "1": "CT"}, "labels": {"background": 0, "one": 1, "two": 2}, "numTraining": 6, "file_ending": ENDING}
    if regions:
        dataset |= {"labels": {"background": 0, "whole": [1, 2], "core": 2}, "regions_class_order": [1, 2]}
    configurations = {
        "2d": configuration("2d", [40, 40], [1.0, 1.0], network(2)),
        "3d_fullres": configuration("3d", [24, 32, 32], [1.0, 1.0, 1.0], network(3)),
    }
    names = [f"case_{at:03d}" for at in range(6)]
    splits = [{"train": [one for one in names if one not in names[f::2]], "val": names[f::2]} for f in FOLDS]
    models = [results / f"nnUNetTrainer__nnUNetPlans__{name}" for name in configurations]
    for at, name in enumerate(names):
        shape, spacing = [(22, 40, 36), (18, 36, 40)][at % 2], (1.5, 0.9, 1.1)
        _, truth = scan(rng, shape)
        for folder in (raw / "labelsTr", prepared / "gt_segmentations"):
            folder.mkdir(parents=True, exist_ok=True)
            write_image(folder / (name + ENDING), truth, spacing)
        classes = [truth > 0, truth == 2] if regions else [truth == label for label in range(3)]
        for model in models:
            scores = np.stack(classes).astype(np.float32) * 3 + rng.normal(-1.5 if regions else 0, 1.2, (len(classes), *shape)).astype(np.float32)
            likely = 1 / (1 + np.exp(-scores)) if regions else np.exp(scores) / np.exp(scores).sum(0)
            mask = np.zeros(shape, np.uint8)
            if regions:
                for head, value in enumerate((1, 2)):
                    mask[likely[head] > 0.5] = value
            else:
                mask = likely.argmax(0).astype(np.uint8)
            place = model / f"fold_{at % 2}" / "validation"
            place.mkdir(parents=True, exist_ok=True)
            write_image(place / (name + ENDING), mask, spacing)
            np.savez_compressed(place / f"{name}.npz", probabilities=likely.astype(np.float32))
            grid = {"spacing": spacing[::-1], "origin": (0.0, 0.0, 0.0), "direction": (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)}
            box = [[0, size] for size in shape]
            sizes = {"shape_before_cropping": shape, "bbox_used_for_cropping": box, "shape_after_cropping_and_before_resampling": shape}
            (place / f"{name}.pkl").write_bytes(pickle.dumps({"sitk_stuff": grid, "spacing": list(spacing), **sizes}))
    for file in (raw / "dataset.json", prepared / "dataset.json", *(model / "dataset.json" for model in models)):
        file.write_text(json.dumps(dataset))
    for file in (prepared / "nnUNetPlans.json", *(model / "plans.json" for model in models)):
        file.write_text(json.dumps(plans(configurations)))
    (prepared / "splits_final.json").write_text(json.dumps(splits))


def by_nnunet(command, words, root):
    roots = {name: str(root / name) for name in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results")}
    run([BIN / command, *words], {**os.environ, **roots})


def by_ours(words, root):
    return json.loads(run(["node", CLI, *words, "--root", root, "--json"], os.environ))


def run(words, environment):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, words))}: {done.stderr[-2000:]}{done.stdout[-500:]}")
    return done.stdout


def information(root):
    return json.loads((root / "nnUNet_results" / NAME / "inference_information.json").read_text())


def steps(root):
    """(arguments of each step, folder of the best), as nnU-Net reads the pickle"""
    pkl = Path(information(root)["best_model_or_ensemble"]["postprocessing_file"])
    functions, arguments = pickle.loads(pkl.read_bytes())
    return [(function.__name__, str(one["labels_or_regions"]).replace("np.int64(", "").replace(")", "")) for function, one in zip(functions, arguments)], pkl.parent


def folder_difference(ours, theirs):
    """@returns (files, voxels that differ, all voxels)"""
    files = [file.name for file in theirs.glob(f"*{ENDING}")]
    if sorted(files) != sorted(file.name for file in ours.glob(f"*{ENDING}")):
        return len(files), -1, 0
    differing, total, _ = compare(ours, theirs)
    return len(files), differing, total


def check_choice(title, ours, theirs, same_predictions=True):
    a, b = information(ours), information(theirs)
    best_a, best_b = a["best_model_or_ensemble"], b["best_model_or_ensemble"]
    scores = {name: (a["all_results"].get(name), score) for name, score in b["all_results"].items()}
    gap = max(abs((one or 9) - score) for one, score in scores.values())
    report(gap <= (0 if same_predictions else 1e-3), f"{title}, means", f"{len(scores)} candidates, largest difference {gap}")
    picked = [one["configuration"] for one in best_b["selected_model_or_models"]]
    report(best_a["selected_model_or_models"] == best_b["selected_model_or_models"], f"{title}, choice", " + ".join(picked))
    (steps_a, folder_a), (steps_b, folder_b) = steps(ours), steps(theirs)
    report(steps_a == steps_b, f"{title}, postprocessing", steps_b or "none")
    if not same_predictions:
        return
    for key in ("result_on_crossval_pre_pp", "result_on_crossval_post_pp"):
        report(best_a[key] == best_b[key], f"{title}, {key}", f"{best_a[key]} and {best_b[key]}")
    for name in scores:
        place = f"ensembles/{name}" if name.startswith("ensemble") else f"{name}/crossval_results_folds_0_1"
        files, differing, total = folder_difference(*(root / "nnUNet_results" / NAME / place for root in (ours, theirs)))
        report(differing == 0, f"{title}, masks of {name.replace('nnUNetTrainer__nnUNetPlans__', '')}", f"{files} files, {differing} of {total} voxels differ")
    files, differing, total = folder_difference(folder_a / "postprocessed", folder_b / "postprocessed")
    report(differing == 0, f"{title}, postprocessed masks", f"{files} files, {differing} of {total} voxels differ")


def check_prediction(title, ours, theirs, images, place):
    """The commands of nnU-Net's instructions against `nnunet predict DATASET`."""
    best = information(theirs)["best_model_or_ensemble"]
    folders = []
    for one in best["selected_model_or_models"]:
        model = theirs / "nnUNet_results" / NAME / f"nnUNetTrainer__nnUNetPlans__{one['configuration']}"
        folders.append(place / f"nnunet-{one['configuration']}")
        predict_by_nnunet(model, FOLDS, list(images.iterdir()), folders[-1])
        for name in ("plans.json", "dataset.json"):
            shutil.copy(model / name, folders[-1] / name)
    mean = folders[0]
    if len(folders) > 1:
        mean = place / "nnunet-mean"
        by_nnunet("nnUNetv2_ensemble", ["-i", *folders, "-o", mean, "-np", 1], theirs)
        averaged = place / "our-mean"
        by_ours(["ensemble", "-i", *folders, "-o", averaged], ours)
        files, differing, total = folder_difference(averaged, mean)
        report(differing == 0, f"{title}, nnunet ensemble", f"{files} files, {differing} of {total} voxels differ")
    final, applied, crossed = place / "nnunet-final", place / "our-final", place / "crossed"
    pkl, plans_file = best["postprocessing_file"], best["some_plans_file"]
    by_nnunet("nnUNetv2_apply_postprocessing", ["-i", mean, "-o", final, "-pp_pkl_file", pkl, "-plans_json", plans_file, "-np", 1], theirs)
    by_ours(["postprocess", "-i", mean, "-o", applied, "--steps", pkl, "--plans", plans_file], ours)
    files, differing, total = folder_difference(applied, final)
    report(differing == 0, f"{title}, nnunet postprocess", f"{files} files, {differing} of {total} voxels differ")
    own = information(ours)["best_model_or_ensemble"]
    words = ["-i", mean, "-o", crossed, "-pp_pkl_file", own["postprocessing_file"], "-plans_json", own["some_plans_file"], "-np", 1]
    by_nnunet("nnUNetv2_apply_postprocessing", words, theirs)
    files, differing, total = folder_difference(crossed, final)
    report(differing == 0, f"{title}, our postprocessing.pkl in nnU-Net", f"{files} files, {differing} of {total} voxels differ")
    output = place / "masks"
    by_ours(["predict", 999, "-i", images, "-o", output], ours)
    files, differing, total = folder_difference(output, final)
    report(0 <= differing <= HIGHEST_SHARE * total, f"{title}, nnunet predict DATASET", f"{files} files, {differing} of {total} voxels differ")


def main(kinds):
    # Longer than where only the arithmetic is compared: islands are found in masks that are nearly right.
    models_check.train.__defaults__ = (80,)
    torch.manual_seed(7)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        images = folder / "images"
        write_cases(images, np.random.default_rng(99), 3)
        words = ["-c", "2d", "3d_fullres", "-f", *FOLDS]
        for title, regions in (("constructed labels", False), ("constructed regions", True)):
            if kinds and "constructed" not in kinds:
                continue
            theirs, ours = (folder / title.replace(" ", "-") / name for name in ("theirs", "ours"))
            make_constructed(theirs, regions, np.random.default_rng(5))
            shutil.copytree(theirs, ours)
            by_nnunet("nnUNetv2_find_best_configuration", [999, *words, "-np", 1], theirs)
            by_ours(["find-best", 999, *words], ours)
            check_choice(title, ours, theirs)
        for title, regions in (("labels", False), ("regions", True)):
            if kinds and title not in kinds:
                continue
            theirs, ours, again = (folder / title / name for name in ("theirs", "ours", "again"))
            make_dataset(theirs, regions, np.random.default_rng(7))
            for copy in (ours, again):
                shutil.copytree(theirs, copy)
            by_nnunet("nnUNetv2_find_best_configuration", [999, *words, "-np", 1], theirs)
            by_ours(["find-best", 999, *words], ours)
            check_choice(title, ours, theirs)
            if regions:
                place = folder / title / "new"
                place.mkdir()
                check_prediction(title, ours, theirs, images, place)
                continue
            for kind in (".npz", ".pkl"):
                for file in (again / "nnUNet_results").rglob(f"validation/*{kind}"):
                    file.unlink()
            by_ours(["find-best", 999, *words], again)
            check_choice(f"{title}, probabilities made again", again, theirs, same_predictions=False)
            place = folder / title / "new"
            place.mkdir()
            check_prediction(title, ours, theirs, images, place)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
