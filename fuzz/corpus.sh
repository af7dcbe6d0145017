#!/usr/bin/env bash
# Writes the fixtures as a corpus: one file a record, its first byte the place of its source among
# the sources in the order of the alphabet.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")"
mkdir -p corpus/normalize
number=0
for dir in ../tests/fixtures/*/; do
  choice="$(printf '\\x%02x' "$number")"
  for file in "$dir"*.ndjson; do
    name="$(basename "$dir")-$(basename "$file" .ndjson)"
    line_number=0
    while IFS= read -r line; do
      line_number=$((line_number + 1))
      printf '%b%s' "$choice" "$line" >"corpus/normalize/$name-$line_number"
    done <"$file"
  done
  number=$((number + 1))
done
ls corpus/normalize | wc -l
