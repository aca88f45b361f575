/**
 * The survey as one constant POSIX sh script, for any node with coreutils and util-linux. It changes nothing: what it reads is laid out in a folder
 * of its own on tmpfs, so that every piece can be measured and summed once, with few processes, and is gone at the end.
 *
 * Arguments: the nonce that marks its answer, then `key=value` items (arguments.ts). Answer on stdout, judged by frames.ts:
 *   survey NONCE COUNT        one line
 *   LENGTH NAME               COUNT lines
 *   SHA256  NAME              COUNT lines, same order
 *   the bytes of all frames, one after the other
 *   end NONCE COUNT           one line
 * Private keys and tokens never get into a frame: of a key file its mode and its public half, of a kubeconfig its server and certificates.
 */
import type {Probe} from '../checks/row.ts';
import {fileScript} from './file-script.ts';

/** What every framed script begins with: a folder of its own, the nonce taken off the arguments, and the names of its parts. */
export const prologue = `set -u
umask 077
LC_ALL=C PATH=\${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
nonce=$1
shift
exec </dev/null
for base in /run /dev/shm /tmp; do t=$(mktemp -d "$base/kubestrap-$0.XXXXXXXX" 2>/dev/null) && break; done
[ -n "$t" ] || { echo 'no folder for the survey could be made in /run, /dev/shm or /tmp' >&2; exit 1; }
trap 'rm -rf "$t"' EXIT
trap 'exit 1' HUP INT TERM
date +%s%N >"$t/begin" || exit 1
mkdir "$t/out" "$t/err" "$t/text" "$t/pub" || exit 1
: >"$t/codes"
nl='
'
`;

/** Waits for what runs beside, and prints the folder as frames. */
export const epilogue = `wait
date +%s%N >"$t/end" || exit 1
cd "$t" || exit 1
set --
for name in begin end codes texts pubs out/* err/* text/* pub/*; do
	case $name in err/*) [ -s "$name" ] || continue ;; esac
	[ ! -f "$name" ] || set -- "$@" "$name"
done
printf 'survey %s %s\\n' "$nonce" "$#"
stat -c '%s %n' -- "$@" || exit 1
sha256sum -- "$@" || exit 1
cat -- "$@" || exit 1
printf 'end %s %s\\n' "$nonce" "$#"
`;

/** No frame grows over 4 MiB (blocks of 512 bytes): what tries fails, and says so. */
const bounds = 'ulimit -f 8192\n';

/** Slow looks (name service, file systems that may hang) run beside the others. */
const beside = new Set(['lookup', 'disks', 'externalEtcd', 'dpkgAudit']);

/** The script that takes these looks. Its text depends on the table of looks alone, never on a config. Names of looks are plain words. */
export function surveyScript(probes: readonly Probe[]): string {
	const blocks = probes.map((probe) => {
		const {name, sh, deep} = probe;
		const look = `{ (\n${sh}\n) >"$t/out/${name}" 2>"$t/err/${name}"; printf '%s %s\\n' ${name} "$?" >>"$t/codes"; }`;
		return deep ? `[ -z "$deep" ] || ${look}` : beside.has(name) ? `${look} &` : look;
	});
	const asked = 'deep=\nfor item; do case $item in deep=1) deep=1 ;; esac; done\n';
	// Those that run beside begin first.
	const ordered = [...blocks.filter((block) => block.endsWith('&')), ...blocks.filter((block) => !block.endsWith('&'))];
	return [prologue, bounds, fileScript, asked, ordered.join('\n'), '\n', epilogue].join('');
}
