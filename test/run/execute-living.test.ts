import anyTest, {type TestFn} from 'ava';
import {LockedError} from '../../src/errors.ts';
import type {News, Phase, Step} from '../../src/model.ts';
import {plan} from '../../src/plan.ts';
import {execute} from '../../src/run/execute.ts';
import {patiently} from '../../src/run/patience.ts';
import {isRoot, type Played, played} from '../access/played.ts';
import {cluster, emptyLock, identity, noSecrets, phase, site} from './values.ts';

type Context = {cp1: Played; n1: Played; told: News[]};
const test = anyTest as TestFn<Context>;
const asRoot = isRoot ? test : test.skip;

test.beforeEach((t) => {
	t.context = {cp1: played('cp1'), n1: played('n1'), told: []};
});
test.afterEach.always((t) => {
	t.context.cp1.remove();
	t.context.n1.remove();
});

const lease = 'lease/kube-system/kubestrap';
const foreign = (renewTime: string) => ({
	[lease]: {
		kind: 'Lease',
		metadata: {name: 'kubestrap', namespace: 'kube-system', uid: 'u', resourceVersion: '7'},
		spec: {holderIdentity: 'ann@laptop run 1234', renewTime, acquireTime: '2026-11-21T00:00:00Z'},
	},
});
const file: Step = {kind: 'file', path: '/srv/f', content: 'x', mode: '0644'};

/** Changes worker n1 of a cluster that is spoken with through cp1. */
function go({cp1, n1, told}: Context, phases: readonly Phase[], living: {seat: string} | undefined = {seat: 'cp1'}) {
	const sites = [site('cp1'), site('n1', 'worker')];
	const scope = {cluster, sites, identity, lock: emptyLock};
	const hosts = new Map([cp1, n1].map(({host}) => [host.name, host]));
	const tell = (news: News) => void told.push(news);
	const artifacts = () => Promise.reject(new Error('no artifacts here'));
	return execute(plan({name: 'r', phases}, scope), hosts, {secrets: noSecrets, tell, artifacts, ...scope, run: 'r1', living});
}

/** Holds the phase up until somebody writes /srv/go. */
const until: Step = {kind: 'wait', title: 'go', until: ['test', '-e', '/srv/go'], seconds: 30};
const when = async (condition: () => boolean) => {
	while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
};

asRoot('a run in a living cluster holds its Lease as long as it works', async (t) => {
	const {cp1, n1} = t.context;
	const running = go(t.context, [phase('a', {on: 'worker', steps: () => [until, file]})]);
	await when(() => t.context.told.some(({step, state}) => step === 'go' && state === 'started'));
	t.regex(cp1.objects()[lease]!.spec.holderIdentity!, / run r1$/);
	n1.write('/srv/go', '');
	t.like(await running, {ok: true, changed: 1});
	t.deepEqual(cp1.objects(), {});
});

asRoot('where another one holds it, nothing is changed and every node is free again', async (t) => {
	const {cp1, n1} = t.context;
	cp1.put(foreign(new Date().toISOString()));
	const phases = [phase('a', {on: 'worker', steps: () => [file]})];
	await t.throwsAsync(go(t.context, phases), {instanceOf: LockedError, message: /^ann@laptop run 1234 changes this cluster/});
	t.false(n1.has('/srv/f'));
	t.is((await n1.sh('flock -n /var/lib/kubestrap/session.lock true')).code, 0);
});

asRoot('an API that does not answer any more does not keep from mending it', async (t) => {
	t.context.cp1.write('/run/api.down', '');
	t.like(await go(t.context, [phase('a', {on: 'worker', steps: () => [file]})]), {ok: true, changed: 1});
	t.true(t.context.told.some(({detail}) => String(detail).startsWith("the cluster's lease is not held: cp1")));
});

asRoot('a run that loses the Lease begins nothing more', async (t) => {
	const {cp1, n1} = t.context;
	cp1.cut(/leases\/kubestrap/, 8);
	const phases = [
		phase('a', {on: 'worker', steps: () => [until]}),
		phase('b', {on: 'worker', after: 'all-nodes', steps: () => [file]}),
	];
	const running = go(t.context, phases);
	await when(() => t.context.told.some(({step, state}) => step === 'go' && state === 'started'));
	// The line is cut, and before it is there again another one has taken over.
	cp1.put(foreign(new Date().toISOString()));
	const summary = await running;
	t.like(summary, {ok: false, exit: 7});
	t.regex(summary.failures[0]!.what, /^ann@laptop run 1234/);
	n1.write('/srv/go', '');
	t.false(n1.has('/srv/f'));
});

asRoot('a birth takes the Lease when its API answers', async (t) => {
	const {cp1} = t.context;
	const phases = [
		phase('cluster-config', {on: 'first'}),
		phase('later', {on: 'first', after: 'all-nodes', steps: () => [until]}),
	];
	const running = go(t.context, phases, undefined);
	await when(() => cp1.objects()[lease] !== undefined);
	cp1.write('/srv/go', '');
	t.like(await running, {ok: true});
	t.deepEqual(cp1.objects(), {});
});

test('with --lock-timeout the work begins afresh until the others have ended', async (t) => {
	const stop = new AbortController();
	const told: unknown[] = [];
	const options = {tell: (news: News) => void told.push(news.detail), signal: stop.signal};
	let tries = 0;
	const work = async () => {
		tries += 1;
		if (tries < 3) throw new LockedError('ann works here');
		return 'done';
	};
	t.is(await patiently(work, {...options, lockSeconds: 60}), 'done');
	t.deepEqual(told, ['waiting: ann works here']);
	tries = 0;
	await t.throwsAsync(patiently(work, options), {instanceOf: LockedError});
	t.is(tries, 1, 'without a time it is refused at once');
	tries = -1000;
	const waiting = patiently(work, {...options, lockSeconds: 60});
	stop.abort(new Error('Ctrl-C'));
	await t.throwsAsync(waiting);
});
