#!/bin/sh
# Prints the number that the next decision gets: one more than the highest in the folder.
set -eu

folder=${1:?usage: next-number.sh FOLDER}
highest=$(ls "$folder" | sed -n 's/^\([0-9][0-9][0-9][0-9]\)-.*\.md$/\1/p' | sort | tail -n 1)
# A leading zero would make the shell read the number as octal.
plain=$(printf '%s' "${highest:-0}" | sed 's/^0*//')
printf '%04d\n' $((${plain:-0} + 1))
