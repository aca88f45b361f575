/**
 * What a control plane is asked about the cluster that it is part of: one constant POSIX sh script, framed like the survey, changing nothing.
 * It needs nothing of a survey: where the local API server answers stands in its manifest, so it works on clusters that kubeadm made.
 *
 * Frames: `out/state`: `bare REASON`, `down REASON` or `up ETCD SERVER`; when up also `out/nodes`, `out/NAME` of each ConfigMap, and when
 * ETCD is `own` (there is an etcd beside the API server) and not `none`, `out/members` and `out/status`; their exit codes are in `codes`.
 */
import {epilogue, prologue} from './script.ts';

/** The ConfigMaps that tell how the cluster is made, and their namespaces: kubeadm's, and flannel's where that is the pod network. */
const namespaces = {
	'kubeadm-config': 'kube-system',
	'kubelet-config': 'kube-system',
	'kube-proxy': 'kube-system',
	'kube-flannel-cfg': 'kube-flannel',
} as const;
export const configMaps = Object.keys(namespaces) as readonly (keyof typeof namespaces)[];
const places = Object.entries(namespaces).map(([name, namespace]) => `${namespace}/configmaps/${name}`);

const body = `# A node of a large cluster has 20 kB in the list of nodes.
ulimit -f 131072
manifests=/etc/kubernetes/manifests admin=/etc/kubernetes/admin.conf
state() { printf '%s\\n' "$*" >"$t/out/state"; }
look() { # NAME COMMAND…
	name=$1; shift
	"$@" >"$t/out/$name" 2>"$t/err/$name"
	rc=$?
	printf '%s %s\\n' "$name" "$rc" >>"$t/codes"
}
flag() { # NAME FILE: the last value of a component's flag
	value=
	while read -r dash word || [ -n "$dash" ]; do
		word=\${word#[\\"\\']}
		case $dash$word in "---$1="*) value=\${word#*=}; value=\${value%[\\"\\']} ;; esac
	done <"$2"
	printf '%s' "$value"
}
api() { timeout 10 kubectl --kubeconfig="$admin" \${server:+--server="$server"} --request-timeout=5s get --raw "$1"; }
object() { api "/api/v1/namespaces/$1"; }
# etcd's own address for clients answers JSON over HTTP too, so kubectl can ask it: nothing begins in etcd's container. For that the runtime
# would lay a file into the node's /tmp.
question() { # URL PATH BODY
	echo "$3" | NO_PROXY='*' no_proxy='*' timeout 10 kubectl --kubeconfig=/dev/null --cache-dir="$t/cache" --server="$1" --certificate-authority="$ca" \\
		--client-certificate="$folder/healthcheck-client.crt" --client-key="$folder/healthcheck-client.key" --request-timeout=2s create --raw "$2" -f -
}
# Every member is asked by the first address that it told to clients; one that told none has never started.
statuses() {
	number=0
	grep -oE '"clientURLs": ?\\["https?://[^"]+"' "$t/out/members" | head -n 100 | cut -d '"' -f 4 >"$t/told"
	while read -r told; do
		number=$((number + 1))
		question "$told" /v3/maintenance/status '{}' >"$t/status.$number" 2>"$t/silence.$number" &
	done <"$t/told"
	wait
	comma=
	printf '['
	for answer in "$t"/status.*; do
		[ ! -s "$answer" ] || { printf '%s{"Status":' "$comma"; cat "$answer"; printf '}'; comma=,; }
	done
	printf ']'
	cat "$t"/silence.* >&2
	! answered "$t"/silence.*
}
# Who cannot be reached is silent whoever asks; who answers with an error (switched off, or refused by etcd to itself because a server's certificate
# is no client's) is to be asked the other way.
answered() { # FILES OF ERRORS…
	grep -qshv -e '^The connection to the server' -e '^Unable to connect to the server' -- "$@"
}
# Else: etcdctl is in etcd's image. The runtime is asked first: that needs no API server, and no kubelet.
# Not with --sync: that loses what a command printed before it failed, and the status of members fails when one of them is silent.
etcdctl() {
	if [ -n "$container" ]; then timeout 25 crictl \${socket:+--runtime-endpoint "$socket"} exec "$container" etcdctl "$@"
	else timeout 25 kubectl --kubeconfig="$admin" \${server:+--server="$server"} --cache-dir="$t/cache" -n kube-system exec "etcd-$(flag name "$manifests/etcd.yaml")" -c etcd -- etcdctl "$@"
	fi
}
container() {
	socket=
	for file in /var/lib/kubelet/config.yaml /var/lib/kubelet/instance-config.yaml; do
		[ ! -r "$file" ] || while read -r key rest; do case $key in containerRuntimeEndpoint:) socket=\${rest#[\\"\\']}; socket=\${socket%[\\"\\']} ;; esac; done <"$file"
	done
	container=
	! command -v crictl >/dev/null || container=$(timeout 5 crictl \${socket:+--runtime-endpoint "$socket"} ps --quiet --state Running --name '^etcd$' --label io.kubernetes.pod.namespace=kube-system 2>/dev/null | head -n 1)
}
etcd() {
	url=$(flag listen-client-urls "$manifests/etcd.yaml") ca=$(flag trusted-ca-file "$manifests/etcd.yaml")
	url=\${url%%,*} folder=\${ca%/*}
	# As etcdctl asks: a member that lags behind does not answer by itself.
	look members question "$url" /v3/cluster/member/list '{"linearizable":true}'
	if [ "$rc" = 0 ] || ! answered "$t/err/members"; then
		look status statuses
		[ "$rc" != 0 ] || return
	fi
	container
	set -- --endpoints="$url" --cacert="$ca" --cert="$folder/healthcheck-client.crt" --key="$folder/healthcheck-client.key" --dial-timeout=1s --command-timeout=2s -w json
	look members etcdctl "$@" member list &
	look status etcdctl "$@" endpoint status --cluster
	wait
}
ask() {
	[ -s "$admin" ] || { state bare "$admin is not there"; return; }
	[ -r "$manifests/kube-apiserver.yaml" ] || { state bare "$manifests/kube-apiserver.yaml is not there"; return; }
	command -v kubectl >/dev/null || { state bare kubectl is not on the path; return; }
	host=$(flag advertise-address "$manifests/kube-apiserver.yaml") port=$(flag secure-port "$manifests/kube-apiserver.yaml") server=
	case $host in
	'') while read -r key value; do case $key in server:) shown=$value ;; esac; done <"$admin" ;;
	*:*) server="https://[$host]:\${port:-6443}" shown=$server ;;
	*) server="https://$host:\${port:-6443}" shown=$server ;;
	esac
	own=none
	[ ! -r "$manifests/etcd.yaml" ] || { own=own; etcd & }
	for map in ${places.join(' ')}; do look "\${map##*/}" object "$map" & done
	look nodes api /api/v1/nodes
	if [ "$rc" = 0 ]; then state up "$own" "$shown"; else state down "$(tail -n 1 "$t/err/nodes")"; fi
	wait
}
ask
rm -rf "$t/cache"
`;

export const livingScript = [prologue, body, epilogue].join('');
