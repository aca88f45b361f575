import test from 'ava';
import type {Between, Way} from '../../src/checks/between-facts.ts';
import {check} from '../../src/checks/check.ts';
import {errandsFor} from '../../src/checks/errands.ts';
import type {Cluster, Output} from '../../src/model.ts';
import {cluster, facts, output, site, spec} from './sample.ts';

const links = output('2: eth0@if5: <UP> mtu 1500 state UP link/ether 02:00:00:00:00:01 brd ff:ff\n');
const at = (name: string, number: number, role: 'control-plane' | 'worker' = 'worker', probes: Record<string, Output> = {}) => {
	const address = `10.0.0.${number}`;
	return site({
		name,
		role,
		address,
		spec: spec({name, role, address}),
		facts: facts({
			hostname: name,
			machineId: `${number}`.repeat(32),
			addresses: [{device: 'eth0', address, prefix: 24}],
			probes: {links: {...links, stdout: links.stdout.replace(':01 ', `:0${number} `)}, ...probes},
		}),
	});
};
const sites = [at('cp1', 1, 'control-plane'), at('w1', 2), at('w2', 3)];
const asked = (over: Partial<Cluster> = {}) => cluster({nodes: sites.map((one) => one.spec), ...over});

/** What the nodes say when all is well; `over` says what one of them says else. */
function healthy(over: Record<string, Record<string, string>> = {}, config = asked(), all = sites): Between {
	const {args: _, ...errands} = errandsFor(config, all, {offline: false});
	const number = (name: string) => all.findIndex((one) => one.name === name);
	const of = (name: string) => {
		const own = errands.ways.filter(({from}) => from === name);
		const to = errands.ways.filter((way) => way.to === name);
		const line = (way: Way) => `${number(way.to)} ${way.port} open kubestrap n0 ${number(way.to)}\n`;
		return {
			asked: own
				.filter(({protocol}) => protocol === 'tcp')
				.map(line)
				.join(''),
			listening: to.map(({protocol, port}) => `${protocol} ${port} ours\n`).join(''),
			heard: to
				.filter(({protocol}) => protocol === 'udp')
				.flatMap(({from}) => [100, 1400, 1500].map((size) => `kubestrap n0 ${number(from)} ${size} \n`))
				.join(''),
			reached: errands.places
				.get(name)!
				.map((_place, index) => `${index}\t200\n`)
				.join(''),
			written: '/etc\tok\n',
			synced: Array.from({length: 40}, () => '1 0.0012\n').join(''),
			rules: '',
			...over[name],
		};
	};
	return {...errands, told: new Map(all.map(({name}) => [name, of(name)]))};
}

const found = (between: Between, config = asked(), all = sites) =>
	check(config, all, {between}).map(({node, level, id, evidence}) => ({says: `${node} ${level} ${id}`, evidence}));
const says = (between: Between, config = asked(), all = sites) => found(between, config, all).map((one) => one.says);

test('healthy machines that reach one another', (t) => {
	t.deepEqual(says(healthy()), []);
});

test('every use of a port is asked by whoever needs it', (t) => {
	const {ways} = errandsFor(asked(), sites, {offline: false});
	const shown = (protocol: string) =>
		ways.filter((way) => way.protocol === protocol).map(({from, to, port}) => `${from} → ${to}:${port}`);
	t.deepEqual(shown('tcp'), ['w1 → cp1:6443', 'w2 → cp1:6443', 'cp1 → w1:10250', 'cp1 → w2:10250']);
	t.is(shown('udp').length, 6);
	const planes = [at('cp1', 1, 'control-plane'), at('cp2', 2, 'control-plane')];
	const two = errandsFor(asked(), planes, {offline: false}).ways.filter(({to, protocol}) => to === 'cp2' && protocol === 'tcp');
	t.deepEqual(
		two.map(({port}) => port),
		[6443, 2379, 2380, 10250],
	);
});

test('machines that are part of a cluster are not tried with one another', (t) => {
	const member = (one: (typeof sites)[number]) => ({...one, stage: 'member' as const});
	const [cp1, w1, w2] = sites as [(typeof sites)[0], (typeof sites)[0], (typeof sites)[0]];
	t.deepEqual(errandsFor(asked(), sites.map(member), {offline: false}).ways, []);
	const {ways, args} = errandsFor(asked(), [member(cp1), member(w1), {...w2, stage: 'joining'}], {offline: false});
	t.true(ways.every(({from, to}) => from === 'w2' || to === 'w2'));
	t.true(args.get('w1')!.includes('idle=1'));
	t.false(args.get('w1')!.some((item) => /^(?:write|sync|url)=/.test(item)));
	t.true(args.get('w2')!.some((item) => item.startsWith('write=')));
});

test('two of one name or address are asked nothing of one another', (t) => {
	const twins = [sites[0]!, sites[1]!, {...sites[2]!, address: '10.0.0.2'}];
	t.deepEqual(errandsFor(asked(), twins, {offline: false}).ways, []);
});

test('a port that is dropped, with the rule that drops it', (t) => {
	const rules = '-A INPUT -p tcp -m tcp --dport 10250 -j DROP\n';
	const [one] = found(healthy({cp1: {asked: '2 10250 open kubestrap n0 2\n'}, w1: {rules, ...pick('w1')}}));
	t.is(one?.says, 'w1 error Unreachable-10250');
	t.regex(one?.evidence ?? '', /^cp1 cannot reach w1:10250\/tcp \(the kubelet\): no answer within 6 s.*a rule there: -A INPUT/);
});
const pick = (name: string) => {
	const {rules: _, ...rest} = healthy().told.get(name)!;
	return rest;
};

test('a firewall that the run opens is a warning', (t) => {
	const walled = [sites[0]!, at('w1', 2, 'worker', {closedFirewalls: output('ufw\n')}), sites[2]!];
	const refused = {cp1: {asked: '1 10250 failed Connection refused\n2 10250 open kubestrap n0 2\n'}};
	const reach = (config: Cluster) =>
		says(healthy(refused, config, walled), config, walled).filter((line) => line.includes('Unreachable'));
	t.deepEqual(reach(asked({os: {...asked().os, firewall: 'leave'}})), ['w1 error Unreachable-10250']);
	t.deepEqual(reach(asked({os: {...asked().os, firewall: 'open'}})), ['w1 warning Unreachable-10250']);
});

test('a port that nobody could listen on is not judged', (t) => {
	t.deepEqual(
		says(
			healthy({
				w1: {...pick('w1'), listening: 'tcp 10250 failed\nudp 8472 failed\n', heard: ''},
				cp1: {asked: '2 10250 open x\n'},
			}),
		),
		[],
	);
});

test('datagrams that do not arrive, and those that are too big', (t) => {
	t.deepEqual(says(healthy({w1: {heard: 'kubestrap n0 2 100 \nkubestrap n0 2 1400 \nkubestrap n0 2 1500 \n'}})), [
		'w1 error Unreachable-8472',
	]);
	const small = 'kubestrap n0 0 100 \nkubestrap n0 2 100 \nkubestrap n0 2 1400 \nkubestrap n0 2 1500 \n';
	t.deepEqual(says(healthy({w1: {heard: small}})), ['w1 error PathMTU']);
	t.deepEqual(says(healthy({w1: {heard: `${small}kubestrap n0 0 1400 \n`}})), ['w1 warning PathMTU']);
});

test('an address that leads to another machine', (t) => {
	const [one] = found(healthy({cp1: {asked: '1 10250 open kubestrap n0 2\n2 10250 open kubestrap n0 2\n'}}));
	t.is(one?.says, 'w1 error AddressTaken');
	t.regex(one?.evidence ?? '', /from cp1, 10\.0\.0\.2 leads to w2/);
});

test('disks: one that cannot be written, and one that is slow', (t) => {
	t.deepEqual(says(healthy({w2: {written: '/etc\tok\n/opt\tRead-only file system\n'}})), ['w2 error Writable']);
	const slow = (seconds: number) => Array.from({length: 40}, () => `3 ${seconds}\n`).join('');
	t.deepEqual(says(healthy({cp1: {synced: slow(0.02)}})), ['cp1 warning EtcdDisk']);
	t.deepEqual(says(healthy({cp1: {synced: slow(0.2)}})), ['cp1 error EtcdDisk']);
	// The last round counts.
	t.deepEqual(says(healthy({cp1: {synced: `${slow(0.2).replaceAll('3 ', '1 ')}${slow(0.001)}`}})), []);
});

test('registries: one place has to answer, and a mirror that does not is told', (t) => {
	const config = asked({mirror: {images: {'registry.k8s.io': ['https://a.example', 'https://b.example']}, insecure: []}});
	const places = healthy({}, config).places.get('w1')!;
	const said = (dead: (url: string) => boolean) => ({
		w1: {reached: places.map(({url}, index) => `${index}\t${dead(url) ? 'Connection refused' : '401'}\n`).join('')},
	});
	const judged = (dead: (url: string) => boolean) => says(healthy(said(dead), config), config);
	t.deepEqual(
		judged(() => false),
		[],
	);
	t.deepEqual(
		judged((url) => url.includes('registry.k8s.io')),
		[],
	);
	t.deepEqual(
		judged((url) => url.includes('a.example')),
		['w1 warning Registry'],
	);
	t.deepEqual(
		judged((url) => /example|k8s\.io\/v2/.test(url)),
		['w1 error Registry'],
	);
	t.deepEqual(
		judged((url) => url.includes('dl.k8s.io')),
		['w1 warning Binaries'],
	);
});

test('with a bundle no place is asked', (t) => {
	const {places} = errandsFor(asked(), sites, {offline: true});
	t.deepEqual([...places.values()].flat(), []);
});

test('an endpoint that nobody knows', (t) => {
	const {configuration} = cluster();
	const config = asked({configuration: {...configuration, controlPlaneEndpoint: 'api.example:6443'}});
	t.true(errandsFor(config, sites, {offline: false}).args.get('w1')!.includes('resolve=api.example'));
	t.deepEqual(says(healthy({w1: {resolved: '2\tapi.example\n'}}, config), config), ['w1 error EndpointName']);
});
