/** Secrets where they lie on machines, or end up by mistake: none of them may be in a bug report. */

const word = 'CANARY5d1f';

/** Plants on a node what `canaries` looks for; all of it is where a report reads. `$1`: sudo's password, which the operator gives. */
export const plant = `set -e
mkdir -p /etc/systemd/system/containerd.service.d /etc/containerd/certs.d/canary.example
printf '[Service]\\nEnvironment="HTTPS_PROXY=http://bob:${word}proxy@10.0.0.9:3128"\\n' >/etc/systemd/system/containerd.service.d/90-canary.conf
printf 'server = "https://canary.example"\\n[host."https://canary.example".header]\\n  Authorization = ["Basic ${word}basic=="]\\n' >/etc/containerd/certs.d/canary.example/hosts.toml
log=$(ls -t /var/log/pods/kube-system_kube-proxy-*/*/*.log | head -n 1)
key=$(find /etc/kubernetes/pki /var/lib/kubelet/pki -name '*.key' -o -name 'kubelet-client-current.pem' | head -n 1)
{
	echo 'Authorization: Bearer ${word}bearer'
	echo 'kubeadm join 10.0.0.1:6443 --token canary.canary5d1ftoken0 --certificate-key ${'5d1f'.repeat(16)}'
	echo '{"level":"info","password":"${word}json"}'
	echo "sudo said $1"
	cat "$key"
} >>"$log"
printf '{"unit":"canary","token":"${word}journal"}\\n' >>/var/lib/kubestrap/journal.ndjson
if [ -e /etc/kubernetes/admin.conf ]; then
	echo '# password: ${word}manifest' >>/etc/kubernetes/manifests/kube-scheduler.yaml
	kubectl --kubeconfig=/etc/kubernetes/admin.conf apply -f - <<END
apiVersion: v1
kind: Secret
metadata: {name: canary, namespace: kube-system}
stringData: {any: ${word}secret}
---
apiVersion: v1
kind: Pod
metadata: {name: canary, namespace: kube-system}
spec:
  nodeSelector: {canary: nowhere}
  containers:
  - {name: canary, image: canary.example/canary, env: [{name: DB_PASSWORD, value: ${word}environment}]}
END
fi
sed -n 's/^[^-].\\{40,\\}/&/p' /etc/kubernetes/pki/*.key /etc/kubernetes/pki/etcd/*.key 2>/dev/null || :
grep -hs 'client-key-data' /etc/kubernetes/*.conf | cut -d ' ' -f 6 || :
[ ! -e /etc/kubernetes/admin.conf ] || kubectl --kubeconfig=/etc/kubernetes/admin.conf -n kube-system get secrets -o 'jsonpath={range .items[*]}{.data.token-secret}{"\\n"}{end}' | grep . | while read -r token; do echo "$token"; echo "$token" | base64 -d; echo; done`;

/** Takes it away again. */
export const unplant = `rm -rf /etc/systemd/system/containerd.service.d/90-canary.conf /etc/containerd/certs.d/canary.example
sed -i '/${word}/d' /var/lib/kubestrap/journal.ndjson
if [ -e /etc/kubernetes/admin.conf ]; then
	sed -i '/${word}/d' /etc/kubernetes/manifests/kube-scheduler.yaml
	kubectl --kubeconfig=/etc/kubernetes/admin.conf -n kube-system delete pod/canary secret/canary --grace-period=0 --force
fi`;

/** What must not be found, beside what `plant` printed: words that were planted. */
export const planted: readonly string[] = [
	word,
	'5d1f5d1f',
	'canary5d1ftoken0',
	Buffer.from(`${word}secret`).toString('base64').slice(0, 16),
];

/** Where a report has read something planted: it must hold these, or the test looks at nothing. */
export const readAll: readonly RegExp[] = [
	/HTTPS_PROXY=http:\/\/\[censored\]@10\.0\.0\.9/,
	/canary\.example".header\]\n\s*Authorization = \[?"?\[censored\]/,
	/Authorization: (?:Bearer )?\[censored\]/,
	/--token canary\.\[censored\]/,
	/"password":\[censored\]/,
	/sudo said \[censored\]/,
	/"unit":"canary","token":\[censored\]/,
	/# password: \[censored\]/,
	/DB_PASSWORD: +\[censored\]/,
];
