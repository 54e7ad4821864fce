"""Predicts synthetic scans with small models of every kind, by nnU-Net itself and by our two engines, and compares the masks.

Prints one line per model and engine with voxels that differ and the lowest Dice; exit 1 where a mask is not nnU-Net's.
Usage: models_check.py [option of `nnunet predict`...], for instance --precision bf16.
"""
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

for root in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"):
    os.environ.setdefault(root, tempfile.gettempdir())

import numpy as np
import SimpleITK as sitk
import torch
from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor
from nnunetv2.utilities.get_network_from_plans import get_network_from_plans

CLI = Path(__file__).resolve().parents[2] / "dist" / "cli.js"
HIGHEST_SHARE = 2e-5  # of voxels: sums are rounded to float16, and networks differ in the last bits of float32
LABELS = {"background": 0, "one": 1, "two": 2}
REGIONS = {"background": 0, "whole": [1, 2], "core": 2}


def network(dims, residual=False, anisotropic=False, features=(8, 16, 32)):
    name = "ResidualEncoderUNet" if residual else "PlainConvUNet"
    stages = len(features)
    first = [1, 3, 3] if anisotropic else [3] * dims
    kwargs = {
        "n_stages": stages,
        "features_per_stage": list(features),
        "conv_op": f"torch.nn.modules.conv.Conv{dims}d",
        "kernel_sizes": [first] + [[3] * dims] * (stages - 1),
        "strides": [[1] * dims] + [[1, 2, 2] if anisotropic and i == 0 else [2] * dims for i in range(stages - 1)],
        ("n_blocks_per_stage" if residual else "n_conv_per_stage"): [1, 2, 2] if residual else [2] * stages,
        "n_conv_per_stage_decoder": [1 if residual else 2] * (stages - 1),
        "conv_bias": True,
        "norm_op": f"torch.nn.modules.instancenorm.InstanceNorm{dims}d",
        "norm_op_kwargs": {"eps": 1e-05, "affine": True},
        "dropout_op": None,
        "dropout_op_kwargs": None,
        "nonlin": "torch.nn.LeakyReLU",
        "nonlin_kwargs": {"inplace": True},
    }
    return {
        "network_class_name": f"dynamic_network_architectures.architectures.unet.{name}",
        "arch_kwargs": kwargs,
        "_kw_requires_import": ["conv_op", "norm_op", "dropout_op", "nonlin"],
    }


def configuration(name, patch, spacing, architecture, **more):
    def resampling(order, is_seg=False):
        return {"is_seg": is_seg, "order": order, "order_z": 0, "force_separate_z": None}

    return {
        "data_identifier": f"plans_{name}",
        "preprocessor_name": "DefaultPreprocessor",
        "batch_size": 2,
        "patch_size": patch,
        "median_image_size_in_voxels": [40.0, 48.0, 48.0][-len(patch) :],
        "spacing": spacing,
        "normalization_schemes": ["ZScoreNormalization", "CTNormalization"],
        "use_mask_for_norm": [False, False],
        "resampling_fn_data": "resample_data_or_seg_to_shape",
        "resampling_fn_seg": "resample_data_or_seg_to_shape",
        "resampling_fn_data_kwargs": resampling(3),
        "resampling_fn_seg_kwargs": resampling(1, is_seg=True),
        "resampling_fn_probabilities": "resample_data_or_seg_to_shape",
        "resampling_fn_probabilities_kwargs": resampling(1),
        "architecture": architecture,
        "batch_dice": True,
        **more,
    }


def plans(configurations):
    statistics = {"max": 300.0, "mean": 60.0, "median": 50.0, "min": -50.0, "percentile_00_5": -30.0, "percentile_99_5": 250.0, "std": 55.0}
    return {
        "dataset_name": "Dataset999_Parity",
        "plans_name": "nnUNetPlans",
        "original_median_spacing_after_transp": [1.0, 1.0, 1.0],
        "original_median_shape_after_transp": [40, 48, 48],
        "image_reader_writer": "SimpleITKIO",
        "transpose_forward": [0, 1, 2],
        "transpose_backward": [0, 1, 2],
        "configurations": configurations,
        "experiment_planner_used": "ExperimentPlanner",
        "label_manager": "LabelManager",
        "foreground_intensity_properties_per_channel": {"0": statistics, "1": statistics},
    }


def scan(rng, shape):
    """Two channels of one head-like object with two nested tissues, and its labels."""
    grid = np.stack(np.meshgrid(*[np.linspace(-1, 1, size) for size in shape], indexing="ij"))
    centre = rng.uniform(-0.2, 0.2, 3)[:, None, None, None]
    wave = 0.1 * np.sin(6 * grid[0] + rng.uniform(0, 6)) * np.cos(5 * grid[2])
    radius = np.sqrt((((grid - centre) / rng.uniform(0.7, 1.1, 3)[:, None, None, None]) ** 2).sum(0)) + wave
    labels = (radius < 0.6).astype(np.uint8) + (radius < 0.3)
    image = np.stack([40.0 * labels + 30 * grid[1], 50.0 * (labels > 0) - 20 * (labels > 1)])
    return (image + rng.normal(0, 18, image.shape)).astype(np.float32), labels


def train(architecture, inputs, heads, patch, regions, rng, cascade, steps=40):
    """A few steps, so that scores have the scale and the nearly undecided borders of a real model."""
    dims = len(patch)
    net = get_network_from_plans(
        architecture["network_class_name"], architecture["arch_kwargs"], architecture["_kw_requires_import"], inputs, heads, deep_supervision=False
    )
    optimizer = torch.optim.Adam(net.parameters(), 3e-3)
    for _ in range(steps):
        images, labels = zip(*(scan(rng, patch if dims == 3 else (9, *patch)) for _ in range(2)))
        x = torch.from_numpy(np.stack(images))
        x = (x - x.mean((2, 3, 4), keepdim=True)) / x.std((2, 3, 4), keepdim=True)
        y = torch.from_numpy(np.stack(labels)).long()
        if cascade:
            x = torch.cat([x, (y == 1)[:, None].float(), (y == 2)[:, None].float()], 1)
        if dims == 2:
            x, y = x[:, :, 4], y[:, 4]
        scores = net(x)
        if regions:
            truth = torch.stack([y > 0, y == 2], 1).float()
            loss = torch.nn.functional.binary_cross_entropy_with_logits(scores, truth)
        else:
            loss = torch.nn.functional.cross_entropy(scores, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return net.state_dict()


def write_model(folder, name, configurations, rng, folds=1, regions=False):
    dataset = {
        "channel_names": {"0": "MRI", "1": "CT"},
        "labels": REGIONS if regions else LABELS,
        "numTraining": 1,
        "file_ending": ".nii.gz",
        **({"regions_class_order": [1, 2]} if regions else {}),
    }
    entry = configurations[name]
    cascade = "previous_stage" in entry
    (folder / "plans.json").parent.mkdir(parents=True)
    (folder / "plans.json").write_text(json.dumps(plans(configurations)))
    (folder / "dataset.json").write_text(json.dumps(dataset))
    for fold in range(folds):
        patch = entry["patch_size"]
        heads = 2 if regions else 3
        weights = train(entry["architecture"], 4 if cascade else 2, heads, patch, regions, rng, cascade)
        target = folder / f"fold_{fold}" / "checkpoint_final.pth"
        target.parent.mkdir()
        init = {"plans": plans(configurations), "configuration": name, "fold": fold, "dataset_json": dataset}
        torch.save(
            {
                "network_weights": weights,
                "optimizer_state": None,
                "grad_scaler_state": None,
                "logging": {},
                "_best_ema": None,
                "current_epoch": 1,
                "init_args": init,
                "trainer_name": "nnUNetTrainer",
                "inference_allowed_mirroring_axes": tuple(range(len(patch))),
            },
            target,
        )


def by_nnunet(model, folds, cases, output, previous):
    output.mkdir()
    with contextlib.redirect_stdout(None):
        predictor = nnUNetPredictor(device=torch.device("cpu"), perform_everything_on_device=False, allow_tqdm=False)
        predictor.initialize_from_trained_model_folder(str(model), tuple(range(folds)), "checkpoint_final.pth")
        lists = [[str(file) for file in files] for files in cases.values()]
        names = [str(output / name) for name in cases]
        predictor.predict_from_files_sequential(lists, names, overwrite=True, folder_with_segs_from_prev_stage=previous and str(previous))


def by_ours(model, images, output, engine, previous, options):
    words = ["predict", "-m", model, "-i", images, "-o", output, "--engine", engine, *options]
    if previous:
        words += ["--prev-stage-predictions", previous]
    done = subprocess.run(["node", CLI, *words], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{model.name}, {engine}: {done.stderr}")


def read(file):
    return sitk.GetArrayFromImage(sitk.ReadImage(str(file)))


def compare(ours, theirs):
    """@returns (voxels that differ, all voxels, lowest Dice of a label), over the cases"""
    differing, total, dice = 0, 0, 1.0
    for file in sorted(theirs.glob("*.nii.gz")):
        a, b = read(ours / file.name), read(file)
        differing += int((a != b).sum())
        total += a.size
        for label in np.unique(b[b > 0]):
            dice = min(dice, 2 * ((a == label) & (b == label)).sum() / ((a == label).sum() + (b == label).sum()))
    return differing, total, dice


def write_cases(folder, rng):
    folder.mkdir()
    cases = {}
    # Resampled, of the models' own spacing, larger and smaller than their patches.
    for name, shape, spacing in (("a", (44, 60, 52), (1.0, 1.0, 1.0)), ("b", (17, 70, 64), (2.5, 0.8, 0.9)), ("c", (30, 24, 28), (1.3, 1.6, 1.5))):
        image, _ = scan(rng, shape)
        cases[name] = []
        for channel in range(2):
            volume = sitk.GetImageFromArray(image[channel])
            volume.SetSpacing(spacing[::-1])
            cases[name].append(folder / f"{name}_{channel:04d}.nii.gz")
            sitk.WriteImage(volume, str(cases[name][-1]))
    return cases


def main(options):
    rng = np.random.default_rng(7)
    torch.manual_seed(7)
    plain, thick = network(3), network(3, anisotropic=True)
    models = {
        "2d": ("2d", {"2d": configuration("2d", [40, 48], [1.0, 1.0], network(2))}, {}),
        "3d, two folds": ("3d_fullres", {"3d_fullres": configuration("3d", [24, 32, 32], [1.0, 1.0, 1.0], plain)}, {"folds": 2}),
        "residual": ("3d_fullres", {"3d_fullres": configuration("res", [24, 32, 32], [1.0, 1.0, 1.0], network(3, residual=True))}, {}),
        "residual 2d": ("2d", {"2d": configuration("res2d", [48, 40], [1.1, 1.0], network(2, residual=True))}, {}),
        "anisotropic": ("3d_fullres", {"3d_fullres": configuration("aniso", [10, 40, 48], [3.5, 1.0, 1.0], thick)}, {}),
        "regions": ("3d_fullres", {"3d_fullres": configuration("reg", [24, 32, 32], [1.0, 1.0, 1.0], plain)}, {"regions": True}),
        "cascade": (
            "3d_cascade_fullres",
            {
                "3d_lowres": configuration("low", [24, 24, 24], [2.0, 2.0, 2.0], plain, next_stage="3d_cascade_fullres"),
                "3d_cascade_fullres": configuration("cas", [24, 32, 32], [1.0, 1.0, 1.0], plain, previous_stage="3d_lowres"),
            },
            {},
        ),
    }
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        images = folder / "images"
        cases = write_cases(images, rng)
        for title, (name, configurations, more) in models.items():
            place = folder / title.replace(", ", "-").replace(" ", "-")
            previous = None
            model = place / f"nnUNetTrainer__nnUNetPlans__{name}"
            write_model(model, name, configurations, rng, **more)
            if "previous_stage" in configurations[name]:
                previous = folder / "3d-two-folds" / "nnunet"
            by_nnunet(model, more.get("folds", 1), cases, place / "nnunet", previous)
            for engine in ("native", "onnx"):
                by_ours(model, images, place / engine, engine, previous, options if engine == "native" else [])
                differing, total, dice = compare(place / engine, place / "nnunet")
                passed = differing <= HIGHEST_SHARE * total
                failures += not passed
                print(f"{'ok     ' if passed else 'FAILED '} {title}, {engine}: {differing} of {total} voxels differ, lowest Dice {dice:.6f}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
