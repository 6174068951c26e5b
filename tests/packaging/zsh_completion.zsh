# SPDX-License-Identifier: MIT
# Sourced by an interactive zsh: TAB writes what is offered into $OFFERED, one a line, makes $DONE, and clears the
# line.  Needs FOLDER, where _snag is.
fpath=($FOLDER $fpath)
autoload -Uz compinit
compinit -D -u

compadd() {
  local -a matches
  # Calls that only compute into an array offer nothing.
  if [[ ${@[1,(i)(-|--)]} != *-[a-zA-Z12]#[OAD]* ]]; then
    builtin compadd -O matches "$@"
    print -rl -- $matches >>$OFFERED
  fi
  builtin compadd "$@"
}

complete_and_clear() {
  zle expand-or-complete
  : >$DONE
  zle kill-whole-line
}
zle -N complete_and_clear
bindkey '^I' complete_and_clear
: >$DONE
