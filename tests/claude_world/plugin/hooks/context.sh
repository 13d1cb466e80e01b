# Reads its input to the end, then adds context: a long one where the workspace asks for it.
cat > /dev/null
context=short
[ -e "$CLAUDE_PROJECT_DIR/long" ] && context=$(printf '%010001d' 0)
printf '{"hookSpecificOutput":{"hookEventName":"PostToolUse","additionalContext":"%s"}}\n' "$context"
