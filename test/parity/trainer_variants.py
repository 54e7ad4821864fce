"""What the losses, learning rates and optimizer steps of nnU-Net's trainer variants give on small constructed inputs.

Writes core/test/trainer/variants_golden.inc, which the C++ tests compare with. Run it with nnU-Net's Python (see README.md);
the inputs are formulas that the C++ tests repeat.
"""

import math
from pathlib import Path

import torch
from nnunetv2.training.loss.compound_losses import DC_and_CE_loss, DC_and_BCE_loss, DC_and_topk_loss
from nnunetv2.training.loss.dice import MemoryEfficientSoftDiceLoss
from nnunetv2.training.loss.robust_ce_loss import RobustCrossEntropyLoss, TopKLoss
from nnunetv2.training.lr_scheduler.polylr import PolyLRScheduler
from nnunetv2.training.lr_scheduler.warmup import Lin_incr_LRScheduler, PolyLRScheduler_offset
from nnunetv2.utilities.helpers import softmax_helper_dim1
from torch.optim import SGD, Adam, AdamW
from torch.optim.lr_scheduler import CosineAnnealingLR

SHAPE = (2, 4, 3, 5, 7)
IGNORE = 4


def logits(shape):
    count = math.prod(shape)
    values = [3 * math.sin(0.7 * i + 0.1 * (i % 11)) for i in range(count)]
    return torch.tensor(values, dtype=torch.float64).float().reshape(shape).requires_grad_()


def labels(classes):
    count = SHAPE[0] * math.prod(SHAPE[2:])
    return torch.tensor([(i * i + i // 5) % classes for i in range(count)], dtype=torch.int16).reshape(
        (SHAPE[0], 1, *SHAPE[2:])
    )


def value_and_gradient(loss, target):
    x = logits(SHAPE)
    value = loss(x, target)
    value.backward()
    gradient = x.grad.double().flatten()
    weights = torch.tensor([math.cos(0.3 * i) for i in range(gradient.numel())], dtype=torch.float64)
    return value.item(), (gradient * weights).sum().item(), gradient.abs().sum().item()


def losses():
    for ignore in (None, IGNORE):
        target = labels(SHAPE[1] if ignore is None else IGNORE + 1)
        index = -100 if ignore is None else ignore
        for batch in (False, True):
            dice = {"batch_dice": batch, "do_bg": False, "smooth": 1e-5, "ddp": False}
            rough = {**dice, "smooth": 0}
            made = {
                "dice-ce": DC_and_CE_loss(dice, {}, 1, 1, ignore, MemoryEfficientSoftDiceLoss),
                "dice-ce-no-smooth": DC_and_CE_loss(rough, {}, 1, 1, ignore, MemoryEfficientSoftDiceLoss),
                "dice-topk": DC_and_topk_loss(dice, {"k": 10, "label_smoothing": 0.0}, 1, 1, ignore),
                "ce": RobustCrossEntropyLoss(weight=None, ignore_index=index),
                "topk": TopKLoss(ignore_index=index, k=10),
                "topk-smoothed": TopKLoss(ignore_index=index, k=10, label_smoothing=0.1),
            }
            if ignore is None:  # nnU-Net's class fails with an ignore label
                made["dice"] = MemoryEfficientSoftDiceLoss(apply_nonlin=softmax_helper_dim1, **dice)
            for name, loss in made.items():
                yield name, ignore is not None, batch, value_and_gradient(loss, target)


def region_losses():
    target = torch.stack([labels(5)[:, 0] >= low for low in range(1, 5)], 1).to(torch.int16)
    for batch in (False, True):
        dice = {"batch_dice": batch, "do_bg": True, "smooth": 1e-5, "ddp": False}
        made = {
            "dice": MemoryEfficientSoftDiceLoss(apply_nonlin=torch.sigmoid, **dice),
            "dice-ce-no-smooth": DC_and_BCE_loss(
                {}, {**dice, "smooth": 0}, use_ignore_label=False, dice_class=MemoryEfficientSoftDiceLoss
            ),
        }
        for name, loss in made.items():
            yield name, batch, value_and_gradient(lambda x, t, one=loss: one(x, t.float()), target)


def optimizer(highest):
    return SGD([torch.zeros(1, requires_grad=True)], highest, momentum=0.99, nesterov=True)


def rates(scheduler_of, epochs, highest):
    rates = []
    for epoch in range(epochs):
        one = optimizer(highest)
        scheduler_of(one, epoch).step(epoch)
        rates.append(one.param_groups[0]["lr"])
    return rates


def schedules():
    yield "poly", 0, 20, rates(lambda o, e: PolyLRScheduler(o, 0.01, 20), 20, 0.01)
    yield "cosine", 0, 20, rates(lambda o, e: CosineAnnealingLR(o, T_max=20), 20, 0.01)
    warm = lambda o, e: Lin_incr_LRScheduler(o, 0.01, 5) if e < 5 else PolyLRScheduler_offset(o, 0.01, 20, 5)
    yield "poly", 5, 20, rates(warm, 20, 0.01)


def steps():
    made = {
        "sgd": lambda p: SGD(p, 0.01, weight_decay=3e-5, momentum=0.99, nesterov=True),
        "adam": lambda p: Adam(p, lr=0.01, weight_decay=3e-5),
        "adamw": lambda p: AdamW(p, lr=0.01, weight_decay=3e-5),
        "amsgrad": lambda p: AdamW(p, lr=0.01, weight_decay=3e-5, amsgrad=True),
    }
    for name, make in made.items():
        weight = torch.tensor([math.sin(1.3 * i) for i in range(6)]).requires_grad_()
        one = make([weight])
        for step in range(4):
            # Smaller and smaller, so that the largest second moment is not the last.
            weight.grad = torch.tensor([math.cos(0.9 * i + step) / (1 + 3 * step) for i in range(6)])
            torch.nn.utils.clip_grad_norm_([weight], 12)
            one.step()
        yield name, weight.tolist()


def number(value):
    return repr(float(value))


def main():
    lines = ["// Written by test/parity/trainer_variants.py with nnU-Net 2.8.1: value, weighted sum and size of the gradient."]
    lines.append("const std::vector<GoldenLoss> goldenLosses{")
    for name, ignores, batch, values in losses():
        flags = f"{str(ignores).lower()}, {str(batch).lower()}"
        lines.append(f'    {{"{name}", false, {flags}, {", ".join(map(number, values))}}},')
    for name, batch, values in region_losses():
        lines.append(f'    {{"{name}", true, false, {str(batch).lower()}, {", ".join(map(number, values))}}},')
    lines.append("};")
    lines.append("const std::vector<GoldenRates> goldenRates{")
    for policy, warmup, epochs, rates_ in schedules():
        lines.append(f'    {{"{policy}", {warmup}, {epochs}, {{{", ".join(map(number, rates_))}}}}},')
    lines.append("};")
    lines.append("const std::vector<GoldenSteps> goldenSteps{")
    for name, weights in steps():
        lines.append(f'    {{"{name}", {{{", ".join(map(number, weights))}}}}},')
    lines.append("};")
    target = Path(__file__).resolve().parents[2] / "core/test/trainer/variants_golden.inc"
    target.write_text("\n".join(lines) + "\n")
    print(f"{target}: {len(lines)} lines")


if __name__ == "__main__":
    main()
