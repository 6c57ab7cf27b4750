#compdef focusctl
# zsh completion for focusctl, which itself knows what may come next.

_focusctl() {
	local line
	local -a candidates

	for line in ${(f)"$(focusctl --complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)"}; do
		candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
	done
	_describe -t words focusctl candidates
}

_focusctl "$@"
