# Answers one hook with what the workspace holds for the event: a script, which finds the input on its
# standard input.
script="$CLAUDE_PROJECT_DIR/on-$1"
[ -e "$script" ] && exec sh "$script"
exit 0
