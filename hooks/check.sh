if command -v cmpm >/dev/null 2>&1; then cmpm hook run {hook} "$@" </dev/null || exit $?; else echo "cmpm is not on PATH: its {hook} check is skipped" >&2; fi # cmpm:hook
