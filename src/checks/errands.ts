/** Who asks whom on the second look: the plan's ports, the places that things come from, the disks that are written. Pure. */
import {isIP} from 'node:net';
import {parseImage} from '../artifacts/mirror.ts';
import {controlPlaneEndpoint} from '../cluster/endpoints.ts';
import {noProxyOf} from '../cluster/no-proxy.ts';
import {deviceOf} from '../contract/node-address.ts';
import {isBegun} from '../contract/whose.ts';
import type {Cluster, Role, Site} from '../model.ts';
import {imagesOf} from '../phases/images.ts';
import type {Place, Way} from './between-facts.ts';
import {holderOf, mounts, readMounts} from './mounts.ts';
import {isProxied} from './proxy.ts';
import {linesOf} from './row.ts';

/** What the nodes of a cluster are to each other, in ports: a row per use. */
const uses: readonly {
	readonly use: string;
	readonly protocol: Way['protocol'];
	readonly to?: Role;
	readonly from?: Role;
	readonly ports: (cluster: Cluster) => readonly number[];
}[] = [
	{use: 'the API server', protocol: 'tcp', to: 'control-plane', ports: ({bindPort}) => [bindPort]},
	{
		use: 'etcd',
		protocol: 'tcp',
		to: 'control-plane',
		from: 'control-plane',
		ports: ({configuration: {etcd}}) => ('local' in etcd ? [2379, 2380] : []),
	},
	{use: 'the kubelet', protocol: 'tcp', from: 'control-plane', ports: () => [10250]},
	{
		use: "flannel's VXLAN",
		protocol: 'udp',
		ports: ({network}) => (network.cni === 'flannel' && network.flannel.backend === 'vxlan' ? [8472] : []),
	},
];

export type Errands = {
	readonly order: readonly string[];
	readonly ways: readonly Way[];
	readonly places: ReadonlyMap<string, readonly Place[]>;
	/** Arguments of the script, by the name of the site. */
	readonly args: ReadonlyMap<string, readonly string[]>;
};

/** Machines on which Kubernetes has not begun: what they are for the others is not known yet. */
export const isFresh = (site: Site): boolean =>
	site.stage !== 'member' && site.stage !== 'leaving' && site.stage !== 'gone' && !isBegun(site);

/** The errands of all sites. `offline`: everything comes from a bundle, and no place is asked. Only ways with a fresh end are tried. */
export function errandsFor(cluster: Cluster, sites: readonly Site[], {offline}: {readonly offline: boolean}): Errands {
	const order = sites.map(({name}) => name);
	// Two of a name or of an address are a finding of their own, and whoever is asked would be in doubt.
	const byAddress = Map.groupBy(sites, ({address}) => address);
	const byName = Map.groupBy(sites, ({name}) => name);
	const alone = ({address, name}: Site) => byAddress.get(address)!.length === 1 && byName.get(name)!.length === 1;
	const usable = sites.filter((site) => isIP(site.address) !== 0 && alone(site));
	const ways = uses.flatMap(({use, protocol, to, from, ports}) =>
		usable.flatMap((target) =>
			usable
				.filter((asker) => asker !== target && (isFresh(asker) || isFresh(target)))
				.filter((asker) => (to ?? target.role) === target.role && (from ?? asker.role) === asker.role)
				.flatMap((asker) => ports(cluster).map((port): Way => ({from: asker.name, to: target.name, protocol, port, use}))),
		),
	);
	const places = new Map(sites.map((site) => [site.name, isFresh(site) && !offline ? placesOf(cluster, sites, site.role) : []]));
	const [from, to] = [Map.groupBy(ways, (way) => way.from), Map.groupBy(ways, (way) => way.to)];
	const numbers = new Map(order.map((name, number) => [name, number]));
	const args = new Map(
		sites.map((site) => {
			const own = {incoming: to.get(site.name) ?? [], outgoing: from.get(site.name) ?? [], places: places.get(site.name)!};
			return [site.name, argumentsOf(site, {cluster, sites, numbers, ...own})];
		}),
	);
	return {order, ways, places, args};
}

type Around = {
	readonly cluster: Cluster;
	readonly sites: readonly Site[];
	readonly numbers: ReadonlyMap<string, number>;
	readonly incoming: readonly Way[];
	readonly outgoing: readonly Way[];
	readonly places: readonly Place[];
};

/** Each begins with the node after itself: a hundred that all spoke to the first one at the same moment would fill its socket, and be lost. */
function turned(ways: readonly Way[], own: number, numbers: ReadonlyMap<string, number>): Way[] {
	const turn = ({to}: Way) => (numbers.get(to)! - own + numbers.size) % numbers.size;
	return ways.toSorted((one, other) => turn(one) - turn(other));
}

function argumentsOf(site: Site, {cluster, sites, numbers, incoming, outgoing, places}: Around): string[] {
	const number = (name: string) => numbers.get(name)!;
	const addressOf = (name: string) => sites[number(name)]!.address;
	const own = [...new Set(incoming.map(({protocol, port}) => `${protocol}=${site.address}|${port}`))];
	const out = turned(outgoing, number(site.name), numbers);
	const mtu = mtuOf(site);
	const pings = out.some(({protocol}) => protocol === 'udp') ? [] : [...new Set(out.map(({to}) => to))];
	return [
		`self=${number(site.name)}`,
		`mtu=${mtu}`,
		// On a node that was begun a listener could take the place of a program that comes back.
		...(isFresh(site) ? [] : ['idle=1']),
		...own,
		...out.map(({to, protocol, port}) => `${protocol === 'tcp' ? 'ask' : 'send'}=${number(to)}|${addressOf(to)}|${port}`),
		...pings.map((to) => `ping=${number(to)}|${addressOf(to)}|${mtu - (site.address.includes(':') ? 48 : 28)}`),
		...(isFresh(site) ? disks(cluster, site) : []),
		...places.map(({url, proxy}, index) => `url=${index}|${url}|${proxy}`),
		...endpointName(cluster, sites, site),
		'rules=1',
	];
}

/** Folders that something is laid down in. */
const folders =
	'/etc /etc/systemd/system /usr/bin /usr/local/bin /opt/cni/bin /var/lib/kubelet /var/lib/containerd /var/lib/kubestrap /var/log /run'.split(
		' ',
	);

/** One folder on each mount is enough to know that it can be written. */
function disks({configuration: {etcd}}: Cluster, {role, facts}: Site): string[] {
	const data = role === 'control-plane' && 'local' in etcd ? [etcd.local.dataDir] : [];
	const all = readMounts(facts.probes[mounts.name]?.stdout ?? '');
	const first = new Map([...folders, ...data].toReversed().map((path) => [holderOf(path, all)?.path ?? '', path]));
	return [...[...first.values()].map((path) => `write=${path}`), ...data.map((path) => `sync=${path}`)];
}

/** Every node finds the API by this name, unless its own proxy stands for it. */
export function endpointName(cluster: Cluster, sites: readonly Site[], site: Site): string[] {
	const {host} = controlPlaneEndpoint(cluster, sites);
	return !isFresh(site) || cluster.loadBalancer === 'node-proxy' || host === '' || isIP(host) !== 0 ? [] : [`resolve=${host}`];
}

/** Bytes of the biggest packet that leaves by the card with the node's address. */
export function mtuOf(site: Site): number {
	const device = deviceOf(site);
	const line = linesOf(site.facts.probes.links?.stdout ?? '').find((one) => /^\d+:\s+([^\s:@]+)/.exec(one)?.[1] === device);
	const mtu = Number(/\bmtu (\d{3,5})\b/.exec(line ?? '')?.[1] ?? 1500);
	// What is bigger than that is no card (loopback), and no datagram either.
	return device === undefined ? 1500 : Math.min(mtu, 9000);
}

const origins: Readonly<Record<string, string>> = {'docker.io': 'registry-1.docker.io'};

/** Where images and programs may come from: the mirrors in their order, and upstream behind those of images. */
function placesOf(cluster: Cluster, sites: readonly Site[], role: Role): Place[] {
	const {mirror, proxy, registration, fetch} = cluster;
	const no = noProxyOf(cluster, sites).join(',');
	const via = (url: string) => {
		const {protocol, hostname, port} = new URL(url);
		const https = (protocol === 'https:' ? proxy?.https : proxy?.http) ?? '';
		return isProxied({https, no}, hostname, Number(port || (protocol === 'https:' ? 443 : 80))) ? https : '';
	};
	const registries =
		registration.imagePullPolicy === 'Never' ? [] : imagesOf(cluster, role).map((ref) => parseImage(ref)?.registry ?? '');
	const images = [...new Set(registries.filter(Boolean))].flatMap((registry) => {
		const mirrors = (mirror.images[registry] ?? []).map((url) => ({url: `${new URL(url).origin}/v2/`, isMirror: true}));
		const own = {url: `https://${origins[registry] ?? registry}/v2/`, isMirror: false};
		return [...mirrors, own].map(({url, isMirror}): Place => ({for: registry, url, proxy: via(url), isMirror}));
	});
	const isFetched = fetch === 'node' && [cluster.runtime.source, cluster.kubernetes.source].includes('binaries');
	const bases = mirror.binaries === undefined ? ['https://dl.k8s.io', 'https://github.com'] : [mirror.binaries];
	const binaries = isFetched ? bases.filter((url) => /^https?:/.test(url)) : [];
	return [
		...images,
		...binaries.map((url): Place => ({for: 'binaries', url: `${url}/`, proxy: '', isMirror: mirror.binaries !== undefined})),
	];
}
