import {ConfigError} from '../../errors.ts';
import type {Group} from '../kind.ts';

/**
 * Adjacent images are one group: looked at with one call, pulled side by side, each by the digest of the lock, then given their name.
 * A pull whose line was lost is tried again, five times in all as kubeadm does; any other failure is final.
 * An image is there when the runtime has it under its name with the lock's config digest (its image ID), whichever way it came.
 */
export const image: Group<'image'> = {
	shell: `
group_image() { # TABLE SOCKET
	begin_group "$1"
	see_images "$2" >"$D/have.$1" 2>"$D/out.$1" || :
	left=
	while read -r index hash ref digest config repository name; do
		out=$D/out.$index
		if grep -Fqx -e "$ref $config" "$D/have.$1"; then told unchanged
		elif [ "$mode" = observe ]; then told changed
		else left="$left $index"
		fi
	done <"$D/$1"
	[ -n "$left" ] || return 0
	pulls=
	while read -r index hash ref digest config repository name; do
		case "$left " in *" $index "*) ;; *) continue ;; esac
		out=$D/out.$index
		journal begin
		pull_image "$2" >"$out" 2>&1 </dev/null &
		pulls="$pulls $index:$!"
	done <"$D/$1"
	bad=0
	while read -r index hash ref digest config repository name; do
		case "$left " in *" $index "*) ;; *) continue ;; esac
		out=$D/out.$index
		pid=${'$'}{pulls#* $index:}
		if wait "${'$'}{pid%% *}"; then journal changed; told changed; else fails || bad=1; fi
	done <"$D/$1"
	return $bad
}
# Lines "NAME:TAG ID", as the runtime knows them.
see_images() {
	crictl -r "$1" images --no-trunc | while read -r ref tag id rest; do echo "$ref:$tag $id"; done
}
pull_image() {
	kind=image
	record null
	tries=1
	until timeout 1800 crictl -r "$1" pull "$repository@$digest"; do
		[ $tries -lt 5 ] && grep -Eq 'timeout|DeadlineExceeded|connection reset|unreachable|no route to host|EOF' "$out" || return 1
		tries=$((tries + 1))
		say "the line to the registry was lost: try $tries of 5"
	done
	ctr -a "${'$'}{1#unix://}" -n k8s.io images tag --force "$repository@$digest" "$ref" >/dev/null || return
	tries=0
	until see_images "$1" | grep -Fqx -e "$ref $config"; do
		tries=$((tries + 1))
		[ $tries -lt 50 ] || { echo "$ref was pulled, but its image ID is not the lock's $config:"; see_images "$1" | grep -F -e "$ref "; return 1; }
		sleep 0.1
	done
}`,
	rows: ({ref}, {lock}) => {
		const locked = lock.images[ref];
		if (locked === undefined) {
			throw new ConfigError([{message: `the lock has no image ${ref}`, hint: 'make the lock anew for this version'}]);
		}
		return [ref, locked.digest, locked.config, ref.replace(/:[^:/]+$/, '')];
	},
	words: (_steps, {criSocket}) => [criSocket],
};
