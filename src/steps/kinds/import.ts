import type {Group} from '../kind.ts';

/**
 * Images of a bundle, a group like those that are pulled. What the runtime lacks is asked of the operator at once; whatever is whole then is handed
 * to containerd together, and meanwhile the next comes. containerd compares the digests of all blobs. An image is as wanted when the runtime has it
 * under its name with the lock's config digest, and it is pinned: the kubelet would delete an image that nobody runs when the disk gets full, and
 * here it could not be pulled again. Blobs go when all images are in.
 */
export const imported: Group<'import'> = {
	shell: String.raw`
group_import() { # TABLE SOCKET
	begin_group "$1"
	runtime=${'$'}{2#unix://}
	see_images "$2" >"$D/have.$1" 2>/dev/null || :
	in_images ls -q 'labels."io.cri-containerd.pinned"==pinned' >"$D/pinned.$1" 2>/dev/null || :
	left=
	while read -r index hash ref config manifests blobs name; do
		if has_image "$1" && grep -Fqx -e "$ref" "$D/pinned.$1"; then told unchanged
		elif [ "$mode" = observe ]; then out=$D/out.$index; told changed; showing image "$1"
		else left="$left $index"
		fi
	done <"$D/$1"
	[ -n "$left" ] || return 0
	ctr -a "$runtime" -n k8s.io content ls -q >"$D/content.$1" 2>/dev/null || :
	while read -r index hash ref config manifests blobs name; do
		case "$left " in *" $index "*) ;; *) continue ;; esac
		if has_image "$1"; then continue; fi
		while read -r sha size; do
			bytes=$S/artifacts/$sha
			rm -f "$bytes.no"
			if is_here "$1"; then continue; fi
			: >"$bytes.asked"
			printf '? %s %s %s\n' "$index" "$(stat -c %s "$bytes.part" 2>/dev/null || echo 0)" "$sha" >&3
		done <"$D/$blobs"
	done <"$D/$1"
	bad=0 alone=0 last=0 moved=$began
	while [ -n "$left" ]; do
		sort_out "$1"
		if [ -n "$ready" ]; then import_ready "$1" "$2"; now; moved=$now; continue; fi
		[ -n "$left" ] || break
		if [ -e "$D/stop" ]; then return 78; fi
		sleep 0.1
		now
		[ $((now - last)) -ge 200 ] || continue
		last=$now
		if flock -n "$S/session.lock" true; then alone=$((alone + 1)); else alone=0; fi
		if [ $alone -ge 8 ]; then give_up "$1" 'the operator who was to bring the image is gone'; fi
		if [ $((now - moved)) -ge 360000 ]; then give_up "$1" 'no image was whole for an hour'; fi
	done
	[ $bad = 0 ] || return 1
	while read -r index hash ref config manifests blobs name; do
		while read -r sha size; do rm -f "$S/artifacts/$sha" "$S/artifacts/$sha.asked"; done <"$D/$blobs"
	done <"$D/$1"
}
in_images() { ctr -a "$runtime" -n k8s.io images "$@"; }
has_image() { grep -Fqx -e "$ref $config" "$D/have.$1"; }
# A blob that another image brought is in the runtime already.
is_here() { [ -e "$bytes" ] || grep -Fqx -e "sha256:$sha" "$D/content.$1"; }
# Of those that are left ($left): which are whole ($ready); one that will never be has failed.
sort_out() { # TABLE
	ready= still=
	while read -r index hash ref config manifests blobs name; do
		case "$left " in *" $index "*) ;; *) continue ;; esac
		out=$D/out.$index state=ready
		if ! has_image "$1"; then
			while read -r sha size; do
				bytes=$S/artifacts/$sha
				if is_here "$1"; then continue; fi
				if [ -e "$bytes.no" ]; then mv "$bytes.no" "$out"; state=failed; break; fi
				state=waiting
			done <"$D/$blobs"
		fi
		case $state in
		ready) ready="$ready $index" ;;
		waiting) still="$still $index" ;;
		*) fails || bad=1 ;;
		esac
	done <"$D/$1"
	left=$still
}
give_up() { # TABLE WHY
	while read -r index hash ref config manifests blobs name; do
		case "$left " in *" $index "*) ;; *) continue ;; esac
		out=$D/out.$index
		echo "$2" >"$out"
		fails || bad=1
	done <"$D/$1"
	left=
}
# One layout of links for all that is ready, so that no byte is written twice and containerd is called once.
import_ready() { # TABLE SOCKET
	tree=$S/artifacts/.layout said=$D/out.import list=
	rm -rf "$tree"
	mkdir -p "$tree/blobs/sha256" || return
	while read -r index hash ref config manifests blobs name; do
		case "$ready " in *" $index "*) ;; *) continue ;; esac
		journal begin
		if has_image "$1"; then continue; fi
		kind=image
		record null || continue
		list="$list,$(cat "$D/$manifests")"
		while read -r sha size; do
			if [ -e "$S/artifacts/$sha" ]; then ln -f "$S/artifacts/$sha" "$tree/blobs/sha256/$sha"; fi
		done <"$D/$blobs"
	done <"$D/$1"
	printf '{"imageLayoutVersion":"1.0.0"}\n' >"$tree/oci-layout"
	printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[%s]}\n' "${'$'}{list#,}" >"$tree/index.json"
	well=yes
	if [ -n "$list" ] && ! tar -C "$tree" -cf - oci-layout index.json blobs | in_images import - >"$said" 2>&1; then well=no; fi
	rm -rf "$tree"
	tries=0
	until all_seen "$1" "$2" || [ $well = no ] || [ $tries -ge 50 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	while read -r index hash ref config manifests blobs name; do
		case "$ready " in *" $index "*) ;; *) continue ;; esac
		out=$D/out.$index
		if settle_image "$1" >"$out" 2>&1 </dev/null; then journal changed; told changed; else fails || bad=1; fi
	done <"$D/$1"
}
all_seen() { # TABLE SOCKET
	see_images "$2" >"$D/have.$1"
	while read -r index hash ref config manifests blobs name; do
		case "$ready " in *" $index "*) ;; *) continue ;; esac
		has_image "$1" || return 1
	done <"$D/$1"
}
settle_image() { # TABLE
	if ! has_image "$1"; then
		if [ $well = no ]; then cat "$said"; else echo "$ref was imported, but its image ID is not the lock's $config:"; grep -F -e "$ref " "$D/have.$1"; fi
		while read -r sha size; do
			bytes=$S/artifacts/$sha
			[ -e "$bytes" ] && [ "$(sha256sum <"$bytes")" != "$sha  -" ] || continue
			echo "a blob of it has sha256 $(sha256sum <"$bytes" | cut -c 1-64), but the bundle says $sha; it is gone now"
			rm -f "$bytes"
		done <"$D/$blobs"
		return 1
	fi
	in_images label "$ref" io.cri-containerd.pinned=pinned >/dev/null
}`,
	rows: ({ref, config, manifests, blobs}, _context, load) => [
		ref,
		config,
		load(manifests),
		load(blobs.map(({sha256, size}) => `${sha256} ${size}\n`).join('')),
	],
	words: (_steps, {criSocket}) => [criSocket],
};
