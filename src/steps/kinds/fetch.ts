import {createHash} from 'node:crypto';
import {ConfigError} from '../../errors.ts';
import type {Kind} from '../kind.ts';
import {safePath} from '../path.ts';
import {downloadShell} from './download.ts';
import {unpackShell} from './unpack.ts';

/**
 * Locked bytes, laid in place. What was installed is remembered with size, mtime and inode, so looking costs one `stat`.
 * Nothing is in place before its size and sha256 were checked; then every file comes by rename.
 * The node downloads them if it can. Else the operator brings them while the program runs, which gives up soon after the operator is gone.
 */
export const fetch: Kind<'fetch'> = {
	shell: String.raw`${downloadShell}${unpackShell}
see_fetch() { # MARK INPUT SHA256 SIZE MODE NOTIFY DOWNLOADER into|at PATH STRIP COUNT ONLY… URL…
	[ -e "$S/artifacts/$1.installed" ] || return
	{
		read -r input
		[ "$input" = "$2" ] || return
		files=$(cat)
	} <"$S/artifacts/$1.installed"
	[ "$(stated "$files")" = "$files" ]
}
# The files of a record, as they are now. Names are the last column, and hold no newline.
stated() {
	IFS='
'
	set -- $1
	unset IFS
	for file; do
		shift
		set -- "$@" "/${'$'}{file#*/}"
	done
	stat -c '%s %.9Y %i %a %n' -- "$@" 2>/dev/null
}
do_fetch() {
	mark=$1 input=$2 sha=$3 size=$4 perm=$5 bytes=$S/artifacts/$3
	if as_big "$@"; then
		if echo "$sha  $9" | sha256sum -c --status - && [ "$(stat -c '%a %U:%G' "$9")" = "$perm root:root" ]; then
			made=$9 verdict=unchanged
			installed
			return
		fi
		want_fetch "$@"
	fi
	notify "$6" || return
	right "$@" || return
	record null || return
	if [ "$8" = at ]; then place "$bytes" "$9" || return; made=$9; else unpack "$@" || return; fi
	installed && rm -f "$bytes" "$bytes.asked"
}
# Wrong bytes are dropped and got once more: first by the node, from the beginning, then from the operator, who says who gives them.
right() {
	for next in node operator nobody; do
		if [ ! -e "$bytes" ]; then brought || return; fi
		echo "$sha  $bytes" | sha256sum -c --status - && return
		got=$(sha256sum <"$bytes")
		rm -f "$bytes" "$bytes.part"
		echo "the artifact has sha256 ${'$'}{got%% *}, but the lock says $sha"
		# The operator compared them before he sent them, and hears of each artifact once.
		[ ! -e "$bytes.asked" ] || return 1
		case $next in
		node) want_fetch "$@" ;;
		operator) ask_operator ;;
		*) return 1 ;;
		esac
	done
}
installed() { # remembers the files in $made as they are
	{
		echo "$input"
		IFS='
'
		stat -c '%s %.9Y %i %a %n' -- $made
	} >"$S/artifacts/$mark.new"
	unset IFS
	mv "$S/artifacts/$mark.new" "$S/artifacts/$mark.installed"
}
# From the program's beginning all that will be wanted is got, one after the other, while other steps run. What the node cannot get itself
# the operator is asked for.
ask_fetch() { # INDEX and the words of the step
	index=$1
	shift
	see_fetch "$@" >/dev/null 2>&1 || as_big "$@" || want_fetch "$@"
}
# A binary of the right size may be the right one: the step itself looks closer, which takes a while.
as_big() { [ "$8" = at ] && [ "$(stat -c '%s %F' "$9" 2>/dev/null)" = "$4 regular file" ]; }
want_fetch() {
	size=$4 tool=$7 bytes=$S/artifacts/$3
	rm -f "$bytes.no" "$bytes.asked"
	[ -e "$bytes" ] && return
	shift 10
	shift $(($1 + 1))
	download "$@" >"$D/out.early" 2>&1 || ask_operator
}
ask_operator() {
	: >"$bytes.asked"
	printf '? %s %s\n' "$index" "$(stat -c %s "$bytes.part" 2>/dev/null || echo 0)" >&3
}
place() { # FROM TO: a rename, or a copy to another file system, and then a rename in the same folder
	folder=${'$'}{2%/*}
	folders "$folder" && keep_old "$2" || return
	chmod "$perm" "$1" && mv -fT "$1" "$folder/.${'$'}{2##*/}.kubestrap" && mv -fT "$folder/.${'$'}{2##*/}.kubestrap" "$2" || return
	# A rename keeps SELinux' label of the folder that it came from, and systemd starts no program with that of /var/lib.
	! command -v restorecon >/dev/null || restorecon -- "$2" || :
}
# What somebody else has in place of a binary of ours is kept, so that reset can give it back.
keep_old() { # PATH
	json "$1"
	if is_owned binary "$json"; then return; fi
	if [ -e "$1" ] || [ -L "$1" ]; then
		mkdir -p "$S/replaced${'$'}{1%/*}" && cp -a "$1" "$S/replaced$1" && { [ -L "$1" ] || sync "$S/replaced$1"; } && sync "$S/replaced${'$'}{1%/*}" || return
		own binary "$json" "\"$(stat -c '%a %U:%G' "$1")\""
	else own binary "$json" null
	fi
}
# The lock of the session is free when its operator is gone; then nothing will come any more.
brought() {
	alone=0 last=0 moved=$began part=
	until [ -e "$bytes" ]; do
		if [ -e "$bytes.no" ]; then cat "$bytes.no"; rm -f "$bytes.no"; return 1; fi
		if [ -e "$D/stop" ]; then return 78; fi
		sleep 0.1
		now
		[ $((now - last)) -ge 200 ] || continue
		last=$now
		held=$(stat -c %s "$bytes.part" 2>/dev/null)
		say "${'$'}{held:-0} of $size bytes are here"
		if [ "$held" != "$part" ]; then part=$held moved=$now alone=0; fi
		if [ -e "$bytes.asked" ] && flock -n "$S/session.lock" true; then alone=$((alone + 1)); else alone=0; fi
		if [ $alone -ge 8 ]; then echo 'the operator who was to bring the artifact is gone'; return 1; fi
		# An operator who lives brings it or says why not, however slow his line is; this is for one who hangs.
		if [ $((now - moved)) -ge 360000 ]; then echo 'no byte came for an hour'; return 1; fi
	done
}`,
	early: 'ask_fetch',
	words(step, {lock, urls, downloader}) {
		const locked = lock.binaries[step.artifact];
		if (locked === undefined) {
			throw new ConfigError([
				{message: `the lock has no artifact ${step.artifact}`, hint: '`kubestrap images lock` makes a lock for this version'},
			]);
		}
		const places = urls(step.artifact);
		const only = step.unpack?.only ?? [];
		const into = safePath(step.unpack?.into ?? step.path ?? '');
		return [
			markOf(step.artifact),
			createHash('sha256')
				.update(JSON.stringify([locked.sha256, step]))
				.digest('hex'),
			locked.sha256,
			String(locked.size),
			step.mode.replace(/^0+(?=.)/, ''),
			(step.notify ?? []).join(' '),
			downloader ?? 'none',
			step.unpack ? 'into' : 'at',
			into,
			step.unpack?.strip ?? '',
			String(only.length),
			...only,
			...places,
		];
	},
};

/** The name of an artifact's record on the node. */
function markOf(artifact: string): string {
	return artifact.replaceAll(/[^A-Za-z0-9.+-]/g, '_');
}
