# Answers one hook, whose event is the argument: as the workspace says in a script named on-EVENT, else with a mark.
script="$CLAUDE_PROJECT_DIR/on-$1"
[ -e "$script" ] && exec sh "$script"
case "$1" in
  PostToolUse) mark=post ;;
  PostToolUseFailure) mark=fail ;;
  *) exit 0 ;;
esac
printf '{"hookSpecificOutput":{"hookEventName":"%s","additionalContext":"HOOK-CONTEXT-MARK %s"}}\n' "$1" "$mark"
