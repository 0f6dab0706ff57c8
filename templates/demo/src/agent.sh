#!/bin/sh
# Plays the agent: one that works fast and looks twice only when it is told to.
set -eu

fix() { # FILE SED-SCRIPT
  sed "$2" "$1" > "$1.new"
  cat "$1.new" > "$1"
  rm "$1.new"
}

case $CMPM_TICKET in
ISS-0007)
  if grep -q '](\.\./[a-z-]*\.md' docs/guide/getting-started.md; then
    fix docs/guide/getting-started.md 's|](\.\./\([a-z-]*\.md\)|](\1|'
    echo "Fixed every link of the guide."
  else
    fix docs/guide/index.md 's|](\.\./\([a-z-]*\.md\)|](\1|; s|Numbering.md|numbering.md|; s|Who-Reviews|who-reviews|'
    fix docs/guide/numbering.md 's|when_it_counts|when-it-counts|'
    echo "Fixed the links that the gate named, and two anchors."
  fi
  ;;
ISS-0008)
  fix src/next-number.sh 's|%04d|%05d|'
  echo "Found it easier to give decisions five digits."
  ;;
esac
