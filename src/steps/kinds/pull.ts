/**
 * Pulls one image from the first of its places that gives it. A place under another name than upstream's gives it that name, and loses its own,
 * so that nothing but upstream's names is left; the mark that keeps the pause image is containerd's own, and follows the name.
 * A pull whose line was lost is tried again, at the last place five times in all as kubeadm does. Bytes that are not what their digest says stay in
 * containerd's ingest and would fail every later pull of that layer, wherever from: they are dropped, and fetched once more.
 */
export const pullShell = `
pull_image() { # SOCKET, with $ref $config $places of its row
	kind=image
	record null || return
	known= count=0 failed=
	IFS=,
	set -- "$1" $places
	unset IFS
	socket=$1
	shift
	total=$#
	for place; do
		count=$((count + 1))
		if pull_from "$place" && name_image "$place"; then return; fi
		failed="$failed\${failed:+; }\${place%@*}: $why"
		[ $count -eq $total ] || say "\${place%@*}: $why; the next place is asked"
	done
	echo "$ref could not be pulled: $failed"
	return 1
}
pull_from() { # PLACE → $why
	tries=1 most=2 dropped=
	[ $count -lt $total ] || most=5
	until said=$(timeout 1800 crictl -r "$socket" pull "$1" 2>&1); do
		echo "$said"
		blame "$said"
		case $fate in
		lost)
			[ $tries -lt $most ] || return
			tries=$((tries + 1))
			say "the line to \${1%%/*} was lost: try $tries of $most"
			;;
		spoiled)
			[ -z "$dropped" ] || return
			dropped=yes
			drop_ingest "$said"
			say "\${1%%/*} gave bytes that are not what their digest says: they are fetched once more"
			;;
		*) return 1 ;;
		esac
	done
	echo "$said"
	case $said in
	*"up to date for $config"*) return ;;
	*'up to date for sha256:'*)
		why="what it gives is another image: its ID is \${said##*up to date for }, not the lock's $config"
		named images rm "$1" >/dev/null 2>&1
		return 1
		;;
	esac
}
name_image() { # PLACE: pulled; now it gets its name
	was=
	# Without --local the transfer service moves a name that is there already.
	if ! named images tag --local "$1" "$ref" >/dev/null 2>&1; then
		was=$(see_images "$socket" | grep -F -e "$ref " | head -n 1)
		was=\${was#"$ref "}
		named images tag --force "$1" "$ref" >/dev/null || { why='it was pulled, but could not be given its name'; return 1; }
	fi
	tries=0
	until see_images "$socket" | grep -Fqx -e "$ref $config"; do
		tries=$((tries + 1))
		[ $tries -lt 50 ] || { why="it was pulled, but its image ID is not the lock's $config"; see_images "$socket" | grep -F -e "$ref "; return 1; }
		sleep 0.1
	done
	case $was in '' | "$config") ;; *) evict "$was" ;; esac
	[ "\${1%@*}" = "\${ref%:*}" ] || named images rm "$1" >/dev/null || { why='the name of the place could not be taken away again'; return 1; }
}
# Somebody had given the name to another image: the kubelet, which asks for a tag and believes any mirror. What runs from it is ended, and begins anew
# from the right one.
evict() { # ID
	say "$ref was another image until now: $1"
	for container in $(crictl -r "$socket" ps -q --image "$1"); do crictl -r "$socket" rm -f "$container" >/dev/null 2>&1; done
}
named() { ctr -a "\${socket#unix://}" -n k8s.io "$@"; }
# What was said is in containerd's words: blame TEXT → $why, and $fate: lost, spoiled or final.
blame() {
	fate=final
	case $1 in
	'') fate=lost why='nothing came for half an hour' ;;
	*'unexpected commit digest'* | *'failed size validation'*) fate=spoiled why='the bytes that it gives are not what their digest says' ;;
	*': not found'* | *'manifest unknown'*) why='it has no such image' ;;
	*'HTTP response to HTTPS client'*) why='it speaks plain HTTP, and mirror.insecure does not name it' ;;
	*x509:*) why="its certificate is not trusted: \${1##*x509: }"; why=\${why%\\"} ;;
	*' 401 '* | *' 403 '* | *'access denied'* | *'authorization failed'* | *insufficient_scope*) why='it does not let us in: are the credentials of mirror.auth right?' ;;
	*'connection refused'*) why='nobody listens there' ;;
	*'no such host'* | *'server misbehaving'* | *'dial tcp: lookup'*) why='this machine cannot find its address' ;;
	*timeout* | *DeadlineExceeded* | *'deadline exceeded'* | *'connection reset'* | *unreachable* | *'no route to host'* | *EOF*)
		fate=lost why='the line to it was lost'
		;;
	*) why=$(echo "$1" | tail -n 1 | sed 's/.*: \\([^:]\\{3,\\}\\)$/\\1/; s/"$//') ;;
	esac
}
drop_ingest() { # TEXT that names the digest which was expected
	broken=\${1##*expected sha256:}
	broken=\${broken%%[!0-9a-f]*}
	[ \${#broken} -eq 64 ] || return 0
	find /var/lib/containerd/io.containerd.content.v1.content/ingest -mindepth 2 -maxdepth 2 -name ref -exec grep -lF -e "$broken" {} + 2>/dev/null |
		while read -r file; do rm -rf -- "\${file%/ref}"; done
}`;
