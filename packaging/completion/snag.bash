# SPDX-License-Identifier: MIT
# Completion of snag(1) for bash.  What there is to complete, `snag --help` and `snag COMMAND --help` say themselves.

# The words that --OPTION=A|B takes, or the placeholder (FILE, DIR, PID) that stands for them.
_snag_values()
{
	"$1" "$2" --help 2>/dev/null | sed -n "s/^ .*$3\\(, --[a-z-]*\\)\\{0,1\\}\\[\\{0,1\\}=\\([^] ]*\\).*/\\2/p"
}

# The first words of the lines of a list that `snag "$@"` prints.
_snag_list()
{
	"$@" 2>/dev/null | sed -n 's/^  \(snag \)\{0,1\}\([a-z][a-z-]*\)  *[^ ].*/\2/p'
}

_snag_offer()
{
	COMPREPLY=($(compgen -W "$1" -- "$cur"))
}

_snag_argument_of()
{
	case $2 in
	'') return 1 ;;
	*'|'*) _snag_offer "${2//|/ }" ;;
	FORMAT) _snag_offer "$(_snag_list "$1" report --help)" ;;
	RULE) _snag_offer "$(_snag_list "$1" explain)" ;;
	*FILE* | SCHEDULE) _filedir ;;
	DIR) _filedir -d ;;
	PID) _pids ;;
	esac
}

_snag_operand()
{
	case $2 in
	explain) _snag_offer "$(_snag_list "$1" explain)" ;;
	help) _snag_offer "$(_snag_list "$1" --help)" ;;
	init-ci) _snag_offer 'github gitlab' ;;
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
		_snag_offer "$(_snag_list "$1" --help) help"
		return
	fi
	for ((i = 2; i < cword; i++)); do
		if [[ ${words[i]} == -- ]]; then
			_command_offset $((i + 1))
			return
		fi
	done
	if [[ $prev == -* ]] && _snag_argument_of "$1" "$(_snag_values "$1" "${words[1]}" "$prev")"; then
		return
	elif [[ $cur == -* ]]; then
		_snag_offer "$(_parse_help "$1" "${words[1]} --help") --"
		[[ ${COMPREPLY-} == *= ]] && compopt -o nospace
	else
		_snag_operand "$1" "${words[1]}"
	fi
}

complete -F _snag snag
