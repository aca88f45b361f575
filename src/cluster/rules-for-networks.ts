/** What must hold of subnets (contract 8.10, and what kubeadm leaves to luck). */
import {at, get, lastArg, type Rule} from './given.ts';
import {contains, family, overlaps, size, splitHostPort} from './network.ts';

export const networkRules: readonly Rule[] = [
	function subnetsAreApart(given, complain) {
		const {pod, service} = given.subnets;
		for (const one of pod)
			for (const other of service)
				if (overlaps(one, other))
					complain(at(given, 'podSubnet') ?? at(given, 'serviceSubnet'), `podSubnet ${one} and serviceSubnet ${other} overlap`);
		for (const node of given.nodes) {
			const {address, internalAddress} = node.spec;
			for (const ip of new Set([address, internalAddress]))
				for (const subnet of [...pod, ...service])
					if (ip !== undefined && contains(subnet, ip))
						complain(node, `${node.where}: ${ip} lies in the cluster's own subnet ${subnet}`);
		}
		const endpoint = at(given, 'controlPlaneEndpoint');
		const host = endpoint && splitHostPort(endpoint.value)?.host;
		for (const subnet of [...pod, ...service])
			if (host && contains(subnet, host)) complain(endpoint, `controlPlaneEndpoint ${host} lies in ${subnet}`);
	},
	function familiesAgree(given, complain) {
		const [pod, service] = [given.subnets.pod.map(family), given.subnets.service.map(family)];
		if (pod.length > 0 && String([...pod].sort()) !== String([...service].sort()))
			complain(
				at(given, 'podSubnet') ?? at(given, 'serviceSubnet'),
				`podSubnet has ${pod.join(' and ')}, serviceSubnet ${service.join(' and ')}`,
				'give both the same families',
			);
		else if (pod.length > 0 && pod[0] !== service[0])
			complain(
				at(given, 'podSubnet'),
				'podSubnet and serviceSubnet name their families in different order',
				'put the same family first',
			);
	},
	function subnetsHaveRoom(given, complain) {
		for (const subnet of given.subnets.service) {
			if (size(subnet) < 10n) complain(at(given, 'serviceSubnet'), `serviceSubnet ${subnet} has less than 10 addresses`);
			else if (size(subnet) > 1n << 20n)
				complain(at(given, 'serviceSubnet'), `serviceSubnet ${subnet} is too big`, 'at most /12 for IPv4, /108 for IPv6');
		}
		const flag = (name: string) => lastArg(get(given, 'ClusterConfiguration', 'controllerManager', 'extraArgs'), name);
		if (flag('allocate-node-cidrs') === 'false') return;
		for (const subnet of given.subnets.pod) {
			const v6 = family(subnet) === 'v6';
			const mask = Number(
				flag(v6 ? 'node-cidr-mask-size-ipv6' : 'node-cidr-mask-size-ipv4') ?? flag('node-cidr-mask-size') ?? (v6 ? 64 : 24),
			);
			const spare = mask - Number(subnet.split('/')[1]);
			if (!(spare >= 0)) complain(at(given, 'podSubnet'), `podSubnet ${subnet} is smaller than the /${mask} of one node`);
			else if (spare > 16)
				complain(at(given, 'podSubnet'), `podSubnet ${subnet} is too big for nodes of /${mask}`, 'at most 16 bits between them');
			else if (given.nodes.length > 2 ** spare)
				complain(at(given, 'podSubnet'), `podSubnet ${subnet} has room for ${2 ** spare} nodes, not ${given.nodes.length}`);
		}
	},
	function flannelHasServices(given, complain) {
		const disabled = get(given, 'ClusterConfiguration', 'proxy', 'disabled');
		if (disabled?.value === true && (at(given, 'cni')?.value ?? 'flannel') === 'flannel')
			complain(
				disabled,
				'without kube-proxy nothing answers at the addresses of Services, which CoreDNS and every pod need',
				'set network.cni: none and bring a network that does the work of kube-proxy',
			);
	},
];
