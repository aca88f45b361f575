import {parseImage} from '../../artifacts/mirror.ts';
import {ConfigError} from '../../errors.ts';
import type {LockedImage} from '../../model.ts';
import type {Group} from '../kind.ts';
import {pullShell} from './pull.ts';

/**
 * Adjacent images are one group: looked at with one call, pulled side by side, each by a digest of the lock, then given their name.
 * An image is there when the runtime has it under its name with the lock's config digest (its image ID), whichever way it came.
 */
export const image: Group<'image'> = {
	shell: `${pullShell}
group_image() { # TABLE SOCKET
	begin_group "$1"
	see_images "$2" >"$D/have.$1" 2>"$D/out.$1" || :
	left=
	while read -r index hash ref config places name; do
		out=$D/out.$index
		if grep -Fqx -e "$ref $config" "$D/have.$1"; then told unchanged
		elif [ "$mode" = observe ]; then told changed; showing image "$1"
		else left="$left $index"
		fi
	done <"$D/$1"
	[ -n "$left" ] || return 0
	pulls= pids=
	while read -r index hash ref config places name; do
		case "$left " in *" $index "*) ;; *) continue ;; esac
		out=$D/out.$index
		journal begin
		pull_image "$2" >"$out" 2>&1 </dev/null &
		pulls="$pulls $index:$!" pids="$pids $!"
	done <"$D/$1"
	# A pull is begun anew without harm: who says stop need not wait for it.
	(until [ -e "$D/stop" ]; do sleep 0.3; done; kill $pids) 8>&- 2>/dev/null &
	watcher=$!
	bad=0
	while read -r index hash ref config places name; do
		case "$left " in *" $index "*) ;; *) continue ;; esac
		out=$D/out.$index
		pid=${'$'}{pulls#* $index:}
		if wait "${'$'}{pid%% *}"; then journal changed; told changed
		elif [ -e "$D/stop" ]; then journal stopped; bad=78
		else fails || bad=1
		fi
	done <"$D/$1"
	kill "$watcher"
	return $bad
}
# Lines "NAME:TAG ID", as the runtime knows them.
see_images() {
	crictl -r "$1" images --no-trunc | while read -r ref tag id rest; do echo "$ref:$tag $id"; done
}`,
	rows: ({ref, from}, {lock}) => {
		const locked = lock.images[ref];
		if (locked === undefined) {
			throw new ConfigError([{message: `the lock has no image ${ref}`, hint: 'make the lock anew for this version'}]);
		}
		return [ref, locked.config, placesOf(ref, locked, from).join(',')];
	},
	words: (_steps, {criSocket}) => [criSocket],
};

/** What is pulled, in the order of the lock: each place by digest, its own where the lock gives one, and no place twice. */
export function placesOf(ref: string, {digest, from: locked}: LockedImage, from: readonly string[] = locked): string[] {
	const places = (from.length === 0 ? [ref] : from).map((place) => {
		const [name = place] = place.split('@');
		return `${name.replace(/:[^:/]+$/, '')}@${parseImage(place)?.digest ?? digest}`;
	});
	return [...new Set(places)];
}
