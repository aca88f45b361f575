/** What must hold between the settings of a cluster: rows that each look at what was said and name a problem, or not. */
import {isInsecure} from '../artifacts/mirror.ts';
import type {Problem} from '../errors.ts';
import type {Arg, Cluster, Mirror} from '../model.ts';
import {kubernetesVersion} from '../versions.ts';
import {named, type Sources} from './documents.ts';
import {contains, family, overlaps, parseAddress, size, splitHostPort, splitSubnets} from './network.ts';
import type {Listed} from './nodes.ts';
import type {Kind} from './schema.ts';
import {type Said, type SettingName, type Settings, said} from './settings.ts';
import {suggest} from './suggest.ts';

/** What a rule may look at: values of the file that kept their grammar, defaults filled in where `value` says so. */
export type Given = {
	readonly sources: Sources;
	readonly settings: Settings;
	readonly nodes: readonly Listed[];
	readonly whole: boolean;
	readonly subnets: {readonly pod: readonly string[]; readonly service: readonly string[]};
	readonly version: string;
	readonly bindPort: number;
	readonly mirror: Mirror;
	readonly ignore: readonly string[];
};
type Complain = (at: Said | Listed | undefined, message: string, hint?: string) => void;
type Rule = (given: Given, complain: Complain) => void;

const get = ({sources}: Given, kind: Kind, ...path: (string | number)[]) => said(sources, kind, path);
const at = <Name extends SettingName>({settings}: Given, name: Name): Settings[Name] => settings[name];
const controlPlanes = ({nodes}: Given) => nodes.filter(({spec}) => spec.role === 'control-plane');

/** Ports that other components of a control plane bind. */
const taken: Readonly<Record<number, string>> = {
	2379: 'etcd',
	2380: 'etcd',
	2381: 'etcd',
	10248: 'the kubelet',
	10250: 'the kubelet',
	10256: 'kube-proxy',
	10257: 'kube-controller-manager',
	10259: 'kube-scheduler',
};

const rules: readonly Rule[] = [
	function atLeastOneControlPlane(given, complain) {
		const hint = 'list them in spec.nodes, or name them with --control-planes, --workers or --local';
		if (given.whole && given.nodes.length === 0) complain(undefined, 'no nodes', hint);
		else if (given.whole && controlPlanes(given).length === 0) complain(given.nodes[0], 'no node is a control plane', hint);
	},
	function nodesDiffer({nodes}, complain) {
		const seen = new Map<string, Listed>();
		for (const node of nodes) {
			const {name, address, access, internalAddress, via} = node.spec;
			const host = via === 'local' ? 'via local' : `address ${address.toLowerCase()} port ${access.port}`;
			for (const mark of [name && `name ${name}`, host, internalAddress && `internalAddress ${internalAddress}`]) {
				const first = mark ? seen.get(mark) : undefined;
				if (first) complain(node, `${node.where} and ${first.where} have the same ${mark}`, 'each machine is listed once');
				else if (mark) seen.set(mark, node);
			}
		}
	},
	function manyControlPlanesNeedAnEndpoint(given, complain) {
		const balancer = get(given, 'Cluster', 'spec', 'loadBalancer');
		const endpoint = at(given, 'controlPlaneEndpoint');
		const hint = 'set controlPlaneEndpoint to a name or address that reaches all of them';
		if (balancer?.value === 'node-proxy')
			complain(balancer, 'loadBalancer: node-proxy is not part of this version', 'use external or none');
		else if (endpoint !== undefined) return;
		else if (balancer?.value === 'external') complain(balancer, 'loadBalancer: external needs a controlPlaneEndpoint', hint);
		else if (controlPlanes(given).length > 1)
			complain(controlPlanes(given)[1], 'more than one control plane needs a controlPlaneEndpoint', hint);
	},
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
	function portIsFree(given, complain) {
		const owner = taken[given.bindPort];
		if (owner) complain(at(given, 'bindPort'), `port ${given.bindPort} belongs to ${owner}`);
	},
	function addressesOfTheFirst(given, complain) {
		const [asked, first] = [at(given, 'advertiseAddress'), controlPlanes(given)[0]];
		const own = first?.spec.internalAddress;
		if (asked && own !== undefined && parseAddress(own)?.value !== parseAddress(asked.value)?.value)
			complain(
				asked,
				`${asked.where} says ${asked.value}, but ${first?.where} has internalAddress ${own}`,
				'say it once, or say the same',
			);
	},
	function etcdIsLocalOrExternal(given, complain) {
		const etcd = get(given, 'ClusterConfiguration', 'etcd');
		const external = get(given, 'ClusterConfiguration', 'etcd', 'external');
		if (external === undefined) return;
		if (get(given, 'ClusterConfiguration', 'etcd', 'local')) complain(etcd, 'etcd has both local and external', 'keep one');
		const {
			caFile = '',
			certFile = '',
			keyFile = '',
			endpoints = [],
		} = external.value as Record<string, string> & {endpoints?: string[]};
		if ((certFile === '') !== (keyFile === '')) complain(external, 'etcd.external needs both certFile and keyFile, or neither');
		else if (certFile !== '' && caFile === '') complain(external, 'etcd.external needs caFile with certFile and keyFile');
		const plain = endpoints.find((url) => !url.startsWith('https://'));
		if (caFile + certFile !== '' && plain)
			complain(external, `etcd.external: ${plain} must be https when certificates are given`);
	},
	function gatesAreKnown(given, complain) {
		const known = kubernetesVersion(given.version).featureGates;
		for (const [gate, on] of Object.entries(at(given, 'featureGates')?.value ?? {})) {
			const hint = suggest(gate, known) ?? `known: ${known.join(', ')}`;
			if (!known.includes(gate)) complain(at(given, 'featureGates'), `unknown feature gate ${gate}`, hint);
			else if (gate === 'RootlessControlPlane' && on)
				complain(at(given, 'featureGates'), 'RootlessControlPlane is not part of this version', 'remove it');
			else if (gate === 'PublicKeysECDSA')
				complain(at(given, 'featureGates'), 'PublicKeysECDSA is old', 'set encryptionAlgorithm: ECDSA-P256');
			else if (gate === 'NodeLocalCRISocket' && !on)
				complain(at(given, 'featureGates'), 'NodeLocalCRISocket cannot be turned off', 'remove it');
		}
	},
	function tokensMakeSense(given, complain) {
		const tokens = at(given, 'bootstrapTokens')?.value ?? [];
		tokens.forEach(({usages = ['signing', 'authentication']}, index) => {
			const here = get(given, 'InitConfiguration', 'bootstrapTokens', index);
			if (!usages.includes('authentication'))
				complain(here, 'a bootstrap token has groups, and so needs the usage authentication');
		});
		if (tokens.length > 1)
			complain(get(given, 'InitConfiguration', 'bootstrapTokens', 1), 'only one bootstrap token is made', 'keep one');
	},
	function kubeletArgsHoldForAll(given, complain) {
		for (const name of ['node-ip', 'hostname-override'])
			if (given.nodes.length > 1 && lastArg(at(given, 'kubeletExtraArgs'), name) !== undefined)
				complain(
					at(given, 'kubeletExtraArgs'),
					`kubeletExtraArgs ${name} would be the same on all nodes`,
					'use name and internalAddress of spec.nodes',
				);
	},
	function caOfJoiners(given, complain) {
		const path = get(given, 'JoinConfiguration', 'caCertPath');
		const folder = at(given, 'certificatesDir')?.value ?? '/etc/kubernetes/pki';
		if (path && path.value !== `${folder}/ca.crt`)
			complain(path, `${named('JoinConfiguration', ['caCertPath'])} must be ${folder}/ca.crt`);
	},
	function allStandsAlone({ignore}, complain) {
		if (ignore.includes('all') && ignore.length > 1)
			complain(undefined, 'ignorePreflightErrors: all stands alone', 'name all, or the checks');
	},
	function plainMirrorsAreNamed(given, complain) {
		const {images, binaries, packages} = given.mirror;
		for (const url of new Set([...Object.values(images).flat(), binaries, packages]))
			if (url?.startsWith('http://') && !isInsecure(url, given.mirror))
				complain(
					at(given, 'mirror'),
					`mirror ${url} speaks plain HTTP`,
					`use https, or add ${new URL(url).hostname}:${new URL(url).port || 80} to mirror.insecure`,
				);
	},
];

function lastArg(args: Said | undefined, name: string): string | undefined {
	return ((args?.value ?? []) as Arg[]).findLast((arg) => arg.name === name)?.value;
}

/** Every rule's problems. */
export function obey(given: Given): Problem[] {
	const problems: Problem[] = [];
	for (const rule of rules)
		rule(given, (where, message, hint) => problems.push({...where?.place, message, ...(hint === undefined ? {} : {hint})}));
	return problems;
}

/** The subnets in use: flannel needs one for pods, so it has kubeadm's documented default; without a network there is none unless asked. */
export function subnetsOf({podSubnet, serviceSubnet}: Settings, cni: Cluster['network']['cni']): Given['subnets'] {
	const pod = podSubnet?.value ?? (cni === 'flannel' ? '10.244.0.0/16' : undefined);
	return {pod: splitSubnets(pod), service: splitSubnets(serviceSubnet?.value ?? '10.96.0.0/12')};
}
