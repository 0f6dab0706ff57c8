#!/bin/sh
# Draws the pictures of the README from what cmpm really prints: `docs/pictures/make.sh [PROGRAM]`
set -eu
cmpm=$(realpath "${1:-target/release/cmpm}")
here=$(dirname "$(realpath "$0")")
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
export HOME="$temporary" GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 LC_ALL=C.UTF-8

# Text with colours on standard input, a picture of it on standard output.
draw() { # TITLE
  awk -v title="$1" '
    function escaped(text) { gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); gsub(/>/, "\\&gt;", text); return text }
    BEGIN { split("1 2 31 32 33 34 35 36", codes, " "); split("b q r g y l m c", classes, " "); for (i in codes) class[codes[i]] = classes[i] }
    {
      plain = $0; gsub(/\033\[[0-9;]*m/, "", plain); if (length(plain) > most) most = length(plain)
      line = ""; style = ""; count = split($0, pieces, "\033")
      for (i = 1; i <= count; i++) {
        piece = pieces[i]
        if (i > 1) { code = substr(piece, 2, index(piece, "m") - 2); piece = substr(piece, index(piece, "m") + 1); style = class[code] }
        if (piece != "") line = line (style == "" ? escaped(piece) : "<tspan class=\"" style "\">" escaped(piece) "</tspan>")
      }
      lines[NR] = line
    }
    END {
      width = most * 7.83 + 32; height = NR * 18 + 28
      printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" role=\"img\" aria-label=\"%s\">\n", width, height, width, title
      print "<style>text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#c9d1d9;white-space:pre}.b{font-weight:bold;fill:#f0f6fc}.q{fill:#8b949e}.r{fill:#ff7b72}.g{fill:#7ee787}.y{fill:#f2cc60}.l{fill:#79c0ff}.m{fill:#d2a8ff}.c{fill:#76e3ea}</style>"
      printf "<rect width=\"%d\" height=\"%d\" rx=\"8\" fill=\"#0d1117\"/>\n", width, height
      for (i = 1; i <= NR; i++) if (lines[i] != "") printf "<text x=\"16\" y=\"%d\" xml:space=\"preserve\">%s</text>\n", i * 18 + 10, lines[i]
      print "</svg>"
    }'
}

# The demo without its long pages.
"$cmpm" demo --color always --keep "$temporary/logbook" 2>/dev/null | awk '
  { plain = $0; gsub(/\033\[[0-9;]*m/, "", plain) }
  plain ~ /^[$#] / { shown = plain ~ /^\$ cmpm (ready|delegate (run|resume|approve|reject)|memory search)/ || (plain ~ /^# (The tickets|One agent|The other|What went)/) }
  /gone again|repository is in/ { shown = 0 }
  shown' | draw "cmpm demo" > "$here/loop.svg"

cd "$temporary/logbook"
"$cmpm" issue create "Write a page about reviews" --priority high --assignee ada --acceptance "it says who reviews" --acceptance "it says when" >/dev/null
"$cmpm" issue create "Say when a decision is out of date" --assignee ines --priority low >/dev/null
"$cmpm" task create "Collect questions of new colleagues" --assignee ada >/dev/null
"$cmpm" ticket update TSK --status in_progress >/dev/null
"$cmpm" board --color always | draw "cmpm board" > "$here/board.svg"
