#!/bin/sh
# Verifies this archive, or the proof of one record, without the program that wrote it: with sha256sum
# and openssl (1.1.1 or later), and sh, awk, sed and od. VERIFY.md says what is checked, and why.
#
#   sh verify.sh --key KEY.pem [ARCHIVE]                  the whole archive
#   sh verify.sh --key KEY.pem --since KEPT [ARCHIVE]     ... which must continue a checkpoint that you kept
#   sh verify.sh --key KEY.pem --proof DIR                a proof that `tenure prove` wrote
#
# KEY.pem is the public key that you trust, from elsewhere than the archive. Run a copy of this script
# that you trust too. Exit code: 0 intact and complete, 1 not, 2 could not tell.
set -eu
LC_ALL=C
export LC_ALL

broken() { echo "BROKEN: $*" >&2; exit 1; }
unknown() { echo "could not tell: $*" >&2; exit 2; }

key='' proof='' since='' archive=.
while [ $# -gt 0 ]; do
  case $1 in
    --key) key=${2:-}; shift 2 || unknown "--key needs a file" ;;
    --since) since=${2:-}; shift 2 || unknown "--since needs a file" ;;
    --proof) proof=${2:-}; shift 2 || unknown "--proof needs a directory" ;;
    -*) unknown "the option $1 is not known; see the top of this script" ;;
    *) archive=$1; shift ;;
  esac
done
[ -f "$key" ] || unknown "give the public key that you trust: --key KEY.pem"
[ -z "$since" ] || [ -f "$since" ] || unknown "$since is not there: --since takes the checkpoint that you kept"
absolute() { case $1 in /*) echo "$1" ;; *) echo "$PWD/$1" ;; esac; }
key=$(absolute "$key")
[ -z "$since" ] || since=$(absolute "$since")
work=$(mktemp -d) || unknown "there is no place for temporary files"
trap 'rm -rf "$work"' EXIT

hex() { od -An -v -tx1 | tr -d ' \n'; }
sha256() { sha256sum | cut -c1-64; }

# Bytes from hexadecimal digits, by printf's octal escapes: the one form that every shell has.
unhex() {
  digits=$1 octal=''
  while [ -n "$digits" ]; do
    rest=${digits#??}
    octal=$octal\\$(printf '%03o' "0x${digits%"$rest"}")
    digits=$rest
  done
  # shellcheck disable=SC2059
  printf "$octal"
}

# RFC 6962: a leaf is hashed after 0x00, a node's two children after 0x01.
node() { { printf '\001'; unhex "$1$2"; } | sha256; }

# Follows a proof, lines of `left HASH` or `right HASH`, from the hash $1; its root comes out.
follow() {
  at=$1
  while read -r side hash; do
    case $side in
      left) at=$(node "$hash" "$at") ;;
      right) at=$(node "$at" "$hash") ;;
    esac
  done
  echo "$at"
}

# Whether the key $2 has signed the note $1.
has_signed() {
  awk '/^$/ { exit } { print }' "$1" >"$work/text"
  awk 'below { print } /^$/ { below = 1 }' "$1" >"$work/signatures"
  # A signature names who made it, and the first four bytes of a hash over that name and the key.
  openssl pkey -pubin -in "$2" -outform DER 2>/dev/null | tail -c 32 >"$work/public"
  by=$(sed -n 1p "$work/text")
  id=$({ printf '%s\n\001' "$by"; cat "$work/public"; } | sha256 | cut -c1-8)
  while read -r dash name signature; do
    printf '%s' "$signature" | openssl base64 -d -A 2>/dev/null >"$work/bytes" || continue
    [ "$dash $name" = "— $by" ] && [ "$(head -c 4 "$work/bytes" | hex)" = "$id" ] || continue
    [ "$(openssl base64 -A <"$work/bytes")" = "$signature" ] || continue
    tail -c +5 "$work/bytes" >"$work/signature"
    if openssl pkeyutl -verify -pubin -inkey "$2" -rawin -in "$work/text" \
      -sigfile "$work/signature" >"$work/openssl" 2>&1; then return 0; fi
  done <"$work/signatures"
  return 1
}

# Whether a key that is trusted has signed the note $1.
is_trusted() {
  while IFS= read -r trusted; do
    if has_signed "$1" "$trusted"; then return 0; fi
  done <"$work/trusted"
  return 1
}

# The key that was given is trusted, and each that it leads to: a rotation is a note that the old and the
# new key both signed. The public keys and the rotations lie in the directory $1.
trust() {
  echo "$key" >"$work/trusted"
  : >"$work/rotations"
  for rotation in "$1"/rotation-*.checkpoint; do
    [ -f "$rotation" ] && is_trusted "$rotation" || continue
    echo "$rotation" >>"$work/rotations"
    for beside in "$1"/*.pem; do
      if has_signed "$rotation" "$beside"; then echo "$beside" >>"$work/trusted"; fi
    done
  done
}

# Checks the signature of the checkpoint $1 and reads it: origin, size, root.
checkpoint() {
  [ -f "$1" ] || broken "$1 is missing"
  is_trusted "$1" || broken "$1 is not signed by $key, nor by a key that it leads to"
  origin=$(sed -n 1p "$work/text")
  size=$(sed -n 2p "$work/text")
  root=$(sed -n 3p "$work/text" | tr -d '\n' | openssl base64 -d -A | hex)
}

verify_proof() {
  cd "$proof"
  trust .
  checkpoint checkpoint
  for file in record leaf row.proof commit.json entry log.proof; do
    [ -f $file ] || broken "$file is missing"
  done
  length=$(wc -c <record | tr -d ' ')
  tail -c "$length" leaf | cmp -s - record || broken "the record is not the one of the leaf"
  [ "$(head -c 1 leaf | hex)" = 00 ] || broken "leaf is no leaf"
  top=$(sha256 <leaf)
  top=$(follow "$top" <row.proof)
  grep -q "\"row_root\":\"$top\"" commit.json || broken "the record is not in the commit"
  [ "$(cut -c1-64 entry)" = "$(sha256 <commit.json)" ] || broken "the commit is not the one of the log"
  top=$({ printf '\000'; cat entry; } | sha256)
  top=$(follow "$top" <log.proof)
  [ "$top" = "$root" ] || broken "the commit is not under the checkpoint"
  bytes=$(head -c 5 leaf | tail -c 4 | hex)
  topic=$((0x$bytes))
  name=$(head -c $((5 + topic)) leaf | tail -c "$topic")
  partition=$((0x$(head -c $((9 + topic)) leaf | tail -c 4 | hex)))
  offset=$((0x$(head -c $((17 + topic)) leaf | tail -c 8 | hex)))
  [ "$(wc -c <leaf | tr -d ' ')" = $((17 + topic + length)) ] || broken "the leaf has another form"
  echo "proved: the record of $name, partition $partition, offset $offset"
  echo "        was in the log $origin when it had $size commits"
}

# The path of the tile of level $1 (`entries`, or a number) at index $2.
tile() {
  index=$(printf '%03d' $(($2 % 1000)))
  rest=$(($2 / 1000))
  while [ $rest -gt 0 ]; do
    index=$(printf 'x%03d' $((rest % 1000)))/$index
    rest=$((rest / 1000))
  done
  echo "log/tile/$1/$index"
}

# The entries of the bundle $1: each has its length before it, in two bytes.
entries() {
  od -An -v -tu1 "$1" | awk '
    BEGIN { for (byte = 0; byte < 256; byte++) letter[byte] = sprintf("%c", byte) }
    { for (i = 1; i <= NF; i++) {
        if (at == 0) { length_ = $i * 256; at = 1 }
        else if (at == 1) { length_ += $i; at = 2; line = "" }
        else { line = line letter[$i]; if (++at == length_ + 2) { printf "%s", line; at = 0 } }
      } }'
}

# The first $size entries. Bundles that are shorter than the newest must be its beginning.
log_entries() {
  full=$((size / 256)) last=$((size % 256)) at_=0
  while [ $at_ -lt $full ]; do
    path=$(tile entries $at_)
    [ -f "$path" ] || broken "$path is missing"
    entries "$path"
    at_=$((at_ + 1))
  done
  path=$(tile entries $full)
  newest=$path widest=256
  if [ $last -gt 0 ]; then
    [ -f "$path" ] || newest=$path.p/$last widest=$last
    [ -f "$newest" ] || broken "$newest is missing"
    entries "$newest" | head -n $last
  fi
  for shorter in "$path".p/*; do
    [ -f "$shorter" ] && [ "${shorter##*/}" -lt $widest ] 2>/dev/null || continue
    head -c "$(wc -c <"$shorter" | tr -d ' ')" "$newest" | cmp -s - "$shorter" &&
      [ "$(entries "$shorter" | wc -l | tr -d ' ')" = "${shorter##*/}" ] ||
      broken "$shorter is not the beginning of the log's last entries"
  done
}

# Hashes of what lies in $work/part, in the order of its names; empties it.
hash_parts() {
  (cd "$work/part" && find . -type f | sort | xargs sha256sum) | cut -c1-64
  rm -rf "$work/part"
}

# Reads entries and writes the levels of the tree: $work/level.0 has a line for each leaf, each next one a
# line for each pair of the one below. All hashes of a level are made by one run of sha256sum.
log_levels() {
  mkdir "$work/part"
  count=1000000000
  while IFS= read -r line; do
    printf '\000%s\n' "$line" >"$work/part/$count"
    count=$((count + 1))
  done
  [ $count -gt 1000000000 ] || { rmdir "$work/part"; : >"$work/level.0"; return; }
  hash_parts >"$work/level.0"
  level=0
  while [ "$(sed -n 2p "$work/level.$level")" ]; do
    mkdir "$work/part"
    count=1000000000
    # Bytes of a node as octal escapes: 0x01, and both children.
    awk '
      BEGIN { for (n = 0; n < 256; n++) escape[sprintf("%02x", n)] = sprintf("\\%03o", n) }
      NR % 2 { left = $0; next }
      { text = "\\001"; pair = left $0
        for (i = 1; i <= 128; i += 2) text = text escape[substr(pair, i, 2)]
        print text }' "$work/level.$level" >"$work/nodes"
    while IFS= read -r line; do
      # shellcheck disable=SC2059
      printf "$line" >"$work/part/$count"
      count=$((count + 1))
    done <"$work/nodes"
    level=$((level + 1))
    hash_parts >"$work/level.$level"
  done
}

# The root over the first $1 entries: of the perfect subtrees that they are made of, smallest first.
root_at() {
  left=$1 level=0 top=''
  while [ "$left" -gt 0 ]; do
    if [ $((left % 2)) = 1 ]; then
      hash=$(sed -n "${left}p" "$work/level.$level")
      if [ "$top" ]; then top=$(node "$hash" "$top"); else top=$hash; fi
    fi
    left=$((left / 2)) level=$((level + 1))
  done
  echo "${top:-$(printf '' | sha256)}"
}

# Whether the tile $1 holds the hashes of level $2 from line $3 to $4.
has_hashes() { [ "$(hex <"$1")" = "$(sed -n "$3,$4p" "$work/level.$(($2 * 8))" | tr -d '\n')" ]; }

# Tiles of hashes, which whoever proves a record reads: those that must be there, and all that are.
log_tiles() {
  height=0 nodes=$size
  while [ "$nodes" -gt 0 ]; do
    at_=0
    while [ $((at_ * 256)) -lt "$nodes" ]; do
      path=$(tile $height $at_)
      width=$((nodes - at_ * 256))
      [ $width -lt 256 ] || width=256
      [ -f "$path" ] || [ -f "$path.p/$width" ] || broken "$path is missing"
      for present in "$path" "$path".p/*; do
        [ -f "$present" ] || continue
        wide=256
        [ "$present" = "$path" ] || wide=${present##*/}
        # What comes after the checkpoint is not signed yet.
        [ "$wide" -le $width ] 2>/dev/null || continue
        has_hashes "$present" $height $((at_ * 256 + 1)) $((at_ * 256 + wide)) ||
          broken "$present is not the tile that the log's entries make"
      done
      at_=$((at_ + 1))
    done
    height=$((height + 1)) nodes=$((nodes / 256))
  done
}

# The log must have been what the checkpoint $1 says, when it was that long.
continues() {
  stated=$(awk 'NR == 2' "$1")
  told=$(awk 'NR == 3' "$1" | tr -d '\n' | openssl base64 -d -A | hex)
  [ "$(awk 'NR == 1' "$1")" = "$origin" ] || broken "$1 is of another log"
  [ "$stated" -le "$size" ] || broken "$1 covers $stated commits, and the log has $size: its tail was cut off"
  [ "$(root_at "$stated")" = "$told" ] || broken "the first $stated commits are not those of $1"
}

# Takes the files out of the list that are gone and that a tombstone names with the same hash. Only
# tombstones count that commits under the checkpoint name, and that are what these say.
pruned() {
  : >"$work/gone"
  [ -f "$work/files" ] || : >"$work/files"
  grep '^[0-9a-f]*  tombstones/' "$work/files" >"$work/list" || return 0
  sha256sum --check --quiet "$work/list" || broken "tombstones are changed or missing, see above"
  while read -r _ path; do cat "$path"; done <"$work/list" | awk '{
    while (match($0, /"path":"[^"]*","sha256":"[0-9a-f]+"/)) {
      split(substr($0, RSTART, RLENGTH), part, "\"")
      print part[8] "  " part[4]
      $0 = substr($0, RSTART + RLENGTH)
    }
  }' | sort -u >"$work/tombstones"
  sort -u "$work/files" | comm -12 - "$work/tombstones" |
    while read -r hash path; do [ -e "$path" ] || echo "$hash  $path"; done >"$work/gone"
  sort -u "$work/files" | comm -23 - "$work/gone" >"$work/there"
  mv "$work/there" "$work/files"
}

verify_archive() {
  cd "$archive" || unknown "$archive is no directory"
  trust keys
  checkpoint log/checkpoint
  log_entries >"$work/entries" || exit 1
  [ "$(wc -l <"$work/entries" | tr -d ' ')" = "$size" ] || broken "the log has not $size entries"
  log_levels <"$work/entries"
  [ "$(root_at "$size")" = "$root" ] || broken "the entries of the log are not those signed"
  while IFS= read -r rotation; do continues "$rotation"; done <"$work/rotations"
  log_tiles
  echo "checkpoint: $size commits, signed"
  if [ "$since" ]; then
    is_trusted "$since" || broken "$since is not signed by $key, nor by a key that it leads to"
    continues "$since"
    echo "continues: the kept checkpoint of $stated commits"
  fi

  sha256sum --check --quiet "$work/entries" || broken "commits are changed or missing, see above"
  while read -r hash path; do
    printf '%s %s ' "$hash" "$path"
    cat "$path"
  done <"$work/entries" | awk -v files="$work/files" '
    function wrong(what) { print "BROKEN: " $2 ": " what >"/dev/stderr"; bad = 1 }
    {
      chain = $2; sub(/\/[^\/]*$/, "", chain)
      number = $2; sub(/^.*\//, "", number); sub(/\.json$/, "", number)
      if (number + 0 != next_[chain] + 0) wrong("commit " next_[chain] + 0 " is missing before it")
      next_[chain] = number + 1
      if (!match($0, /},"start":[0-9]+,"end":[0-9]+,"previous":(null|"[0-9a-f]+"),/)) wrong("it is no commit")
      split(substr($0, RSTART, RLENGTH), part, /[:,"}]+/)
      if (part[3] + 0 != end[chain] + 0) wrong("it starts at offset " part[3] ", not at " end[chain] + 0)
      if (part[7] != (chain in hash ? hash[chain] : "null")) wrong("it does not name the commit before it")
      end[chain] = part[5]; hash[chain] = $1
      text = $0
      while (match(text, /"path":"[^"]*","sha256":"[0-9a-f]+"/)) {
        split(substr(text, RSTART, RLENGTH), part, "\"")
        print part[8] "  " part[4] >files
        text = substr(text, RSTART + RLENGTH)
      }
    }
    END { exit bad }' || exit 1
  echo "chains: without holes, each commit names the one before it"

  pruned
  if [ -s "$work/files" ]; then
    sha256sum --check --quiet "$work/files" || broken "files are changed or missing, see above"
  fi
  echo "files: $(awk 'END { print NR }' "$work/files"), all as committed"
  [ ! -s "$work/gone" ] || echo "files: $(awk 'END { print NR }' "$work/gone") more, let go under signed tombstones"
  cut -c67- "$work/entries" | sort >"$work/logged"
  find commits -name '*.json' | sort >"$work/present"
  # Whoever reads an archive may have no key: that they read it is signed when the writer runs.
  if comm -13 "$work/logged" "$work/present" | grep -v '^commits/tenure_3Areads/' >&2; then
    unknown "the commits above are not under the checkpoint: start the writer again, and it signs them"
  fi
  echo "intact and complete up to the last commit of the checkpoint"
}

if [ -n "$proof" ]; then verify_proof; else verify_archive; fi
