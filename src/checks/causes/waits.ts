/** What waits do without: whatever is wrong there is at most a consequence of what keeps them waiting, and is not told. */
import type {Cause} from './row.ts';

const laterThanTheApi = /^log (?:kube-(?:controller-manager|scheduler|proxy|flannel)|coredns)$/;
const inPods = /^log (?:kube-(?:proxy|flannel)|coredns)$/;

/**
 * Logs that explain nothing, by what is waited for (a step's `diagnose`): their programs come later, or nothing of the wait goes through them.
 * kube-proxy and flannel are DaemonSets, so their waits need whoever makes pods and gives them a node.
 */
const beside: Readonly<Record<string, RegExp>> = {
	'control-plane': laterThanTheApi,
	'etcd-learner': laterThanTheApi,
	endpoint: laterThanTheApi,
	controllers: inPods,
	bootstrap: inPods,
	'node-registration': /^log (?:kube-(?:scheduler|proxy)|coredns)$/,
	'kube-proxy': /^log (?:kube-flannel|coredns)$/,
	nodes: /^log coredns$/,
};

/** Static pods and DaemonSets of the host's network run without a network of pods; a node registers without it, too. */
export const withoutPodNetwork = /^(?:control-plane|etcd-learner|endpoint|controllers|bootstrap|node-registration|kube-proxy)$/;

/** Static pods run without the API: a kubelet that does not get through to it, or is refused there, keeps none of them from running. */
export const withoutTheApi = /^(?:control-plane)$/;

/** Whether a section of the evidence says nothing of a wait. */
export const isBeside = (key: string, section: string): boolean => beside[key]?.test(section) ?? false;

/** Whether a cause can be one of a wait. */
export const fits = ({notFor}: Cause, key: string): boolean => !(notFor?.test(key) ?? false);
