#!/bin/sh
# Fails for each link of the guide that leads to no file.
set -eu
cd docs/guide
broken=0
for page in *.md; do
  for target in $(sed -n 's/.*](\([^):#]*\.md\).*/\1/p' "$page"); do
    [ -e "$target" ] || { echo "docs/guide/$page: $target leads to no file"; broken=1; }
  done
done
exit $broken
