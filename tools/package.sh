#!/usr/bin/env bash
# Packages the extension for this platform: `npm run package` makes nnunet-linux-x64-VERSION.vsix from dist/native (npm run setup).
# It holds all that the extension needs: no Python, compiler, Node packages or network on the machine that installs it.
set -euo pipefail
. "$(dirname "$0")/common.sh"
target=linux-x64
[ "$(uname -sm)" = 'Linux x86_64' ] || fail "only $target is packaged so far."
native=dist/native
for built in nnunet-core nnunet_voxels.node torch/libtorch_cpu.so; do
  [ -f "$native/$built" ] || fail "$native/$built is not there. Run: npm run setup"
done
version="$(node -p "require('./package.json').version")"
vsix="$PWD/nnunet-$target-$version.vsix"

stage=build/package
rm -rf "$stage" "$vsix"
mkdir -p "$stage/$native/torch" "$stage/$native/licences"
node tools/package/stage.mjs "$stage"
node esbuild.js --production --outdir "$stage/dist"

cp "$native/nnunet-core" "$native/nnunet_voxels.node" "$stage/$native/"
# The CPU libraries by name: a developer's folder may hold CUDA's, too.
for library in libtorch_cpu.so libc10.so libgomp.so.1 libcudart.so.13 libcupti.so.13; do
  cp --dereference "$native/torch/$library" "$stage/$native/torch/"
done
for licences in "$libtorch/licences"/* tools/package/licences/*; do
  [ ! -f "$licences" ] || cp "$licences" "$stage/$native/licences/"
done
# The built program also names the developer's LibTorch.
quietly cmake -DFILE="$PWD/$stage/$native/nnunet-core" -P tools/package/relocate.cmake || fail 'the search path of nnunet-core cannot be set (see above).'
strip --strip-unneeded "$stage/$native"/{nnunet-core,nnunet_voxels.node} "$stage/$native/torch"/{libtorch_cpu.so,libc10.so}
chmod 755 "$stage/$native/nnunet-core"

# --no-dependencies: what is needed at run time is in dist/. The secret scan reads text files; the libraries are none.
(cd "$stage" && quietly ../../node_modules/.bin/vsce package --target "$target" --out "$vsix" --no-dependencies \
  --allow-missing-repository --no-rewrite-relative-links --skip-license) || fail 'vsce could not package the extension (see above).'
say "$(basename "$vsix"): $(($(stat --format %s "$vsix") / 1000000)) MB"
