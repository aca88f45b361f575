import type {Kind} from '../kind.ts';
import {safePath} from '../path.ts';

export const dir: Kind<'dir'> = {
	shell: String.raw`
see_dir() { # PATH MODE OWNER
	if [ "$mode" = observe ]; then
		glimpse "$1/."
		[ "$look" = "$2 $3 directory" ]
		return
	fi
	[ -d "$1" ] && [ "$(stat -c '%a %U:%G' "$1/.")" = "$2 $3" ]
}
do_dir() {
	if [ -d "$1" ]; then record "\"$(stat -c '%a %U:%G' "$1/.")\"" && wrote "$1" "dir $2 $3"; else folders "$1"; fi || return
	chmod "$2" "$1" && chown "$3" "$1"
}`,
	words: ({path, mode, owner = 'root:root'}) => [
		safePath(path),
		mode.replace(/^0+(?=.)/, ''),
		owner.includes(':') ? owner : `${owner}:${owner}`,
	],
	glance: ({path}) => ({path: `${path}/.`, bytes: false}),
};

export const link: Kind<'link'> = {
	shell: String.raw`
see_link() { # PATH TARGET TEMP
	[ -L "$1" ] && [ "$(readlink "$1")" = "$2" ]
}
do_link() {
	if [ -L "$1" ]; then record "\"link $(readlink "$1" | base64 -w 0)\""
	elif [ -d "$1" ]; then echo "$1 is a directory"; return 1
	elif [ -e "$1" ]; then record "\"$(stat -c '%a %U:%G' "$1")\""
	else record null
	fi && wrote "$1" "link $2" || return
	ln -sfnT "$2" "$3" && mv -fT "$3" "$1"
}`,
	words: ({path, to}) => [safePath(path), to, `${path}.kubestrap`],
};

export const absent: Kind<'absent'> = {
	shell: String.raw`
see_absent() { # PATH NOTIFY
	[ ! -e "$1" ] && [ ! -L "$1" ]
}
do_absent() {
	# What we had laid there is on record already, with what was there before us.
	if is_owned file "$name" || is_owned link "$name"; then :
	elif [ -f "$1" ] && [ ! -L "$1" ] && [ "$(stat -c %s "$1")" -lt 1048576 ]; then record "\"$(stat -c '%a %U:%G' "$1") $(base64 -w 0 "$1")\""
	elif [ -L "$1" ]; then record "\"link $(readlink "$1" | base64 -w 0)\""
	else record "\"$(stat -c '%a %U:%G' "$1")\""
	fi && wrote "$1" absent || return
	notify "$2" || return
	case $1 in /etc/systemd/system/*) : >"$S/pending/daemon-reload" ;; esac
	rm -rf --one-file-system "$1"
}`,
	words: ({path, notify = []}) => [safePath(path), notify.join(' ')],
};
