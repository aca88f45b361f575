import {createHash} from 'node:crypto';
import {posix} from 'node:path';
import {contentOf, plainBytes, secretsIn} from '../content.ts';
import type {Kind} from '../kind.ts';
import {safePath} from '../path.ts';

/**
 * Written to a dot file beside it (the kubelet and the `.d` readers skip those), mode and owner first, then renamed.
 * Files of authorities (nothing but one secret without a node in its id), and those that are written once, are synced to disk before the program goes on, so that two sets can never exist.
 */
export const file: Kind<'file'> = {
	shell: String.raw`
see_file() { # CONTENT PATH TEMP FOLDER MODE OWNER HOW SYNC NOTIFY SUM
	if [ "$mode" = observe ]; then
		glimpse "$2"
		case $look in "$5 $6 regular file" | "$5 $6 regular empty file") ;; *) return 1 ;; esac
		[ "$7" != same ] || [ "$sum" = "${'$'}{10}" ]
		return
	fi
	[ -f "$2" ] || return
	case $(stat -c '%a %U:%G %F' "$2") in
	"$5 $6 regular file" | "$5 $6 regular empty file") ;;
	*) return 1 ;;
	esac
	case $7 in
	same | secret) cmp -s "$D/$1" "$2" ;;
	esac
}
do_file() {
	if [ "$7" = kept ]; then
		[ -f "$2" ] && [ ! -L "$2" ] || { echo "$2 should have been kept, but is not there"; return 1; }
		chmod "$5" "$2" && chown "$6" "$2"
		return
	fi
	if [ "$7" = once ] && [ -f "$2" ] && [ ! -L "$2" ]; then
		chmod "$5" "$2" && chown "$6" "$2"
		return
	fi
	if [ -d "$2" ] && [ ! -L "$2" ]; then echo "$2 is a directory"; return 1; fi
	if [ -L "$2" ]; then record "\"link $(readlink "$2" | base64 -w 0)\""
	elif [ ! -e "$2" ]; then record null
	elif [ "$7" = secret ]; then record "\"$(stat -c '%a %U:%G' "$2")\""
	else record "\"$(stat -c '%a %U:%G' "$2") $(base64 -w 0 "$2")\""
	fi || return
	# Of what holds a secret the sum is known here alone.
	if [ "${'$'}{10}" = - ]; then wrote "$2" "file $(sha256sum <"$D/$1" | cut -c 1-64)"; else wrote "$2" "file ${'$'}{10}"; fi || return
	notify "$9" || return
	case $2 in /etc/systemd/system/* | /usr/lib/systemd/system/* | /lib/systemd/system/*) : >"$S/pending/daemon-reload" ;; esac
	folders "$4" || return
	install -m "$5" -o "${'$'}{6%%:*}" -g "${'$'}{6#*:}" "$D/$1" "$3" || return
	if [ "$8" = sync ]; then sync "$3" && mv -fT "$3" "$2" && sync "$4"; else mv -fT "$3" "$2"; fi
}`,
	words(step, _context, load) {
		const path = safePath(step.path);
		const folder = posix.dirname(path);
		const temporary = posix.join(folder, `.${posix.basename(path)}.kubestrap`);
		const content = contentOf(step);
		const secrets = secretsIn(content ?? '');
		const how = content === undefined ? 'kept' : step.once ? 'once' : secrets.length > 0 ? 'secret' : 'same';
		const authority = content?.length === 1 && secrets.some(({secret}) => !secret.includes('@'));
		// Their bytes are never compared again: a power cut must not leave a name without them.
		const isSynced = authority || step.once === true;
		const plain = content === undefined ? undefined : plainBytes(content);
		const owner = step.owner ?? 'root:root';
		return [
			content === undefined ? '-' : load(content),
			path,
			temporary,
			folder,
			step.mode.replace(/^0+(?=.)/, ''),
			owner.includes(':') ? owner : `${owner}:${owner}`,
			how,
			isSynced ? 'sync' : '-',
			(step.notify ?? []).join(' '),
			plain === undefined ? '-' : createHash('sha256').update(plain).digest('hex'),
		];
	},
	// Bytes that hold a secret are not looked at without the secret.
	glance(step) {
		const content = contentOf(step);
		return {path: step.path, bytes: content !== undefined && secretsIn(content).length === 0 && !step.once};
	},
};
