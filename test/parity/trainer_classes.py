"""What every trainer class of the installed nnU-Net does differently: written to test/unit/method/trainerClasses.json, which a unit
test compares with src/method/trainerVariants.ts. Run it with nnU-Net's Python (see README.md)."""

import contextlib
import importlib
import inspect
import io
import json
import os
import pkgutil
import tempfile
from pathlib import Path

scratch = tempfile.mkdtemp()
for name in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"):
    os.environ[name] = scratch

import torch  # noqa: E402
import nnunetv2.training.nnUNetTrainer.variants as variants  # noqa: E402
from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer  # noqa: E402


def configuration(patch, conv):
    stages = 3
    norm = f"torch.nn.modules.instancenorm.InstanceNorm{len(patch)}d"
    return {
        "data_identifier": "data",
        "batch_size": 7,
        "batch_dice": False,
        "patch_size": patch,
        "spacing": [1] * len(patch),
        "use_mask_for_norm": [False],
        "architecture": {
            "network_class_name": "dynamic_network_architectures.architectures.unet.PlainConvUNet",
            "arch_kwargs": {
                "n_stages": stages,
                "features_per_stage": [4] * stages,
                "conv_op": f"torch.nn.modules.conv.{conv}",
                "kernel_sizes": [[3] * len(patch)] * stages,
                "strides": [[1] * len(patch)] + [[2] * len(patch)] * (stages - 1),
                "n_conv_per_stage": [1] * stages,
                "n_conv_per_stage_decoder": [1] * (stages - 1),
                "conv_bias": True,
                "norm_op": norm,
                "norm_op_kwargs": {"eps": 1e-5, "affine": True},
                "dropout_op": None,
                "dropout_op_kwargs": None,
                "nonlin": "torch.nn.LeakyReLU",
                "nonlin_kwargs": {"inplace": True},
            },
            "_kw_requires_import": ["conv_op", "norm_op", "dropout_op", "nonlin"],
        },
    }


def plans():
    return {
        "dataset_name": "Dataset001_Test",
        "plans_name": "nnUNetPlans",
        "continue_training": False,
        "label_manager": "LabelManager",
        "configurations": {
            "thick": configuration([32, 40, 40], "Conv3d"),
            "thin": configuration([8, 40, 40], "Conv3d"),
            "flat": configuration([40, 40], "Conv2d"),
        },
    }


def facts_of(trainer_class):
    dataset = {"labels": {"background": 0, "organ": 1}, "channel_names": {"0": "CT"}, "file_ending": ".nii.gz"}
    trainers = {
        name: trainer_class(plans(), name, 0, dataset, device=torch.device("cpu")) for name in ("thick", "thin", "flat")
    }
    facts = {}
    thick = trainers["thick"]
    facts["epochs"] = thick.num_epochs
    facts["deepSupervision"] = thick.enable_deep_supervision
    facts["oversampling"] = [thick.probabilistic_oversampling, thick.oversample_foreground_percent]
    geometry = {}
    for name, trainer in trainers.items():
        rotation, dummy, initial, axes = trainer.configure_rotation_dummyDA_mirroring_and_inital_patch_size()
        geometry[name] = {
            "rotationDegrees": round(max(rotation) / 3.141592653589793 * 180),
            "dummy2d": bool(dummy),
            "initialPatchSize": [int(size) for size in initial],
            "mirrorAxes": None if axes is None else [int(axis) for axis in axes],
            "inferenceAxes": trainer.inference_allowed_mirroring_axes and list(trainer.inference_allowed_mirroring_axes),
        }
    facts["geometry"] = geometry
    thick.is_cascaded = False
    rotation, dummy, _, axes = thick.configure_rotation_dummyDA_mirroring_and_inital_patch_size()
    transforms = thick.get_training_transforms(
        thick.configuration_manager.patch_size, rotation, None, axes, dummy, use_mask_for_norm=[False]
    )
    named = [type(one).__name__ for one in transforms.transforms]
    spatial = [one for one in transforms.transforms if type(one).__name__ == "SpatialTransform"]
    facts["transforms"] = len(named)
    facts["labelInterpolation"] = getattr(spatial[0], "mode_seg", None) if spatial else None
    thick.num_input_channels = 1
    thick.network = thick.build_network_architecture(
        thick.plans_manager, thick.configuration_manager, 1, 2, thick.enable_deep_supervision
    )
    norms = {type(m).__name__ for m in thick.network.modules() if "Norm" in type(m).__name__}
    facts["norms"] = sorted(norms)
    optimizer, scheduler = thick.configure_optimizers()
    group = optimizer.param_groups[0]
    facts["optimizer"] = [type(optimizer).__name__, bool(group.get("amsgrad", False)), thick.initial_lr]
    facts["scheduler"] = type(scheduler).__name__
    facts["warmup"] = getattr(thick, "warmup_duration_whole_net", 0)
    loss = thick._build_loss()
    loss = getattr(loss, "loss", loss)
    dice = getattr(loss, "dc", loss)
    entropy = getattr(loss, "ce", loss)
    facts["loss"] = [
        type(loss).__name__,
        getattr(dice, "smooth", None),
        getattr(entropy, "k", None),
        getattr(entropy, "label_smoothing", None),
    ]
    return facts


def main():
    found = {nnUNetTrainer.__name__: nnUNetTrainer}
    for module in pkgutil.walk_packages(variants.__path__, variants.__name__ + "."):
        for name, one in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(one, nnUNetTrainer):
                found[name] = one
    result = {}
    for name, one in sorted(found.items()):
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                result[name] = facts_of(one)
        except Exception as error:  # noqa: BLE001: a class that needs what is not installed
            result[name] = {"unusable": type(error).__name__}
    target = Path(__file__).resolve().parents[2] / "test/unit/method/trainerClasses.json"
    target.write_text(json.dumps(result, indent=1) + "\n")
    print(f"{target}: {len(result)} classes")


if __name__ == "__main__":
    main()
