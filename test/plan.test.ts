import test from 'ava';
import type {Phase, Site} from '../src/model.ts';
import {plan} from '../src/plan.ts';
import {cluster, emptyLock, identity, phase, site} from './run/values.ts';

const named = () => [{kind: 'absent', path: '/x'} as const];
const secret = () => [{kind: 'file', path: '/etc/x/key', content: [{secret: 'ca.key'}], mode: '0600'} as const];

/** `NODE: CHAPTER[awaits](phases) …`, a line for each node. */
function drawn(phases: readonly Phase[], sites: readonly Site[] = [site('cp1'), site('cp2'), site('w1', 'worker')]): string[] {
	const {nodes} = plan({name: 'r', phases}, {cluster, sites, identity, lock: emptyLock});
	return nodes.map(({node, chapters}) => {
		const shown = chapters.map(({name, awaits, phases: inside}) => {
			const waits = awaits.map((pair) => `${pair.node}/${pair.phase}`).join(',');
			return `${name}[${waits}](${inside.map(({name: each, background, needs}) => `${each}${background ? '&' : ''}${needs.map((need) => `<${need}`).join('')}`).join(' ')})`;
		});
		return `${node}: ${shown.join(' ')}`;
	});
}

test('phases without gates are one chapter, on the sites that they select', (t) => {
	const lines = drawn([phase('a'), phase('b', {on: 'control-plane'}), phase('c', {on: 'first'}), phase('d', {on: 'worker'})]);
	t.deepEqual(lines, ['cp1: a[](a b c)', 'cp2: a[](a b)', 'w1: a[](a d)']);
});

test('a gate on other nodes begins a chapter; a gate on itself alone does not', (t) => {
	t.deepEqual(drawn([phase('a', {on: 'first'}), phase('b', {after: {phase: 'a'}})]), [
		'cp1: a[](a b)',
		'cp2: b[cp1/a](b)',
		'w1: b[cp1/a](b)',
	]);
	t.deepEqual(drawn([phase('a'), phase('b', {after: 'all-nodes'})], [site('cp1')]), ['cp1: a[](a b)']);
});

test('all-nodes awaits the last foreground phase and the background phases of each other node', (t) => {
	const lines = drawn([
		phase('a'),
		phase('b', {background: true}),
		phase('c', {on: 'first'}),
		phase('d', {on: 'first', after: 'all-nodes'}),
	]);
	t.is(lines[0], 'cp1: a[](a b& c) d[cp2/a,cp2/b,w1/a,w1/b,cp1/b](d)');
});

test('one by one awaits the previous node', (t) => {
	t.deepEqual(drawn([phase('a', {on: 'control-plane', pace: 'one-by-one'})]), ['cp1: a[](a)', 'cp2: a[cp1/a](a)', 'w1: ']);
});

const three: readonly Site[] = [
	{...site('cp1'), stage: 'member'},
	{...site('cp2'), stage: 'joining'},
	{...site('w1', 'worker'), stage: 'joining'},
];

test('joining nodes are picked apart, and nobody waits for all of them', (t) => {
	const phases = [
		phase('a', {on: 'joining'}),
		phase('b', {on: 'joining-control-plane'}),
		phase('c', {on: 'first', after: 'all-nodes'}),
	];
	t.deepEqual(drawn(phases, three), ['cp1: c[](c)', 'cp2: a[](a b)', 'w1: a[](a)']);
});

test('leaving nodes are picked apart, and the cluster is spoken with through a control plane that stays', (t) => {
	const leaving: readonly Site[] = [
		{...site('cp1'), stage: 'leaving'},
		{...site('cp2'), stage: 'member'},
		{...site('w1', 'worker'), stage: 'leaving'},
	];
	const phases = [
		phase('a', {on: 'leaving'}),
		phase('b', {on: 'leaving-control-plane', at: 'first', steps: named}),
		phase('c', {on: 'first'}),
		phase('d', {on: 'settled'}),
	];
	t.deepEqual(drawn(phases, leaving), ['cp1: a[](a) b[](b)', 'cp2: c[](c d)', 'w1: a[](a)']);
	const {nodes, cluster: record} = plan({name: 'r', phases}, {cluster, sites: leaving, identity, lock: emptyLock});
	t.is(nodes[0]?.chapters[1]?.at, 'cp2');
	t.deepEqual(record.birthMembers, ['cp2']);
});

test('what is done on another machine is a chapter of its own there; with nothing to do there is none', (t) => {
	const done = [phase('a', {on: 'joining'}), phase('b', {on: 'joining', at: 'first', steps: named}), phase('c', {on: 'joining'})];
	const {nodes} = plan({name: 'r', phases: done}, {cluster, sites: three, identity, lock: emptyLock});
	t.deepEqual(
		nodes[2]?.chapters.map(({name, at}) => [name, at]),
		[
			['a', undefined],
			['b', 'cp1'],
			['c', undefined],
		],
	);
	t.deepEqual(
		drawn([phase('a', {on: 'joining'}), phase('b', {on: 'joining', at: 'first'}), phase('c', {on: 'joining'})], three)[2],
		'w1: a[](a c)',
	);
});

test('one through several phases before the next one begins', (t) => {
	const pace = {through: 'b'} as const;
	const lines = drawn([phase('a', {on: 'control-plane', pace}), phase('b', {on: 'control-plane'})]);
	t.deepEqual(lines, ['cp1: a[](a b)', 'cp2: a[cp1/b](a b)', 'w1: ']);
});

test('what is done in every outcome is planned apart', (t) => {
	const {nodes, closing} = plan(
		{name: 'r', phases: [phase('a'), phase('z', {on: 'first', always: true})]},
		{cluster, sites: three, identity, lock: emptyLock},
	);
	t.false(nodes.some(({chapters}) => chapters.some(({name}) => name === 'z')));
	t.deepEqual(
		closing.map(({node, chapters}) => [node, chapters.map(({name}) => name)]),
		[['cp1', ['z']]],
	);
});

test('the birth members are those of the first record', (t) => {
	const ownership = {clusterId: 'x', name: 'test', writer: '1', fence: 1, birthMembers: ['cp1'], owned: []};
	const sites = [{...site('cp1'), facts: {...site('cp1').facts, ownership}}, site('cp2')];
	t.deepEqual(plan({name: 'r', phases: []}, {cluster, sites, identity, lock: emptyLock}).cluster.birthMembers, ['cp1']);
});

test('secrets begin a chapter of their own once, so that machines are prepared while keys are made', (t) => {
	const lines = drawn([
		phase('a'),
		phase('images', {background: true}),
		phase('keys', {steps: secret}),
		phase('more', {steps: secret}),
	]);
	t.is(lines[0], 'cp1: a[](a images&) keys[](keys more)');
});

test('a need of a background phase waits inside a chapter, and is a gate across chapters', (t) => {
	const images = phase('images', {background: true});
	t.is(drawn([images, phase('b', {needs: ['images']})])[0], 'cp1: images[](images& b<images)');
	const lines = drawn([
		images,
		phase('keys', {steps: secret}),
		phase('b'),
		phase('run', {needs: ['images', 'left-out']}),
		phase('c'),
	]);
	t.is(lines[0], 'cp1: images[](images&) keys[](keys b) run[cp1/images](run c)');
});

test('a plan is frozen to the bottom and survives JSON', (t) => {
	const made = plan(
		{name: 'r', phases: [phase('keys', {steps: secret})]},
		{cluster, sites: [site('cp1')], identity, lock: emptyLock},
	);
	t.throws(() => Object.assign(made.nodes[0]!.chapters[0]!.phases[0]!.steps[0]!, {path: '/x'}), {instanceOf: TypeError});
	t.deepEqual(JSON.parse(JSON.stringify(made)), made);
	t.deepEqual(made.cluster.birthMembers, ['cp1']);
});

test('a phase that stands apart begins a chapter, also among secrets', (t) => {
	const lines = drawn([phase('a', {steps: secret}), phase('b', {steps: secret, apart: true}), phase('c')], [site('cp1')]);
	t.is(lines[0], 'cp1: a[](a) b[](b c)');
});
