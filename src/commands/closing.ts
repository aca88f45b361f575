/** What a run of init has come to, in words, and what the operator can do now. */
import {hostsLineFor} from '../cluster/node-proxy.ts';
import type {Cluster, Site} from '../model.ts';
import type {Closing} from '../report/summary.ts';
import {quote} from '../steps/quote.ts';
import type {Flags} from './call.ts';

/** How the cluster was named on this command line, to be repeated in hints. */
export function sameCluster({config, cluster}: Flags): string {
	if (config !== undefined) return `-c ${quote(config)}`;
	if (cluster.local) return '--local';
	return cluster.controlPlanes === undefined ? '' : `--control-planes ${cluster.controlPlanes.join(',')}`;
}

/** The last lines of a good run of init or apply. `written`: the kubeconfig file that holds the cluster now. */
export function afterInit(
	verb: string,
	cluster: Cluster,
	sites: readonly Site[],
	flags: Flags,
	written: string | undefined,
): Closing {
	// Only some phases ran: that says nothing about a cluster.
	if (flags.onlyPhases.length > 0) {
		const whole = ['kubestrap', verb, sameCluster(flags)].filter(Boolean).join(' ');
		return {headline: `phases ${flags.onlyPhases.join(', ')} on ${census(cluster)}`, next: [`${whole}  # the other phases too`]};
	}
	const first = sites.find(({role}) => role === 'control-plane');
	const again = ['kubestrap', 'verify', sameCluster(flags)].filter(Boolean).join(' ');
	const take = ['kubestrap', 'kubeconfig', sameCluster(flags), '> admin.conf'].filter(Boolean).join(' ');
	const hosts = hostsLineFor(cluster, sites);
	const machine = first === undefined ? 'the first control plane' : first.name;
	return {
		headline: `cluster ${cluster.name} is up: Kubernetes ${cluster.configuration.kubernetesVersion}, ${census(cluster)}`,
		next: [
			written === undefined ? `${take} && export KUBECONFIG=$PWD/admin.conf` : `export KUBECONFIG=${quote(written)}`,
			'kubectl get nodes',
			`${again}  # proves that it works`,
			`kubeadm token create --print-join-command  # on ${machine}: what a machine with kubeadm on it joins with`,
			...(hosts === undefined ? [] : [`echo ${quote(hosts)} >>/etc/hosts  # on that machine, before it joins`]),
		],
	};
}

/** `1 control plane, 2 workers`. */
export function census({nodes}: Pick<Cluster, 'nodes'>): string {
	const count = (role: string) => nodes.filter((node) => node.role === role).length;
	const say = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`;
	return [say(count('control-plane'), 'control plane'), say(count('worker'), 'worker')].join(', ');
}
