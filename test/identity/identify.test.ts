import test from 'ava';
import {IdentityError} from '../../src/errors.ts';
import {identify} from '../../src/identity/identify.ts';
import {tokenMarker} from '../../src/identity/places.ts';
import type {Cluster, Facts, Identity} from '../../src/model.ts';
import {born, clusterOf, type Disk, fresh, now, sitesOf} from './world.ts';

const pki = '/etc/kubernetes/pki';
const made = await born();
const elsewhere = await born();

const look = (disk: Disk, cluster: Cluster = made.cluster, facts: Record<string, Partial<Facts>> = {}, when = now): Identity =>
	identify(cluster, sitesOf(cluster, disk, facts), {...fresh, now: when});

/** The cluster's disks with some files changed; undefined removes one. */
function changed(changes: Record<string, Record<string, string | undefined>>, disk: Disk = made.disk): Disk {
	const result: Disk = structuredClone(disk);
	for (const [node, files] of Object.entries(changes)) {
		for (const [path, text] of Object.entries(files)) {
			result[node] ??= {};
			if (text === undefined) delete result[node][path];
			else result[node][path] = text;
		}
	}
	return result;
}

function refusal(run: () => unknown): {lines: string[]; hint: string} {
	try {
		run();
	} catch (error) {
		if (error instanceof IdentityError) return {lines: error.message.split('\n'), hint: error.hint};
		throw error;
	}
	throw new Error('nothing was refused');
}

const making = ({items}: Identity) =>
	Object.values(items)
		.filter(({state}) => state === 'make')
		.map(({id, why}) => (why ? `${id}: ${why}` : id));
const file = (name: string, node = 'cp1', {disk} = made) => disk[node]![name]!;

test('on bare machines everything is made, once for all or once for each', (t) => {
	const identity = look({});
	t.is(identity.clusterId, 'id-1');
	t.is(identity.birthplace, 'cp1');
	const own = [
		'apiserver',
		'apiserver-kubelet-client',
		'front-proxy-client',
		'etcd/server',
		'etcd/peer',
		'etcd/healthcheck-client',
		'apiserver-etcd-client',
	];
	const both = [...own, 'admin.conf', 'controller-manager.conf', 'scheduler.conf'].flatMap((name) => [
		`${name}@cp1`,
		`${name}@cp2`,
	]);
	const kubelets = ['kubelet-client@cp1', 'kubelet-client@cp2', 'kubelet-client@w1'];
	const wanted = ['ca', 'front-proxy-ca', 'etcd/ca', 'sa', ...both, 'super-admin.conf@cp1', ...kubelets, 'bootstrap-token'];
	t.deepEqual(Object.keys(identity.items).sort(), wanted.sort());
	t.deepEqual(making(identity).sort(), wanted);
	t.deepEqual(identity.items['etcd/peer@cp2'], {id: 'etcd/peer@cp2', state: 'make', on: 'cp2', file: `${pki}/etcd/peer.crt`});
	t.deepEqual(identity.items.ca, {id: 'ca', state: 'make', on: 'cp1', file: `${pki}/ca.crt`});
});

test('after the birth everything is kept, and no private key is in the identity', (t) => {
	const identity = look(changed({cp1: {[tokenMarker]: 'abcdef 2026-11-20T00:00:00Z'}}));
	t.deepEqual(making(identity), []);
	t.is(identity.items.ca?.publicHalf, file(`${pki}/ca.crt`));
	t.is(identity.items.sa?.publicHalf, file(`${pki}/sa.pub`));
	t.notRegex(JSON.stringify(identity), /PRIVATE/);
});

test('an external etcd leaves etcd out', (t) => {
	const external = {external: {endpoints: ['https://e:2379'], caFile: '/x/ca', certFile: '/x/crt', keyFile: '/x/key'}};
	const names = Object.keys(look({}, clusterOf({etcd: external})).items);
	t.deepEqual(
		names.filter((name) => name.includes('etcd')),
		[],
	);
});

test('an own certificatesDir and an own cert-dir of the kubelet are looked into', (t) => {
	const cluster = clusterOf({certificatesDir: '/srv/pki'});
	const registration = {...cluster.registration, kubeletExtraArgs: [{name: 'cert-dir', value: '/srv/kubelet'}]};
	const {items} = look({}, {...cluster, registration});
	t.is(items['apiserver@cp1']?.file, '/srv/pki/apiserver.crt');
	t.is(items['kubelet-client@w1']?.file, '/srv/kubelet/kubelet-client-current.pem');
	t.is(items['admin.conf@cp1']?.file, '/etc/kubernetes/admin.conf');
});

test('an own CA is used, and only what is below it is made', (t) => {
	const own = {cp1: {[`${pki}/ca.crt`]: file(`${pki}/ca.crt`), [`${pki}/ca.key`]: file(`${pki}/ca.key`)}};
	const identity = look(own);
	t.is(identity.items.ca?.state, 'keep');
	t.is(identity.items.ca?.on, 'cp1');
	t.is(identity.items['front-proxy-ca']?.state, 'make');
	t.is(identity.items['apiserver@cp1']?.state, 'make');
});

test('an authority on another control plane than the first exists', (t) => {
	const {items} = look({cp2: {[`${pki}/ca.crt`]: file(`${pki}/ca.crt`), [`${pki}/ca.key`]: file(`${pki}/ca.key`)}});
	t.deepEqual([items.ca?.state, items.ca?.on, items['front-proxy-ca']?.on], ['keep', 'cp2', 'cp1']);
});

test('the node that has the key is where the authority is read', (t) => {
	const {items} = look(changed({cp1: {[`${pki}/ca.key`]: undefined}}));
	t.deepEqual([items.ca?.on, items.ca?.keyless], ['cp2', undefined]);
});

test('a lone CA key is refused', (t) => {
	const {lines, hint} = refusal(() => look({cp1: {[`${pki}/ca.key`]: file(`${pki}/ca.key`)}}));
	t.deepEqual(lines, [`ca: ${pki}/ca.key is on cp1, but ${pki}/ca.crt is on no control plane`]);
	t.regex(hint, /move the key away/);
});

test('a lone CA key of our own interrupted birth is taken up again, unless something was signed already', (t) => {
	const path = `${pki}/ca.key`;
	const ownership = {
		clusterId: 'id-0',
		name: 'demo',
		writer: '',
		fence: 1,
		birthMembers: [],
		owned: [{kind: 'file', name: path, before: null}],
	};
	const identity = look({cp1: {[path]: file(path)}}, made.cluster, {cp1: {ownership}});
	t.is(identity.clusterId, 'id-0');
	t.is(identity.items.ca?.state, 'make');
	t.regex(identity.items.ca?.why ?? '', /interrupted/);
	const disk = {cp1: {[path]: file(path), [`${pki}/apiserver.crt`]: file(`${pki}/apiserver.crt`)}};
	t.is(refusal(() => look(disk, made.cluster, {cp1: {ownership}})).lines.length, 1);
});

test('control planes with different authorities are refused, and both are named', (t) => {
	const other = {
		[`${pki}/ca.crt`]: file(`${pki}/ca.crt`, 'cp1', elsewhere),
		[`${pki}/ca.key`]: file(`${pki}/ca.key`, 'cp1', elsewhere),
	};
	const {lines} = refusal(() => look(changed({cp2: other})));
	t.deepEqual(lines, [
		`ca: cp1 and cp2 have different certificates in ${pki}/ca.crt`,
		`ca: ${pki}/ca.key on cp2 is not the key of the certificate ${pki}/ca.crt on cp1`,
	]);
});

test('all that is wrong is said at once', (t) => {
	const disk = changed({
		cp1: {[`${pki}/front-proxy-ca.key`]: file(`${pki}/ca.key`), [`${pki}/sa.pub`]: file(`${pki}/sa.pub`, 'cp1', elsewhere)},
		cp2: {
			[`${pki}/apiserver.crt`]: file(`${pki}/apiserver.crt`, 'cp2', elsewhere),
			[`${pki}/sa.key`]: file(`${pki}/sa.key`, 'cp1', elsewhere),
		},
	});
	const {lines} = refusal(() => look(disk));
	t.deepEqual(lines, [
		`front-proxy-ca: ${pki}/front-proxy-ca.key on cp1 is not the key of the certificate ${pki}/front-proxy-ca.crt on cp1`,
		`sa on cp1: ${pki}/sa.pub is not the public key of ${pki}/sa.key`,
		`sa on cp2: ${pki}/sa.pub is not the public key of ${pki}/sa.key`,
		`apiserver on cp2: ${pki}/apiserver.crt: it is not signed by this authority (CN=kubernetes) but by CN=kubernetes`,
	]);
});

test('an authority that is none, or is past its time, is refused; its leaves are not complained about', (t) => {
	const none = refusal(() =>
		look(changed({cp1: {[`${pki}/ca.crt`]: file(`${pki}/apiserver.crt`)}, cp2: {[`${pki}/ca.crt`]: undefined}})),
	);
	t.deepEqual(none.lines, [
		`ca on cp1: ${pki}/ca.crt: it is not a certificate authority (basic constraints do not say CA)`,
		`ca: ${pki}/ca.key on cp1 is not the key of the certificate ${pki}/ca.crt on cp1`,
		`ca: ${pki}/ca.key on cp2 is not the key of the certificate ${pki}/ca.crt on cp1`,
	]);
	const late = refusal(() => look(made.disk, made.cluster, {}, new Date('2037-01-01T00:00:00Z')));
	t.deepEqual(
		late.lines,
		['ca', 'front-proxy-ca', 'etcd/ca'].map((name) => `${name} on cp1: ${pki}/${name}.crt: it expired at 2036-11-18T00:05:00Z`),
	);
});

test('a leaf whose judge is not content is made anew, and why is said', (t) => {
	const wider = clusterOf({apiServer: {certSANs: ['api.prod.example']}});
	t.deepEqual(making(look(changed({cp1: {[tokenMarker]: 'abcdef never'}}), wider)), [
		'apiserver@cp1: it lacks the names api.prod.example',
		'apiserver@cp2: it lacks the names api.prod.example',
	]);
	const year = making(look(made.disk, made.cluster, {}, new Date('2027-12-01T00:00:00Z')));
	t.true(year.includes('admin.conf@cp1: it expired at 2027-11-21T00:05:00Z'));
	t.true(year.includes('kubelet-client@w1: it expired at 2027-11-21T00:05:00Z'));
});

test('half a leaf, and a leaf with a key that is not its own, are made anew', (t) => {
	const disk = changed({
		cp1: {
			[tokenMarker]: 'abcdef never',
			[`${pki}/apiserver.key`]: undefined,
			[`${pki}/etcd/peer.crt`]: undefined,
			[`${pki}/etcd/server.key`]: file(`${pki}/etcd/peer.key`),
		},
		w1: {'/var/lib/kubelet/pki/kubelet-client-current.pem': undefined},
	});
	t.deepEqual(making(look(disk)), [
		`apiserver@cp1: its key ${pki}/apiserver.key is missing`,
		`etcd/server@cp1: ${pki}/etcd/server.key is not its key`,
		`etcd/peer@cp1: ${pki}/etcd/peer.key has no certificate`,
		'kubelet-client@w1',
	]);
});

test('a leaf without its authority is refused', (t) => {
	const {lines} = refusal(() =>
		look({cp1: {[`${pki}/apiserver.crt`]: file(`${pki}/apiserver.crt`), [`${pki}/apiserver.key`]: file(`${pki}/apiserver.key`)}}),
	);
	t.deepEqual(lines, [`apiserver on cp1: ${pki}/apiserver.crt: it was signed by an authority that is on no control plane`]);
});

test('kubeconfigs: another authority is refused, foreign credentials are left alone', (t) => {
	const conf = '/etc/kubernetes/admin.conf';
	const theirs = JSON.parse(file(conf, 'cp1', elsewhere));
	const ours = JSON.parse(file(conf));
	const refused = (text: string) => refusal(() => look(changed({cp1: {[conf]: text}}))).lines;
	t.deepEqual(refused(JSON.stringify(theirs)), [`admin.conf on cp1: ${conf}: it names another authority than the cluster has`]);
	t.deepEqual(refused('{}'), [`admin.conf on cp1: ${conf}: it cannot be read as a kubeconfig with one cluster`]);
	t.deepEqual(refused('not json'), [`admin.conf on cp1: ${conf}: it cannot be read as a kubeconfig with one cluster`]);
	t.regex(refused(JSON.stringify({...ours, certificate: theirs.certificate}))[0] ?? '', /not signed by this authority/);
	const {items} = look(changed({cp1: {[conf]: JSON.stringify({server: ours.server, ca: ours.ca})}}));
	t.is(items['admin.conf@cp1']?.state, 'keep');
});

test('with an external CA every missing or bad leaf is listed, with what to do', (t) => {
	const keyless = changed({cp1: {[`${pki}/ca.key`]: undefined}, cp2: {[`${pki}/ca.key`]: undefined}});
	t.is(look(keyless).items.ca?.keyless, true);
	t.deepEqual(making(look(changed({cp1: {[`${pki}/front-proxy-client.crt`]: undefined}}, keyless))).slice(0, 1), [
		`front-proxy-client@cp1: ${pki}/front-proxy-client.key has no certificate`,
	]);
	const gaps = changed(
		{
			cp1: {[`${pki}/apiserver.crt`]: undefined, '/etc/kubernetes/scheduler.conf': undefined},
			w1: {'/var/lib/kubelet/pki/kubelet-client-current.pem': undefined},
		},
		keyless,
	);
	const {lines, hint} = refusal(() => look(gaps));
	t.deepEqual(
		lines.map((line) => line.split(':')[0]),
		[
			`${pki}/apiserver.crt on cp1`,
			'/etc/kubernetes/scheduler.conf on cp1',
			'/var/lib/kubelet/pki/kubelet-client-current.pem on w1',
		],
	);
	t.is(hint, `Either lay ${pki}/ca.key beside its certificate, or lay down every file listed above, signed by that authority.`);
});

test('service account keys: a public key alone is made anew, a private key alone is kept', (t) => {
	const alone = look(changed({cp1: {[`${pki}/sa.key`]: undefined}, cp2: {[`${pki}/sa.key`]: undefined}}));
	t.deepEqual([alone.items.sa?.state, alone.items.sa?.why], ['make', `${pki}/sa.pub has no ${pki}/sa.key`]);
	const kept = look(changed({cp1: {[`${pki}/sa.pub`]: undefined}}));
	t.is(kept.items.sa?.publicHalf, file(`${pki}/sa.pub`));
});

test('tokens: made at the birth, kept after it, or from where the config says', (t) => {
	t.is(look({}).items['bootstrap-token']?.state, 'make');
	const marker = {[tokenMarker]: 'abcdef 2020-01-01T00:00:00Z\n'};
	t.is(look({cp1: marker}).items['bootstrap-token']?.state, 'make', 'the note of a cluster that is gone');
	const old = look(changed({cp1: marker}));
	t.deepEqual([old.items['bootstrap-token']?.state, old.items['bootstrap-token']?.publicHalf], ['keep', 'abcdef']);
	const token = {ttl: '24h', usages: [], groups: []};
	const {items} = look({}, clusterOf({}, {bootstrapTokens: [{...token, from: {env: 'TOKEN'}}, token]}));
	t.deepEqual([items['bootstrap-token']?.state, items['bootstrap-token/1']?.state], ['keep', 'make']);
});

test('a machine of another cluster is refused', (t) => {
	const of = (clusterId: string, name: string) => ({
		ownership: {clusterId, name, writer: '', fence: 1, birthMembers: [], owned: []},
	});
	t.is(look({}, made.cluster, {w1: of('id-7', 'demo')}).clusterId, 'id-7');
	const {lines} = refusal(() => look({}, made.cluster, {cp1: of('a', 'prod'), w1: of('b', 'test')}));
	t.deepEqual(lines, ['w1 belongs to another cluster than cp1: test (b) is not prod (a)']);
});

test('a key that its node cannot read is refused for an authority, and made anew for a leaf', (t) => {
	const sites = sitesOf(made.cluster, changed({cp1: {[tokenMarker]: 'abcdef never'}})).map((site) => {
		const unreadable = (path: string) => ({[path]: {...site.facts.files[path]!, publicKey: ''}});
		const files = {...site.facts.files, ...unreadable(`${pki}/apiserver.key`)};
		return site.name === 'cp1' ? {...site, facts: {...site.facts, files}} : site;
	});
	t.deepEqual(making(identify(made.cluster, sites, fresh)), [`apiserver@cp1: its key ${pki}/apiserver.key cannot be read`]);
	const [cp1] = sites;
	const files = {...cp1!.facts.files, [`${pki}/ca.key`]: {...cp1!.facts.files[`${pki}/ca.key`]!, publicKey: ''}};
	const {lines} = refusal(() => identify(made.cluster, [{...cp1!, facts: {...cp1!.facts, files}}], fresh));
	t.deepEqual(lines, [`ca on cp1: ${pki}/ca.key cannot be read as a private key`]);
});

test('a kubeconfig that names its authority as a file is judged by its certificate', (t) => {
	const conf = '/etc/kubernetes/scheduler.conf';
	const {server, certificate} = JSON.parse(file(conf));
	t.is(look(changed({cp1: {[conf]: JSON.stringify({server, certificate})}})).items['scheduler.conf@cp1']?.state, 'keep');
});
