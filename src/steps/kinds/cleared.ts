import type {Kind} from '../kind.ts';
import {safePath} from '../path.ts';

/**
 * What is mounted on a machine is somebody's data: it is unmounted, and never recursed into. `find -xdev` would not do: a bind mount of the same
 * file system looks like a folder to it, so the kernel's own list is asked. Where something is mounted still, nothing is deleted.
 */
export const unmounted: Kind<'unmounted'> = {
	shell: String.raw`
# mounts_below PATH: what is mounted strictly below it, the deepest first; its own links are resolved.
mounts_below() {
	base=$(readlink -f -- "$1") && [ -n "$base" ] || return 0
	while read -r number parent device root point rest; do
		case $point in *\\*) point=$(printf %b "$(printf %s "$point" | sed 's/\\/\\0/g')") ;; esac
		case $point in "$base"/*) printf '%s\n' "$point" ;; esac
	done </proc/self/mountinfo | sort -r
}
see_unmounted() { # PATH
	[ -z "$(mounts_below "$1")" ]
}
do_unmounted() {
	before=
	while left=$(mounts_below "$1") && [ -n "$left" ]; do
		if [ "$left" = "$before" ]; then
			echo "mounted still, and nothing below $1 is deleted: $(echo $left)"
			echo 'see who uses it (fuser -vm), end that, then run the same command again'
			return 1
		fi
		before=$left
		while read -r point; do umount -c -- "$point"; done <<END
$left
END
	done
}`,
	words: ({path}) => [safePath(path)],
};

/** A tree that is gone: the path itself, or what is directly in it under one of these names (shell patterns). */
export const cleared: Kind<'cleared'> = {
	shell: String.raw`
found_of() { # PATH NAMES…
	if [ $# -eq 1 ]; then
		if [ -e "$1" ] || [ -L "$1" ]; then printf '%s\n' "$1"; fi
		return
	fi
	top=$(readlink -f -- "$1") && [ -d "$top" ] || return 0
	shift
	for pattern; do find "$top" -mindepth 1 -maxdepth 1 -name "$pattern"; done
}
see_cleared() {
	[ -z "$(found_of "$@")" ]
}
do_cleared() {
	found_of "$@" >"$D/found" || return
	while read -r tree; do
		tree=$(readlink -f -- "${'$'}{tree%/*}")/${'$'}{tree##*/}
		held=$(mounts_below "${'$'}{tree%/*}" | while read -r point; do case $point/ in "$tree"/*) echo "$point" ;; esac; done)
		if [ -n "$held" ]; then echo "not deleted, because something is mounted there: $held"; echo 'unmount it, then run the same command again'; return 1; fi
		rm -rf --one-file-system -- "$tree" || return
	done <"$D/found"
}`,
	words: ({path, only = []}) => [safePath(path), ...only],
};
