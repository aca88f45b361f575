/**
 * Files of lines that a node keeps (the journal, the record of what is ours, that of a firewall), and what a power cut, a full disk or a kill leaves in
 * them: an end without its newline, a hole of zeros where bytes had not reached the disk, and, of earlier versions, a line right behind such an end.
 * `mend` and `keep` need the file for themselves; `jot` does not. Constant; of the tools only what the smallest Debian and RHEL have.
 */
export const mending = String.raw`
ended() { [ ! -s "$1" ] || [ -z "$(tail -c 1 "$1" | tr '\0' x)" ]; }
# mended FILE: only its whole lines, each for itself. An object whose newline alone is missing is whole.
mended() {
	if ended "$1"; then last=; else last='$s/$/\x00/;'; fi
	case $1 in
	*.ndjson) LC_ALL=C sed -n -e "$last"'s/\x00\x00*/\n/g; s/\(.\)\({"\(unit\|event\|kind\)":"\)/\1\n\2/g; tn' -e ':n' \
		-e '/^{"[a-z]*":[^\n]*\(:[0-9]*\|:null\|[^\\\n]"\|\\\\"\)}\(\n\|$\)/P; s/^[^\n]*\n//; tn' "$1" ;;
	*) LC_ALL=C sed "$last"'s/^.*\x00//; /^$/d' "$1" ;;
	esac
}
# mend FILE: one that is whole is not touched. By a rename; where there is no room for it, what is torn gets an end, and readers pass over it.
mend() {
	[ -s "$1" ] || return 0
	! mended "$1" | cmp -s - "$1" || return 0
	if { mended "$1" >"$1.new" && sync "$1.new" && mv "$1.new" "$1" && sync "${'$'}{1%/*}"; } 2>/dev/null; then return; fi
	rm -f "$1.new"
	ended "$1" || printf '\n' >>"$1"
}
# jot FILE LINE, where others may write at the same time: an empty line hurts nobody.
jot() {
	ended "$1" || printf '\n' >>"$1" || return
	printf '%s\n' "$2" >>"$1"
}
# keep FILE LINE: it is on disk when we come back, or not in the file at all.
keep() {
	ended "$1" || mend "$1" || return
	kept=$(stat -c %s -- "$1" 2>/dev/null || echo 0)
	if printf '%s\n' "$2" >>"$1" && sync "$1" "${'$'}{1%/*}"; then return; fi
	truncate -s "$kept" -- "$1"
	return 1
}
`;
