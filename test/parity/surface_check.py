"""Surface distances of `nnunet evaluate --surface` against the Python package `surface-distance` (DeepMind).

  python3 -m venv VENV && VENV/bin/pip install surface-distance numpy scipy nibabel
  VENV/bin/python test/parity/surface_check.py [LABELS]      (after `npm run build`)

LABELS is a folder of .nii.gz label maps with a dataset.json beside it (default: the hippocampus of the shared data). Each is
compared with predictions made of it: shifted, eroded, with noise on its border, with a label lost; at several spacings.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import nibabel
import numpy as np
import scipy.ndimage

# The package was written for an older numpy and scipy.
np.Inf = np.inf
scipy.ndimage.filters = scipy.ndimage
scipy.ndimage.morphology = scipy.ndimage
import surface_distance  # noqa: E402

repository = Path(__file__).resolve().parents[2]
tolerance = 1.0


def predictions(labels, random):
    lost = labels.copy()
    lost[lost == 1] = 0
    noisy = labels.copy()
    border = scipy.ndimage.grey_dilation(labels, 3) != scipy.ndimage.grey_erosion(labels, 3)
    noisy[border & (random.random(labels.shape) < 0.3)] = random.integers(0, 3)
    return {
        "same": labels,
        "shifted": np.roll(labels, (1, -2, 1), (0, 1, 2)),
        "eroded": scipy.ndimage.grey_erosion(labels, 3),
        "noisy": noisy,
        "speckled": np.where(random.random(labels.shape) < 0.001, 2, labels),
        "lost": lost,
    }


def expected(reference, prediction, spacing):
    distances = surface_distance.compute_surface_distances(reference, prediction, spacing)
    forth, back = surface_distance.compute_average_surface_distance(distances)
    areas = [distances[f"surfel_areas_{of}"].sum() for of in ("gt", "pred")]
    return {
        "HD95": surface_distance.compute_robust_hausdorff(distances, 95),
        "HD": surface_distance.compute_robust_hausdorff(distances, 100),
        "ASD_ref": forth,
        "ASD_pred": back,
        "NSD": surface_distance.compute_surface_dice_at_tolerance(distances, tolerance),
        "area_ref": areas[0],
        "area_pred": areas[1],
    }


def main():
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else repository.parent / "shared/data/hippocampus/labelsTr"
    files = sorted(source.glob("*.nii.gz"))[:12]
    random = np.random.default_rng(1)
    worst = {}
    compared = 0
    for spacing in ((1.0, 1.0, 1.0), (0.7, 0.7, 3.0), (1.3, 0.9, 0.4)):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            pairs = {}
            for part in ("references", "predictions"):
                (root / part).mkdir()
            for file in files:
                labels = np.asarray(nibabel.load(file).dataobj).astype(np.uint8)
                for name, prediction in predictions(labels, random).items():
                    case = f"{file.name[:-7]}_{name}"
                    pairs[case] = (labels, prediction)
                    for part, voxels in (("references", labels), ("predictions", prediction)):
                        image = nibabel.Nifti1Image(voxels.astype(np.uint8), np.diag([*spacing, 1]))
                        nibabel.save(image, root / part / f"{case}.nii.gz")
            description = {"channel_names": {"0": "MR"}, "labels": {"background": 0, "a": 1, "b": 2}, "file_ending": ".nii.gz"}
            (root / "dataset.json").write_text(json.dumps(description))
            command = ["node", str(repository / "dist/cli.js"), "evaluate", "references", "predictions", "--surface"]
            command += ["--tolerance", str(tolerance), "--dataset-json", "dataset.json", "--output", "summary.json"]
            subprocess.run([*command, "--root", str(root)], cwd=root, check=True, capture_output=True)
            found = json.loads((root / "surface.json").read_text())
            for entry in found["metric_per_case"]:
                case = Path(entry["prediction_file"]).name[:-7]
                for label in (1, 2):
                    reference, prediction = (voxels == label for voxels in pairs[case])
                    if not reference.any() and not prediction.any():
                        continue
                    for name, value in expected(reference, prediction, spacing).items():
                        ours = entry["metrics"][str(label)][name]
                        # Of an empty mask the package has no mean; ours are infinite, as its percentiles are.
                        if not prediction.any() and name.startswith("ASD"):
                            assert ours == np.inf, (case, name, ours)
                            continue
                        same = ours == value or (np.isnan(ours) and np.isnan(value))
                        difference = 0.0 if same else abs(ours - value) / max(1.0, abs(value))
                        compared += 1
                        if difference >= worst.get(name, (-1.0,))[0]:
                            worst[name] = (difference, case, spacing, ours, float(value))
    print(f"{compared} numbers compared; the greatest differences (relative above 1):")
    for name, (difference, case, spacing, ours, value) in worst.items():
        print(f"  {name:9} {difference:.2e}  ({case}, spacing {spacing}: {ours} here, {value} there)")
    if any(not one[0] < 1e-5 for one in worst.values()):
        sys.exit("They differ.")


main()
