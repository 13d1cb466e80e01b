#!/bin/sh
# Draws a run as an SVG for the README: picture.sh FILE. It runs some scenarios, one of them wrong on purpose, and draws
# what the terminal shows. A test runs it again and compares.
set -eu
cd "$(dirname "$0")/.."
run() {
  NO_COLOR=1 COLUMNS=100 RESCUE_HARNESS_STATE=$(mktemp -d) "${RESCUE_HARNESS:-rescue-harness}" run \
    scenarios/review/f17-forged-complete.yaml scenarios/review/f13-worker-killed-mid-turn.yaml \
    scenarios/promises/p02-background-watcher.yaml scenarios/promises/p07-bash-cap.yaml \
    ci/picture/what-a-failure-looks-like.yaml
}
text=$(run) || [ $? -eq 1 ]
# The time on the wall differs from run to run and says nothing about the run.
printf '%s\n' "$text" | sed -E 's/ in +[0-9.]+m?s(  |$)/\1/; s/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g' | awk '
  { lines[NR] = $0 }
  END {
    height = NR * 19 + 58
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 860 %d\" font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, monospace\" font-size=\"13\">\n", height
    printf "<rect width=\"860\" height=\"%d\" rx=\"8\" fill=\"#14171c\"/>\n", height
    print "<text x=\"18\" y=\"30\" fill=\"#98a2b3\">$ rescue-harness run</text>"
    for (i = 1; i <= NR; i++) {
      colour = "#e4e8ef"
      if (lines[i] ~ /^ *passed|[0-9]+ passed/) colour = "#4ccf8e"
      if (lines[i] ~ /^ *(FAILED|BROKEN|MENDED)|^    [a-z].* at .*, /) colour = "#ff8577"
      if (lines[i] ~ /^ *known bad/) colour = "#eeb84e"
      if (lines[i] ~ /yaml:[0-9]+$|^ *(see more|run them again|accept them) /) colour = "#98a2b3"
      printf "<text x=\"18\" y=\"%d\" fill=\"%s\" xml:space=\"preserve\">%s</text>\n", 36 + i * 19, colour, lines[i]
    }
    print "</svg>"
  }' >"$1"
