# Lets the turn end only where the workspace says so.
[ -e "$CLAUDE_PROJECT_DIR/may-stop" ] && exit 0
echo "not yet" >&2
exit 2
