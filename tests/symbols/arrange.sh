#!/bin/sh
# SPDX-License-Identifier: MIT
# Puts a program's debug information where distributions put it, and runs a command on the result.
#
#   arrange.sh WAY PROGRAM FOLDER COMMAND...      runs COMMAND... FOLDER/bank FOLDER/debug
#
# FOLDER/bank is the program, stripped.  WAY says where the debug information is:
#   beside      FOLDER/bank.debug, named by .gnu_debuglink; beside-by-sum: the same for a program without build id
#   elsewhere   FOLDER/debug/bank.debug, named by .gnu_debuglink
#   build-id    FOLDER/debug/.build-id/xx/yyyy.debug
#   dwz         as build-id, with what is shared with another program in FOLDER/debug/.dwz/common (Debian's -dbgsym)
#   mini        only a symbol table, compressed, in the program itself (Fedora's .gnu_debugdata)
#   other-id    as beside, but bank.debug has another build id
#   other-sum   as beside, but bank.debug has another check sum
set -e
way=$1 program=$2 folder=$3
shift 3

need() { # TOOL
	command -v "$1" >/dev/null || { echo "skipped: $1 is missing"; exit 77; }
}

split() { # TO: the debug information goes to a file, whose name goes to the program
	objcopy --only-keep-debug "$program" "$1"
	objcopy --strip-all --add-gnu-debuglink="$1" "$program" "$folder/bank"
}

split_by_id() { # PROGRAM
	to=$folder/debug/.build-id/$(readelf -n "$1" | sed -n 's|.*Build ID: \(..\)\(.*\)|\1/\2.debug|p')
	mkdir -p "$(dirname "$to")"
	objcopy --only-keep-debug "$1" "$to"
	objcopy --strip-all "$program" "$folder/bank"
}

rm -rf "$folder"
mkdir -p "$folder/debug"
case $way in
beside | beside-by-sum)
	split "$folder/bank.debug"
	;;
elsewhere)
	split "$folder/debug/bank.debug"
	;;
build-id)
	split_by_id "$program"
	;;
dwz)
	need dwz
	mkdir "$folder/debug/.dwz"
	cp "$program" "$folder/one"
	cp "$program" "$folder/two"
	dwz -m "$folder/debug/.dwz/common" "$folder/one" "$folder/two"
	split_by_id "$folder/one"
	;;
mini)
	need xz
	objcopy --strip-debug "$program" "$folder/symbols"
	xz "$folder/symbols"
	objcopy --strip-all --add-section .gnu_debugdata="$folder/symbols.xz" "$program" "$folder/bank"
	;;
other-id)
	split "$folder/bank.debug"
	objcopy --dump-section .note.gnu.build-id="$folder/note" "$folder/bank"
	{ head -c 16 "$folder/note"; tail -c +17 "$folder/note" | tr '\000-\377' '\001-\377\000'; } >"$folder/other"
	objcopy --update-section .note.gnu.build-id="$folder/other" "$folder/bank.debug"
	;;
other-sum)
	split "$folder/bank.debug"
	echo more >>"$folder/bank.debug"
	;;
esac
exec "$@" "$folder/bank" "$folder/debug"
