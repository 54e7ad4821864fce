"""The peer's side of `npm run bench`: the same work, done by nnU-Net itself in Python.

    python peer.py COMMAND JOB.json

prints one line of JSON as its last line. Times exclude the interpreter's start and imports; nnU-Net's roots come from
its own environment variables.
"""

import json
import os
import sys
from statistics import median
from time import perf_counter

import numpy as np
import torch


def versions(job):
    from importlib.metadata import version

    return {"torch": torch.__version__, "nnunetv2": version("nnunetv2"), "python": sys.version.split()[0]}


def step(job):
    """One training step as nnUNetTrainer.train_step does it on the CPU: forward, loss, backward, clipping, SGD."""
    from nnunetv2.training.loss.compound_losses import DC_and_CE_loss
    from nnunetv2.training.loss.deep_supervision import DeepSupervisionWrapper
    from nnunetv2.training.loss.dice import MemoryEfficientSoftDiceLoss
    from nnunetv2.utilities.get_network_from_plans import get_network_from_plans

    torch.set_num_threads(job["threads"])
    torch.manual_seed(1)
    device = torch.device(job.get("device", "cpu"))
    network_job = job["network"]
    network = get_network_from_plans(
        network_job["className"],
        network_job["archKwargs"],
        ["conv_op", "norm_op", "dropout_op", "nonlin"],
        network_job["inputChannels"],
        network_job["outputChannels"],
        allow_init=True,
        deep_supervision=True,
    ).to(device)
    strides = np.array(network_job["archKwargs"]["strides"])
    shapes = [np.array(job["patchSize"]) // scale for scale in np.cumprod(strides, axis=0)[:-1]]
    weights = np.array([1 / 2**i for i in range(len(shapes))])
    weights[-1] = 0
    loss = DeepSupervisionWrapper(
        DC_and_CE_loss(
            {"batch_dice": job["batchDice"], "smooth": 1e-5, "do_bg": False, "ddp": False},
            {},
            weight_ce=1,
            weight_dice=1,
            ignore_label=None,
            dice_class=MemoryEfficientSoftDiceLoss,
        ),
        weights / weights.sum(),
    )
    optimizer = torch.optim.SGD(network.parameters(), 1e-2, weight_decay=3e-5, momentum=0.99, nesterov=True)
    data = torch.randn(job["batchSize"], network_job["inputChannels"], *job["patchSize"], device=device)
    classes = network_job["outputChannels"]
    target = [
        torch.randint(0, classes, (job["batchSize"], 1, *(int(i) for i in shape)), device=device).float()
        for shape in shapes
    ]

    seconds = []
    for i in range(job["warmup"] + job["steps"]):
        start = perf_counter()
        optimizer.zero_grad(set_to_none=True)
        value = loss(network(data), target)
        value.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 12)
        optimizer.step()
        float(value.detach())
        if i >= job["warmup"]:
            seconds.append(perf_counter() - start)
    return {"medianSeconds": median(seconds), "seconds": seconds}


def epoch(job):
    """Whole epochs of nnUNetTrainer: loading, augmentation in worker processes, training and validation steps."""
    from nnunetv2.run.run_training import get_trainer_from_args

    device = torch.device(job["device"])
    if device.type == "cpu":
        # as nnUNetv2_train does for -device cpu
        torch.set_num_threads(os.cpu_count())
    trainer = get_trainer_from_args(job["dataset"], job["configuration"], job["fold"], device=device)
    trainer.num_epochs = job["epochs"]
    trainer.num_iterations_per_epoch = job["iterationsPerEpoch"]
    trainer.num_val_iterations_per_epoch = job["validationIterationsPerEpoch"]
    trainer.disable_checkpointing = True
    trainer.run_training()
    starts = trainer.logger.get_value("epoch_start_timestamps", step=None)
    ends = trainer.logger.get_value("epoch_end_timestamps", step=None)
    seconds = [end - start for start, end in zip(starts, ends)]
    # The first epoch waits for the workers to start.
    return {"medianSeconds": median(seconds[1:]), "seconds": seconds}


def plan(job):
    """Fingerprint and plans, where the benchmark has none from us."""
    from nnunetv2.experiment_planning.plan_and_preprocess_api import extract_fingerprints, plan_experiments

    start = perf_counter()
    extract_fingerprints([job["dataset"]], num_processes=job["workers"], verbose=False, show_progress_bar=False)
    plan_experiments([job["dataset"]])
    return {"seconds": perf_counter() - start}


def preprocess(job):
    """The API behind nnUNetv2_preprocess: the worker pool's start is part of it."""
    from nnunetv2.experiment_planning.plan_and_preprocess_api import preprocess as run

    start = perf_counter()
    run([job["dataset"]], configurations=[job["configuration"]], num_processes=[job["workers"]], show_progress_bar=False)
    return {"seconds": perf_counter() - start}


def volume(job):
    """One case in this very process, without a pool, so that neither its start nor its memory count."""
    from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

    plans = PlansManager(job["plans"])
    configuration = plans.get_configuration(job["configuration"])
    preprocessor = configuration.preprocessor_class(verbose=False)
    os.makedirs(os.path.dirname(job["output"]), exist_ok=True)
    start = perf_counter()
    preprocessor.run_case_save(job["output"], job["images"], job["label"], plans, configuration, job["datasetJson"])
    return {"seconds": perf_counter() - start}


def evaluate(job):
    """A folder of predictions against their references, in a pool of workers as nnUNetv2_evaluate_folder does."""
    from nnunetv2.evaluation.evaluate_predictions import compute_metrics_on_folder
    from nnunetv2.imageio.simpleitk_reader_writer import SimpleITKIO

    start = perf_counter()
    compute_metrics_on_folder(
        job["reference"], job["prediction"], job["output"], SimpleITKIO(), ".nii.gz", job["labels"], None, job["workers"]
    )
    return {"seconds": perf_counter() - start}


def export(job):
    """Logits in the network's spacing to a label file in the image's."""
    from nnunetv2.inference.export_prediction import export_prediction_from_logits
    from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

    plans = PlansManager(job["plans"])
    configuration = plans.get_configuration(job["configuration"])
    image = plans.image_reader_writer_class().read_images([job["image"]])
    shape = image[0].shape[1:]
    properties = image[1]
    properties["shape_before_cropping"] = shape
    properties["bbox_used_for_cropping"] = [[0, i] for i in shape]
    properties["shape_after_cropping_and_before_resampling"] = shape
    del image
    logits = torch.from_numpy(np.load(job["logits"]))
    start = perf_counter()
    export_prediction_from_logits(
        logits, properties, configuration, plans, job["datasetJson"], job["output"], num_threads_torch=job["threads"]
    )
    return {"seconds": perf_counter() - start}


if __name__ == "__main__":
    commands = {f.__name__: f for f in (versions, step, epoch, plan, preprocess, volume, evaluate, export)}
    with open(sys.argv[2]) as file:
        arguments = json.load(file)
    print(json.dumps(commands[sys.argv[1]](arguments)), flush=True)
