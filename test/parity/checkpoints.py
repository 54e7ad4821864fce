"""Checks our files against the real readers and writers: torch, blosc2, numpy, pickle, nnU-Net's network classes.

Needs the shared golden data beside the repository. Prints one line per check; exit 1 if any fails.
"""
import collections
import json
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path

import blosc2
import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT.parent / "shared" / "spec" / "golden"
MODEL = GOLDEN / "nnUNet_results" / "Dataset777_Toy" / "nnUNetTrainer__nnUNetPlans__3d_small"
CASES = GOLDEN / "nnUNet_preprocessed" / "Dataset777_Toy" / "nnUNetPlans_3d_fullres"
failures = 0


def check(name, passed):
    global failures
    failures += not passed
    print(("ok      " if passed else "FAILED  ") + name, flush=True)


def ours(*jobs):
    """Runs our code on a list of (command, arguments...)."""
    program = ROOT / "out" / "parity" / "checkpoints.cjs"
    if not getattr(ours, "built", False):
        options = ["--bundle", "--platform=node", "--target=node20", "--log-level=error", f"--outfile={program}"]
        subprocess.run(["npx", "esbuild", "test/parity/checkpoints.ts", *options], cwd=ROOT, check=True)
        ours.built = True
    text = json.dumps([[str(part) for part in job] for job in jobs])
    subprocess.run(["node", "--enable-source-maps", program], input=text, text=True, check=True)


def same(a, b):
    """Equal in value; ints stay ints, floats floats (numpy's scalars are floats), keys keep their order."""
    if isinstance(a, np.generic):
        a = a.item()
    if isinstance(b, np.generic):
        b = b.item()
    if isinstance(a, torch.Tensor):
        return a.dtype == b.dtype and a.shape == b.shape and torch.equal(a, b)
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and np.array_equal(a, b)
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and (a == b or a != a and b != b)


def network(configuration="3d_small"):
    from dynamic_network_architectures.architectures.unet import PlainConvUNet, ResidualEncoderUNet

    plans = json.loads((MODEL / "plans.json").read_text())["configurations"][configuration]["architecture"]
    kwargs = dict(plans["arch_kwargs"])
    kwargs.update(conv_op=torch.nn.Conv3d, norm_op=torch.nn.InstanceNorm3d, dropout_op=None, nonlin=torch.nn.LeakyReLU)
    classes = {"PlainConvUNet": PlainConvUNet, "ResidualEncoderUNet": ResidualEncoderUNet}
    name = plans["network_class_name"].rsplit(".", 1)[1]
    return classes[name](input_channels=2, num_classes=3, deep_supervision=True, **kwargs)


def train(net, optimizer, steps):
    """As nnU-Net: the lowest output has weight 0, so its head gets no gradient."""
    generator = torch.Generator().manual_seed(0)
    for _ in range(steps):
        optimizer.zero_grad()
        outputs = net(torch.randn(1, 2, 16, 16, 16, generator=generator))
        sum(output.square().mean() for output in outputs[:-1]).backward()
        optimizer.step()


def optimizer_for(net, kind):
    if kind == "adamw":
        return torch.optim.AdamW(net.parameters(), lr=3e-4, weight_decay=3e-5)
    return torch.optim.SGD(net.parameters(), lr=0.01, weight_decay=3e-5, momentum=0.99, nesterov=True)


def parameter_names(folder):
    from dynamic_network_architectures.architectures import unet

    cases = []
    for dims in (2, 3):
        for name in ("PlainConvUNet", "ResidualEncoderUNet"):
            for norm, dropout in (("InstanceNorm", None), ("BatchNorm", None), ("InstanceNorm", "Dropout")):
                depths = "n_conv_per_stage" if name == "PlainConvUNet" else "n_blocks_per_stage"
                first = [1] * dims
                kwargs = dict(n_stages=4, features_per_stage=[4, 6, 6, 8], kernel_sizes=[[1] * dims, *[[3] * dims] * 3], conv_bias=True,
                              strides=[first, [1] * (dims - 1) + [2], [2] * dims, first], n_conv_per_stage_decoder=[2, 1, 3],
                              norm_op_kwargs={"eps": 1e-5, "affine": True}, nonlin_kwargs={"inplace": True})
                kwargs[depths] = [1, 2, 3, 2]
                types = {"conv_op": f"Conv{dims}d", "norm_op": f"{norm}{dims}d", "dropout_op": dropout and f"{dropout}{dims}d", "nonlin": "LeakyReLU"}
                made = {key: value and getattr(torch.nn, value) for key, value in types.items()}
                if dropout:
                    made["dropout_op_kwargs"] = {"p": 0.1}
                net = getattr(unet, name)(input_channels=2, num_classes=3, deep_supervision=True, **kwargs, **made)
                expected = [[key, list(tensor.shape)] for key, tensor in net.state_dict().items()]
                names = {key: value and f"torch.nn.{value}" for key, value in types.items()}
                cases.append((f"{name} {dims}d {norm} {dropout}", {"className": name, "archKwargs": {**kwargs, **names}, "inputChannels": 2, "outputChannels": 3}, expected))
    for index, (_, description, _) in enumerate(cases):
        (folder / f"{index}.json").write_text(json.dumps(description))
    ours(*[("keys", folder / f"{index}.json", folder / f"{index}.keys") for index in range(len(cases))])
    for index, (name, _, expected) in enumerate(cases):
        check(f"names and shapes: {name}", json.loads((folder / f"{index}.keys").read_text()) == expected)


def checkpoints(folder):
    for kind in ("final", "best"):
        original = torch.load(MODEL / "fold_0" / f"checkpoint_{kind}.pth", weights_only=False)
        copy_file = folder / f"{kind}.pth"
        between = folder / f"{kind}.safetensors"
        ours(("pth-to-safetensors", MODEL / "fold_0" / f"checkpoint_{kind}.pth", between),
             ("safetensors-to-pth", between, copy_file, MODEL, "3d_small"))
        copy = torch.load(copy_file, weights_only=False)
        check(f"{kind}: torch.load(weights_only=True) gives the same", same(copy, torch.load(copy_file, weights_only=True)))
        check(f"{kind}: torch.load(mmap=True) gives the same", same(copy, torch.load(copy_file, mmap=True, weights_only=True)))
        check(f"{kind}: same keys", list(copy) == list(original))
        for key in original:
            if key == "optimizer_state":
                check(f"{kind}: optimizer state", same(copy[key]["state"], original[key]["state"]))
                group = {name: value for name, value in copy[key]["param_groups"][0].items() if name != "fused"}
                check(f"{kind}: optimizer settings", same(group, original[key]["param_groups"][0]))
            else:
                check(f"{kind}: {key}", same(dict(copy)[key], original[key]))
        weights = copy["network_weights"]
        pointers = collections.Counter(tensor.data_ptr() for tensor in weights.values())
        check(f"{kind}: aliases share their storage", len(pointers) == 48 and isinstance(weights, collections.OrderedDict))
        results = []
        for source in (original, copy):
            net = network()
            net.load_state_dict(source["network_weights"], strict=True)
            optimizer = optimizer_for(net, "sgd")
            optimizer.load_state_dict(source["optimizer_state"])
            train(net, optimizer, 2)
            results.append(net.state_dict())
        check(f"{kind}: nnU-Net's network loads strictly and training goes on identically", same(*map(dict, results)))


def fresh_checkpoints(folder):
    """Written by today's torch; after our two conversions training goes on identically, and after AdamW with nnU-Net's SGD."""
    for kind in ("sgd", "adamw"):
        torch.manual_seed(1)
        net = network()
        optimizer = optimizer_for(net, kind)
        train(net, optimizer, 3)
        template = torch.load(MODEL / "fold_0" / "checkpoint_final.pth", weights_only=False)
        saved = {**template, "network_weights": net.state_dict(), "optimizer_state": optimizer.state_dict(), "_best_ema": np.float64(0.5)}
        saved["grad_scaler_state"] = {"scale": 65536.0, "growth_factor": 2.0, "backoff_factor": 0.5, "growth_interval": 2000, "_growth_tracker": 3}
        for group in saved["optimizer_state"]["param_groups"]:
            group["initial_lr"] = group["lr"]
        torch.save(saved, folder / "fresh.pth")
        ours(("pth-to-safetensors", folder / "fresh.pth", folder / "fresh.safetensors"),
             ("safetensors-to-pth", folder / "fresh.safetensors", folder / "copy.pth", MODEL, "3d_small"))
        copy = torch.load(folder / "copy.pth", weights_only=True)
        check(f"{kind}: weights", same(dict(copy["network_weights"]), dict(net.state_dict())))
        state = optimizer.state_dict()["state"]
        check(f"{kind}: optimizer state", same(copy["optimizer_state"]["state"], state if kind == "sgd" else {}))
        check(f"{kind}: gradient scaler", same(copy["grad_scaler_state"], saved["grad_scaler_state"]))
        other = network()
        other.load_state_dict(copy["network_weights"], strict=True)
        other_optimizer = optimizer_for(other, "sgd")
        other_optimizer.load_state_dict(copy["optimizer_state"])
        train(net, optimizer, 2)
        train(other, other_optimizer, 2)
        if kind == "adamw":
            check("adamw: nnU-Net's SGD goes on", all(tensor.isfinite().all() for tensor in other.state_dict().values()))
            continue
        check(f"{kind}: training goes on identically", same(dict(other.state_dict()), dict(net.state_dict())))


def blosc2_arrays(folder):
    rng = np.random.default_rng(0)
    z, y, x = np.meshgrid(np.arange(23), np.arange(37), np.arange(41), indexing="ij")
    arrays = {
        "image": np.round(np.sin(z / 5) + np.cos(x * y / 200), 3).astype("<f4")[None].repeat(2, 0),
        "labels": ((z + y // 3 + x // 7) % 5 - 1).astype("<i2")[None],
        "mask": ((x > 20) & (y > 20)).astype("u1"),
        "noise": rng.normal(size=(3, 50, 7)),
        "count": np.arange(1000).reshape(10, 100),
        "half": rng.normal(size=(4, 20, 30)).astype("<f2"),
        "flags": rng.normal(size=(4, 20, 30)) > 0,
    }
    files = {}
    for codec in (blosc2.Codec.BLOSCLZ, blosc2.Codec.LZ4, blosc2.Codec.LZ4HC, blosc2.Codec.ZLIB, blosc2.Codec.ZSTD):
        for number in (blosc2.Filter.NOFILTER, blosc2.Filter.SHUFFLE, blosc2.Filter.BITSHUFFLE):
            for split in (blosc2.SplitMode.ALWAYS_SPLIT, blosc2.SplitMode.NEVER_SPLIT):
                for name, array in arrays.items():
                    cut = {"chunks": tuple(max(1, n * 2 // 3) for n in array.shape), "blocks": tuple(max(1, n // 4) for n in array.shape)}
                    file = folder / f"{codec.name}-{number.name}-{split.name}-{name}.b2nd"
                    settings = {"codec": codec, "filters": [number], "filters_meta": [0], "splitmode": split, "typesize": array.itemsize}
                    blosc2.asarray(array, urlpath=str(file), mode="w", cparams=settings, **cut)
                    files[file] = array
    for name, make in {"zeros": blosc2.zeros, "nans": blosc2.nans}.items():
        file = folder / f"{name}.b2nd"
        files[file] = make((40, 50, 60), dtype="<f4", urlpath=str(file), mode="w", chunks=(16, 16, 16), blocks=(8, 8, 8))[:]
    for file in sorted(CASES.glob("*.b2nd")):
        files[file] = blosc2.open(str(file), mode="r")[:]
    jobs = []
    for file in files:
        npy = folder / f"{file.name}.npy"
        jobs += [("b2nd-to-npy", file, npy), ("npy-to-b2nd", npy, folder / f"ours-{file.name}")]
    ours(*jobs)
    def equal(a, b):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    read = sum(equal(np.load(folder / f"{file.name}.npy"), array) for file, array in files.items())
    written = sum(equal(blosc2.open(str(folder / f"ours-{file.name}"), mode="r")[:], array) for file, array in files.items())
    check(f"blosc2: {read} of {len(files)} arrays of blosc2 read to the bit", read == len(files))
    check(f"blosc2: {written} of {len(files)} of our arrays read by blosc2", written == len(files))


def numpy_files(folder):
    arrays = {t: (np.random.default_rng(0).normal(size=(3, 4, 5)) * 50).astype(t) for t in ("<f2", "<f4", "<f8", "i1", "<i2", "<i4", "<i8", "u1", "<u2", "<u4", "?")}
    variants = {"c": lambda a: a, "fortran": np.asfortranarray, "big-endian": lambda a: a.astype(a.dtype.newbyteorder(">"))}
    jobs = []
    for variant, change in variants.items():
        for index, array in enumerate(arrays.values()):
            np.save(folder / f"{variant}{index}.npy", change(array))
            jobs.append(("npy", folder / f"{variant}{index}.npy", folder / f"{variant}{index}-ours.npy"))
        np.savez_compressed(folder / f"{variant}.npz", **{f"a{i}": change(a) for i, a in enumerate(arrays.values())})
        jobs.append(("npz", folder / f"{variant}.npz", folder / f"{variant}-ours.npz"))
    ours(*jobs)
    for variant in variants:
        single = [np.load(folder / f"{variant}{index}-ours.npy") for index in range(len(arrays))]
        archive = np.load(folder / f"{variant}-ours.npz")
        together = [archive[f"a{index}"] for index in range(len(arrays))]
        check(f"numpy: .npy, {variant}", all(map(same, single, arrays.values())))
        check(f"numpy: .npz, {variant}", all(map(same, together, arrays.values())))


def pickles(folder):
    for name in ("c0", "c5"):
        original = pickle.loads((CASES / f"{name}.pkl").read_bytes())
        for protocol in (2, 3, 4, 5):
            (folder / "case.pkl").write_bytes(pickle.dumps(original, protocol))
            ours(("pkl", folder / "case.pkl", folder / "ours.pkl"))
            copy = pickle.loads((folder / "ours.pkl").read_bytes())
            copy["class_locations"].pop((-1, 0, 1, 2))  # asked for, and not there: an empty list
            check(f"pickle: {name}, protocol {protocol}", same(copy, original))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        for part in (parameter_names, checkpoints, fresh_checkpoints, blosc2_arrays, numpy_files, pickles):
            inside = Path(temporary) / part.__name__
            inside.mkdir()
            part(inside)
    print(f"{failures} failed")
    sys.exit(failures > 0)
