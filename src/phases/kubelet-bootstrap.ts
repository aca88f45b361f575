import {certificateFoldersOf} from '../contract/folders.ts';
import {bootstrapKubeconfig, currentPem, hasCertificate} from '../contract/joining.ts';
import type {Phase, Step} from '../model.ts';
import {speak} from '../steps/speak.ts';

/**
 * `sh -c SCRIPT sh NODE PKI SECONDS`: the kubelet without rotation makes a key, keeps it on disk, asks, waits for the answer, and writes its
 * pem and the link to it, all before anything else. It is ended when it has come that far: nothing of it is in the way of the real one. It is
 * also ended when the operator says stop, as after an operator that died: then nobody is there who would approve its request.
 */
const ask = `${speak}set -e
place=$(mktemp -d /run/kubestrap-bootstrap.XXXXXX)
trap 'rm -rf "$place"' EXIT
mkdir -p "$2"
printf '%s\\n' 'apiVersion: kubelet.config.k8s.io/v1beta1' 'kind: KubeletConfiguration' 'rotateCertificates: false' \\
	'registerNode: false' 'healthzPort: 0' 'port: 10250' 'failCgroupV1: false' 'failSwapOn: false' >"$place/config.yaml"
kubelet --config="$place/config.yaml" --bootstrap-kubeconfig=${bootstrapKubeconfig} --kubeconfig="$place/kubelet.conf" \\
	--cert-dir="$2" --root-dir="$place/root" --hostname-override="$1" >"$place/log" 2>&1 &
pid=$!
until=$(($(date +%s) + $3))
while [ ! -e "$2/${currentPem}" ] && kill -0 "$pid" 2>/dev/null && [ "$(date +%s)" -lt "$until" ] && ! hushed; do sleep 0.1; done
kill "$pid" 2>/dev/null || true
wait "$pid" || true
[ -e "$2/${currentPem}" ] && exit
hushed && exit 78
echo 'the cluster has given the kubelet no certificate; what the kubelet said last:'
tail -n 5 "$place/log"
exit 1`;

/** A kubelet that can reach the cluster asks within a moment; kubeadm's `timeouts.tlsBootstrap` also has to wait for a local API server. */
const seconds = 120;

/**
 * The kubelet asks for its certificate (TLS bootstrap, contract 10.3). By rotation it would keep its key in memory until it has an answer, and
 * nobody could compare it; so it asks once without.
 */
export const kubeletBootstrap: Phase = {
	name: 'kubelet-bootstrap',
	title: 'Let the kubelet ask for its certificate',
	on: 'joining',
	background: true,
	steps: ({cluster, site}): Step[] => {
		if (hasCertificate(site, cluster)) return [];
		const pki = certificateFoldersOf(cluster).kubelet;
		return [
			{kind: 'dir', path: pki, mode: '0755'},
			{
				kind: 'run',
				title: 'the kubelet asks for its certificate',
				command: {sh: ask, args: [site.name, pki, String(seconds)]},
				unless: ['test', '-e', `${pki}/${currentPem}`],
				diagnose: 'bootstrap',
			},
		];
	},
};
