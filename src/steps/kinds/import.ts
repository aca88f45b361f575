import type {Group} from '../kind.ts';

/**
 * Images of a bundle, a group like those that are pulled. What the runtime lacks is asked of the operator at once, then each image is
 * handed to containerd as soon as its blobs are here, several side by side; containerd compares their digests once more. An image is as
 * wanted when the runtime has it under its name with the lock's config digest, and it is pinned: the kubelet would delete an image that nobody
 * runs when the disk gets full, and here it could not be pulled again. Blobs go when all images are in.
 */
export const imported: Group<'import'> = {
	shell: String.raw`
group_import() { # TABLE SOCKET
	begin_group "$1"
	runtime=${'$'}{2#unix://}
	see_images "$2" >"$D/have.$1" 2>/dev/null || :
	in_images ls -q 'labels."io.cri-containerd.pinned"==pinned' >"$D/pinned.$1" 2>/dev/null || :
	left=
	while read -r index hash ref config layout blobs name; do
		if grep -Fqx -e "$ref $config" "$D/have.$1" && grep -Fqx -e "$ref" "$D/pinned.$1"; then told unchanged
		elif [ "$mode" = observe ]; then told changed
		else left="$left $index"
		fi
	done <"$D/$1"
	[ -n "$left" ] || return 0
	ctr -a "$runtime" -n k8s.io content ls -q >"$D/content.$1" 2>/dev/null || :
	while read -r index hash ref config layout blobs name; do
		case "$left " in *" $index "*) ;; *) continue ;; esac
		if grep -Fqx -e "$ref $config" "$D/have.$1"; then continue; fi
		while read -r sha size; do
			bytes=$S/artifacts/$sha
			rm -f "$bytes.no"
			if is_here "$1"; then continue; fi
			: >"$bytes.asked"
			printf '? %s %s %s\n' "$index" "$(stat -c %s "$bytes.part" 2>/dev/null || echo 0)" "$sha" >&3
		done <"$D/$blobs"
	done <"$D/$1"
	imports=
	while read -r index hash ref config layout blobs name; do
		case "$left " in *" $index "*) ;; *) continue ;; esac
		out=$D/out.$index
		journal begin
		import_image "$1" "$2" >"$out" 2>&1 </dev/null &
		imports="$imports $index:$!"
	done <"$D/$1"
	bad=0
	while read -r index hash ref config layout blobs name; do
		case "$left " in *" $index "*) ;; *) continue ;; esac
		out=$D/out.$index
		pid=${'$'}{imports#* $index:}
		if wait "${'$'}{pid%% *}"; then journal changed; told changed; else fails || bad=1; fi
	done <"$D/$1"
	[ $bad = 0 ] || return 1
	while read -r index hash ref config layout blobs name; do
		while read -r sha size; do rm -f "$S/artifacts/$sha" "$S/artifacts/$sha.asked"; done <"$D/$blobs"
	done <"$D/$1"
}
in_images() { ctr -a "$runtime" -n k8s.io images "$@"; }
# A blob that another image brought is in the runtime already.
is_here() { [ -e "$bytes" ] || grep -Fqx -e "sha256:$sha" "$D/content.$1"; }
import_image() { # TABLE SOCKET
	kind=image
	if ! grep -Fqx -e "$ref $config" "$D/have.$1"; then
		record null
		fill_layout "$1" && tar -C "$tree" -cf - oci-layout index.json blobs | in_images import - || return
		rm -rf "$tree"
		tries=0
		until see_images "$2" | grep -Fqx -e "$ref $config"; do
			tries=$((tries + 1))
			[ $tries -lt 50 ] || { echo "$ref was imported, but its image ID is not the lock's $config:"; see_images "$2" | grep -F -e "$ref "; return 1; }
			sleep 0.1
		done
	fi
	# Under its digest too, as if it had been pulled.
	read -r manifest rest <"$D/$blobs"
	in_images label "$ref" io.cri-containerd.pinned=pinned >/dev/null &&
		in_images tag --force "$ref" "${'$'}{ref%:*}@sha256:$manifest" >/dev/null
}
# An image layout of links, so that no byte is written twice.
fill_layout() { # TABLE
	tree=$S/artifacts/.layout.$index
	rm -rf "$tree"
	mkdir -p "$tree/blobs/sha256" && cp "$D/$layout" "$tree/index.json" || return
	printf '{"imageLayoutVersion":"1.0.0"}\n' >"$tree/oci-layout"
	while read -r sha size; do
		bytes=$S/artifacts/$sha
		if ! is_here "$1"; then brought || return; fi
		[ -e "$bytes" ] || continue
		echo "$sha  $bytes" | sha256sum -c --status - || {
			set -- "$(sha256sum <"$bytes")"
			rm -f "$bytes"
			echo "a blob of $ref has sha256 ${'$'}{1%% *}, but the bundle says $sha"
			return 1
		}
		ln -f "$bytes" "$tree/blobs/sha256/$sha" || return
	done <"$D/$blobs"
}`,
	rows: ({ref, config, index, blobs}, _context, load) => [
		ref,
		config,
		load(index),
		load(blobs.map(({sha256, size}) => `${sha256} ${size}\n`).join('')),
	],
	words: (_steps, {criSocket}) => [criSocket],
};
