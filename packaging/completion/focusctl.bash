# bash completion for focusctl, which itself knows what may come next.
# shellcheck shell=bash

_focusctl() {
	local typed candidate line=${COMP_LINE:0:COMP_POINT}

	# bash splits words at = and : too; focusctl does not
	read -ra typed <<<"$line"
	[[ $line == *[[:space:]] ]] && typed+=('')
	COMPREPLY=()
	while IFS=$'\t' read -r candidate _; do
		# and wants only what stands behind the last = that was typed
		[[ ${typed[-1]} == *=* ]] && candidate=${candidate#*=}
		COMPREPLY+=("$candidate")
	done < <(focusctl --complete -- "${typed[@]:1}" 2>/dev/null)
}

complete -F _focusctl focusctl
