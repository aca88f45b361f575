/** The part of the survey script that looks at files. */

/**
 * Files. `meta` tells mode, owner, size and name of each; `text` holds the public ones, `pub` the public keys of private ones; `texts` and `pubs` say which.
 * `read` in sh takes a byte at a time, which is dear only for files that nobody has here.
 */
export const fileScript = `files() {
	looks=$#
	for item; do case $item in look=*) [ ! -e "\${item#look=}" ] || set -- "$@" "\${item#look=}" ;; esac; done
	shift "$looks"
	plainly=$#
	for root in /etc/kubernetes "$pki"; do
		case $root in '' | /etc/kubernetes/*) continue ;; esac
		for file in "$root"/* "$root"/*/* "$root"/*/*/* "$root"/*/*/*/*; do set -- "$@" "$file"; done
	done
	for file in /etc/fstab /etc/apt/sources.list /etc/apt/sources.list.d/* /var/lib/kubelet/config.yaml /var/lib/kubelet/instance-config.yaml /var/lib/kubelet/kubeadm-flags.env /var/lib/kubelet/pki/* /var/lib/kubestrap/*; do
		set -- "$@" "$file"
	done
	n=$(($# - plainly))
	[ "$n" -le 4000 ] || { echo "$n files under /etc/kubernetes: too many to look at" >&2; return 1; }
	# Turns the list around once: what was named is kept as it is, what matched is kept if it is a file.
	i=0; n=$#
	while [ "$i" -lt "$n" ]; do
		file=$1; shift; i=$((i + 1))
		case $file in *"$nl"*) continue ;; esac
		if [ "$i" -le "$plainly" ] || [ -f "$file" ]; then set -- "$@" "$file"; fi
	done
	[ $# -gt 0 ] || return 0
	stat -L -c '%a %U:%G %s %n' -- "$@" || return 1
}
public() { # the certificates and public keys of a PEM, whatever else lies in it
	on=
	while read -r line || [ -n "$line" ]; do
		case $line in
		'-----BEGIN CERTIFICATE-----'* | '-----BEGIN PUBLIC KEY-----'*) on=1 ;;
		-----BEGIN*) on= ;;
		esac
		[ -z "$on" ] || printf '%s\\n' "$line"
		case $line in -----END*) on= ;; esac
	done <"$1"
}
kubeconfig() { # the lines that hold no secret
	while read -r name value || [ -n "$name" ]; do
		case $name in server: | certificate-authority-data: | client-certificate-data: | client-certificate:) printf '%s %s\\n' "$name" "$value" ;; esac
	done <"$1"
}
keydata() {
	while read -r name value || [ -n "$name" ]; do
		case $name in client-key-data:) printf '%s\\n' "$value" | base64 -d | openssl pkey -pubout -passin pass: ; return ;; esac
	done <"$1"
}
contents() {
	tool=; ! command -v openssl >/dev/null || tool=1
	i=0
	while read -r mode owner size file; do
		i=$((i + 1)); text=; key=
		case $file in
		# Of a token its id and its end.
		/var/lib/kubestrap/token) text=id ;;
		*.key.*) ;;
		/var/lib/kubestrap/cluster.json | /var/lib/kubestrap/owned.ndjson | /var/lib/kubestrap/fence) [ "$size" -gt 4194304 ] || text=plain ;;
		/var/lib/kubestrap/*) ;;
		*.crt | *.pub) text=public ;;
		*.key) key=file ;;
		/var/lib/kubelet/pki/kubelet-client-current.pem) text=public key=file ;;
		/etc/kubernetes/*/*.conf) ;;
		/etc/kubernetes/*.conf) text=kubeconfig key=data ;;
		/etc/kubernetes/manifests/*) text=plain ;;
		/etc/fstab | /etc/apt/sources.list | /etc/apt/sources.list.d/*.list | /etc/apt/sources.list.d/*.sources) case $mode in *[4567]) text=plain ;; esac ;;
		/var/lib/kubelet/*.yaml | /var/lib/kubelet/*.env) text=plain ;;
		esac
		case $file in /var/lib/kubestrap/*) ;; *) [ "$size" -le 262144 ] || continue ;; esac
		case $text in
		plain) cat -- "$file" >"$t/text/$i" || return 1 ;;
		public) public "$file" >"$t/text/$i" || return 1 ;;
		kubeconfig) kubeconfig "$file" >"$t/text/$i" || return 1 ;;
		id) read -r id expiry <"$file"; printf '%.6s %.32s\\n' "$id" "$expiry" >"$t/text/$i" ;;
		esac
		[ -z "$text" ] || printf '%s %s %s\\n' "$i" "$text" "$file" >>"$t/texts"
		[ -n "$tool" ] || continue
		case $key in
		file) openssl pkey -in "$file" -pubout -passin pass: >"$t/pub/$i" 2>/dev/null & ;;
		data) keydata "$file" >"$t/pub/$i" 2>/dev/null & ;;
		*) continue ;;
		esac
		printf '%s %s\\n' "$i" "$file" >>"$t/pubs"
		# Two at a time is as fast as a small machine gets.
		[ $((i % 4)) -ne 0 ] || wait
	done <"$t/out/files"
	wait
}
pki=
for item; do case $item in pki=/etc/kubernetes) ;; pki=*) pki=\${item#pki=} ;; esac; done
`;
