# fish completion for focusctl, which itself knows what may come next.

function __focusctl_complete
	set -l words (commandline -opc) (commandline -ct)
	focusctl --complete -- $words[2..] 2>/dev/null
end

complete -c focusctl -f -a '(__focusctl_complete)'
