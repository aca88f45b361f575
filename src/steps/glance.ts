/** What a step's file or folder is called when all of them are asked about at once, and whether its bytes matter. */
export type Glance = {readonly path: string; readonly bytes: boolean};

/**
 * A program that only looks asks for the modes of all its files at once, and for the sums of those whose bytes matter: two processes
 * instead of two for each file. `glance` is called before the first phase, `glimpse` finds one file in what was seen.
 */
export const glance = `
seen= sums=
glance() {
	set --
	while IFS= read -r path; do set -- "$@" "$path"; done <"$D/f.seen"
	[ $# -eq 0 ] || seen=$(stat -c '%a %U:%G %F|%n' -- "$@" 2>/dev/null)
	set --
	while IFS= read -r path; do [ ! -f "$path" ] || set -- "$@" "$path"; done <"$D/f.sums"
	[ $# -eq 0 ] || sums=$(sha256sum -- "$@" 2>/dev/null)
}
glimpse() { # PATH → $look, "MODE OWNER TYPE"; $sum. Empty for what is not there.
	look= sum=
	IFS=$nl
	for row in $seen; do case $row in *"|$1") look=\${row%"|$1"}; break ;; esac; done
	for row in $sums; do case $row in *"  $1") sum=\${row%%  *}; break ;; esac; done
	unset IFS
}
`;

/** The lists for it, as they lie beside a program. */
export function glanceFiles(glances: readonly Glance[]): {name: string; content: string}[] {
	const lines = (some: readonly Glance[]) => some.map(({path}) => `${path}\n`).join('');
	return [
		{name: 'f.seen', content: lines(glances)},
		{name: 'f.sums', content: lines(glances.filter(({bytes}) => bytes))},
	];
}
