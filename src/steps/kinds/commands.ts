import type {Command} from '../../model.ts';
import type {Kind} from '../kind.ts';

/** A command as words of an argv. A script stays constant: its arguments come after it. */
export function argvOf(command: Command): readonly string[] {
	return 'sh' in command ? ['sh', '-c', command.sh, 'sh', ...(command.args ?? [])] : command;
}

/** A condition may tell how far it is in lines that begin with `~ `. */
export const wait: Kind<'wait'> = {
	shell: `
see_wait() { # TITLE SECONDS COMMAND…
	shift 2
	if [ "$mode" = observe ]; then eval "wait \\$ahead_$index"; else timeout -k 1 10 "$@"; fi
}
ahead_wait() { # INDEX TITLE SECONDS COMMAND…
	asker=$1
	shift 3
	timeout -k 1 10 "$@" >/dev/null 2>&1 </dev/null &
	eval "ahead_$asker=$!"
}
do_wait() {
	title=$1 seconds=$2 last=0
	shift 2
	while :; do
		now
		waited=$(((now - began) / 100))
		if timeout -k 1 10 "$@" >"$out" 2>&1; then verdict=unchanged; return; fi
		if [ -e "$D/stop" ]; then return 78; fi
		# The operator has seen what makes it vain (src/run/vigil.ts).
		if [ -e "$D/vain.$index" ]; then echo "gave up after $waited s, because it is certain that waiting is in vain: $title"; return 1; fi
		if [ "$waited" -ge "$seconds" ]; then echo "waited $waited s for: $title"; return 1; fi
		if [ "$waited" -ge $((last + 2)) ]; then
			far=$(sed -n 's/^~ //p' "$out" | tail -n 1)
			say "waited $waited of $seconds s\${far:+: $far}"
			last=$waited
		fi
		sleep 0.2
	done
}`,
	words: ({title, seconds, until}) => [title, String(seconds), ...argvOf(until)],
	ahead: 'ahead_wait',
};

export const run: Kind<'run'> = {
	shell: `
see_run() { # STDIN COUNT UNLESS… COMMAND…
	[ "$2" -gt 0 ] || return
	take run "$@"
}
do_run() {
	record null || return
	if [ "$2" -eq 0 ]; then verdict=done; fi
	if [ "$1" = - ]; then past run "$@"; else past run "$@" <"$D/$1"; fi
}
# Runs the first COUNT words as a command. The words are taken from the front to the back, one by one.
take() {
	count=$3 passed=0
	shift 3
	total=$#
	while [ $passed -lt $total ]; do
		if [ $passed -lt "$count" ]; then set -- "$@" "$1"; fi
		shift
		passed=$((passed + 1))
	done
	"$@"
}
past() {
	count=$3
	shift 3
	shift "$count"
	"$@"
}`,
	words({command, stdin, unless}, _context, load) {
		const guard = unless === 'never' ? [] : argvOf(unless);
		return [stdin === undefined ? '-' : load(stdin), String(guard.length), ...guard, ...argvOf(command)];
	},
};
