/** What machines are for each other, and for where things come from: judged from the second look (src/survey/between.ts). */

import {type Between, connectionOf, heardBy, pairsOf, speakerOf, standOf, type Way, writesOf} from './between-facts.ts';
import {mtuOf} from './errands.ts';
import {closedFirewalls, firewalls, firewallsOf, loadersOf, willBeOpened} from './firewalls.ts';
import {type Case, type Check, linesOf, type Verdict} from './row.ts';

const row = (name: string, level: Check['level'], on: Check['on'], judge: (one: Case, between: Between) => Verdict[]): Check => ({
	name,
	from: 'kubestrap',
	level,
	on,
	when: 'bare',
	judge: (one) => (one.between === undefined ? [] : judge(one, one.between)),
});

export const betweenChecks: readonly Check[] = [
	{...row('Unreachable-<port>', 'error', 'every', unreachable), probes: [closedFirewalls]},
	row('AddressTaken', 'error', 'every', taken),
	row('PathMTU', 'error', 'every', pathMtu),
	row('Writable', 'error', 'every', ({site}, {told}) =>
		pairsOf(told.get(site.name)?.written)
			.filter(([, state]) => state !== 'ok')
			.map(([folder, why]) => ({
				evidence: `a file could not be written, synced, renamed and read in ${folder}: ${why}`,
				remedy: /read-only/i.test(why)
					? `mount -o remount,rw "$(findmnt -no TARGET -T ${folder})"; if it fell back to read-only, look for disk errors first: dmesg | grep -i error`
					: `look at the disk: df -h ${folder}; df -i ${folder}; lsattr -d ${folder}`,
			})),
	),
	row('EtcdDisk', 'warning', 'control-plane', etcdDisk),
	row('EndpointName', 'error', 'every', ({site}, {told}) =>
		pairsOf(told.get(site.name)?.resolved)
			.filter(([code]) => code !== '0')
			.map(([, host]) => ({
				evidence: `${host}, where all nodes look for the API (controlPlaneEndpoint), does not resolve`,
				remedy: `make it known in DNS, or: echo "ADDRESS ${host}" >>/etc/hosts`,
			})),
	),
];

/** A finding per machine and port that others cannot reach, with who tried. */
function unreachable(one: Case, between: Between): Verdict[] {
	const ways = between.ways.filter(({to}) => to === one.site.name);
	return [...Map.groupBy(ways, ({protocol, port}) => `${protocol} ${port}`).values()].flatMap((same) => {
		const [{protocol, port, use}] = same as [Way];
		const stand = standOf(between, same[0]!);
		if (stand !== 'ours' && stand !== 'served') return [];
		const lost = protocol === 'tcp' ? tcpLost(between, same) : udpLost(between, same, stand);
		if (lost.length === 0) return [];
		const rules = linesOf(between.told.get(one.site.name)?.rules ?? '');
		const rule =
			rules.find((line) => new RegExp(`\\b${port}\\b`).test(line)) ?? rules.find((line) => /INPUT|input|policy drop/.test(line));
		const wall = firewallOf(one);
		const suspects = [
			...(wall === undefined ? [] : [`${wall} is active on ${one.site.name}`]),
			...(rule === undefined ? [] : [`a rule there: ${rule.trim()}`]),
		];
		const isOpened = willBeOpened(one.cluster, one.site);
		return [
			{
				id: `Unreachable-${port}`,
				...(isOpened && {level: 'warning' as const}),
				evidence: `${few(lost.map(({from}) => from))} cannot reach ${one.site.name}:${port}/${protocol} (${use}): ${[...new Set(lost.map(({why}) => why))].slice(0, 2).join('; ')}${suspects.length === 0 ? '' : `. ${suspects.join('; ')}`}`,
				remedy: isOpened ? 'nothing to do: the run opens it (os.firewall: open)' : opening(wall, rule, {port, protocol}),
			},
		];
	});
}

const tcpLost = (between: Between, ways: readonly Way[]) =>
	ways.flatMap((way) => {
		const found = connectionOf(between, way);
		if (found === undefined || found.open !== undefined) return [];
		return [{from: way.from, why: found.failed === undefined ? 'no answer within 6 s, so something drops it' : found.failed}];
	});

function udpLost(between: Between, ways: readonly Way[], stand: string) {
	const heard = heardBy(between, ways[0]!.to);
	// What somebody else heard nobody knows.
	if (stand !== 'ours') return [];
	return ways
		.filter(({from}) => between.told.get(from)?.tool?.trim() !== 'none' && !heard.has(from))
		.map(({from}) => ({from, why: 'none of nine datagrams arrived'}));
}

const firewallOf = ({site}: Case): string | undefined => {
	const [wall] = firewallsOf(site);
	return wall === 'chains' ? (loadersOf(site)[0] ?? firewalls.chains) : wall;
};

function opening(wall: string | undefined, rule: string | undefined, {port, protocol}: {port: number; protocol: string}): string {
	if (wall === 'firewalld') return `firewall-cmd --permanent --add-port=${port}/${protocol} && firewall-cmd --reload`;
	if (wall === 'ufw') return `ufw allow ${port}/${protocol}`;
	if (rule?.trim().startsWith('-A ')) return `iptables ${rule.trim().replace(/^-A/, '-D')}`;
	return `look on both machines and between them: nft list ruleset; iptables -S; the network's own filters (security groups). Let ${protocol} ${port} pass`;
}

/** Names in a sentence, not more than it carries. */
const few = (names: readonly string[]): string =>
	names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');

/** Another machine answered under this one's address. */
function taken({site}: Case, between: Between): Verdict[] {
	const others = between.ways
		.filter(({to, protocol}) => to === site.name && protocol === 'tcp')
		.flatMap((way) => {
			const line = connectionOf(between, way)?.open;
			const speaker = line === undefined ? undefined : speakerOf(between, line);
			return speaker === undefined || speaker === site.name ? [] : [{from: way.from, speaker}];
		});
	const [first] = others;
	return first === undefined
		? []
		: [
				{
					evidence: `from ${first.from}, ${site.address} leads to ${first.speaker}: two machines have that address, or something translates it`,
					remedy: `look who has it: ip neigh show ${site.address}; then set internalAddress of both nodes`,
				},
			];
}

/** Small packets arrive, and big ones do not: TLS would hang. */
function pathMtu({site, sites}: Case, between: Between): Verdict[] {
	const heard = heardBy(between, site.name);
	const byDatagram = [...heard].flatMap(([from, sizes]) => {
		const asker = sites.find(({name}) => name === from);
		const full = asker === undefined ? 1500 : mtuOf(asker);
		const passed = [...sizes].filter((size) => size <= full);
		return sizes.has(full) || passed.length === 0 ? [] : [{from, full, most: Math.max(...passed)}];
	});
	const byPing = sites.flatMap(({name: from}) =>
		linesOf(between.told.get(from)?.pinged ?? '').flatMap((line) => {
			const [number, size, code] = line.split(' ').map(Number);
			// 1: sent, and no answer. That nobody answers pings is another matter, which the ports tell.
			const isOpen = between.ways.some(
				(way) => way.from === from && way.to === site.name && connectionOf(between, way)?.open !== undefined,
			);
			return between.order[number!] === site.name && code === 1 && isOpen ? [{from, full: size! + 28, most: 0}] : [];
		}),
	);
	const groups = Map.groupBy([...byDatagram, ...byPing], ({full, most}) => `${full} ${most}`);
	return [...groups.values()].map((same) => {
		const [{full, most}] = same as [(typeof byDatagram)[number]];
		const names = few(same.map(({from}) => from));
		return {
			level: most >= 1400 || most === 0 ? 'warning' : 'error',
			evidence: `packets of ${full} bytes from ${names} do not arrive at ${site.name}${most === 0 ? '' : `, those of ${most} do`}: the cards there allow more than the way carries`,
			remedy: `find the size that passes: ping -M do -s ${Math.max(most, 1372) - 28} ${site.address}; then on ${names}: ip link set DEVICE mtu SIZE, and let ICMP "fragmentation needed" pass`,
		};
	});
}

/**
 * etcd's own guidance: the 99th percentile of such writes below 10 ms. Of a few writes
 * on a machine that does other work too, the slowest say little: half of them above it, or one of twenty far above. Beyond 100 ms members call each other dead.
 */
function etcdDisk({cluster: {configuration}, site}: Case, {told}: Between): Verdict[] {
	const writes = writesOf(told.get(site.name));
	const [half, most] = [writes[Math.floor(writes.length / 2)], writes.at(-2)];
	if (half === undefined || most === undefined || (half <= 10 && most <= 25) || !('local' in configuration.etcd)) return [];
	return [
		{
			...(half > 100 && {level: 'error' as const}),
			evidence: `etcd's disk is slow: of ${writes.length} writes to ${configuration.etcd.local.dataDir}, each waited for, half took ${half.toFixed(1)} ms or more, the slowest but one ${most.toFixed(1)} ms (etcd wants 99 of 100 below 10 ms)`,
			remedy: 'give etcd a disk of its own, an SSD: etcd.local.dataDir; what else writes there: iotop -o',
		},
	];
}
