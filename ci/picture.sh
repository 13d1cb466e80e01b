#!/bin/sh
# Draws a run as an SVG for the README: picture.sh FILE [PATH…] runs the scenarios and writes what the terminal shows.
set -eu
out=$1
shift
text=$(NO_COLOR=1 COLUMNS=100 "${RESCUE_HARNESS:-rescue-harness}" run "$@") || [ $? -eq 1 ]
# The time on the wall differs from run to run and says nothing about the run.
printf '%s\n' "$text" | sed -E 's/ in +[0-9.]+m?s  /  /; s/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g' | awk '
  { lines[NR] = $0 }
  END {
    height = NR * 19 + 58
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 860 %d\" font-family=\"ui-monospace, monospace\" font-size=\"13\">\n", height
    printf "<rect width=\"860\" height=\"%d\" rx=\"8\" fill=\"#14171c\"/>\n", height
    print "<text x=\"18\" y=\"30\" fill=\"#98a2b3\">$ rescue-harness run</text>"
    for (i = 1; i <= NR; i++) {
      colour = "#e4e8ef"
      if (lines[i] ~ /^ *passed|[0-9]+ passed/) colour = "#4ccf8e"
      if (lines[i] ~ /^ *(FAILED|BROKEN|MENDED)/) colour = "#ff8577"
      if (lines[i] ~ /^ *known bad/) colour = "#eeb84e"
      printf "<text x=\"18\" y=\"%d\" fill=\"%s\" xml:space=\"preserve\">%s</text>\n", 36 + i * 19, colour, lines[i]
    }
    print "</svg>"
  }' >"$out"
