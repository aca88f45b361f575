/**
 * Files of a locked archive, laid in place by rename. It is unpacked beside its goal first, and refused when it holds anything but files and
 * folders; tar itself refuses names that climb out. Sets `$made`, the paths that are there now.
 */
export const unpackShell = `
unpack() {
	into=$9
	folders "$into" || return
	shift 9
	strip=$1 count=$2
	shift 2
	tree=$into/.kubestrap-unpack
	rm -rf "$tree"
	mkdir "$tree" || return
	tar -xzf "$bytes" -C "$tree" --no-same-owner --no-same-permissions || { rm -rf "$tree"; return 1; }
	odd=$(find "$tree" ! -type f ! -type d)
	if [ -n "$odd" ]; then rm -rf "$tree"; echo "the archive holds more than files and folders: $odd"; return 1; fi
	made=
	IFS='
'
	for member in $(find "$tree" -type f); do
		unset IFS
		member=${'$'}{member#"$tree/"}
		case $member in "$strip"*) ;; *) continue ;; esac
		short=${'$'}{member#"$strip"}
		if [ "$count" -gt 0 ]; then among "$short" "$count" "$@" || continue; fi
		home=$into/$short
		folders "${'$'}{home%/*}" && keep_old "$home" || return
		chmod "$perm" "$tree/$member" && mv -fT "$tree/$member" "$home" || return
		made="$made
$home"
	done
	unset IFS
	rm -rf "$tree"
	[ -n "$made" ] || { echo "the archive holds none of the files that are wanted of it"; return 1; }
}
among() { # NAME COUNT NAMES…
	wanted=$1 left=$2
	shift 2
	while [ "$left" -gt 0 ]; do
		[ "$1" = "$wanted" ] && return
		shift
		left=$((left - 1))
	done
	return 1
}
`;
