"""The peer's side of the augmentation benchmark: nnU-Net's own transforms on one thread.

    python augmentation.py JOB.json

Takes the job that core/bench/augmentation_bench.cpp takes and prints the same JSON object. Times are the CPU time of
that thread. Needs batchgeneratorsv2.
"""

import json
import sys
from statistics import mean, median
from time import thread_time

import numpy as np
import torch
from batchgeneratorsv2.transforms.intensity.brightness import MultiplicativeBrightnessTransform
from batchgeneratorsv2.transforms.intensity.contrast import BGContrast, ContrastTransform
from batchgeneratorsv2.transforms.intensity.gamma import GammaTransform
from batchgeneratorsv2.transforms.intensity.gaussian_noise import GaussianNoiseTransform
from batchgeneratorsv2.transforms.noise.gaussian_blur import GaussianBlurTransform
from batchgeneratorsv2.transforms.spatial.low_resolution import SimulateLowResolutionTransform
from batchgeneratorsv2.transforms.spatial.mirroring import MirrorTransform
from batchgeneratorsv2.transforms.spatial.spatial import SpatialTransform
from batchgeneratorsv2.transforms.utils.deep_supervision_downsampling import DownsampleSegForDSTransform
from batchgeneratorsv2.transforms.utils.pseudo2d import Convert2DTo3DTransform, Convert3DTo2DTransform
from batchgeneratorsv2.transforms.utils.random import RandomTransform
from batchgeneratorsv2.transforms.utils.remove_label import RemoveLabelTansform


def volume(shape, channels):
    """Two ellipsoids, one within the other, in a wavy background."""
    z, y, x = np.meshgrid(*[np.arange(n) for n in shape], indexing="ij", sparse=True)

    def squared(at, size, radius):
        return ((at - (size - 1) / 2) / (radius * size)) ** 2

    outer = squared(z, shape[0], 0.3) + squared(y, shape[1], 0.3) + squared(x, shape[2], 0.3)
    inner = squared(z, shape[0], 0.15) + squared(y, shape[1], 0.2) + squared(x, shape[2], 0.15)
    labels = np.where(inner < 1, 2, np.where(outer < 1, 1, 0)).astype(np.int16)
    image = np.stack(
        [labels + np.sin(0.3 * (z + c)) * np.cos(0.2 * y) * np.sin(0.25 * x) for c in range(channels)]
    ).astype(np.float32)
    return image, labels[None]


def steps(job, always):
    """(name, transforms, probability) in nnUNetTrainer's order; `always`: each one on every sample and channel."""

    def probability(p):
        return 1 if always else p

    patch, dummy = job["patchSize"], job["dummy2d"]
    angle = job["rotationDegrees"] / 180 * np.pi
    spatial = SpatialTransform(
        patch[1:] if dummy else patch,
        patch_center_dist_from_border=0,
        random_crop=False,
        p_elastic_deform=0,
        p_rotation=probability(0.2),
        rotation=(-angle, angle),
        p_scaling=probability(0.2),
        scaling=(0.7, 1.4),
        p_synchronize_scaling_across_axes=1,
        bg_style_seg_sampling=False,
        border_mode_seg="constant",
        padding_value_seg=-1,
    )
    gamma = {"gamma": BGContrast((0.7, 1.5)), "synchronize_channels": False, "p_per_channel": 1, "p_retain_stats": 1}
    factor = BGContrast((0.75, 1.25))
    shape = patch
    return [
        ("spatial", [Convert3DTo2DTransform(), spatial, Convert2DTo3DTransform()] if dummy else [spatial], 1),
        ("noise", [GaussianNoiseTransform((0, 0.1), p_per_channel=1, synchronize_channels=True)], 0.1),
        ("blur", [GaussianBlurTransform((0.5, 1.0), False, False, p_per_channel=probability(0.5), benchmark=True)], 0.2),
        ("brightness", [MultiplicativeBrightnessTransform(factor, synchronize_channels=False, p_per_channel=1)], 0.15),
        ("contrast", [ContrastTransform(factor, True, synchronize_channels=False, p_per_channel=1)], 0.15),
        (
            "lowResolution",
            [
                SimulateLowResolutionTransform(
                    (0.5, 1), False, True, (0,) if dummy else None, None, p_per_channel=probability(0.5)
                )
            ],
            0.25,
        ),
        ("invertedGamma", [GammaTransform(p_invert_image=1, **gamma)], 0.1),
        ("gamma", [GammaTransform(p_invert_image=0, **gamma)], 0.3),
        ("mirror", [MirrorTransform(tuple(job["mirrorAxes"]))], 1),
        ("removeLabel", [RemoveLabelTansform(-1, 0)], 1),
        (
            "targets",
            [DownsampleSegForDSTransform([[n / m for n, m in zip(target, shape)] for target in job["targetShapes"]])],
            1,
        ),
    ]


def run(job):
    torch.set_num_threads(1)
    np.random.seed(job["seed"])
    torch.manual_seed(job["seed"])
    as3d = job["initialPatchSize"] if job["dims"] == 3 else [1, *job["initialPatchSize"]]
    image, labels = volume(as3d, job["channels"])
    if job["dims"] == 2:
        image, labels = image[:, 0], labels[:, 0]
    image, labels = torch.from_numpy(image), torch.from_numpy(labels)

    transforms = []
    for _, parts, p in steps(job, always=False):
        transforms += parts if p == 1 else [RandomTransform(part, p) for part in parts]
    seconds = []
    for i in range(job["samples"] + job["warmup"]):
        sample = {"image": image.clone(), "segmentation": labels.clone()}
        start = thread_time()
        for transform in transforms:
            sample = transform(**sample)
        if i >= job["warmup"]:
            seconds.append(thread_time() - start)

    single = {}
    as3d = job["patchSize"] if job["dims"] == 3 else [1, *job["patchSize"]]
    patch_image, patch_labels = volume(as3d, job["channels"])
    if job["dims"] == 2:
        patch_image, patch_labels = patch_image[:, 0], patch_labels[:, 0]
    for name, parts, _ in steps(job, always=True):
        each = []
        for i in range(min(job["samples"], 30) + 2):
            if name == "spatial":
                sample = {"image": image.clone(), "segmentation": labels.clone()}
            else:
                sample = {
                    "image": torch.from_numpy(patch_image.copy()),
                    "segmentation": torch.from_numpy(patch_labels.copy()),
                }
            start = thread_time()
            for transform in parts:
                sample = transform(**sample)
            if i >= 2:
                each.append(thread_time() - start)
        single[name] = median(each)
    return {"medianSeconds": median(seconds), "meanSeconds": mean(seconds), "transforms": single}


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        arguments = json.load(file)
    with torch.no_grad():
        print(json.dumps(run(arguments)), flush=True)
