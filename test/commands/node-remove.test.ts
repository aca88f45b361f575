import test from 'ava';
import {fate, nodeRemove} from '../../src/commands/node-remove.ts';
import type {Leaving} from '../../src/contract/leaving.ts';
import {StepError} from '../../src/errors.ts';
import type {Cluster, Summary} from '../../src/model.ts';
import type {RemoveWalk} from '../../src/pipeline/remove.ts';
import {unseen} from '../../src/survey/unseen.ts';
import {called, goodSummary} from './fakes.ts';

/** Not the real pipeline: it removes nothing, and says that w1 is out, a machine that was dead. */
function fake(summary: Summary = goodSummary) {
	const walks: RemoveWalk[] = [];
	const removeNodes = async (cluster: Cluster, walk: RemoveWalk) => {
		walks.push(walk);
		const spec = cluster.nodes.find(({name}) => name === 'w1')!;
		const site = {name: 'w1', role: spec.role, address: spec.address, spec, facts: unseen('w1'), stage: 'gone'} as const;
		const leaving: readonly Leaving[] = walk.names.includes('w1') ? [{site, drains: false, untouched: 'no route to host'}] : [];
		const absent = walk.names.filter((name) => name !== 'w1');
		return {summary: leaving.length > 0 ? summary : {...goodSummary, changed: 0}, leaving, absent};
	};
	return {walks, removeNodes};
}

test('a good run says what the config still says, and what a dead machine would do when it came back', async (t) => {
	const {call, err} = called({words: ['w1'], yes: true});
	const {removeNodes, walks} = fake();
	t.is(await nodeRemove(call, {removeNodes}), 0);
	t.regex(err(), /done: w1 is out of cluster lab/);
	t.regex(err(), /take w1 out of \S+cluster\.yaml, or the next apply lets it join again/);
	t.regex(err(), /before the machine of w1 is started in this network again: kubestrap reset/);
	t.like(walks[0], {names: ['w1'], force: false, drain: true, drainSeconds: 300});
	t.is(walks[0]!.confirm, undefined);
});

test('a name that nobody knows is nothing to do', async (t) => {
	const {call, err} = called({words: ['w7'], yes: true});
	t.is(await nodeRemove(call, fake()), 0);
	t.regex(err(), /done: nothing to remove from cluster lab/);
	t.regex(err(), /w7 is no node of the cluster: nothing to do/);
});

test('without a terminal nobody can be asked, and a wrong time is a wrong command line', async (t) => {
	const {walks, removeNodes} = fake();
	const asked = called({words: ['w1']});
	t.is(await nodeRemove(asked.call, {removeNodes}), 2);
	t.regex(asked.err(), /-y/);
	const late = called({words: ['w1'], yes: true, drainTimeout: 'soon'});
	t.is(await nodeRemove(late.call, {removeNodes}), 2);
	t.regex(late.err(), /--drain-timeout soon is no duration/);
	t.is(walks.length, 0);
});

test('a run that failed says that the same command goes on', async (t) => {
	const {call, err} = called({words: ['w1'], yes: true, drain: false, force: true, drainTimeout: '90s'});
	const {removeNodes, walks} = fake({...goodSummary, ok: false, exit: 5, failed: 1});
	t.is(await nodeRemove(call, {removeNodes}), 5);
	t.regex(err(), /failed: node remove of w1 from cluster lab/);
	t.regex(err(), /run the same command again: it goes on/);
	t.like(walks[0], {force: true, drain: false, drainSeconds: 90});
	const stopped = called({words: ['w1'], yes: true});
	const boom = async () => Promise.reject(new StepError('w1: no', {hint: 'mend it'}));
	t.is(await nodeRemove(stopped.call, {removeNodes: boom}), 5);
});

test('what will happen to a node, in a line', (t) => {
	const spec = {name: 'cp2', role: 'control-plane'} as Leaving['site']['spec'];
	const site = {name: 'cp2', role: 'control-plane', address: '', spec, facts: unseen('cp2'), stage: 'leaving'} as const;
	const node = {name: 'cp2'} as NonNullable<Leaving['node']>;
	const member = {id: '1'} as NonNullable<Leaving['member']>;
	t.is(
		fate({site, drains: true, node, member}),
		'cp2 (control-plane): its pods move away, its Node object goes, its member leaves etcd, its machine is reset',
	);
	t.is(
		fate({site, drains: false, node, untouched: 'dead'}),
		'cp2 (control-plane): its Node object goes, its machine is not touched',
	);
});
