import {createHash} from 'node:crypto';
import {ConfigError} from '../../errors.ts';
import type {Kind} from '../kind.ts';
import {safePath} from '../path.ts';
import {unpackShell} from './unpack.ts';

/**
 * Locked bytes, laid in place. What was installed is remembered with size, mtime and inode, so looking costs one `stat`.
 * Nothing is in place before its size and sha256 were checked; then every file comes by rename.
 * Without a downloader the operator brings the bytes while the program runs, and it gives up soon after the operator's session has ended.
 */
export const fetch: Kind<'fetch'> = {
	shell: String.raw`${unpackShell}
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
	stat -c '%s %Y %i %a %n' -- "$@" 2>/dev/null
}
do_fetch() {
	mark=$1 input=$2 sha=$3 size=$4 perm=$5 bytes=$S/artifacts/$3
	notify "$6" || return
	obtain "$@" || return
	echo "$sha  $bytes" | sha256sum -c --status - || {
		set -- "$(sha256sum <"$bytes")"
		rm -f "$bytes"
		echo "the artifact has sha256 ${'$'}{1%% *}, but the lock says $sha"
		return 1
	}
	if [ "$8" = at ]; then place "$bytes" "$9" || return; made=$9; else unpack "$@" || return; fi
	record null
	{ echo "$input"; IFS='
'; stat -c '%s %Y %i %a %n' -- $made; } >"$S/artifacts/$mark.new"
	unset IFS
	mv "$S/artifacts/$mark.new" "$S/artifacts/$mark.installed" && rm -f "$bytes"
}
# At the program's beginning the operator is asked for all that will be wanted, so that it comes while other steps run.
ask_fetch() { # INDEX and the words of the step
	index=$1
	shift
	see_fetch "$@" >/dev/null 2>&1 && return
	rm -f "$S/artifacts/$3.no"
	[ -e "$S/artifacts/$3" ] || printf '? %s %s\n' "$index" "$(stat -c %s "$S/artifacts/$3.part" 2>/dev/null || echo 0)" >&3
}
place() { # FROM TO: a rename, or a copy to another file system, and then a rename in the same folder
	folder=${'$'}{2%/*}
	[ -d "$folder" ] || (umask 022 && mkdir -p "$folder") || return
	chmod "$perm" "$1" && mv -fT "$1" "$folder/.${'$'}{2##*/}.kubestrap" && mv -fT "$folder/.${'$'}{2##*/}.kubestrap" "$2"
}
obtain() {
	if [ -e "$bytes" ] && [ "$(stat -c %s "$bytes")" = "$size" ]; then return; fi
	case $7 in
	curl | wget)
		tool=$7
		shift 10
		shift $(($1 + 1))
		download "$@"
		;;
	*) brought ;;
	esac
}
download() {
	for url; do
		say "downloading $url"
		case $tool in
		curl) curl -fsSL --proto '=http,https' --connect-timeout 10 --speed-limit 1 --speed-time 30 --retry 2 -C - -o "$bytes.part" -- "$url" ;;
		wget) wget -q -c --timeout=30 --tries=3 -O "$bytes.part" -- "$url" ;;
		esac && [ "$(stat -c %s "$bytes.part")" = "$size" ] && mv "$bytes.part" "$bytes" && return
		echo "no luck with $url"
		[ "$(stat -c %s "$bytes.part" 2>/dev/null || echo 0)" -lt "$size" ] || rm -f "$bytes.part"
	done
	echo "none of $# places gave the artifact"
	return 1
}
brought() { # the lock of the session is free when its operator is gone
	alone=0 last=0 moved=$began part=
	until [ -e "$bytes" ]; do
		if [ -e "$bytes.no" ]; then cat "$bytes.no"; rm -f "$bytes.no"; return 1; fi
		sleep 0.1
		now
		[ $((now - last)) -ge 200 ] || continue
		last=$now
		held=$(stat -c %s "$bytes.part" 2>/dev/null)
		say "${'$'}{held:-0} of $size bytes are here"
		if [ "$held" != "$part" ]; then part=$held moved=$now; fi
		if flock -n "$S/session.lock" true; then alone=$((alone + 1)); else alone=0; fi
		if [ $alone -ge 8 ]; then echo 'the operator who was to bring the artifact is gone'; return 1; fi
		if [ $((now - moved)) -ge 30000 ]; then echo 'the operator brought no byte for five minutes'; return 1; fi
	done
}`,
	early: {call: 'ask_fetch', when: ({artifact}, {downloader, urls}) => !downloader || urls(artifact).length === 0},
	words(step, {lock, urls, downloader}) {
		const locked = lock.binaries[step.artifact];
		if (locked === undefined) {
			throw new ConfigError([
				{message: `the lock has no artifact ${step.artifact}`, hint: 'make the lock anew for this version'},
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
			places.length > 0 ? (downloader ?? 'none') : 'none',
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
