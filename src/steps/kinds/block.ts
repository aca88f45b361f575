import type {Kind} from '../kind.ts';
import {safePath} from '../path.ts';

/**
 * Lines of ours at the end of a file that is not ours, between two marks. All else is kept byte for byte, and so are mode and owner; the record says what
 * the file ended with, as that of a line does (kinds/line.ts). A block with one mark only was cut by somebody: it is not touched, and said.
 */
export const block: Kind<'block'> = {
	shell: String.raw`
see_block() { # PATH BEGIN END CONTENT
	[ -f "$1" ] && whole_block "$@" && sed -n "/^$2\$/,/^$3\$/p" -- "$1" | cmp -s - "$D/$4"
}
whole_block() { # PATH BEGIN END
	[ -z "$(grep -a -x -F -e "$2" -e "$3" -- "$1" | sed "/^$2\$/{N;/^$2\n$3\$/d}")" ] ||
		{ echo "$1 has only one of the lines \"$2\" and \"$3\", or not in this order: take them out, and what is left of the block"; return 1; }
}
do_block() {
	file=$(readlink -f -- "$1") || return
	temp=${'$'}{file%/*}/.${'$'}{file##*/}.kubestrap
	rm -f "$temp"
	if [ ! -e "$file" ]; then
		record null || return
		folders "${'$'}{file%/*}" && (umask 022 && : >"$temp") || return
	else
		[ -f "$file" ] || { echo "$1 is no file"; return 1; }
		whole_block "$file" "$2" "$3" || return
		if [ -n "$(tail -c 1 "$file")" ]; then record '"open"'; else record '"whole"'; fi || return
		cp -a "$file" "$temp" && sed "/^$2\$/,/^$3\$/d" -- "$file" >"$temp" || return
		[ -z "$(tail -c 1 "$temp")" ] || echo >>"$temp" || return
	fi
	cat "$D/$4" >>"$temp" || return
	mv -fT "$temp" "$file" 2>/dev/null || { cat "$temp" >"$file" && rm -f "$temp"; }
}
undone_block() { # PATH BEGIN END BEFORE
	[ ! -e "$1" ] || ! grep -aqx -F -e "$2" -e "$3" -- "$1"
}
undo_block() {
	file=$(readlink -f -- "$1") && temp=${'$'}{file%/*}/.${'$'}{file##*/}.kubestrap && whole_block "$file" "$2" "$3" || return
	cp -a "$file" "$temp" && sed "/^$2\$/,/^$3\$/d" -- "$file" >"$temp" || return
	if [ "$4" = open ] && [ "$(tail -n 1 "$file")" = "$3" ]; then truncate -s -1 "$temp" || return; fi
	if [ "$4" = none ] && [ ! -s "$temp" ]; then rm -f "$temp" "$file"; return; fi
	mv -fT "$temp" "$file" 2>/dev/null || { cat "$temp" >"$file" && rm -f "$temp"; }
}`,
	words: ({path, lines}, _context, load) => {
		if (lines.some((text) => /[\n\r]/.test(text) || text === blockBegin || text === blockEnd))
			throw new Error(`a line of a block is one line: ${JSON.stringify(lines)}`);
		return [safePath(path), blockBegin, blockEnd, load([blockBegin, ...lines, blockEnd, ''].join('\n'))];
	},
};

/** One block for a file; neither mark ends as a line of ours does, and neither holds a sign of a regular expression but the dot. */
export const blockBegin = '# kubestrap: begin, kept by kubestrap';
export const blockEnd = '# kubestrap: end';
