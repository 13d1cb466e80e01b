#!/bin/sh
# Joins the parts of a sharded run: merge.sh PARTS REPORTS [COUNT]. Ends like one run of everything.
set -eu
parts=$1
reports=$2
count=${3:-5}
for part in $(seq 1 "$count"); do
  if [ ! -f "$parts/part-$part.json" ]; then
    echo "part $part of $count is missing in $parts: its pod broke, see its log" >&2
    exit 5
  fi
done
mkdir -p "$reports"
exec "${RESCUE_HARNESS:-rescue-harness}" merge "$parts"/part-*.json --report "html=$reports/report.html" --report "junit=$reports/report.xml"
