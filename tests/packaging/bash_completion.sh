# SPDX-License-Identifier: MIT
# What bash offers after each line of standard input, one line each; words parted by blanks, sorted.
#
#   bash bash_completion.sh COMPLETION < LINES
source /usr/share/bash-completion/bash_completion
source "$1"

while IFS= read -r COMP_LINE; do
	# As readline parts them: = is a word of its own.
	line=${COMP_LINE//=/ = }
	read -ra COMP_WORDS <<<"$line"
	[[ $line != *' ' ]] || COMP_WORDS+=('')
	COMP_POINT=${#COMP_LINE} COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMPREPLY=()
	_snag snag "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" 2>/dev/null
	printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort | tr '\n' ' '
	echo
done
