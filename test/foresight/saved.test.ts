/** A plan in a file can be refused, and nothing else can be done with it. */
import test from 'ava';
import {ConfigError} from '../../src/errors.ts';
import type {Look} from '../../src/foresight/difference.ts';
import {canonical, digest, portrait, type Saved} from '../../src/foresight/saved.ts';
import {opened, sealed} from '../../src/foresight/sealed.ts';
import {otherMachines, otherSettings} from '../../src/foresight/strayed.ts';
import type {Cluster, Step} from '../../src/model.ts';
import {scopesOf} from '../phases/cluster.ts';

const {cluster, lock, sites, identity} = Object.values(scopesOf([{name: 'cp1'}, {name: 'w1', role: 'worker'}]))[0]!;
const step: Step = {kind: 'file', path: '/etc/f', content: 'x', mode: '0644'};
const look = (more: Partial<Look> = {}): Look => ({
	node: 'cp1',
	phase: 'kernel',
	title: 'Kernel',
	label: 'file /etc/f',
	step,
	input: 'aa',
	made: false,
	differs: true,
	shown: {is: ['absent']},
	...more,
});
const settings = {kubestrap: '0.1.0', bundle: 'none', 'skip-phases': '', 'only-phases': ''};
const clusterId = '01234567-89ab-cdef-0123-456789abcdef';
type More = {
	looks?: readonly Look[];
	recipe?: string;
	settings?: Partial<typeof settings>;
	hostKey?: string;
	items?: typeof identity.items;
	cluster?: Cluster;
};
const plan = ({
	looks = [look()],
	recipe = 'init',
	settings: other = {},
	hostKey = 'SHA256:a',
	items = {},
	cluster: of = cluster,
}: More = {}): Saved =>
	portrait(
		{
			recipe,
			cluster: of,
			lock,
			sites,
			identity: {...identity, clusterId, items},
			looks,
			differences: [],
			hostKeys: new Map([['cp1', hostKey]]),
		},
		{...settings, ...other},
	);
/** With a seal of its own, as somebody who knows how would make it. */
const forged = (change: (saved: Record<string, unknown>) => void): string => {
	const saved = structuredClone(plan()) as unknown as Record<string, unknown>;
	change(saved);
	return `${canonical({...saved, sha256: digest(saved)}, '\t')}\n`;
};

test('what was saved is read back, and has one text', (t) => {
	const text = sealed(plan());
	t.deepEqual(opened(text, 'p'), plan());
	t.is(sealed(opened(text, 'p')), text);
	t.false(text.includes('PRIVATE KEY'));
});

test('what is left out of preflight is nothing that is done: the plan stays the same', (t) => {
	const names = ['readonlyfilesystem'];
	const overlooking = {
		...cluster,
		ignorePreflightErrors: names,
		registration: {...cluster.registration, ignorePreflightErrors: names},
	};
	t.deepEqual(otherSettings(plan(), plan({cluster: overlooking})), []);
	t.not(otherSettings(plan(), plan({cluster: {...cluster, swap: 'ignore'}})).length, 0);
});

for (const [title, change] of [
	['a letter', (text) => text.replace('/etc/f', '/etc/g')],
	['a space', (text) => text.replace(': ', ':  ')],
	['an end', (text) => text.slice(0, -3)],
	['a key twice', (text) => text.replace('{', '{"recipe": "reset",')],
	['nothing left', () => ''],
	['another file', () => '{"kind": "Cluster"}'],
	['a later form', () => forged((saved) => Object.assign(saved, {format: 'kubestrap.dev/plan/v2'}))],
	['an id that is a script', () => forged((saved) => Object.assign(saved, {clusterId: '$(id)'}))],
	[
		'steps that are no steps',
		() => forged((saved) => Object.assign(saved, {nodes: [{node: 'cp1', facts: {}, steps: [{sh: 'id'}]}]})),
	],
	['no settings', () => forged((saved) => Reflect.deleteProperty(saved, 'settings'))],
] as readonly (readonly [string, (text: string) => string])[])
	test(`refused: ${title}`, (t) => {
		t.throws(() => opened(change(sealed(plan())), 'plan.json'), {instanceOf: ConfigError, message: /^plan\.json: /});
	});

test('refused: any one letter that is another one, missing, or twice there', (t) => {
	const text = sealed(plan());
	t.true(text.length > 1000);
	for (let at = 0; at < text.length; at++) {
		const [before, letter, after] = [text.slice(0, at), text[at]!, text.slice(at + 1)];
		for (const other of [before + (letter === 'x' ? 'y' : 'x') + after, before + after, before + letter + letter + after])
			t.throws(() => opened(other, 'p'), {instanceOf: ConfigError}, `at ${at}: ${JSON.stringify(letter)}`);
	}
});

test('the same machines and settings are no reason to refuse, in whatever order they are listed', (t) => {
	t.deepEqual(otherMachines(plan(), plan()), []);
	t.deepEqual(otherSettings(plan(), plan()), []);
});

test('each setting that is another one is named', (t) => {
	t.deepEqual(otherSettings(plan(), plan({settings: {kubestrap: '0.2.0', 'skip-phases': 'swap'}})), [
		'the version of kubestrap is another one: 0.1.0 in the plan, 0.2.0 now',
		'--skip-phases is another one: none in the plan, swap now',
	]);
	const changed = {...plan(), settings: {...plan().settings, config: digest('other')}};
	t.deepEqual(otherSettings(plan(), changed), ['the config is another one']);
});

for (const [title, now, said] of [
	['another machine', {hostKey: 'SHA256:b'}, 'cp1: host key: was SHA256:a, is SHA256:b'],
	['done by now', {looks: [look({differs: false, shown: {}})]}, 'cp1: kernel/file /etc/f: is as wanted by now'],
	[
		'something else there',
		{looks: [look({shown: {is: ['644 root:root regular file'], text: ['eA==']}})]},
		'cp1: kernel/file /etc/f: is not as it was seen',
	],
	[
		'something else wanted',
		{looks: [look({input: 'bb'})]},
		'cp1: kernel/file /etc/f: would be made into something else than the plan says',
	],
	['one step more', {looks: [look(), look({label: 'more'})]}, 'cp1: kernel/more: would be done now, which the plan does not say'],
	[
		'one step more of the same name',
		{looks: [look(), look()]},
		'cp1: kernel/file /etc/f: would be done now, which the plan does not say',
	],
	['one step less', {looks: []}, 'cp1: kernel/file /etc/f: in the plan, and not to be done now'],
	['a cluster that lives by now', {recipe: 'apply'}, 'the cluster: init was to be done, and now it is apply'],
	[
		'a secret that has to be made',
		{items: {ca: {id: 'ca', state: 'make', on: 'cp1', file: ''}}},
		'ca would be made now, which the plan does not say',
	],
] as const satisfies readonly (readonly [string, More, string])[])
	test(`refused, and named: ${title}`, (t) => {
		t.deepEqual(otherMachines(plan(), plan(now)), [said]);
	});

test('a wait that is over meanwhile is no change', (t) => {
	const wait: Step = {kind: 'wait', title: 'ready', until: ['true'], seconds: 1};
	const waits = (differs: boolean) => plan({looks: [look({step: wait, differs, shown: {}})]});
	t.deepEqual(otherMachines(waits(true), waits(false)), []);
});

test('a plan does not depend on where the operator keeps his files', (t) => {
	const moved = {...cluster, lock: '/elsewhere/kubestrap.lock', mirror: {...cluster.mirror, auth: '/elsewhere/config.json'}};
	const one = {recipe: 'init', cluster, lock, sites, identity, looks: [], differences: [], hostKeys: new Map<string, string>()};
	t.deepEqual(portrait({...one, cluster: moved}, settings), portrait(one, settings));
	const renamed = {...cluster, swap: 'ignore'} as typeof cluster;
	t.notDeepEqual(portrait({...one, cluster: renamed}, settings), portrait(one, settings));
});
