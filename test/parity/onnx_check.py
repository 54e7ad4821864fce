"""Checks exported ONNX models with the official checker, Python's ONNX Runtime and nnU-Net's network classes in torch.

Prints one line per check; exit 1 if any fails. Without torch and dynamic-network-architectures the last check is left out.
"""
import json
import pydoc
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

try:
    import dynamic_network_architectures.architectures.unet as unet
    import torch
except ImportError:
    torch = None

ROOT = Path(__file__).resolve().parents[2]
# Half-precision weights round to one part in 2000.
TOLERANCE = {"fp32": 1e-4, "fp16": 2e-2, "cpu": 1e-4}
failures = 0


def check(name, passed, detail=""):
    global failures
    failures += not passed
    print(("ok      " if passed else "FAILED  ") + name + (f" ({detail})" if detail else ""), flush=True)


def export(folder):
    program = ROOT / "out" / "parity" / "onnx_check.cjs"
    options = ["--bundle", "--platform=node", "--target=node20", "--log-level=error", "--external:onnxruntime-node"]
    subprocess.run(["npx", "esbuild", "test/parity/onnx_check.ts", *options, f"--outfile={program}"], cwd=ROOT, check=True)
    subprocess.run(["node", "--enable-source-maps", program, folder], check=True)


def read_safetensors(file):
    data = Path(file).read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    types = {"F32": np.float32, "I64": np.int64}
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        values = np.frombuffer(data[start:end], types[entry["dtype"]]).reshape(entry["shape"])
        tensors[name] = torch.from_numpy(values.copy())
    return tensors


def canonical(key):
    key = key.removeprefix("decoder.") if key.startswith("decoder.encoder.") else key
    return key.replace(".all_modules.0.", ".conv.").replace(".all_modules.1.", ".norm.")


def torch_logits(network, weights, image):
    kwargs = dict(network["archKwargs"])
    for key in ("conv_op", "norm_op", "dropout_op", "nonlin"):
        kwargs[key] = kwargs[key] and pydoc.locate(kwargs[key])
    build = getattr(unet, network["className"].split(".")[-1])
    model = build(network["inputChannels"], num_classes=network["outputChannels"], deep_supervision=False, **kwargs)
    tensors = read_safetensors(weights)
    model.load_state_dict({key: tensors[canonical(key)] for key in model.state_dict()})
    with torch.inference_mode():
        return model.eval()(torch.from_numpy(image)).numpy()


def main():
    with tempfile.TemporaryDirectory() as folder:
        export(folder)
        folder = Path(folder)
        for model in json.loads((folder / "models.json").read_text()):
            name, index = model["name"], model["index"]
            image = np.load(folder / f"{index}_image.npy")
            expected = None
            if torch:
                expected = np.mean([torch_logits(model["network"], file, image) for file in model["weights"]], 0)
            for precision, tolerance in TOLERANCE.items():
                file = folder / f"{index}_{precision}.onnx"
                if not file.exists():
                    continue
                try:
                    onnx.checker.check_model(str(file), full_check=True)
                    check(f"{name}, {precision}: the official checker", True)
                except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
                    check(f"{name}, {precision}: the official checker", False, error)
                session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
                logits = session.run(["logits"], {"image": image})[0]
                worst = np.abs(logits - np.load(folder / f"{index}_{precision}.npy")).max()
                check(f"{name}, {precision}: ONNX Runtime in Python and in Node", worst < 1e-5, f"{worst:.1e}")
                if torch:
                    worst = np.abs(logits - expected).max()
                    check(f"{name}, {precision}: torch", worst < tolerance, f"{worst:.1e}")
    if not torch:
        print("left out: torch and dynamic-network-architectures are not installed")
    sys.exit(failures > 0)


main()
