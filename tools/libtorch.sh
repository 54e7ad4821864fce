#!/usr/bin/env bash
# Puts LibTorch (headers and CPU libraries) into the cache, as $cache/libtorch-2.15.0/torch/{include,lib}.
set -euo pipefail
. "$(dirname "$0")/common.sh"
pins=tools/libtorch.requirements.txt

# A finished cache holds the very pins that it was unpacked from.
complete() { cmp --silent "$pins" "$libtorch/pins.txt"; }

complete && exit
[ "$(uname -sm)" = 'Linux x86_64' ] || fail "LibTorch 2.15.0 is fetched for Linux x86-64 only. Elsewhere unpack one of" \
  "the same version so that $libtorch/torch has include and lib, and copy $pins to $libtorch/pins.txt."
lock libtorch
complete && exit

# Leftovers of a set-up that was killed; the lock says that nobody uses them.
rm -rf "$libtorch".new.* "$libtorch".old.*
new="$(mktemp -d "$libtorch.new.XXXXXX")"
trap 'rm -rf "$new"' EXIT
free_mb=$(($(df --output=avail --block-size=1M "$cache" | tail -n 1)))
[ "$free_mb" -gt 1500 ] || fail "$cache has $free_mb MB free, LibTorch needs 1500 while it is unpacked. Free some or set NNUNET_CACHE."

say 'downloading LibTorch 2.15.0 (550 MB)'
fetch_wheels "$pins" "$new/wheels" --implementation cp --abi cp311 --python-version 3.11 \
  --platform manylinux_2_28_x86_64 --platform manylinux_2_25_x86_64 \
  --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 ||
  fail 'the download of LibTorch failed (see above). Check the network and pip, then run this again; nothing was left behind.'

say "unpacking LibTorch into $libtorch"
python3 - "$new" <<'PYTHON'
import pathlib, re, shutil, sys, zipfile

target = pathlib.Path(sys.argv[1])
wanted = re.compile(
    r"(?P<include>torch/include/.+[^/])"
    r"|torch/lib/(?P<lib>libtorch_cpu\.so|libc10\.so|libgomp[^/]*)"
    r"|nvidia/.+/lib/(?P<cuda>libcudart\.so\.13|libcupti\.so\.13)"
    r"|(?P<package>[^/]+)-[^/]+\.dist-info/(?:licenses/)?(?P<licence>(?:LICENSE|NOTICE|License)[^/]*)"
)
for wheel in sorted((target / "wheels").glob("*.whl")):
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.namelist():
            match = wanted.fullmatch(entry)
            if not match:
                continue
            if match["include"]:
                path = target / entry
            elif match["licence"]:
                path = target / "licences" / f"{match['package']}-{match['licence']}"
            else:
                path = target / "torch" / "lib" / (match["lib"] or match["cuda"])
            path.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry) as source, open(path, "wb") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)
    wheel.unlink()
(target / "wheels").rmdir()
missing = {"libtorch_cpu.so", "libc10.so", "libcudart.so.13", "libcupti.so.13"} - {p.name for p in (target / "torch/lib").iterdir()}
sys.exit(f"the wheels lack {sorted(missing)}" if missing else 0)
PYTHON
cp "$pins" "$new/pins.txt"
chmod 755 "$new"
# Programs that run keep the old files open; they are not disturbed.
[ ! -e "$libtorch" ] || mv "$libtorch" "$libtorch.old.$$"
mv "$new" "$libtorch"
rm -rf "$libtorch.old.$$"
say 'LibTorch is ready'
