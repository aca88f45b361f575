/**
 * `mend FILE` of lines: a last line that was being written when the machine or the disk stopped does not count, and nobody shall glue the next one
 * to it. Atomic; a file whose last line is whole is not touched. Constant.
 */
export const mending = String.raw`mend() {
	[ -s "$1" ] && [ -n "$(tail -c 1 "$1" | tr '\0' x)" ] || return 0
	head -n "$(wc -l <"$1")" "$1" >"$1.new" && sync "$1.new" && mv "$1.new" "$1"
}
`;
