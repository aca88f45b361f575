/** What each line of klog begins with, as sed understands it: level, date, time and process. */
const klog = '[EWIF][0-9]\\{4\\} [0-9:.]* *[0-9]* ';

/**
 * What is looked at on a node when a wait has run out: a constant, read-only sh script. It prints sections, each begun by a line `== NAME`;
 * what a section holds is said where it is read. `$1`: seconds that the wait has lasted; what kubelet and containerd said before is of an earlier trouble, which
 * may be mended; but of a network's files containerd speaks once, when they change. Of what the kubelet repeats one line is kept: without its API it
 * says the same ten times a second, and what it says once would be lost. Every tool has a deadline of its own: the machine may be in any state.
 */
export const evidenceScript = `LC_ALL=C PATH=\${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
exec </dev/null 2>&1
crictl() { timeout 4 "$(command -v crictl || echo crictl)" --timeout 3s "$@"; }
echo '== units'
systemctl show --no-pager -p Id -p ActiveState -p SubState kubelet.service containerd.service | paste -s -d ' ' | sed 's/  */ /g; s/ Id=/\\nId=/g'
echo '== disk'
timeout 5 df -P -k / /var/lib/containerd /var/lib/kubelet /var/lib/etcd /run 2>/dev/null
timeout 5 df -P -i / /var/lib/containerd /var/lib/etcd 2>/dev/null | sed 's/^/inodes: /'
echo '== swaps'
tail -n +2 /proc/swaps
echo '== clock'
date -u +%Y-%m-%dT%H:%M:%SZ
echo '== ports'
ss -Hltnp 2>/dev/null | grep -E ':(6443|2379|2380|2381|10248|10249|10250|10256|10257|10259) '
echo '== cni'
ls /etc/cni/net.d
echo '== runtime'
if crictl version >/dev/null 2>&1; then echo answers; else echo silent; fi
echo '== containers'
crictl ps -a | head -n 30
for id in $(crictl ps -a -q --state Exited 2>/dev/null | head -n 6); do
	crictl inspect --output go-template --template '{{.status.metadata.name}} ended with exit code {{.status.exitCode}} {{.status.reason}} {{.status.message}}' "$id"
	echo
done
echo '== images'
crictl images 2>/dev/null | head -n 30
since="-$((\${1:-600} + 20))s"
echo '== containerd'
timeout 5 journalctl -u containerd -n 400 --no-pager -o cat | cut -c 1-1000 | grep -i 'failed to \\(re\\)*load cni' | tail -n 3
timeout 5 journalctl -u containerd --since="$since" --no-pager -o cat | tail -n 60 | cut -c 1-1000
echo '== kubelet'
timeout 5 journalctl -u kubelet --since="$since" --no-pager -o cat | cut -c 1-1000 | sed '$!N; /^${klog}\\(.*\\)\\n${klog}\\1$/!P; D' | tail -n 150
for pod in etcd kube-apiserver kube-controller-manager kube-scheduler kube-proxy coredns kube-flannel kubestrap-node-proxy; do
	newest=
	for log in /var/log/pods/kube-system_"$pod"-*/*/*.log /var/log/pods/kube-flannel_"$pod"-*/kube-flannel/*.log; do
		if [ -f "$log" ] && { [ -z "$newest" ] || [ "$log" -nt "$newest" ]; }; then newest=$log; fi
	done
	[ -n "$newest" ] || continue
	echo "== log $pod"
	tail -n 25 -- "$newest" | cut -c 1-1000
done
`;

/** Lines of evidence by section. */
export type Evidence = ReadonlyMap<string, readonly string[]>;

/** What matters of a long output is at its end. */
const limit = 512 * 1024;

/** What etcd says after every error, cut off where lines are: it names files of its source, not what is wrong. */
const stack = /,"stacktrace":"(?:[^"\\]|\\.)*"?/;

export function readEvidence(text: string): Evidence {
	const sections = new Map<string, string[]>();
	let section = 'before';
	for (const line of text.slice(-limit).split('\n')) {
		const [, name] = /^== ([a-z][a-z0-9 -]{0,50})$/.exec(line) ?? [];
		if (name !== undefined) section = name;
		if (!sections.has(section)) sections.set(section, []);
		if (name === undefined && line.trim() !== '') sections.get(section)?.push(line.replace(stack, ''));
	}
	return sections;
}
