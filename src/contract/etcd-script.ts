/**
 * Shell that speaks with etcd from a control plane: through the etcdctl of etcd's own image, so nothing needs to be installed, with the
 * certificate that kubeadm makes for its own probes. Constant text.
 */

/**
 * What a question about members answers a program that only looks, before it asks: steps that change members are made only where the survey has
 * seen that they are needed, and the runtime lays a file into the node's /tmp for what begins in a container.
 */
export const whileLooking = (code: 0 | 1) => `[ -z "\${looking-}" ] || exit ${code}\n`;

/**
 * `etcd WORDS…` runs etcdctl in the node's etcd container; a container that somebody else calls etcd is not asked. `rows` lists members as `ID PEER-URL NAME LEARNER PUBLISHED`, a line each, `-` for no name;
 * `state` how they are, as `ID INDEX LEADER LEARNER`, a line for each that
 * answers without a fault (the columns in the middle differ between minors of etcd).
 */
export const etcdShell = `manifest=/etc/kubernetes/manifests/etcd.yaml
flag() { sed -n "s/^ *- \\"\\{0,1\\}--$1=\\([^\\"]*\\)\\"\\{0,1\\}$/\\1/p" "$manifest" | head -n 1; }
pki=$(flag trusted-ca-file)
pki=\${pki%/*}
url=$(flag listen-client-urls)
url=\${url%%,*}
pod=$(crictl ps --state running --name '^etcd$' --label io.kubernetes.pod.namespace=kube-system --quiet 2>/dev/null | head -n 1)
[ -n "$pod" ] || { echo 'etcd does not run on this node'; exit 1; }
etcd() {
	crictl exec "$pod" etcdctl --endpoints="$url" --cacert="$pki/ca.crt" --cert="$pki/healthcheck-client.crt" --key="$pki/healthcheck-client.key" \\
		--command-timeout=5s "$@"
}
rows() {
	etcd member list --write-out=simple >"$list" || return
	while IFS=, read -r id status name peer client learner; do
		name=\${name# } client=\${client# } learner=\${learner# } peer=\${peer# }
		[ "\${status# }" = started ] || name=-
		if [ -n "$client" ]; then published=yes; else published=no; fi
		echo "$id \${peer:--} \${name:--} \${learner:-false} $published"
	done <"$list"
}
state() {
	etcd endpoint status --cluster --write-out=simple 2>/dev/null |
		sed -nE 's/^[^,]*, ([0-9a-f]+), .*, (true|false), (true|false), [0-9]+, ([0-9]+), [0-9]+, *(,.*)?$/\\1 \\4 \\2 \\3/p'
}
list=$(mktemp /run/kubestrap-etcd.XXXXXX)
trap 'rm -f "$list"' EXIT
`;
