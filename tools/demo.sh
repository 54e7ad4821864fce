#!/usr/bin/env bash
# From nothing to predicted masks in under 15 minutes: `npm run demo [-- FOLDER]` (default ./demo; made anew each time).
set -euo pipefail
asked="$(realpath -m "${1:-demo}")"
. "$(dirname "$0")/common.sh"
demo="$asked"
[ $# -gt 0 ] || demo="$PWD/demo"

if [ -e "$demo" ] && [ ! -e "$demo/.nnunet-demo" ]; then
  fail "$demo exists and is not a former demo. Give another folder: npm run demo -- FOLDER"
fi
SECONDS=0
bash tools/setup.sh
rm -rf "$demo"
mkdir -p "$demo/nnUNet_raw"
touch "$demo/.nnunet-demo"

nnunet() {
  printf '\n$ nnunet %s\n' "$*"
  node dist/cli.js "$@" --root "$demo"
}
nnunet sample "$demo/nnUNet_raw" --cases 20 --seed 1
dataset="$(basename "$(echo "$demo"/nnUNet_raw/Dataset*)")"
raw="$demo/nnUNet_raw/$dataset"
predictions="$demo/predictions"
nnunet check "$dataset"
nnunet train "$dataset" -c 3d_fullres -f 0 --budget "${NNUNET_DEMO_BUDGET:-4m}" --device cpu
model="$(dirname "$(echo "$demo/nnUNet_results/$dataset"/*__3d_fullres/fold_0)")"
nnunet predict -m "$model" -i "$raw/imagesTs" -o "$predictions" -f 0 --engine native
nnunet evaluate "$raw/labelsTs" "$predictions" --dataset-json "$raw/dataset.json" --output "$predictions/summary.json"

node tools/dice-table.mjs "$raw/dataset.json" \
  'validation cases of fold 0' "$model/fold_0/validation/summary.json" \
  'test cases' "$predictions/summary.json"
cat <<END

The scans        $raw
The model        $model
Training curves  $model/fold_0/events.jsonl
The masks        $predictions
All of it took $((SECONDS / 60)) min $((SECONDS % 60)) s.
END
