import {isNode, isOurRuntime} from '../contract/whose.ts';
import type {Phase, Step} from '../model.ts';

/**
 * `sh -c SCRIPT sh SOCKET all|kubelet`: pods that are there. Where containerd is ours, every process that it minds counts, as what it
 * remembers of dead ones goes with it. Else those that a kubelet made, by its label.
 */
const pods = `
shims() {
	for dir in /proc/[0-9]*; do
		# Not by its command line alone: this very script has those words in its own.
		{ read -r comm <"$dir/comm"; } 2>/dev/null && [ "$comm" = containerd-shim ] || continue
		case $(tr '\\0' ' ' <"$dir/cmdline") in *' -namespace k8s.io '*) echo "\${dir#/proc/}" ;; esac
	done
}
of_kubelet() {
	for id in $(crictl -r "$1" pods -q); do
		[ -z "$(crictl -r "$1" inspectp -o go-template --template '{{index .status.labels "io.kubernetes.pod.uid"}}' "$id")" ] || echo "$id"
	done
}
`;

const none = `${pods}
! systemctl is-active -q kubepods.slice || exit 1
if [ "$2" = all ] || [ ! -S "\${1#unix://}" ] || ! command -v crictl >/dev/null; then [ -z "$(shims)" ]
else ids=$(of_kubelet "$1") && [ -z "$ids" ]
fi`;

/** Five tries as kubeadm has them. Then, with a containerd that is ours, what does not end is ended without its network plug-in. */
const remove = `${pods}
# The slice that all pods were in, with what may still live there.
slice() { systemctl stop kubepods.slice; }
command -v crictl >/dev/null || { echo 'there is no crictl to end the pods with: install cri-tools, then run the same command again'; exit 1; }
[ -S "\${1#unix://}" ] && crictl -r "$1" -t 5s version >/dev/null 2>&1 || timeout 60 systemctl start containerd.service
for try in 1 2 3 4 5; do
	if [ "$2" = all ]; then ids=$(crictl -r "$1" -t 20s pods -q); else ids=$(of_kubelet "$1"); fi
	[ -n "$ids" ] || break
	timeout 90 crictl -r "$1" -t 60s rmp -f $ids >/dev/null && break
done
if [ "$2" != all ]; then slice; exit 0; fi
for task in $(timeout 20 ctr -a "\${1#unix://}" -n k8s.io tasks list -q 2>/dev/null); do
	timeout 20 ctr -a "\${1#unix://}" -n k8s.io tasks delete -f "$task"
done
kill -9 $(shims) 2>/dev/null
for try in 1 2 3 4 5 6 7 8 9 10; do
	[ -n "$(shims)" ] || { slice; exit 0; }
	sleep 0.2
done
echo "these processes do not end: $(shims)"
exit 1`;

/** All pods end, those of the control plane with them. Volumes are not touched: they are unmounted next. */
export const resetPods: Phase = {
	name: 'reset-pods',
	title: 'Stop and remove the pods',
	on: 'every',
	steps: ({cluster, site}): Step[] => {
		if (site.facts.ownership === undefined && !isNode(site)) return [];
		const args = [cluster.registration.criSocket, isOurRuntime(site) ? 'all' : 'kubelet'];
		return [
			{
				kind: 'run',
				title: 'stop and remove the pods',
				command: {sh: remove, args},
				unless: {sh: none, args},
			},
		];
	},
};
