# SPDX-License-Identifier: MIT
# Completion of snag(1) for bash.  What there is to complete, `snag --help` and `snag COMMAND --help` say themselves.

# The words that --OPTION=A|B takes, or the placeholder (FILE, DIR, PID) that stands for them.
_snag_values()
{
	"$1" "$2" --help 2>/dev/null | sed -n "s/^ .*$3\\(, --[a-z-]*\\)\\{0,1\\}\\[\\{0,1\\}=\\([^] ]*\\).*/\\2/p"
}

_snag_argument_of()
{
	case $1 in
	'') return 1 ;;
	*'|'*) COMPREPLY=($(compgen -W "${1//|/ }" -- "$cur")) ;;
	*FILE*) _filedir ;;
	DIR) _filedir -d ;;
	PID) _pids ;;
	esac
}

_snag_operand()
{
	case $2 in
	explain) COMPREPLY=($(compgen -W "$("$1" explain 2>/dev/null | sed -n 's/^  \([a-z-]*\)  .*/\1/p')" -- "$cur")) ;;
	run) ;;
	ps | top)
		_pids
		_filedir
		;;
	*) _filedir ;;
	esac
}

_snag()
{
	local cur prev words cword split i
	_init_completion -s -n '|' || return
	if ((cword == 1)); then
		COMPREPLY=($(compgen -W "$("$1" --help 2>/dev/null | sed -n 's/^  snag \([a-z-]*\) .*/\1/p') help" -- "$cur"))
		return
	fi
	for ((i = 2; i < cword; i++)); do
		if [[ ${words[i]} == -- ]]; then
			_command_offset $((i + 1))
			return
		fi
	done
	if [[ $prev == -* ]] && _snag_argument_of "$(_snag_values "$1" "${words[1]}" "$prev")"; then
		return
	elif [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W "$(_parse_help "$1" "${words[1]} --help") --" -- "$cur"))
		[[ ${COMPREPLY-} == *= ]] && compopt -o nospace
	else
		_snag_operand "$1" "${words[1]}"
	fi
}

complete -F _snag snag
