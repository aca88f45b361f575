import {splitSubnets} from '../cluster/network.ts';
import {mergeArguments} from '../contract/arguments.ts';
import {kubeletFolder} from '../contract/folders.ts';
import {nodeKubelet} from '../contract/kubelet-configuration.ts';
import {nodeIp} from '../contract/node-address.ts';
import type {Phase, Scope, Step, Taint} from '../model.ts';
import {render} from '../render.ts';
import {toYaml} from '../yaml.ts';

/** The kubelet's three files under /var/lib/kubelet. A change restarts it. */
export const kubeletConfig: Phase = {
	name: 'kubelet-config',
	title: 'Configure the kubelet',
	on: 'every',
	steps: (scope): Step[] => {
		const {registration} = scope.cluster;
		const file = (name: string, content: Extract<Step, {kind: 'file'}>['content']): Step => ({
			kind: 'file',
			path: `${kubeletFolder}/${name}`,
			content,
			mode: '0644',
			notify: ['kubelet.service'],
		});
		return [
			file('kubeadm-flags.env', render('kubelet/kubeadm-flags', {arguments: flags(scope).join(' ')})),
			file('instance-config.yaml', render('kubelet/instance-config', {socket: registration.criSocket})),
			file('config.yaml', toYaml(nodeKubelet(scope), {sortMapEntries: true})),
		];
	},
};

/** Taints by flag on workers only; those of a control plane are put on its Node by mark-nodes (contract 7.3). */
function flags({cluster, site}: Scope): string[] {
	const {kubeletExtraArgs} = cluster.registration;
	const taints = site.role === 'worker' ? (site.spec.taints ?? []) : [];
	const renamed = cluster.os.hostname !== 'set' && site.name !== site.facts.hostname.trim().toLowerCase();
	const ip = nodeIp(site, splitSubnets(cluster.configuration.networking.serviceSubnet).length > 1);
	const defaults = [
		...(ip ? [`--${ip.name}=${ip.value}`] : []),
		...(taints.length > 0 ? [`--register-with-taints=${taints.map(shown).join(',')}`] : []),
		...(renamed ? [`--hostname-override=${site.name}`] : []),
	];
	return mergeArguments(defaults, kubeletExtraArgs);
}

function shown({key, value, effect}: Taint): string {
	return value ? `${key}=${value}:${effect}` : `${key}:${effect}`;
}
