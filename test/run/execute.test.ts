import anyTest, {type TestFn} from 'ava';
import {LockedError, StepError} from '../../src/errors.ts';
import type {News, Phase, Step} from '../../src/model.ts';
import {plan} from '../../src/plan.ts';
import {execute} from '../../src/run/execute.ts';
import {takeLease} from '../../src/run/lease.ts';
import {observe} from '../../src/run/observe.ts';
import {settle} from '../../src/run/settle.ts';
import {speak} from '../../src/steps/speak.ts';
import {isRoot, type Machine, machine} from './machine.ts';
import {as, type Context, file, heard, seenBy, sleep, stage, until, when} from './staged.ts';
import {cluster, emptyLock, identity, noSecrets, phase, site} from './values.ts';

const test = anyTest as TestFn<Context>;
const asRoot = isRoot ? test : test.skip;

test.beforeEach((t) => {
	t.context = {machines: [], news: []};
});
test.afterEach.always((t) => {
	for (const on of t.context.machines) on.remove();
});

asRoot('what closes a plan is looked at too: what an earlier run left is a reason to work', async (t) => {
	const gone: Step = {kind: 'absent', path: '/srv/left'};
	const {machines, hosts, made, options, go} = stage(t.context, ['n1'], [phase('z', {always: true, steps: () => [gone]})]);
	machines[0]!.write('/srv/left', '');
	t.like(await observe(made, hosts, {...options, identity}), {changes: [{node: 'n1', phase: 'z'}], unchanged: 0});
	t.like(await go(), {ok: true, changed: 1});
	t.like(await observe(made, hosts, {...options, identity}), {changes: [], unchanged: 1});
});

asRoot('a plan is done, told, counted and recorded; the second time nothing changes', async (t) => {
	const secret: Step = {kind: 'file', path: '/srv/key', content: [{secret: 'ca.key'}], mode: '0600'};
	const {machines, hosts, made, options, go} = stage(
		t.context,
		['n1'],
		[phase('a', {steps: () => [file('/srv/f')]}), phase('b', {steps: () => [secret]})],
	);
	const seen = await observe(made, hosts, {...options, identity});
	t.deepEqual(
		seen.changes.map(({phase: name, step}) => `${name} ${step}`),
		['a file /srv/f', 'b file /srv/key'],
	);
	const first = await go();
	t.like(first, {ok: true, exit: 0, changed: 2, unchanged: 0, failed: 0, failures: []});
	t.deepEqual(
		first.spent.map(({phase: name}) => name),
		['a', 'b'],
	);
	t.is(machines[0]!.read('/srv/key'), '<ca.key>');
	const record = JSON.parse(machines[0]!.read('/var/lib/kubestrap/cluster.json'));
	t.deepEqual(record, {
		clusterId: 'id-1',
		name: 'test',
		version: 'v1.37.1',
		birthMembers: ['n1'],
		writer: '',
		node: 'n1',
		fence: 1,
	});
	t.like(await observe(made, hosts, {...options, identity}), {changes: [], unchanged: 2});
	t.like(await go(), {ok: true, changed: 0, unchanged: 2});
	t.is(machines[0]!.read('/var/lib/kubestrap/fence').split(' ')[0], '2');
	t.is((await machines[0]!.sh('ls /run/kubestrap')).stdout, '', 'nothing is left on tmpfs');
});

asRoot('a failure stops its node and those that wait for it; the others go on', async (t) => {
	const bad: Step = {kind: 'run', title: 'bad', command: {sh: 'echo "no <ca.key> room"; exit 4'}, unless: 'never'};
	const phases = [
		phase('a', {steps: ({site: {name}}) => (name === 'n1' ? [bad] : [file('/srv/a')])}),
		phase('b', {on: 'every', steps: () => [file('/srv/b')]}),
		phase('c', {after: 'all-nodes', steps: () => [file('/srv/c')]}),
	];
	const {machines, go} = stage(t.context, ['n1', 'n2'], phases, {secrets: {...noSecrets, values: () => ['<ca.key>']}});
	const summary = await go();
	t.like(summary, {ok: false, exit: 5, changed: 2, failed: 1});
	t.is(summary.failures.length, 1, 'not reached is no failure of its own');
	t.like(summary.failures[0], {node: 'n1', phase: 'a', step: 'bad', what: 'no *** room', evidence: ['no *** room']});
	t.deepEqual(
		['/srv/b', '/srv/c'].map((path) => machines[1]!.has(path)),
		[true, false],
	);
	t.false(machines[0]!.has('/srv/b'));
	t.like(
		t.context.news.find(({type}) => type === 'note'),
		{node: 'n2', detail: 'not reached: c waits for b on n1'},
	);
});

asRoot('the walk of a node whose machine is gone is done on another one, in its name', async (t) => {
	const on = machine('n1');
	t.context.machines.push(on);
	const gone = {...site('n2'), stage: 'gone'} as const;
	const sites = [site('n1', 'control-plane', seenBy(on)), gone, {...gone, name: 'n3'}];
	const phases = [phase('a', {on: 'leaving', at: 'first', steps: ({site: {name}}) => [file(`/srv/${name}`)]})];
	const scope = {cluster, sites, identity, lock: emptyLock};
	const artifacts = () => Promise.reject(new Error('no artifacts here'));
	const tell = (news: News) => t.context.news.push(news);
	const run = (phasesOf: readonly Phase[]) =>
		execute(plan({name: 'r', phases: phasesOf}, scope), new Map([['n1', on.host]]), {
			secrets: noSecrets,
			tell,
			artifacts,
			...scope,
		});
	t.like(await run(phases), {ok: true, changed: 2});
	t.true(on.has('/srv/n2') && on.has('/srv/n3'));
	// Both walks are done on one machine, side by side.
	t.deepEqual(
		new Set(t.context.news.filter(({type, state}) => type === 'phase' && state === 'changed').map(({node}) => node)),
		new Set(['n2', 'n3']),
	);
	const own = [phase('b', {on: 'leaving', steps: () => [file('/srv/own')]})];
	await t.throwsAsync(run(own), {instanceOf: StepError, message: /n2: there is no connection/});
});

asRoot('a step can say what to do when it fails, and how far it is while it works', async (t) => {
	const remedy = 'make room, then run it again';
	const slow: Step = {kind: 'run', title: 'slow', command: {sh: `${speak}say two left; exit 1`}, unless: 'never', remedy};
	const {go} = stage(t.context, ['n1'], [phase('a', {steps: () => [slow]})]);
	t.like((await go()).failures[0], {step: 'slow', remedy});
	t.like(
		t.context.news.find(({type}) => type === 'progress'),
		{node: 'n1', phase: 'a', step: 'slow', detail: 'two left'},
	);
});

asRoot('a gate waits for the other node', async (t) => {
	const phases = [
		phase('slow', {on: 'first', steps: () => [sleep('slow', '0.7')]}),
		phase('after', {after: {phase: 'slow'}, steps: () => [file('/srv/f')]}),
	];
	const {go} = stage(t.context, ['n1', 'n2'], phases);
	t.true((await go()).ok);
	const order = t.context.news
		.filter(({type, state}) => type === 'phase' && state !== 'started')
		.map(({node, phase: name}) => `${node} ${name}`);
	t.is(order[0], 'n1 slow');
});

asRoot('a background phase goes on while the next chapters run, and a later one waits for it', async (t) => {
	const phases = [
		phase('images', {background: true, steps: () => [until('/srv/kubelet')]}),
		phase('keys', {steps: () => [{kind: 'file', path: '/srv/key', content: [{secret: 'ca.key'}], mode: '0600'}]}),
		phase('kubelet', {steps: () => [file('/srv/kubelet')]}),
		phase('pods', {needs: ['images'], steps: () => [file('/srv/pods')]}),
	];
	const {go} = stage(t.context, ['n1'], phases);
	t.like(await go(), {ok: true, changed: 3});
});

for (const bytes of [0, 9, 60, 200]) {
	asRoot(`the line is cut after ${bytes} bytes: the work goes on and nothing is told twice`, async (t) => {
		const steps = () => [file('/srv/1'), sleep('a while', '0.5'), file('/srv/2')];
		const {machines, go} = stage(t.context, ['n1'], [phase('a', {steps})]);
		machines[0]!.cut(/unit=\$1 fence=\$2/, bytes);
		machines[0]!.cut(/^follow|follow "\$1" "\$2"$/, bytes);
		const summary = await go();
		t.like(summary, {ok: true, changed: 3});
		const told = t.context.news.filter(({type, state}) => type === 'step' && state === 'changed').map(({step}) => step);
		t.deepEqual(told, ['file /srv/1', 'a while', 'file /srv/2']);
		t.is((await machines[0]!.sh('grep -c \'"event":"begin"\' /var/lib/kubestrap/journal.ndjson')).stdout, '3\n', 'started once');
	});
}

asRoot('a run that was stopped for a reason of its own ends with the exit code of that reason', async (t) => {
	const {go, machines} = stage(t.context, ['n1'], [phase('a', {steps: () => [file('/srv/1')]})], {
		signal: AbortSignal.abort(new StepError('not done within --timeout 1s')),
	});
	t.like(await go(), {ok: false, exit: 5, changed: 0});
	t.false(machines[0]!.has('/srv/1'));
});

asRoot('two operators never interleave, and a lost one finds itself locked out', async (t) => {
	const {machines, hosts, go, tell} = stage(t.context, ['n1'], [phase('a', {steps: () => [file('/srv/1')]})]);
	const [{host}] = machines as [Machine];
	const mine = await takeLease(host, as('run-1'));
	t.is(mine.fence, 1);
	const refused = await t.throwsAsync(go(), {instanceOf: LockedError});
	t.regex(refused!.message, /run run-1 of .* works on this machine since 20/);
	await t.throwsAsync(settle(hosts, {tell}), {instanceOf: LockedError});
	await mine.release();
	t.true((await go()).ok);
	t.is(machines[0]!.read('/var/lib/kubestrap/fence').split(' ')[0], '2');
});

asRoot('what was planned before another run came and went is not done', async (t) => {
	const {machines, hosts, made, options} = stage(t.context, ['n1'], [phase('a', {steps: () => [file('/srv/1')]})]);
	const sites = [site('n1', 'control-plane', {})];
	await (await takeLease(machines[0]!.host, as('other'))).release();
	const error = await t.throwsAsync(execute(made, hosts, {...options, sites}), {instanceOf: LockedError});
	t.regex(error!.message, /since we looked/);
	t.false(machines[0]!.has('/srv/1'));
	await (await takeLease(machines[0]!.host, as('again'))).release();
});

asRoot('what an operator who was killed left at work is followed to its end', async (t) => {
	const {machines, go, tell} = stage(t.context, ['n1'], [phase('a', {steps: () => [until('/srv/go'), file('/srv/done')]})]);
	const [on] = machines as [Machine];
	go().catch(() => {});
	await when(() => heard(t.context.news, '/srv/go started'));
	const settling = settle(new Map([['n1', on.die()]]), {tell});
	await when(() => t.context.news.some(({type}) => type === 'note'));
	on.write('/srv/go', '');
	const [settled] = await settling;
	t.is(settled!.followed.length, 1);
	t.true(on.has('/srv/done'));
	t.is((await on.sh('ls /run/kubestrap')).stdout, '');
});
