/**
 * What a bug report takes from a node: a constant, read-only sh script. `$1` is a mark that nobody on the node knows before: a line `MARK NAME` begins a
 * file of the report. Files that hold nothing but secrets (keys, kubeconfigs, Secret objects) are never read; what may hold one by chance is censored
 * where it arrives (src/support/censor.ts). Every tool has a deadline, every part a limit.
 */
export const relicsScript = `LC_ALL=C PATH=\${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# kubectl would leave its cache in the home of whoever looks.
KUBECACHEDIR=/dev/null
export LC_ALL PATH KUBECACHEDIR
exec </dev/null 2>&1
mark=$1
part() { printf '\\n%s %s\\n' "$mark" "$1"; }
# The last bytes, without the line that they begin in the middle of: nobody knows a secret that lost the word before it.
last() { { echo; cat; } | tail -c "$1" | tail -n +2; }
say() { printf '\\n$ %s\\n' "$*"; timeout -k 1 10 "$@" | last 400000; }
copy() { for file; do [ -f "$file" ] || continue; part "files$file"; head -c 200000 -- "$file"; done; }

part versions.txt
for file in /etc/os-release /proc/version /proc/uptime /proc/loadavg; do echo; cat "$file"; done
say date -u
say systemctl --version
for tool in kubelet kubeadm containerd runc crictl kubectl; do
	command -v "$tool" >/dev/null || { echo; echo "no $tool"; continue; }
	case $tool in kubeadm) say kubeadm version -o short ;; kubectl) say kubectl version --client ;; *) say "$tool" --version ;; esac
done

part machine.txt
say free -m
say df -P -k
say df -P -i
say cat /proc/self/mounts
say cat /proc/swaps
say cat /proc/cgroups
say nproc
say timedatectl show

part network.txt
say ip -brief address
say ip route
say ip -6 route
say ss -Hltnp
say cat /etc/resolv.conf
say cat /etc/hosts
say iptables-save -c

part units.txt
say systemctl list-units --failed --no-pager --plain
say systemctl status --no-pager --lines=0 kubelet.service containerd.service
say systemctl cat kubelet.service containerd.service
say systemctl list-units --no-pager --plain --all 'kubestrap*'

part kubestrap.txt
say ls -la /var/lib/kubestrap /run/kubestrap
for file in cluster.json fence session owned.ndjson journal.ndjson; do
	if [ -f "/var/lib/kubestrap/$file" ]; then say tail -n 3000 "/var/lib/kubestrap/$file"; fi
done
for log in /run/kubestrap/*/log; do if [ -f "$log" ]; then say tail -n 300 "$log"; fi; done

part files.txt
say find /etc/kubernetes /var/lib/kubelet/pki /etc/containerd /etc/cni /opt/cni /var/lib/etcd -xdev -maxdepth 4 -printf '%M %u:%g %s %TY-%Tm-%TdT%TH:%TM %p %l\\n'
say du -xsk /var/lib/etcd /var/lib/containerd /var/lib/kubelet /var/log

copy /etc/kubernetes/manifests/* /var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env /etc/default/kubelet /etc/sysconfig/kubelet \\
	/etc/containerd/config.toml /etc/containerd/certs.d/*/hosts.toml /etc/cni/net.d/*.conf /etc/cni/net.d/*.conflist /etc/kubernetes/kubestrap/haproxy.cfg /etc/systemd/system/containerd.service.d/*

part containers.txt
say crictl --timeout 5s ps -a
say crictl --timeout 5s pods
say crictl --timeout 5s images

part logs/kubelet.log
timeout -k 1 15 journalctl -u kubelet -n 3000 --no-pager -o short-iso | last 1500000
part logs/containerd.log
timeout -k 1 15 journalctl -u containerd -n 1500 --no-pager -o short-iso | last 700000
part logs/kernel.log
timeout -k 1 15 journalctl -k -n 400 --no-pager -o short-iso | last 200000
for log in /var/log/pods/kube-system_*/*/*.log /var/log/pods/kube-flannel_*/*/*.log; do
	[ -f "$log" ] || continue
	part "logs/pods/\${log#/var/log/pods/}"
	tail -n 400 -- "$log" | last 200000
done | head -c 6000000

[ -f /etc/kubernetes/admin.conf ] || exit 0
kube() { say kubectl --kubeconfig=/etc/kubernetes/admin.conf --request-timeout=8s "$@"; }
part kubectl.txt
kube get nodes -o wide
kube get pods -A -o wide
kube get deployments,daemonsets,services,endpointslices -A
kube get csr
kube get events -A --sort-by=.lastTimestamp
kube -n kube-system get configmap kubeadm-config -o 'jsonpath={.data.ClusterConfiguration}'
kube describe nodes
kube -n kube-system describe pods
kube -n kube-node-lease get leases
kube get --raw '/readyz?verbose'
exit 0
`;

export type Relic = {readonly name: string; readonly text: string};

/** The files in what the script printed. Names are the node's words: only plain ones are taken, without `..`. */
export function readRelics(output: string, mark: string): Relic[] {
	const [, ...parts] = `\n${output}`.split(`\n${mark} `);
	return parts.flatMap((part) => {
		const [first = '', ...lines] = part.split('\n');
		const name = first.trim().replaceAll(/[^A-Za-z0-9._/-]/g, '_');
		const isPlain = name !== '' && name.split('/').every((word) => word !== '' && word !== '.' && word !== '..');
		return isPlain ? [{name, text: lines.join('\n').replace(/^\n/, '')}] : [];
	});
}
