import type {Kind} from '../kind.ts';
import {safePath} from '../path.ts';

/** How a line of ours ends in a file that is not ours: what has this end is ours, all else is kept byte for byte. */
export const ownLineEnd = ' # kubestrap';

/**
 * One line of a file that is not ours, such as /etc/hosts. The record says what the file ended with before: `null` it was not there, `"whole"` a line's
 * end, `"open"` none. To undo: take out the lines with our end; where it was open and ours was the last one, the end of the line before it as well; and a file
 * that was not there, if nothing is left in it.
 * Mode, owner and what else the file has are those of before. A file that is a mount of its own (in containers) is written in place.
 */
export const line: Kind<'line'> = {
	shell: String.raw`
see_line() { # PATH LINE END
	[ -f "$1" ] && ours=$(grep -a -e "$3$" -- "$1") && [ "$ours" = "$2$3" ]
}
do_line() {
	file=$(readlink -f -- "$1") || return
	temp=${'$'}{file%/*}/.${'$'}{file##*/}.kubestrap
	rm -f "$temp"
	if [ ! -e "$file" ]; then
		record null || return
		(umask 022 && : >"$temp") || return
	else
		[ -f "$file" ] || { echo "$1 is no file"; return 1; }
		if [ -n "$(tail -c 1 "$file")" ]; then record '"open"'; else record '"whole"'; fi || return
		cp -a "$file" "$temp" || return
		# A last line without an end gets one here: ours comes after it.
		grep -a -v -e "$3$" -- "$file" >"$temp" || [ $? -eq 1 ] || return
	fi
	printf '%s%s\n' "$2" "$3" >>"$temp" || return
	mv -fT "$temp" "$file" 2>/dev/null || { cat "$temp" >"$file" && rm -f "$temp"; }
}`,
	words: ({path, line: text}) => {
		if (/[\n\r]/.test(text)) throw new Error(`a line has no line's end in it: ${JSON.stringify(text)}`);
		return [safePath(path), text, ownLineEnd];
	},
};
